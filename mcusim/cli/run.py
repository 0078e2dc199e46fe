"""`mcusim run`: measure one firmware and show the report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import progress_line
from mcusim.cli.model_report import check_reference, wanted_outputs, with_all_inferences, with_origin
from mcusim.cli.result_files import Result, write_results
from mcusim.cli.run_options import add_run_arguments
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest

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
        add_run_arguments(parser)
        group = parser.add_argument_group("correctness of a .tflite model")
        group.add_argument(
            "--reference",
            action="store_true",
            help="compare all outputs with TensorFlow Lite Micro's interpreter (pip install 'mcusim[reference]')",
        )

    def run(self, arguments: Namespace) -> int:
        """Measure, write the files, print, and choose the exit code."""
        check_reference(arguments)
        with prepared(arguments) as ready:
            wanted = wanted_outputs(arguments, ready)
            request = with_all_inferences(ready.request, arguments)
            report = with_origin(_measured(request, is_quiet=arguments.quiet), ready.built, wanted)
        results = [Result("--json", arguments.json, lambda: _json(report))]
        write_results(results, lambda: screen(report), is_quiet=arguments.quiet)
        return EXIT_OF_STOP.get(report.stop.reason, _exit_of_reference(report))


def _exit_of_reference(report: Report) -> ExitCode:
    check = report.built.reference if report.built is not None else None
    is_fine = check is None or check.is_within_tolerance
    return ExitCode.OK if is_fine else ExitCode.BUDGET_EXCEEDED


def _measured(request: RunRequest, *, is_quiet: bool) -> Report:
    from mcusim.session import measure

    with progress_line(request.shown_firmware, is_quiet=is_quiet) as progress:
        return measure(request, progress)


def _json(report: Report) -> bytes:
    from mcusim.render.json import JsonRenderer

    return JsonRenderer().render(report)


def screen(report: Report) -> str:
    """The report for standard output: as wide as the terminal, in colour if it is one and nobody says NO_COLOR."""
    import os
    import shutil

    from mcusim.render.text import TextRenderer

    is_terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120) if is_terminal else 80
    has_colour = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return TextRenderer(width=width, has_colour=has_colour).text(report)
