"""Instructions per second of mcusim, and their ratio to the bare emulator in the same process.

    python benchmarks/speed.py [--rounds N] [FIRMWARE.elf BOARD]

Prints, for a steady state (every block already decoded and priced): the bare emulator, mcusim without data-side
memory modelling, and with it. Machines are noisy: the ratio is what to look at, taken from the fastest of the rounds.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from mcusim.board.load import load_board
from mcusim.board.schema import Board
from mcusim.firmware.elf import load_image
from mcusim.firmware.image import Image
from mcusim.firmware.symbols import SymbolTable
from mcusim.machine.fit import placed_on
from mcusim.machine.machine import Machine
from mcusim.machine.options import MachineOptions, Region, RegionKind
from mcusim.machine.values import Wanted
from mcusim.shipped import shipped_dir


class BareMachine(Machine):
    """The same emulator and devices; nothing is counted. Ends at the instruction given as --until would be."""

    def _hook_blocks(self) -> None:
        pass


class FetchOnlyMachine(Machine):
    """Counts cycles and call tree, but no data addresses, divides or skipped instructions."""

    def _wanted_terms(self) -> Wanted:
        return Wanted()


def fastest_s(machine: Machine, rounds_count: int) -> float:
    """Seconds of the fastest run after one that fills every cache."""
    machine.run()
    times = []
    for _ in range(rounds_count):
        started_s = time.perf_counter()
        machine.run()
        times.append(time.perf_counter() - started_s)
    return min(times)


def machine_of(kind: type[Machine], board: Board, image: Image, until_addr: int = -1) -> Machine:
    """A fresh machine."""
    options = MachineOptions(
        Region(RegionKind.WHOLE, "(whole run)"), until_addr=until_addr, max_seconds=600.0
    )
    return kind(board, image, SymbolTable(image), options)


def instructions_of(board: Board, image: Image) -> tuple[int, int]:
    """Instructions of one run, and the address where it ended."""
    machine = machine_of(Machine, board, image)
    end_addr = machine.run().pc_addr
    counts: dict[int, int] = {}
    for _, index, count, _, _ in machine.core.edges():
        counts[index] = counts.get(index, 0) + count
    blocks = machine.filler.blocks
    return sum(count * len(blocks[index].instructions) for index, count in counts.items()), end_addr


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("firmware", nargs="?", type=Path)
    parser.add_argument("board", nargs="?", default="generic_m4")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    firmware = arguments.firmware or shipped_dir("firmware_samples") / "digits_cnn" / "generic_m4.elf"
    board = load_board(arguments.board)
    image = placed_on(load_image(firmware), board.chip)
    flash_board = load_board("nucleo_l4r5zi")
    waits = replace(
        board,
        chip=replace(board.chip, flash_interface=_as_if_waiting(flash_board, board)),
    )
    instructions_count, end_addr = instructions_of(board, image)
    print(f"{firmware.name} on {board.name}: {instructions_count / 1e6:.1f} M instructions a run")
    bare_s = fastest_s(machine_of(BareMachine, board, image, end_addr), arguments.rounds)
    rows = [
        ("bare emulator", bare_s),
        (
            "cycles, no data addresses",
            fastest_s(machine_of(FetchOnlyMachine, board, image), arguments.rounds),
        ),
        ("cycles, unaligned, divides, IT", fastest_s(machine_of(Machine, board, image), arguments.rounds)),
        ("all that and 5-wait flash caches", fastest_s(machine_of(Machine, waits, image), arguments.rounds)),
    ]
    for name, seconds in rows:
        speed = instructions_count / seconds / 1e6
        print(f"{name:34} {speed:8.1f} M instructions/s   ratio {bare_s / seconds:.2f}")


def _as_if_waiting(flash_board: Board, board: Board):  # type: ignore[no-untyped-def]
    """The L4R5's flash interface with five wait states, in front of this board's flash."""
    interface = flash_board.chip.flash_interface
    assert interface is not None
    names = tuple(
        each.name for each in board.chip.regions if each.medium.value == "flash" and not each.alias_of
    )
    return replace(interface, region_names=names, default_wait_cycles=5)


if __name__ == "__main__":
    main()
