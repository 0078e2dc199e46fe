"""Each shipped start-up sequence, run on its board's models: it ends, at its clock, with flash as the chip wants it."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.board.schema import Board, Medium, StartUpStep, StepKind
from mcusim.board.wait_states import wait_states_for
from mcusim.power.load import load_power_model
from mcusim.power.schema import Activity
from mcusim.report.request import RunRequest
from mcusim.session import measure
from tests.elf_factory import READ, WRITE, Elf, Name, Part, to_bytes, vector_table
from tests.machine.firmware import parsed

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.report.report import Report

# Walks through a table of (kind << 4 | size in bytes, address, mask, value); ARMv6-M, so that every core runs it.
# Assembled with GNU as 2.40 for cortex-m0.
LISTING = """
Reset_Handler:
    a01c       adr   r0, table
    f000 f80b  bl    start_up
    f000 f805  bl    work
    2018       movs  r0, #0x18         SYS_EXIT
    4900       ldr   r1, stopped
    beab       bkpt  0xab
.stopped:
    00020026   .word 0x20026           ADP_Stopped_ApplicationExit
work:
    20fa       movs  r0, #250
.again:
    3801       subs  r0, #1
    d1fd       bne   again
    4770       bx    lr
start_up:
    b570       push  {r4, r5, r6, lr}
    0004       movs  r4, r0
.step:
    cc0f       ldm   r4!, {r0, r1, r2, r3}
    0905       lsrs  r5, r0, #4        the kind
    0700       lsls  r0, r0, #28
    0f00       lsrs  r0, r0, #28       the size
    2d0f       cmp   r5, #15
    d010       beq   done
    2d00       cmp   r5, #0
    d005       beq   write
    2d02       cmp   r5, #2
    d006       beq   wait
    f000 f80c  bl    load              modify
    4396       bics  r6, r2
    4333       orrs  r3, r6
.write:
    f000 f811  bl    store
    e7ee       b     step
.wait:
    f000 f805  bl    load
    4016       ands  r6, r2
    429e       cmp   r6, r3
    d1fa       bne   wait
    e7e8       b     step
.done:
    bd70       pop   {r4, r5, r6, pc}
load:
    2802       cmp   r0, #2
    d804       bhi   load_word
    d001       beq   load_half
    780e       ldrb  r6, [r1]
    4770       bx    lr
.load_half:
    880e       ldrh  r6, [r1]
    4770       bx    lr
.load_word:
    680e       ldr   r6, [r1]
    4770       bx    lr
store:
    2802       cmp   r0, #2
    d804       bhi   store_word
    d001       beq   store_half
    700b       strb  r3, [r1]
    4770       bx    lr
.store_half:
    800b       strh  r3, [r1]
    4770       bx    lr
.store_word:
    600b       str   r3, [r1]
    4770       bx    lr
"""
KINDS = {StepKind.WRITE: 0, StepKind.MODIFY: 1, StepKind.WAIT: 2}
END = struct.pack("<4I", 15 << 4, 0, 0, 0)
VECTORS_BYTES = 64
RAM_START_ADDR = 0x2000_0000  # RAM below is for code (ARMv7-M ARM, B3.1), but on a chip that has no other
UNMODELLED = {
    "lpc55s69_evk": {"ANACTRL", "FLASH", "PMC"},  # crystal, read mode of the array, core voltage
    "teensy40": {"DCDC"},  # core voltage
}
"""Devices that only remember what silicon needs."""
BOARDS = [name for name in board_names() if load_board(name).chip.start_up is not None]


def _firmware(board: Board, steps: tuple[StartUpStep, ...]) -> bytes:
    """The sequence at the chip's first boot address, its stack in the largest RAM."""
    start_addr = board.chip.boot_addrs[0]
    ram = max(
        (each for each in board.chip.regions if each.medium is Medium.SRAM and not each.alias_of),
        key=lambda region: (region.start_addr >= RAM_START_ADDR, region.size_bytes),
    )
    listing = parsed(LISTING)
    table = b"".join(
        struct.pack("<4I", KINDS[step.kind] << 4 | step.size_bytes, step.addr, step.mask, step.value)
        for step in steps
    )
    labels = [(name, offset) for name, offset in listing.labels if name[0] != "."]
    ends = [offset for _, offset in labels[1:]] + [len(listing.code)]
    names = [
        Name(name, start_addr + VECTORS_BYTES + offset | 1, end - offset)
        for (name, offset), end in zip(labels, ends, strict=True)
    ]
    vectors = vector_table(ram.start_addr + ram.size_bytes // 2, start_addr + VECTORS_BYTES)
    parts = (
        Part(".text", start_addr, vectors + listing.code + table + END),
        Part(".bss", ram.start_addr, b"", memory_size_bytes=4, flags=READ | WRITE),
    )
    return to_bytes(Elf(parts, tuple(names), start_addr + VECTORS_BYTES | 1, architecture_id=12))


def _report(name: str, path: Path, steps: tuple[StartUpStep, ...]) -> Report:
    """The run's; a loop that waits for a bit that nobody models ends it."""
    path.write_bytes(_firmware(load_board(name), steps))
    return measure(RunRequest(path, name, roi="work", max_seconds=0.5, is_strict=True))


@lru_cache
def _shipped(name: str, path: Path) -> tuple[Report, Board]:
    """The sequence of the board's file, run once for all tests."""
    board = load_board(name)
    assert board.chip.start_up is not None
    return _report(name, path, board.chip.start_up.steps), board


def test_every_board_with_a_real_chip_says_how_it_starts_up():
    assert {name for name in board_names() if not name.startswith("generic_")} == set(BOARDS)


@pytest.fixture(scope="module", params=BOARDS)
def run(request, tmp_path_factory) -> tuple[Report, Board]:
    return _shipped(request.param, tmp_path_factory.getbasetemp() / f"{request.param}.elf")


def test_a_sequence_ends_at_the_clock_that_it_says(run):
    report, board = run

    assert board.chip.start_up is not None
    assert report.stop.reason == "exit"
    assert report.clock_hz == board.chip.start_up.clock_hz


def test_a_sequence_runs_without_a_warning(run):
    """Too few wait states or a clock that is not running would be one."""
    report, board = run
    expected = UNMODELLED.get(board.name, set())

    assert expected == {register.device for register in report.unmodelled}
    assert len(report.warnings) == bool(expected)  # the one that lists them


def test_flash_has_the_wait_states_that_its_clock_needs_and_no_more(run):
    """The chip file's table for this supply and voltage range, the one that `flash.wait_states=auto` uses."""
    report, board = run
    interface, phase = board.chip.flash_interface, report.phases[-1]
    if interface is None or not interface.wait_states:
        pytest.skip("the chip file has no table of wait states")

    expected = wait_states_for(interface, phase.clock_hz, board.supply_v, phase.voltage_range)
    assert phase.flash_wait_cycles == expected


def test_flash_is_never_too_slow_for_the_clock_on_the_way_there(run):
    report, board = run
    interface = board.chip.flash_interface
    if interface is None or not interface.wait_states:
        pytest.skip("the chip file has no table of wait states")

    for phase in report.phases:
        needed = wait_states_for(interface, phase.clock_hz, board.supply_v, phase.voltage_range)
        assert needed is not None
        assert phase.flash_wait_cycles >= needed


def test_the_power_model_has_a_row_for_the_clock_and_the_voltage_range(run):
    """Nothing is extrapolated: energy of generated firmware is as good as the model."""
    report, board = run
    phase = report.phases[-1]
    if not board.power_model:
        pytest.skip(board.no_power_reason)

    rows = {
        (point.clock_hz, point.voltage_range)
        for point in load_power_model(board.power_model).points
        if point.activity is Activity.RUN
    }
    assert rows & {(phase.clock_hz, phase.voltage_range), (phase.clock_hz, "")}


def test_a_wait_that_never_ends_is_found(tmp_path):
    """The tests above would see a hang: a sequence that waits for a PLL that it did not turn on."""
    start_up = load_board("nucleo_l4r5zi").chip.start_up
    assert start_up is not None
    without = [step for step in start_up.steps if step.comment != "RCC_CR: PLL on"]
    assert len(without) == len(start_up.steps) - 1

    report = _report("nucleo_l4r5zi", tmp_path / "hang.elf", tuple(without))

    assert report.stop.reason != "exit"


def test_a_missing_wait_state_is_found(tmp_path):
    """The same for flash that is too fast."""
    start_up = load_board("nucleo_l4r5zi").chip.start_up
    assert start_up is not None
    without = [step for step in start_up.steps if step.addr != 0x4002_2000]
    assert len(without) == len(start_up.steps) - 2

    report = _report("nucleo_l4r5zi", tmp_path / "fast.elf", tuple(without))

    assert any("wait state" in warning for warning in report.warnings)
