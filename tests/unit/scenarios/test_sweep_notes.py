"""Notes on what makes the rows of several boards less comparable than they look."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mcusim.report.quantity import Band
from mcusim.report.sweep import SweepPoint, SweepResult, SweepRow
from mcusim.scenarios.sweep_notes import notes_of

MHZ = 1_000_000
CHIPS = {
    "fast": SimpleNamespace(reset_clock_hz=4 * MHZ, max_clock_hz=120 * MHZ),
    "slow": SimpleNamespace(reset_clock_hz=4 * MHZ, max_clock_hz=80 * MHZ),
}
CHIP = "the chip; not its LEDs"


def row(board, clock_mhz, covers=CHIP, asked_mhz=None):
    result = SweepResult(
        clock_mhz * MHZ, 3.3, 25.0, 0, "", "", 1, 1, 0.1, 0.1, 0.1, Band(1e-3, 1e-3, 1e-3, "assumed"), (), 0, 0, (),
        "model", covers,
    )  # fmt: skip
    point = SweepPoint(board, None if asked_mhz is None else asked_mhz * MHZ, None, None, ())
    return SweepRow(1, point, "run", result)


def test_boards_at_the_clocks_that_firmware_leaves_are_named_with_a_clock_that_all_can_run_at():
    (note,) = notes_of([row("fast", 120), row("slow", 4)], CHIPS)

    assert note == (
        "each board at the clock that its firmware programs (4.00 MHz to 120 MHz; still at the clock after reset: "
        "slow); --clock 80MHz compares them at the same"
    )


@pytest.mark.parametrize(
    "rows",
    [
        [row("fast", 80), row("slow", 80)],
        [row("fast", 16, asked_mhz=16), row("fast", 80, asked_mhz=80)],
        [SweepRow(1, SweepPoint("fast", None, None, None, ()), why_not="none"), row("slow", 4)],
    ],
)
def test_equal_clocks_clocks_that_were_asked_for_and_rows_without_result_need_no_note(rows):
    assert notes_of(rows, CHIPS) == ()


def test_a_board_whose_energy_is_of_other_parts_is_named():
    rows = [row("fast", 80), row("slow", 80, "the core supply DVDD (on-chip LDO); not I/O"), row("third", 80)]

    assert notes_of(rows, CHIPS) == (
        "the energies do not cover the same parts: slow: the core supply DVDD; the rest: the chip",
    )


def test_the_same_part_measured_at_another_place_needs_no_note():
    rows = [row("fast", 80, "the chip (IDD jumper); not the ST-LINK"), row("slow", 80)]

    assert notes_of(rows, CHIPS) == ()
