"""The part of a firmware that depends on the board: start-up, clock, caches, console, what its boot ROM looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.board.schema import StepKind
from mcusim.codegen import boot2
from mcusim.codegen.emit import CSource
from mcusim.codegen.memory_layout import needs_boot2
from mcusim.codegen.request import Console
from mcusim.shipped import shipped_dir

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.board.schema import Board, Chip, StartUp, StartUpStep

FOLDER = "platform"
"""Where its files go beside the generated ones."""
_ALWAYS = (
    "startup.c",
    "memory.c",
    "aeabi_memory.c",
    "line.c",
    "line.h",
    "print.c",
    "print.h",
    "board.h",
    "cortexm.h",
)
_CONSOLES = {Console.SEMIHOSTING: "console_semihosting.c", Console.NONE: "console_none.c"}
_BOOT_DATA = {"rp2350": "rp2350_image_def.c", "mk64fn1m0": "kinetis_flash_config.c"}
"""Chip: what its boot ROM wants to find in flash. Others want nothing but the vector table, or see `boot_notes`."""
_BOOT_NOTES = {
    "mimxrt1062": "the boot ROM of the i.MX RT needs a FlexSPI configuration block and an image vector table in front "
    "of this firmware; it has none: it runs in mcusim, not on the board"
}
_HAS_VTOR = frozenset({"cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"})
_C_TYPES = {1: "uint8_t", 2: "uint16_t", 4: "uint32_t"}


@dataclass(frozen=True, slots=True)
class Platform:
    """What a board adds to a program."""

    sources: tuple[CSource, ...]
    notes: tuple[str, ...] = ()
    """What a person must know before flashing a real board."""


def platform_of(board: Board, console: Console) -> Platform:
    """Start-up code and console for the board: its full speed if its files say how, else the clock after reset."""
    chip = board.chip
    names = [*_ALWAYS, _CONSOLES[console], *_boot_files(chip)]
    if chip.core == "cortex-m7":
        names += ["caches.c", "caches.h"]
    shipped = [CSource(f"{FOLDER}/{name}", text_of(common_path() / "platform" / name)) for name in names]
    generated = (
        CSource(f"{FOLDER}/chip.h", _chip_header(chip)),
        CSource(f"{FOLDER}/board.c", _board_source(board)),
    )
    note = _BOOT_NOTES.get(chip.name)
    return Platform((*shipped, *generated), (note,) if note else ())


def common_path() -> Path:
    """The shipped C of inference library and platforms."""
    return shipped_dir("firmware_samples") / "common"


def text_of(path: Path) -> str:
    """A shipped source; with the same line ends wherever it is installed."""
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")


def _boot_files(chip: Chip) -> list[str]:
    files = [boot2.SOURCE] if needs_boot2(chip) else []
    return [*files, *([_BOOT_DATA[chip.name]] if chip.name in _BOOT_DATA else [])]


def _chip_header(chip: Chip) -> str:
    return (
        f"/* {chip.name}. Generated. */\n#ifndef CHIP_H\n#define CHIP_H\n\n"
        f"#define BOARD_IRQ_COUNT {chip.interrupts_count}\n"
        f"#define BOARD_CLOCK_HZ {_clock_hz(chip)}u /* after board_init() */\n\n#endif\n"
    )


def _clock_hz(chip: Chip) -> int:
    return chip.start_up.clock_hz if chip.start_up is not None else chip.reset_clock_hz


def _board_source(board: Board) -> str:
    chip = board.chip
    headers = ['"board.h"', *(['"caches.h"'] if chip.core == "cortex-m7" else []), '"cortexm.h"']
    body = ["    SCB_VTOR = (uint32_t)vector_table;"] if chip.core in _HAS_VTOR else []
    parts = [
        f"/* {_comment(board.title)}: {_clock_comment(chip)}. Generated from the board's and its chip's file. */",
        "\n".join(["#include <stdint.h>", "", *(f"#include {each}" for each in headers)]),
    ]
    if body:
        parts.append("extern const uint32_t vector_table[];")
    if chip.start_up is not None and chip.start_up.steps:
        parts.append(_start_up_function(chip.start_up))
        body.append("    start_up();")
    if chip.core == "cortex-m7":
        body.append("    caches_enable();")
    parts.append("\n".join(["void board_init(void)", "{", *body, "}"]))
    return "\n\n".join(parts) + "\n"


def _clock_comment(chip: Chip) -> str:
    if chip.start_up is None:
        return f"stays at the clock after reset, {chip.reset_clock_hz / 1e6:g} MHz"
    return f"{chip.start_up.clock_hz / 1e6:g} MHz"


def _start_up_function(start_up: StartUp) -> str:
    lines = [line for step in start_up.steps for line in _step_lines(step)]
    source = _comment(start_up.provenance.source)
    return "\n".join([f"/* {source} */", "static void start_up(void)", "{", *lines, "}"])


def _step_lines(step: StartUpStep) -> list[str]:
    register = f"*(volatile {_C_TYPES[step.size_bytes]} *){step.addr:#010x}u"
    mask, value = f"{step.mask:#x}u", f"{step.value:#x}u"
    lines = [f"    /* {_comment(step.comment)} */"]
    if step.kind is StepKind.WRITE:
        return [*lines, f"    {register} = {value};"]
    if step.kind is StepKind.WAIT:
        return [*lines, f"    while (({register} & {mask}) != {value}) {{", "    }"]
    kept = f"({_C_TYPES[step.size_bytes]})(({register} & ~{mask}) | {value})"
    return [*lines, f"    {register} = {kept};"]


def _comment(text: str) -> str:
    """On one line and harmless inside a comment."""
    return " ".join(text.split()).replace("*/", "* /").replace("/*", "/ *")
