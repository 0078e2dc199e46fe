"""Files that the commands read and write: looked at before a run, written after it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mcusim.cli.command import print_text
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace, _ActionsContainer
    from collections.abc import Callable, Iterable, Sequence

STANDARD_OUTPUT, PICTURE = "-", "--plot"
_READ_OPTIONS = ("symbols", "rom", "svd", "timing", "trace", "cycles")
_NAME_OR_FILE_OPTIONS = ("power_model", "battery")


class Result(NamedTuple):
    """A result that the user may want in a file."""

    option: str
    target: str | Path | None
    """"-" is standard output; None: not wanted."""
    data: Callable[[], bytes]
    """Only called when it is wanted."""


def add_output_option(parser: _ActionsContainer, help_text: str) -> None:
    """Declare `-o FILE`, and `--force` without which it never replaces a file (check_targets sees to that)."""
    parser.add_argument("-o", dest="target", metavar="FILE", help=help_text)
    add_force_option(parser)


def add_force_option(parser: _ActionsContainer) -> None:
    """Declare the option that lets `-o` replace a file."""
    parser.add_argument("--force", action="store_true", help="let -o replace an existing file")


def check_targets(
    targets: Iterable[tuple[str, str | Path | None]], arguments: Namespace, firmwares: Iterable[Path] = ()
) -> None:
    """Look at every file that a command is to write, before it runs: (option, file) each.

    Where a command has `--force`, its `-o` does not replace a file without it.

    Raises:
        UsageError: a file cannot be written, exists, is read as well, or is the target of two options.
    """
    from mcusim.report.files import check_target

    read = [*files_read(arguments), *firmwares]
    is_forced = bool(vars(arguments).get("force", True))
    seen: dict[Path | str, tuple[str, str | Path]] = {}
    for option, target in targets:
        if target is None:
            continue
        if option == PICTURE:
            from mcusim.render.plots.picture import check_picture_path

            check_picture_path(Path(target), option=option)
        is_screen = str(target) == STANDARD_OUTPUT
        if not is_screen:
            check_target(Path(target), read, option=option, may_replace=is_forced or option != "-o")
        place = STANDARD_OUTPUT if is_screen else Path(target).resolve()
        if place in seen:
            raise _written_twice(*seen[place], option)
        seen[place] = (option, target)


def _written_twice(first: str, target: str | Path, second: str) -> UsageError:
    if str(target) == STANDARD_OUTPUT:
        options = f"{first} - and {second} -"
        return UsageError(f"{options} both write to standard output", fix="write one of them to a file")
    if first == second:
        return UsageError(f"{first} writes the same file twice: '{target}'", fix="give each its own file")
    return UsageError(f"{first} and {second} both write '{target}'", fix="give each its own file")


def check_run_targets(
    arguments: Namespace,
    firmware: Path,
    more: Iterable[tuple[str, str | Path | None]] = (),
) -> None:
    """Look at every file that the options of `mcusim run` name, and `more` of other commands.

    Raises:
        UsageError: as check_targets.
    """
    if arguments.vcd is not None and not arguments.pin:
        raise UsageError("--vcd needs a pin", why="it shows the edges of pins", fix="add --pin PA5")
    if str(arguments.vcd) == STANDARD_OUTPUT:
        raise UsageError("--vcd does not write to standard output", fix="name a file, for example pins.vcd")
    targets: list[tuple[str, str | Path | None]] = [
        ("--output", path) for _, path in arguments.output if str(path) != STANDARD_OUTPUT
    ]
    # Several UARTs may share the screen, but not with a result.
    on_screen = [each for each in arguments.uart_out if str(each.path) == STANDARD_OUTPUT]
    targets += [("--uart-out", each.path) for each in arguments.uart_out if each not in on_screen[1:]]
    targets += [("--vcd", arguments.vcd), *more, ("--json", arguments.json)]
    check_targets(targets, arguments, [firmware])


def files_read(arguments: Namespace) -> list[Path]:
    """Every file that the options of any command name to be read, besides the firmware."""
    given = vars(arguments)
    found = [given[name] for name in _READ_OPTIONS if given.get(name) is not None]
    named = [given[name] for name in _NAME_OR_FILE_OPTIONS if given.get(name)]
    boards = given.get("board") or ()
    named += [boards] if isinstance(boards, str) else boards
    found += [Path(each) for each in named if Path(each).is_file()]
    found += [each.file for each in given.get("uart_in", ()) if each.file is not None]
    found += [path for name in ("feed", "input") for _, path in given.get(name, ())]
    inputs = given.get("inputs")
    return found + ([inputs.path] if inputs is not None and inputs.path is not None else [])


def write_results(results: Sequence[Result], text: Callable[[], str], *, is_quiet: bool) -> None:
    """Each result to where it is wanted; the text for people, unless a result has standard output.

    Raises:
        UsageError: a file cannot be written.
    """
    from mcusim.report.files import write_whole

    is_shown = not is_quiet
    for option, target, data in results:
        if str(target) == STANDARD_OUTPUT:
            sys.stdout.flush()
            sys.stdout.buffer.write(data())  # UTF-8 whatever the terminal's encoding
            is_shown = False
        elif target is not None:
            write_whole(Path(target), data(), option=option)
    if is_shown:
        print_text(text())
