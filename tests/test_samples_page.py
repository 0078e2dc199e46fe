"""firmware_samples/README.md against the samples: the table, the latencies behind it, and the links."""

from __future__ import annotations

import re

import pytest

from tests.doc_samples import (
    BOARDS,
    PAGE,
    SAMPLES_MARKS,
    boards_of,
    kept_latencies,
    latency_s,
    sample_names,
    with_samples,
)
from tests.test_readme import resolves

SHORT_RUNS = [("activity", board) for board in BOARDS] + [("crop_quality", "nucleo_l4r5zi")]


def test_the_page_shows_every_sample_as_its_files_say():
    """A sample came or changed? `python -m tests.doc_samples` measures it and writes the table anew."""
    text = PAGE.read_text(encoding="utf-8")

    assert [text.count(mark) for mark in SAMPLES_MARKS] == [1, 1]
    assert text == with_samples(text, kept_latencies())


def test_every_sample_was_measured_on_each_of_the_boards_that_it_is_built_for():
    measured = {name: sorted(latencies) for name, latencies in kept_latencies().items()}

    assert {name: sorted(boards_of(name)) for name in sample_names()} == measured


@pytest.mark.parametrize(("name", "board"), SHORT_RUNS)
def test_a_sample_takes_the_time_that_the_page_shows(name, board):
    """Kernels or models of cores changed? `python -m tests.doc_samples` measures all of them anew."""
    assert kept_latencies()[name][board] == latency_s(name, board)


def test_every_sample_says_where_its_data_are_from():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| [")]

    assert len(sample_names()) == len(rows)
    assert [row for row in rows if not re.search(r"\| (generated|real \(.+\)) \|", row)] == []


def test_every_link_of_the_page_resolves():
    links = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", PAGE.read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if "://" not in link and not resolves(PAGE, link)] == []
