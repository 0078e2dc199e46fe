"""Every row of the tables beside this file: cycles of a short sequence with the source of the number."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def rows():
    for name, cores in (
        ("cortex_m0_m0plus.csv", ("cortex-m0", "cortex-m0plus")),
        ("cortex_m3_m4.csv", ("cortex-m3", "cortex-m4")),
        ("cortex_m33.csv", ("cortex-m33",)),
        ("cortex_m7.csv", ("cortex-m7",)),
    ):
        for line in (FOLDER / name).read_text().splitlines():
            if line.startswith("#"):
                continue
            _, assembly, encoding, *cycles, source = (cell.strip() for cell in line.split(" | "))
            for core, expected in zip(cores, cycles, strict=True):
                if expected != "-":
                    yield pytest.param(core, encoding, int(expected), source, id=f"{core}: {assembly}")


@pytest.mark.parametrize(("core", "encoding", "expected", "source"), list(rows()))
def test_a_sequence_takes_the_cycles_of_its_source(core, encoding, expected, source, cycles_of):
    assert source
    assert expected == cycles_of(core, [(0, encoding)])


def test_every_rule_group_has_rows():
    """A table that lost its rows would pass the test above."""
    assert sum(1 for _ in rows()) > 540
