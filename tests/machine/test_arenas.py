"""A runtime's working memory: what an inference touches of it, and what would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.board.load import load_board
from mcusim.firmware.elf import load_image
from mcusim.firmware.symbols import SymbolTable
from mcusim.machine.arenas import ArenaPlace
from mcusim.machine.machine import Machine
from mcusim.machine.options import Layering, MachineOptions, Region, RegionKind
from mcusim.machine.record import record
from mcusim.recording.recording import ArenaUse
from tests.machine.firmware import RAM_ADDR, Firmware

ARENA = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5400   mov   r4, #0x20000000
    6420        str   r0, [r4, #64]     @ start-up code clears memory: nobody's use
    f000 f801   bl    main
    e7fe        b     .
main:
    6020        str   r0, [r4, #0]      @ set-up: a word at the beginning
    f8c4 00c8   str   r0, [r4, #200]    @ … and one far behind
    f000 f801   bl    infer
    e7fe        b     .
infer:
    6060        str   r0, [r4, #4]
    68a1        ldr   r1, [r4, #8]
    4770        bx    lr
""",
    variables=(("arena", 256), ("more", 64)),
)


@pytest.fixture
def arenas(tmp_path: Path):
    """arenas(touches_ram, place, …) -> ArenaUse of each place."""

    def run(touches_ram: bool, *places: ArenaPlace) -> tuple[ArenaUse, ...]:
        path = tmp_path / "firmware.elf"
        path.write_bytes(ARENA.elf())
        image, infer = load_image(path), ARENA.addr("infer")
        options = MachineOptions(
            Region(RegionKind.FUNCTION, "infer", infer),
            max_seconds=1.0,
            main_addr=ARENA.addr("main"),
            touches_ram=touches_ram,
            layering=Layering(infer, dispatcher_addrs=(infer,), arenas=places),
        )
        machine = Machine(load_board("generic_m4"), image, SymbolTable(image), options)
        machine.run()
        return record(machine, (), {}, -1).arenas

    return run


def test_an_arena_needs_what_was_touched_from_main_on(arenas):
    """An inference touches words 4 and 8; set-up 0 and 200; words 12 to 196 and the 52 bytes after 204 are free.

    The 188 bytes count as free, the 52 behind them are shorter than 64: 256 - 188 = 68.
    """
    assert arenas(True, ArenaPlace("arena", RAM_ADDR, 256)) == (ArenaUse("arena", RAM_ADDR, 256, 8, 68),)


def test_an_arena_that_no_inference_touches_is_not_reported(arenas):
    assert arenas(True, ArenaPlace("more", RAM_ADDR + 256, 64)) == ()


def test_an_arena_outside_ram_is_not_reported(arenas):
    assert arenas(True, ArenaPlace("arena", 0x6000_0000, 64)) == ()


def test_what_was_touched_of_an_arena_is_only_known_when_touched_ram_is_counted(arenas):
    assert arenas(False, ArenaPlace("arena", RAM_ADDR, 256)) == (ArenaUse("arena", RAM_ADDR, 256, -1, -1),)


def test_an_arena_outside_ram_is_not_reported_when_nothing_is_counted_either(arenas):
    assert arenas(False, ArenaPlace("arena", 0x6000_0000, 64)) == ()
