"""Pictures: the same bytes each time, readable text, marks where they belong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.errors import UsageError
from mcusim.render.plots.canvas import picture_bytes
from mcusim.render.plots.picture import (
    SUFFIXES,
    Axis,
    Picture,
    Point,
    Rule,
    Series,
    Style,
    check_picture_path,
    spans_much,
)
from mcusim.report.quantity import Band

MAGIC = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


def band(value, spread=0.1):
    return Band(value, value * (1 - spread), value * (1 + spread), "measured")


POINTS = (
    Point(band(0.01), band(1e-3), "80 MHz", is_marked=True),
    Point(band(0.02), band(2e-3), "40 MHz"),
    Point(band(0.5), band(3e-5), "price $5$", is_marked=True),
)
PICTURE = Picture(
    "what if",
    Axis("latency", "s", is_log=True),
    Axis("energy", "J", is_log=True),
    (Series("one board", POINTS),),
    rules=(Rule("deadline 50 ms", band(0.05)),),
    marked_name="nothing is better",
)


def texts(svg):
    """(text, place) of all text in an SVG file."""
    return [
        (found[3], (found[1], found[2]))
        for found in re.finditer(r'x="(\S+)" y="(\S+)"[^>]*>([^<]+)</text>', svg)
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_picture_gives_the_same_bytes(suffix):
    first, second = picture_bytes(PICTURE, suffix), picture_bytes(PICTURE, suffix)

    assert first.startswith(MAGIC[suffix])
    assert first == second


def test_no_picture_says_when_it_was_made():
    svg, png = picture_bytes(PICTURE, ".svg"), picture_bytes(PICTURE, ".png")

    assert b"<dc:date>" not in svg
    assert b"tEXt" not in png
    assert b"iTXt" not in png


def test_labels_are_text_as_given_even_with_dollar_signs():
    svg = picture_bytes(PICTURE, ".svg").decode()

    wanted = {"80 MHz", "40 MHz", "price $5$", "deadline 50 ms", "nothing is better", "latency"}
    assert wanted <= {text for text, _ in texts(svg)}


def test_ticks_carry_the_unit_with_a_prefix():
    svg = picture_bytes(PICTURE, ".svg").decode()

    assert ">100 ms<" in svg
    assert ">100 µJ<" in svg


def test_lines_and_stacked_areas_are_named_in_the_legend():
    points = tuple(Point(band(x), band(x * x)) for x in (1.0, 2.0, 3.0))
    series = (
        Series("life", points, Style.LINE),
        Series("asleep", points, Style.AREA),
        Series("awake", points, Style.AREA),
    )
    svg = picture_bytes(Picture("", Axis("period", "s"), Axis("share"), series), ".svg").decode()

    assert ["asleep", "awake", "life"] == sorted(
        text for text, _ in texts(svg) if text in {"life", "asleep", "awake"}
    )


def test_two_points_in_one_place_have_labels_in_two_places():
    points = (Point(band(1.0), band(1.0), "first"), Point(band(1.0), band(1.0), "second"))
    svg = picture_bytes(Picture("", Axis("x"), Axis("y"), (Series("s", points),)), ".svg").decode()

    places = {place for text, place in texts(svg) if text in {"first", "second"}}

    assert 2 == len(places)


def test_a_label_does_not_run_over_a_rule():
    """Of a point just left of the rule, right of which the label would stand first."""
    ends = tuple(Point(band(end, 0), band(end, 0)) for end in (1.0, 9.0))
    points = (*ends, Point(band(5.0, 0), band(4.0, 0), "a label"))
    picture = Picture("", Axis("x"), Axis("y"), (Series("s", points),))
    ruled = replace(picture, rules=(Rule("here", band(5.4, 0)),))

    free, kept_off = (picture_bytes(each, ".svg").decode() for each in (picture, ruled))

    style = r'style="[^"]*text-anchor: (\w+)[^>]*>a label<'
    assert ["start"] == re.findall(style, free)
    assert ["end"] == re.findall(style, kept_off)


def test_a_label_that_would_cover_markers_is_dropped_unless_its_point_is_marked():
    grid = [(x * 0.02, y * 0.02) for x in range(12) for y in range(12)]
    ends = tuple(Point(band(end, 0), band(end, 0)) for end in (-3.0, 3.0))
    crowd = tuple(Point(band(x, 0), band(y, 0), f"at {x:.2f} {y:.2f}") for x, y in grid)
    centre = Point(band(0.11, 0), band(0.11, 0), "best", is_marked=True)
    svg = picture_bytes(
        Picture("", Axis("x"), Axis("y"), (Series("s", (*ends, *crowd, centre)),)), ".svg"
    ).decode()

    labels = [text for text, _ in texts(svg) if text.startswith("at ")]
    assert 0 < len(labels) < len(crowd) / 2
    assert "best" in {text for text, _ in texts(svg)}


def test_fillings_are_named_in_the_legend_and_differ():
    points = tuple(Point(band(x), band(x), fill_number=number) for number, x in enumerate((1.0, 2.0)))
    picture = Picture("", Axis("x"), Axis("y"), (Series("s", points),), fill_names=("1.8 V", "3.3 V"))

    svg = picture_bytes(picture, ".svg").decode()

    assert ["1.8 V", "3.3 V", "s"] == sorted(
        text for text, _ in texts(svg) if text in {"1.8 V", "3.3 V", "s"}
    )
    solid = replace(picture, series=(Series("s", tuple(replace(each, fill_number=0) for each in points)),))
    assert svg.count("fill-opacity: 0;") == 1 + picture_bytes(solid, ".svg").decode().count(
        "fill-opacity: 0;"
    )


@pytest.mark.parametrize(
    ("values", "is_much"), [((1.0, 9.0), False), ((1.0, 11.0), True), ((0.0, 5.0), False), ((), False)]
)
def test_an_axis_is_logarithmic_when_its_values_span_more_than_a_decade(values, is_much):
    assert is_much == spans_much(values)


@pytest.mark.parametrize("name", ["out.jpg", "out", ".svg"])
def test_a_file_that_does_not_say_its_format_is_refused_with_what_to_write(name):
    with pytest.raises(UsageError, match=r"let it end in \.png, \.svg or \.pdf"):
        check_picture_path(Path(name), option="--plot")


def test_a_known_format_is_accepted_in_capitals_too():
    check_picture_path(Path("a.PNG"), option="--plot")
