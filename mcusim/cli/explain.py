"""`mcusim explain`: why a function costs what it costs, instruction by instruction."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.recording_argument import (
    add_board_option,
    add_recording_argument,
    check_may_run,
    is_stored,
    recorded_run,
)
from mcusim.cli.result_files import Result, write_results
from mcusim.cli.run import EXIT_OF_STOP
from mcusim.cli.run_options import add_run_options
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.report.explanation import Explanation
    from mcusim.report.report import Report


class ExplainCommand:
    """Show a function's blocks with cycles, counts and reasons."""

    name: ClassVar[str] = "explain"
    summary: ClassVar[str] = "show why a function costs what it costs, instruction by instruction"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Those of `mcusim run`, a function, and how much to show."""
        add_recording_argument(parser)
        add_board_option(parser)
        add_run_options(parser)
        parser.add_argument("function", metavar="FUNCTION", help="a function of the firmware that ran")
        parser.add_argument(
            "--hot", metavar="N", type=int, default=None, help="only the N blocks that cost most"
        )

    def run(self, arguments: Namespace) -> int:
        """Read the recording or run the firmware, and print the explanation."""
        from mcusim.render.explanation import explanation_json, explanation_text

        if arguments.hot is not None and arguments.hot < 1:
            raise UsageError("--hot must be at least 1", fix="leave it out to see every block")
        explanation, report = _explained(arguments)
        results = [Result("--json", arguments.json, lambda: explanation_json(explanation, report).encode())]
        write_results(
            results,
            lambda: explanation_text(explanation, report, arguments.hot),
            is_quiet=arguments.quiet,
        )
        return (
            ExitCode.OK
            if is_stored(arguments.firmware)
            else EXIT_OF_STOP.get(report.stop.reason, ExitCode.OK)
        )


def _explained(arguments: Namespace) -> tuple[Explanation, Report]:
    if is_stored(arguments.firmware):
        from mcusim.analysis.annotate import explain_recorded

        run = recorded_run(arguments)
        return explain_recorded(run, arguments.function), run.report
    from mcusim.session import explain_function

    check_may_run(arguments.firmware)
    with prepared(arguments) as ready:
        return explain_function(ready.request, arguments.function)
