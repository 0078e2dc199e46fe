"""What the pictures of runs show: the report's own numbers, with units, readable in grey and with many long names."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib.colors import to_rgb

import mcusim.timing
from mcusim.errors import UnknownNameError, UsageError
from mcusim.firmware.samples import find_sample
from mcusim.render.plots import style
from mcusim.render.plots.canvas import drawn, panels_bytes
from mcusim.render.plots.kinds import KINDS, OF_ONE, OF_SEVERAL, all_panels, panels_of
from mcusim.render.plots.picture import BarChart, NothingToDrawError, Style
from mcusim.render.plots.roofline import core_roofs
from mcusim.report.history import History, HistorySpan, PowerPoint, RamPoint
from mcusim.report.network import LayerCost
from mcusim.report.quantity import Band
from mcusim.report.request import RunRequest
from mcusim.session import recorded

BOARD = "nucleo_l4r5zi"
SHAPES = (((1, 100, 1, 6), (16, 5, 1, 6), (16,)), ((1, 50, 1, 16),))
"""Of a convolution: 600 inputs, 480 weights and 16 biases, 800 outputs; 24 000 multiplications."""


@cache
def run():
    return recorded(RunRequest(find_sample("digits_cnn").elf_for(BOARD), BOARD, max_seconds=0.02))


@cache
def history():
    """A second asleep, a millisecond awake, asleep again; RAM grows by a heap and a stack."""
    spans = (
        HistorySpan("inference", "infer", 1.0, 1.001, 0, 1000),
        HistorySpan("layer", "0 CONV_2D", 1.0, 1.0006, 0, 600, 0),
        HistorySpan("layer", "1 SOFTMAX", 1.0006, 1.001, 600, 1000, 1),
    )
    ram = (
        RamPoint(0.0, 1024, 2048, 0, 0),
        RamPoint(1.0, 1024, 2048, 512, 256),
        RamPoint(1.001, 1024, 2048, 0, 0),
    )
    power = (
        PowerPoint(0.0, 1e-6, 5e-7, 2e-6, "stop2"),
        PowerPoint(1.0, 0.02, 0.015, 0.03, "run"),
        PowerPoint(1.001, 1e-6, 5e-7, 2e-6, "stop2"),
    )
    return History(2.001, spans, 0, ram, power)


def made(**report):
    """The run with a hand-made history and changes of its report."""
    return replace(run(), history=history(), report=replace(run().report, **report))


def layer(index, operator="CONV_2D", name="conv", macs_count=None, shapes=((), ())):
    energy = Band(1e-5, 8e-6, 1.2e-5, "derived")
    return LayerCost(
        index, "layer", operator, name, name, "", 1, 48_000, 0.1, energy, shapes[0], shapes[1], macs_count
    )


def with_layers(*layers):
    return made(network=replace(run().report.network, layers=layers))


@cache
def one_of_each():
    """Every kind with something to show."""
    single = with_layers(layer(0, macs_count=24_000, shapes=SHAPES), layer(1, "SOFTMAX"))
    other = made(board="another", clock_hz=60_000_000)
    return {**dict.fromkeys(OF_ONE, (single,)), **dict.fromkeys(OF_SEVERAL, (single, other))}


def test_layers_add_up_to_the_latency_of_the_inference():
    (chart,) = panels_of("layers", (run(),))
    report = run().report

    assert report.inference.latency_s == pytest.approx(
        sum(dict(bar.parts).popitem()[1] for bar in chart.bars)
    )
    assert "0 CONV_2D  conv_2d_s8" == chart.bars[0].label
    assert report.network.layers[0].cycles / report.clock_hz == pytest.approx(chart.bars[0].band.value)


def test_a_layers_band_is_that_of_the_timing():
    (chart,) = panels_of("layers", (run(),))
    band, percent = chart.bars[0].band, run().report.inference.cycles_error_percent

    assert 1 - percent / 100 == pytest.approx(band.low / band.value)
    assert 1 + percent / 100 == pytest.approx(band.high / band.value)


def test_layers_add_up_to_the_energy_of_the_inference():
    (chart,) = panels_of("layer-energy", (run(),))

    total_j = sum(dict(bar.parts).popitem()[1] for bar in chart.bars)
    assert run().report.inference.energy_j.value == pytest.approx(total_j, rel=1e-6)


def test_more_layers_than_there_is_room_for_are_summed_up():
    """The last 20 of 120 are the cheapest: all are alike."""
    (chart,) = panels_of("layers", (with_layers(*(layer(index) for index in range(120))),))

    assert 101 == len(chart.bars)
    assert "20 cheaper layers" == chart.bars[-1].label
    assert 20 * 48_000 / run().report.clock_hz == pytest.approx(chart.bars[-1].parts[0][1])


def test_stall_reasons_add_up_to_the_cycles():
    whole, functions = panels_of("stalls", (run(),))
    dearest = max(run().report.functions, key=lambda each: each.self_cycles)

    assert 100.0 == pytest.approx(sum(length for _, length in whole.bars[0].parts))
    assert dearest.name == functions.bars[0].label
    assert dearest.self_cycles == sum(length for _, length in functions.bars[0].parts)
    assert whole.part_names == functions.part_names


def test_ram_is_stacked_in_the_order_static_arena_heap_stack():
    whole, zoomed = panels_of("ram", (made(),))

    assert ["static", "arena", "heap", "stack"] == [each.name for each in whole.series]
    assert all(each.style is Style.STEP_AREA for each in whole.series)
    assert [1.0, 2.0, 0.5, 0.25] == [each.points[1].y.value for each in whole.series]
    assert ["0 CONV_2D", "1 SOFTMAX"] == [each.label for each in zoomed.stretches]
    assert 2.001 == whole.series[0].points[-1].x.value


def test_available_ram_is_drawn_where_it_is_in_scale():
    """3.75 KiB are used at most: 8 KiB are in scale, 640 KiB would leave the picture empty."""
    ram = run().report.ram
    near, _ = panels_of("ram", (made(ram=replace(ram, available_bytes=8 * 1024)),))
    far, _ = panels_of("ram", (made(ram=replace(ram, available_bytes=640 * 1024)),))

    assert ["available 8 192 B"] == [rule.label for rule in near.rules]
    assert () == far.rules
    assert "640.0 KiB are available" in far.note


def test_a_short_peak_in_a_long_history_is_drawn():
    """100 000 points are more than there are columns of pixels."""
    points = [RamPoint(at / 1e5, 1024, 0, 0, 100) for at in range(100_000)]
    points[54_321] = replace(points[54_321], stack_bytes=2048)
    long = replace(made(), history=History(1.0, ram=tuple(points)))

    (whole,) = panels_of("ram", (long,))

    assert 2.0 == max(point.y.value for point in whole.series[-1].points)
    assert len(whole.series[0].points) < 7000


def test_power_is_logarithmic_where_sleep_would_not_be_seen():
    whole, zoomed = panels_of("power", (made(),))
    awake = replace(made(), history=replace(history(), power=history().power[1:2]))

    assert whole.y.is_log
    assert zoomed.y.is_log
    assert not panels_of("power", (awake,))[0].y.is_log


def test_mean_power_is_weighted_by_time():
    """(2 s x 1 uW + 1 ms x 20 mW) / 2.001 s = 11.0 uW."""
    whole, _ = panels_of("power", (made(),))

    assert 22e-6 / 2.001 == pytest.approx(whole.rules[0].at.value)
    assert "mean 11.0 µW" == whole.rules[0].label


def test_a_point_of_the_roofline_is_multiplications_per_value_and_per_cycle():
    """24 000 by 600 + 480 + 16 + 800 values in 48 000 cycles."""
    (picture,) = panels_of("roofline", one_of_each()["roofline"])
    point = picture.series[0].points[0]

    assert 24_000 / 1896 == pytest.approx(point.x.value)
    assert 0.5 == point.y.value
    assert "1 layers without" in picture.note


def test_the_roof_of_a_cortex_m4_is_two_multiplications_and_four_int8():
    """SMLAD: two in one cycle (Arm 100166, table 3-1); a load brings a word of four int8: the ridge is at 0.5."""
    (picture,) = panels_of("roofline", one_of_each()["roofline"])
    roof = picture.series[-1]

    assert [0.25, 0.5] == [point.x.value for point in roof.points[:2]]
    assert [1.0, 2.0, 2.0] == [point.y.value for point in roof.points]
    assert "SMLAD" in roof.name


def test_every_core_that_runs_has_a_roof():
    tables = (Path(mcusim.timing.__file__).parent / "tables").glob("*.toml")

    assert {each.stem.replace("_", "-") for each in tables} == set(core_roofs())


def test_runs_are_named_by_what_differs():
    report = run().report
    runs = (
        made(),
        made(clock_hz=24_000_000),
        made(clock_hz=24_000_000, what_if=("flash.prefetch=off",)),
        made(),
    )
    charts = panels_of("boards", runs)

    assert [
        f"{BOARD}, {report.clock_hz // 1_000_000} MHz (1)",
        f"{BOARD}, 24 MHz",
        f"{BOARD}, 24 MHz, flash.prefetch=off",
        f"{BOARD}, {report.clock_hz // 1_000_000} MHz (2)",
    ] == [bar.label for bar in charts[0].bars]


def test_the_pareto_front_holds_what_nothing_beats():
    inference = run().report.inference
    slow_and_cheap = replace(
        inference, latency_s=1.0, low_s=1.0, high_s=1.0, energy_j=Band(1e-9, 1e-9, 1e-9, "")
    )
    slow_and_dear = replace(slow_and_cheap, energy_j=Band(1.0, 1.0, 1.0, ""))
    runs = (made(), made(inference=slow_and_cheap), made(inference=slow_and_dear))

    (picture,) = panels_of("pareto", runs)

    assert [True, True, False] == [each.points[0].is_marked for each in picture.series]


@pytest.mark.parametrize("kind", KINDS)
def test_every_axis_says_what_it_shows_with_a_unit(kind):
    """On the ticks, or in the title where the ticks are plain numbers."""
    for panel in panels_of(kind, one_of_each()[kind]):
        axes = [panel.x] if isinstance(panel, BarChart) else [panel.x, panel.y]
        for axis in axes:
            assert axis.title
            assert axis.unit or any(each in axis.title for each in ("%", "KiB", " per "))


@pytest.mark.parametrize(
    ("kind", "suffix"), [*((kind, ".svg") for kind in KINDS), ("stalls", ".png"), ("power", ".pdf")]
)
def test_a_picture_is_the_same_bytes_each_time(kind, suffix):
    """Hatches, shades and error bars, too."""
    panels = tuple(panels_of(kind, one_of_each()[kind]))

    assert panels_bytes(panels, suffix) == panels_bytes(panels, suffix)


def test_fillings_can_be_told_apart_without_colour():
    """Where two are about as bright (Rec. 709), their hatches differ."""
    looks = [
        (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), to_rgb(colour), strict=True)), hatch)
        for colour, hatch in style.FACES
    ]

    alike = [
        (one, other)
        for place, one in enumerate(looks)
        for other in looks[place + 1 :]
        if one[1] == other[1] and abs(one[0] - other[0]) < 0.1
    ]
    assert [] == alike


def test_sixty_layers_with_long_names_stay_apart_and_inside():
    names = [
        f"functional_1/some/very/long/scope/of_block_{index}/batch_normalization/add_1" for index in range(60)
    ]
    panels = panels_of("layers", (with_layers(*(layer(i, name=name) for i, name in enumerate(names))),))

    with style.styled():
        figure = drawn(tuple(panels))
        figure.canvas.draw()
        (axes,) = figure.axes
        boxes = [each.get_window_extent() for each in axes.get_yticklabels()]

    assert 60 == len(boxes)
    assert min(box.x0 for box in boxes) >= 0
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in pairwise(boxes))
    assert axes.get_position().width > 0.4


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("layer-energy", {"energy": None}, "no power model"),
        ("power", {"energy": None}, "no power model"),
        ("layers", {"network": None}, "no inference was recognised"),
        ("roofline", {}, "shapes are read from the model"),
        ("stalls", {"reasons": ()}, "before the core did anything"),
    ],
)
def test_what_is_not_known_is_an_error_that_says_why(kind, changes, why):
    with pytest.raises(NothingToDrawError) as caught:
        panels_of(kind, (made(**changes),))

    assert why in caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize("kind", ["ram", "power"])
def test_a_recording_without_history_says_how_to_make_another(kind):
    with pytest.raises(NothingToDrawError) as caught:
        panels_of(kind, (replace(run(), history=History(1.0)),))

    assert "mcusim run" in caught.value.fix


def test_all_is_what_there_is_and_why_not_the_rest():
    found, left_out = all_panels((made(energy=None),))

    assert ["layers", "stalls", "ram", "memory"] == list(found)
    assert ["layer-energy", "power", "roofline"] == [each.kind for each in left_out]


@pytest.mark.parametrize(("kind", "count"), [("layers", 2), ("boards", 1), ("pareto", 1)])
def test_the_number_of_recordings_must_fit_the_kind(kind, count):
    with pytest.raises(UsageError, match=f"--kind {kind}"):
        panels_of(kind, (run(),) * count)


def test_an_unknown_kind_is_named():
    with pytest.raises(UnknownNameError, match="'layer'"):
        panels_of("layer", (run(),))
