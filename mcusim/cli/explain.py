"""`mcusim explain`: why a function costs what it costs, instruction by instruction."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.result_files import Result, write_results
from mcusim.cli.run import EXIT_OF_STOP
from mcusim.cli.run_options import add_run_arguments
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class ExplainCommand:
    """Show a function's blocks with cycles, counts and reasons."""

    name: ClassVar[str] = "explain"
    summary: ClassVar[str] = "show why a function costs what it costs, instruction by instruction"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Those of `mcusim run`, a function, and how much to show."""
        add_run_arguments(parser)
        parser.add_argument("function", metavar="FUNCTION", help="a function of the firmware that ran")
        parser.add_argument(
            "--hot", metavar="N", type=int, default=None, help="only the N blocks that cost most"
        )

    def run(self, arguments: Namespace) -> int:
        """Run the firmware and print the explanation."""
        from mcusim.render.explanation import explanation_json, explanation_text
        from mcusim.session import explain_function

        if arguments.hot is not None and arguments.hot < 1:
            raise UsageError("--hot must be at least 1", fix="leave it out to see every block")
        with prepared(arguments) as ready:
            explanation, report = explain_function(ready.request, arguments.function)
        results = [Result("--json", arguments.json, lambda: explanation_json(explanation, report).encode())]
        write_results(
            results,
            lambda: explanation_text(explanation, report, arguments.hot),
            is_quiet=arguments.quiet,
        )
        return EXIT_OF_STOP.get(report.stop.reason, ExitCode.OK)
