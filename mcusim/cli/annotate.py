"""`mcusim annotate`: source code or disassembly with what each line cost, from a recording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli import values
from mcusim.cli.recording_argument import add_recording_arguments, exit_code_of, recorded_run
from mcusim.cli.result_files import Result, add_output_option, write_results
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.annotation import Annotation

_HOTTEST_COUNT = 20
"""Lines of the whole run that are shown when nothing says what to look at."""


class AnnotateCommand:
    """Show the lines of a function or file with cycles, counts, energy and stalls."""

    name: ClassVar[str] = "annotate"
    summary: ClassVar[str] = "show source code or disassembly with cycles, counts, energy and stalls per line"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to show of which run, and how."""
        add_recording_arguments(parser)
        parser.add_argument(
            "function",
            metavar="FUNCTION",
            nargs="?",
            help=f"a function that ran (default: the {_HOTTEST_COUNT} dearest lines of the run)",
        )
        group = parser.add_argument_group("annotation")
        group.add_argument(
            "--file", metavar="NAME", help="all lines of this source file, instead of a function"
        )
        group.add_argument("--hot", metavar="N", type=values.count, help="only the N lines that cost most")
        group.add_argument(
            "--asm", action="store_true", help="the instructions that each line was compiled into, too"
        )
        group.add_argument(
            "--source-dir",
            metavar="DIR",
            type=Path,
            action="append",
            default=[],
            help="where sources are that the recording does not hold, by the end of their path",
        )
        group.add_argument(
            "--json",
            metavar="FILE",
            help="write all of it as JSON, over an existing file; - is standard output",
        )
        add_output_option(group, "write the text to this file (default: standard output)")

    def run(self, arguments: Namespace) -> int:
        """Read or make the run, and show its lines."""
        from mcusim.render.annotation import Shown, annotation_json, annotation_text

        _check(arguments)
        run = recorded_run(arguments, [("-o", arguments.target)])
        annotation = _annotation(run, arguments)
        is_all = arguments.function is None and arguments.file is None
        shown = Shown(arguments.hot or (_HOTTEST_COUNT if is_all else None), has_disassembly=arguments.asm)
        write_results(
            [
                Result(
                    "-o", arguments.target, lambda: annotation_text(annotation, run.report, shown).encode()
                ),
                Result("--json", arguments.json, lambda: annotation_json(annotation, run.report).encode()),
            ],
            lambda: annotation_text(annotation, run.report, shown),
            is_quiet=arguments.target is not None,
        )
        return exit_code_of(arguments, run)


def _check(arguments: Namespace) -> None:
    if arguments.hot is not None and arguments.hot < 1:
        raise UsageError("--hot must be at least 1", fix="leave it out to see every line")
    if arguments.function is not None and arguments.file is not None:
        raise UsageError(
            "FUNCTION and --file exclude each other",
            why=f"'{arguments.function}' is a function, '{arguments.file}' a file",
            fix="leave one of them out",
        )
    for each in arguments.source_dir:
        if not each.is_dir():
            raise UsageError(f"--source-dir: there is no folder '{each}'", fix="correct its path")


def _annotation(run: RecordedRun, arguments: Namespace) -> Annotation:
    from mcusim.analysis.annotate import annotate_file, annotate_function, annotate_run
    from mcusim.analysis.sources import with_texts

    if arguments.source_dir:
        run = replace(run, sources=with_texts(run.sources, arguments.source_dir))
    if arguments.function is not None:
        return annotate_function(run, arguments.function)
    if arguments.file is not None:
        return annotate_file(run, arguments.file)
    return annotate_run(run)
