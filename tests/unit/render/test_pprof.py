"""Profiles for pprof: decoded, added up, and read by Go's own pprof where there is one."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from mcusim.recorded.run import RecordedRun
from mcusim.render.exports.pprof import profile_class, render
from tests.export_factory import rich_run


def pprof_command() -> list[str]:
    """Go's pprof, as `go tool pprof` or by the environment variable MCUSIM_PPROF; empty: there is none."""
    own = os.environ.get("MCUSIM_PPROF", "")
    if own:
        return [own]
    go = shutil.which("go")
    return [go, "tool", "pprof"] if go else []


needs_pprof = pytest.mark.skipif(
    not pprof_command(), reason="Go's pprof (Debian: golang-go) is not installed"
)


@pytest.fixture
def run(recording, image, board, power_model, run_request) -> RecordedRun:
    return rich_run(recording, image, board, power_model, run_request)


@pytest.fixture
def message(run):
    return profile_class().FromString(gzip.decompress(render(run)))


def test_values_have_types_and_units(message):
    text = message.string_table
    kinds = [(text[each.type], text[each.unit]) for each in message.sample_type]

    assert [("cycles", "count"), ("time", "nanoseconds"), ("energy", "nanojoules")] == kinds
    assert "cycles" == text[message.default_sample_type]


def test_values_sum_to_the_report(message, run):
    totals = run.report.totals
    expected = [totals.cycles, round(totals.time_s * 1e9), round(totals.energy_j.value * 1e9)]

    assert expected == [sum(column) for column in zip(*(each.value for each in message.sample), strict=True)]
    assert round(totals.time_s * 1e9) == message.duration_nanos


def test_the_table_of_texts_begins_with_the_empty_one(message):
    """profile.proto: string_table[0] must always be the empty string."""
    assert message.string_table[0] == ""
    assert len(set(message.string_table)) == len(message.string_table)


def test_a_stack_begins_at_its_leaf(message):
    names = {each.id: message.string_table[each.name] for each in message.function}
    stacks = [[names[each] for each in sample.location_id] for sample in message.sample]

    assert ["requantize", "conv", "layer 0 CONV_2D", "infer", "main", "Reset_Handler", "[thread]"] in stacks


def test_samples_can_be_summed_by_context_and_by_layer(message):
    """Cycles of export_factory's docstring."""
    text = message.string_table
    cycles = Counter()
    for sample in message.sample:
        for label in sample.label:
            cycles[text[label.key], text[label.str]] += sample.value[0]

    assert 6400 == cycles["layer", "layer 0 CONV_2D"]
    assert 100 == cycles["context", "task worker"]
    assert 840 == cycles["context", "sleep"]


def test_no_time_of_this_machine_is_in_the_file(message, run):
    """RFC 1952: bytes 4 to 7 are the time of compression."""
    assert bytes(4) == render(run)[4:8]
    assert 0 == message.time_nanos


def top(run: RecordedRun, folder: Path, *options: str) -> str:
    """What Go's pprof prints."""
    (folder / "run.pb.gz").write_bytes(render(run))
    done = subprocess.run(
        [*pprof_command(), "-top", "-nodefraction=0", *options, "run.pb.gz"],
        cwd=folder,
        env={**os.environ, "PPROF_TMPDIR": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


@needs_pprof
def test_pprof_shows_our_cycles(run, tmp_path):
    text = top(run, tmp_path)

    assert "Type: cycles" in text
    assert "accounting for 10000, 100% of 10000 total" in text
    assert re.search(r"^ +5000 +50\.00% .* 6400 64\.00%  conv$", text, re.MULTILINE)


@needs_pprof
def test_pprof_shows_our_energy_with_its_unit(run, tmp_path):
    total_nj = round(run.report.totals.energy_j.value * 1e9)

    assert f"100% of {total_nj}nanojoules total" in top(run, tmp_path, "-sample_index=energy")


@needs_pprof
def test_pprof_shows_one_layer_alone(run, tmp_path):
    assert "accounting for 1000, 10.00% of 10000 total" in top(
        run, tmp_path, "-tagfocus=layer=layer 1 FULLY_CONNECTED"
    )
