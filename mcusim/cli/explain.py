"""`mcusim explain`: why a function costs what it costs, instruction by instruction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import print_text
from mcusim.cli.run import EXIT_OF_STOP, RunCommand, request_of
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class ExplainCommand:
    """Show a function's blocks with cycles, counts and reasons."""

    name: ClassVar[str] = "explain"
    summary: ClassVar[str] = "show why a function costs what it costs, instruction by instruction"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Those of `mcusim run`, a function, and how much to show."""
        RunCommand().add_arguments(parser)
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
        request = request_of(arguments)
        explanation, report = explain_function(request, arguments.function)
        if arguments.json not in (None, "-"):
            from mcusim.report.files import write_whole

            write_whole(Path(arguments.json), explanation_json(explanation, report).encode(), option="--json")
        if arguments.json == "-":
            print_text(explanation_json(explanation, report))
        elif not arguments.quiet:
            print_text(explanation_text(explanation, report, arguments.hot))
        return EXIT_OF_STOP.get(report.stop.reason, ExitCode.OK)
