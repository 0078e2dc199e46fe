"""Complains before a run about result files that could not be written, or that would destroy what the run reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.report.files import check_target

if TYPE_CHECKING:
    from argparse import Namespace

STANDARD_OUTPUT = "-"


def check_result_files(arguments: Namespace, firmware: Path) -> None:
    """Look at every file that the options of `mcusim run` name.

    Raises:
        UsageError: a file cannot be written, is read by the run as well, or is the target of two options.
    """
    if arguments.vcd is not None and not arguments.pin:
        raise UsageError("--vcd needs a pin", why="it shows the edges of pins", fix="add --pin PA5")
    if str(arguments.vcd) == STANDARD_OUTPUT:
        raise UsageError("--vcd does not write to standard output", fix="name a file, for example pins.vcd")
    on_screen = [each for each in arguments.uart_out if str(each.path) == STANDARD_OUTPUT]
    if on_screen and arguments.json == STANDARD_OUTPUT:
        raise UsageError(
            "--uart-out - and --json - both write to standard output", fix="write one of them to a file"
        )
    inputs = _read(arguments, firmware)
    options: dict[Path, str] = {}
    for option, path in _written(arguments):
        check_target(path, inputs, option=option)
        other = options.setdefault(path.resolve(), option)
        if other != option:
            raise UsageError(f"{other} and {option} both write '{path}'", fix="give each its own file")
    if len(options) < len(_written(arguments)):
        raise UsageError("an option writes the same file twice", fix="give each its own file")


def _read(arguments: Namespace, firmware: Path) -> list[Path]:
    named = [arguments.symbols, arguments.rom, arguments.svd, *(each.file for each in arguments.uart_in)]
    board = [Path(arguments.board)] if arguments.board else []
    return [
        firmware,
        *board,
        *(each for each in named if each is not None),
        *(path for _, path in (*arguments.feed, *arguments.input)),
    ]


def _written(arguments: Namespace) -> list[tuple[str, Path]]:
    """(option, file), without what goes to standard output."""
    files = [("--output", path) for _, path in arguments.output]
    files += [("--uart-out", each.path) for each in arguments.uart_out]
    files += [("--vcd", arguments.vcd)] if arguments.vcd is not None else []
    files += [("--json", Path(arguments.json))] if arguments.json is not None else []
    return [(option, path) for option, path in files if str(path) != STANDARD_OUTPUT]
