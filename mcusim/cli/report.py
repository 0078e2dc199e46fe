"""`mcusim report`: any view of a run, from a recording without running again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.recording_argument import add_recording_arguments, exit_code_of, recorded_run
from mcusim.cli.result_files import STANDARD_OUTPUT, Result, add_output_option, write_results
from mcusim.errors import UsageError
from mcusim.render.formats import FORMATS, rendered

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


ENDINGS = {
    ".txt": "text",
    ".speedscope.json": "speedscope",
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".perfetto-trace": "perfetto",
    ".pftrace": "perfetto",
    ".callgrind": "callgrind",
    ".collapsed": "collapsed",
    ".folded": "collapsed",
    ".pb.gz": "pprof",
    ".pprof": "pprof",
}
"""What a file's ending says of its format; the first that fits counts."""
_CALLGRIND_BEGIN = "callgrind.out"  # KCachegrind and callgrind_annotate look for callgrind.out.*
_BINARY = frozenset({"perfetto", "pprof"})


class ReportCommand:
    """Show or write a view of a run."""

    name: ClassVar[str] = "report"
    summary: ClassVar[str] = "show a recording as text, or write it as JSON, CSV, HTML or for another tool"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to show, as what, and where to."""
        add_recording_arguments(parser)
        group = parser.add_argument_group("view")
        group.add_argument(
            "--format",
            metavar="FORMAT",
            choices=tuple(FORMATS),
            help=f"{', '.join(FORMATS)} (default: what the file's ending says, else text)",
        )
        add_output_option(group, "write the view to this file (default: standard output)")

    def run(self, arguments: Namespace) -> int:
        """Read or make the run, and show it."""
        chosen = arguments.format or format_of(arguments.target)
        is_screen = arguments.target in (None, STANDARD_OUTPUT)
        if is_screen and chosen in _BINARY and sys.stdout.isatty():
            raise UsageError(
                f"{chosen} is not for a terminal", why="it is a binary format", fix="name a file: -o FILE"
            )
        run = recorded_run(arguments, [("-o", arguments.target)])
        if arguments.target is None and chosen == "text":
            from mcusim.cli.run import screen

            write_results([], lambda: screen(run.report), is_quiet=False)
        else:
            target = arguments.target or STANDARD_OUTPUT
            write_results([Result("-o", target, lambda: rendered(run, chosen))], str, is_quiet=True)
        return exit_code_of(arguments, run)


def format_of(target: str | None) -> str:
    """The format that a file's name asks for; text where there is no file.

    Raises:
        UsageError: its ending belongs to no format.
    """
    if target is None or target == STANDARD_OUTPUT:
        return "text"
    name = Path(target).name.lower()
    if name.startswith(_CALLGRIND_BEGIN):
        return "callgrind"
    for ending, found in ENDINGS.items():
        if name.endswith(ending):
            return found
    known = ", ".join(f"{ending} ({found})" for ending, found in ENDINGS.items())
    raise UsageError(
        f"-o: the ending of '{target}' does not tell the format",
        why=f"known endings are {known}",
        fix=f"add --format, one of: {', '.join(FORMATS)}",
    )
