"""`mcusim run`: measure one firmware and show the report."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import print_text
from mcusim.cli.run_options import add_run_options, signals_of
from mcusim.errors import ExitCode, FirmwareFileError, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from mcusim.report.report import Report
    from mcusim.report.request import Progress, RunRequest

EXIT_OF_STOP = {
    "fault": ExitCode.FIRMWARE_FAULTED,
    "reset_loop": ExitCode.FIRMWARE_FAULTED,
    "breakpoint": ExitCode.FIRMWARE_FAULTED,  # without a debugger a BKPT escalates to HardFault
    "unsupported": ExitCode.FIRMWARE_FAULTED,
    "strict_poll": ExitCode.FIRMWARE_FAULTED,
    "max_cycles": ExitCode.LIMIT_REACHED,
    "max_seconds": ExitCode.LIMIT_REACHED,
}
"""Every other reason is a run that ended by itself: 0."""


class RunCommand:
    """Run a firmware and report latency, RAM and energy."""

    name: ClassVar[str] = "run"
    summary: ClassVar[str] = "run a firmware and report its latency, peak RAM and energy"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options, grouped as the reference page is."""
        parser.add_argument(
            "firmware",
            metavar="FIRMWARE",
            help="an ELF, Intel HEX, S-record, UF2 or raw file, or a bundled sample (mcusim samples)",
        )
        parser.add_argument(
            "--board",
            metavar="NAME",
            help="a board (mcusim boards) or the path of a board file ending in .toml",
        )
        add_run_options(parser)

    def run(self, arguments: Namespace) -> int:
        """Measure, write the files, print, and choose the exit code."""
        request = request_of(arguments)
        report = _measured(request, is_quiet=arguments.quiet)
        if arguments.json not in (None, "-"):
            from mcusim.render.json import JsonRenderer
            from mcusim.report.files import write_whole

            write_whole(Path(arguments.json), JsonRenderer().render(report), option="--json")
        if arguments.json == "-":
            from mcusim.render.json import JsonRenderer

            sys.stdout.flush()
            sys.stdout.buffer.write(JsonRenderer().render(report))  # UTF-8 whatever the terminal's encoding
        elif not arguments.quiet:
            print_text(_screen(report))
        return EXIT_OF_STOP.get(report.stop.reason, ExitCode.OK)


def request_of(arguments: Namespace) -> RunRequest:
    """The request that the options make, with the firmware and the board found.

    Raises:
        UsageError: options contradict each other, or no board is known.
        FirmwareFileError: there is no such file or sample.
    """
    from mcusim.cli.result_files import check_result_files
    from mcusim.report.request import RunRequest

    firmware, board = _firmware_and_board(arguments.firmware, arguments.board)
    check_result_files(arguments, firmware)
    return RunRequest(
        firmware=firmware,
        board=board,
        roi=arguments.roi,
        roi_begin=arguments.roi_begin,
        roi_end=arguments.roi_end,
        inference=arguments.inference,
        layer_patterns=tuple(arguments.layer),
        until=arguments.until,
        max_cycles=arguments.max_cycles,
        max_seconds=arguments.max_seconds,
        clock_hz=arguments.clock,
        supply_v=arguments.supply,
        temp_c=arguments.temperature,
        power_model=arguments.power_model,
        timing=arguments.timing,
        reads=tuple(arguments.read),
        inputs=tuple(arguments.input),
        outputs=tuple(arguments.output),
        touched_ram=arguments.touched_ram,
        settings=tuple(arguments.settings),
        ignored=tuple(dict.fromkeys(arguments.ignore)),
        base_addr=arguments.base,
        symbols=arguments.symbols,
        rom=arguments.rom,
        svd=arguments.svd,
        is_strict=arguments.strict,
        signals=signals_of(arguments),
        firmware_label=arguments.firmware,
    )


def _firmware_and_board(firmware: str, board: str | None) -> tuple[Path, str]:
    """A file wins over a sample of the same name; a sample knows its boards."""
    from mcusim.cli.samples import find_sample, sample_names

    path = Path(firmware)
    if not path.exists() and firmware in sample_names():
        sample = find_sample(firmware)
        chosen = board if board is not None else sample.default_board
        return sample.elf_for(chosen), chosen
    if not path.exists():
        names = sample_names()
        raise FirmwareFileError(
            f"there is no file '{firmware}'",
            fix="check the path" + (f", or run a bundled sample: {', '.join(names)}" if names else ""),
        )
    if board is None:
        from mcusim.board.load import board_names

        raise UsageError(
            "no board was named",
            why="cycles, RAM and energy depend on the chip that the firmware runs on",
            fix=f"add --board NAME, one of: {', '.join(board_names())}",
        )
    return path, board


def _measured(request: RunRequest, *, is_quiet: bool) -> Report:
    from mcusim.session import measure

    shows_progress = not is_quiet and sys.stderr is not None and sys.stderr.isatty()
    with _progress(request.shown_firmware) if shows_progress else nullcontext() as progress:
        return measure(request, progress)


def _progress(label: str) -> AbstractContextManager[Callable[[Progress], None]]:
    from mcusim.cli.progress import ProgressLine

    return ProgressLine(label)


def _screen(report: Report) -> str:
    """As wide as the terminal, in colour when it is one and the user has not said NO_COLOR."""
    import os
    import shutil

    from mcusim.render.text import TextRenderer

    is_terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120) if is_terminal else 80
    has_colour = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return TextRenderer(width=width, has_colour=has_colour).text(report)
