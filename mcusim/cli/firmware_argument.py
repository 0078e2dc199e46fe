"""What FIRMWARE and --board mean: a file, a bundled sample, or a model that becomes a firmware first."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.api.firmware import existing_firmware, is_model, is_sample
from mcusim.cli import values
from mcusim.errors import McusimError, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mcusim.codegen.request import BuildRequest, Built

_ALL = "all"


def add_build_options(parser: ArgumentParser) -> None:
    """Declare what may be said of a firmware that is built from a model."""
    group = parser.add_argument_group("building a .tflite model (see mcusim build)")
    group.add_argument(
        "--inputs",
        metavar="WHAT",
        type=values.network_inputs,
        help="what the network is given: a .npy or .bin file, zeros, ramp, random or random:SEED (default: random)",
    )
    group.add_argument(
        "--inputs-count",
        metavar="N",
        type=values.count,
        help="how many inferences (default: all that the file has; 1 of a pattern)",
    )
    group.add_argument(
        "--compiler", metavar="NAME", help="gcc, clang, zig or a path (default: the first that is found)"
    )
    group.add_argument(
        "--console",
        choices=("semihosting", "none"),
        help="where the firmware prints its outputs (default: semihosting)",
    )
    group.add_argument("--keep-sources", metavar="DIR", type=Path, help="leave the generated C here")


def named_boards(firmware: str, boards: Sequence[str] | None) -> tuple[str, ...]:
    """The boards of a sweep; all of a sample are those that it was built for.

    Raises:
        UsageError: no board was named.
    """
    from mcusim.board.load import board_names
    from mcusim.firmware.samples import find_sample

    if boards is not None and tuple(boards) != (_ALL,):
        return tuple(boards)
    if boards is None and is_sample(firmware):
        return (find_sample(firmware).default_board,)
    if boards is None:
        raise UsageError(
            "no board was named",
            why="a sweep compares boards, or settings of one",
            fix="add --board NAME,NAME or --board all (mcusim boards lists them)",
        )
    if is_sample(firmware):
        return tuple(dict.fromkeys(board for board, _ in find_sample(firmware).elfs))
    return tuple(board_names())


def firmware_for(firmware: str, board: str) -> Path | McusimError:
    """The file, or the sample's for the board; why there is none for it.

    Raises:
        FirmwareFileError: there is neither a file nor a sample of that name.
    """
    from mcusim.firmware.samples import find_sample

    if not is_sample(firmware):
        return existing_firmware(firmware)
    try:
        return find_sample(firmware).elf_for(board)
    except McusimError as error:
        return error


def check_build_options(arguments: Namespace) -> None:
    """Complain about options of building where nothing is built.

    Raises:
        UsageError: the firmware is no model, and an option is about building.
    """
    if is_model(arguments.firmware):
        return
    for option in ("--inputs", "--inputs-count", "--compiler", "--console", "--keep-sources"):
        if getattr(arguments, option[2:].replace("-", "_")) is not None:
            raise UsageError(
                f"{option} is for a .tflite model, and '{arguments.firmware}' is a firmware already",
                why="nothing is built from it",
                fix="leave it out"
                + ("; --input SYMBOL=FILE fills an array of a firmware" if option == "--inputs" else ""),
            )


def build_request_of(arguments: Namespace, board: str, output: Path) -> BuildRequest:
    """What the options ask to be built.

    Raises:
        UsageError: the number of inferences makes no sense, or the sources cannot be kept where they should.
    """
    from mcusim.codegen.request import BuildRequest, Console, Inputs

    if arguments.keep_sources is not None and arguments.keep_sources.is_file():
        raise UsageError(f"--keep-sources: '{arguments.keep_sources}' is a file", fix="name a folder")
    return BuildRequest(
        model=Path(arguments.firmware),
        board=board,
        output=output,
        inputs=replace(arguments.inputs or Inputs(), count=arguments.inputs_count),
        compiler=arguments.compiler or "",
        console=Console(arguments.console or Console.SEMIHOSTING.value),
        keep_sources=arguments.keep_sources,
    )


@contextmanager
def built_firmware(arguments: Namespace, board: str) -> Iterator[Built]:
    """The firmware of the model for a board, in a folder that lasts as long as the context.

    Raises:
        McusimError: it cannot be built.
    """
    from mcusim.codegen.build import build_firmware
    from mcusim.codegen.firmware import PREFIX

    request = build_request_of(arguments, board, Path())
    with _folder() as folder:
        # Next to the firmware and by the name that its debug information has for them, a recording finds the sources.
        sources = folder / PREFIX
        kept = replace(request, output=folder / "firmware.elf", keep_sources=request.keep_sources or sources)
        built = build_firmware(kept)
        if request.keep_sources is not None:
            with suppress(OSError):  # no links on this system: annotate's --source-dir finds them
                sources.symlink_to(request.keep_sources.resolve(), target_is_directory=True)
        yield built


@contextmanager
def built_for_boards(
    arguments: Namespace, boards: Sequence[str], progress: Callable[[str], None]
) -> Iterator[Mapping[str, Path | McusimError]]:
    """The firmwares of the model for each board, or why there is none for one.

    Raises:
        McusimError: it can be built for none of them; the first one's reason.
    """
    from concurrent.futures import ThreadPoolExecutor

    names = tuple(dict.fromkeys(boards))
    with _folder() as folder:
        requests = [
            build_request_of(arguments, board, folder / f"{place}.elf") for place, board in enumerate(names)
        ]
        found: dict[str, Path | McusimError] = {}
        with ThreadPoolExecutor(arguments.jobs) as pool:  # the compilers are processes of their own
            for board, elf in zip(names, pool.map(_elf_or_error, requests), strict=True):
                found[board] = elf
                progress(f"built for {len(found)} of {len(names)} boards")
        first = found[names[0]]
        if isinstance(first, McusimError) and not any(isinstance(each, Path) for each in found.values()):
            raise first
        yield found


def _elf_or_error(request: BuildRequest) -> Path | McusimError:
    from mcusim.codegen.build import build_firmware

    try:
        return build_firmware(request).elf
    except McusimError as error:
        return error


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mcusim-") as name:
        yield Path(name)
