"""`mcusim run`: measure one firmware, show the report, and store the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.api.origin import with_origin
from mcusim.cli.command import progress_line, screen_options
from mcusim.cli.model_report import check_reference, wanted_outputs, with_all_inferences
from mcusim.cli.result_files import STANDARD_OUTPUT, Result, add_force_option, write_results
from mcusim.cli.run_options import add_run_arguments
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode, UsageError
from mcusim.report.stops import FAULTS, LIMITS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest

EXIT_OF_STOP = dict.fromkeys(FAULTS, ExitCode.FIRMWARE_FAULTED) | dict.fromkeys(
    LIMITS, ExitCode.LIMIT_REACHED
)
"""Every other reason is a run that ended by itself: 0."""
_ENDINGS_OF_VIEWS = frozenset({".txt", ".json", ".csv", ".md", ".html", ".htm", ".pprof", ".callgrind"})


class RunCommand:
    """Run a firmware and report latency, RAM and energy."""

    name: ClassVar[str] = "run"
    summary: ClassVar[str] = "run a firmware and report its latency, peak RAM and energy"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options, grouped as the reference page is."""
        add_run_arguments(parser)
        group = parser.add_argument_group("recording (mcusim report, annotate, compare and plot show it)")
        group.add_argument(
            "-o",
            "--record",
            metavar="FILE",
            help="store the run, so that every view of it can be made without running again: run.mcusim",
        )
        add_force_option(group)
        group.add_argument(
            "--no-sources",
            action="store_true",
            help="leave your source code out of the recording, to share it; names of functions and files stay in",
        )
        group = parser.add_argument_group("correctness of a .tflite model")
        group.add_argument(
            "--reference",
            action="store_true",
            help="compare all outputs with TensorFlow Lite Micro's interpreter (pip install 'mcusim[reference]')",
        )

    def run(self, arguments: Namespace) -> int:
        """Measure, write the files, print, and choose the exit code."""
        check_reference(arguments)
        _check_recording(arguments)
        with prepared(arguments, [("-o", arguments.record)]) as ready:
            wanted = wanted_outputs(arguments, ready)
            request = with_all_inferences(ready.request, arguments)
            measured, run = _measured(request, arguments)
            report = with_origin(measured, ready.built, wanted)
        results = [Result("--json", arguments.json, lambda: _json(report))]
        if run is not None:
            stored = replace(run, report=report)
            results.insert(0, Result("-o", arguments.record, lambda: _stored(stored, arguments)))
        write_results(results, lambda: screen(report), is_quiet=arguments.quiet)
        return EXIT_OF_STOP.get(report.stop.reason, _exit_of_reference(report))


def _check_recording(arguments: Namespace) -> None:
    if arguments.record == STANDARD_OUTPUT:
        raise UsageError("-o does not write to standard output", fix="name a file, for example run.mcusim")
    ending = Path(arguments.record or "").suffix.lower()
    if ending in _ENDINGS_OF_VIEWS:
        raise UsageError(
            f"-o stores a recording, and '{arguments.record}' is called as a view of it",
            why="no program that opens such a file could read it",
            fix=f"-o FILE.mcusim, then: mcusim report FILE.mcusim -o {arguments.record}",
        )
    for option, is_given in (("--force", arguments.force), ("--no-sources", arguments.no_sources)):
        if is_given and arguments.record is None:
            raise UsageError(f"{option} is about a recording, and none is stored", fix="add -o FILE.mcusim")


def _exit_of_reference(report: Report) -> ExitCode:
    check = report.built.reference if report.built is not None else None
    is_fine = check is None or check.is_within_tolerance
    return ExitCode.OK if is_fine else ExitCode.BUDGET_EXCEEDED


def _measured(request: RunRequest, arguments: Namespace) -> tuple[Report, RecordedRun | None]:
    """The report, and where -o wants it all that views show: calls and history of a long run take a while."""
    from mcusim.session import measure, recorded

    with progress_line(request.shown_firmware, is_quiet=arguments.quiet) as progress:
        if arguments.record is None:
            return measure(request, progress), None
        run = recorded(request, progress)
        return run.report, run


def _stored(run: RecordedRun, arguments: Namespace) -> bytes:
    from mcusim.recorded.store import to_bytes

    return to_bytes(run.without_source_texts() if arguments.no_sources else run)


def _json(report: Report) -> bytes:
    from mcusim.render.json import JsonRenderer

    return JsonRenderer().render(report)


def screen(report: Report) -> str:
    """The report for standard output."""
    from mcusim.render.text import TextRenderer

    width, has_colour = screen_options()
    return TextRenderer(width=width, has_colour=has_colour).text(report)
