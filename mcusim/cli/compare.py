"""`mcusim compare`: what changed from one run to another, and whether it is more than it may be."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from mcusim.cli.command import screen_options
from mcusim.cli.recording_argument import add_recording_options, is_json_report, is_stored, recorded_run
from mcusim.cli.result_files import STANDARD_OUTPUT, Result, add_output_option, check_targets, write_results
from mcusim.errors import DataFileError, ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.change_limit import Exceeded
    from mcusim.report.comparison import Comparison
    from mcusim.report.report import Report

FORMATS = ("text", "json", "markdown", "html", "collapsed")
ENDINGS = {
    ".txt": "text",
    ".json": "json",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".collapsed": "collapsed",
    ".folded": "collapsed",
}
_NEEDS_RECORDINGS = frozenset({"html", "collapsed"})


class Compared(NamedTuple):
    """One of the two runs."""

    name: str
    report: Report
    run: RecordedRun | None
    """None when only its JSON report is there."""
    is_new: bool
    """It was made for this comparison."""


class CompareCommand:
    """Compare two runs."""

    name: ClassVar[str] = "compare"
    summary: ClassVar[str] = (
        "what changed between two runs: cycles, RAM, flash, energy, by layer, kernel and reason"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two runs, how to show the comparison, and what makes it fail."""
        help_text = "a recording (.mcusim), a report (mcusim run --json), or a firmware, which is run first"
        parser.add_argument("old", metavar="OLD", help=help_text)
        parser.add_argument("new", metavar="NEW", help="the same; what --fail-on measures is NEW minus OLD")
        group = parser.add_argument_group("view")
        group.add_argument(
            "--by", choices=("layer", "kernel", "function", "reason"), help="show this table, and only it"
        )
        group.add_argument(
            "--top", metavar="N", type=_rows_count, help="rows of a table (default: 8; Markdown: 5)"
        )
        group.add_argument(
            "--format",
            metavar="FORMAT",
            choices=FORMATS,
            help=f"{', '.join(FORMATS)} (default: what the file's ending says, else text)",
        )
        add_output_option(group, "write the comparison to this file (default: standard output)")
        group = parser.add_argument_group("limits")
        group.add_argument(
            "--fail-on",
            metavar="LIMIT",
            action="append",
            default=[],
            help='end with exit code 1 past it: "cycles>1%%", "kernel:NAME>500", "layer:3>2%%", "stack_bytes>0" '
            "(may be repeated)",
        )
        group.add_argument(
            "--allow",
            metavar="WHAT,…",
            default="",
            help="let --fail-on compare although these differ: board, clock, mcusim, input, what-if … or all",
        )
        add_recording_options(parser)

    def run(self, arguments: Namespace) -> int:
        """Read or make both runs, compare them, show what changed, and choose the exit code."""
        from mcusim.analysis.compare import compare, with_titles
        from mcusim.analysis.compare_limits import check_allowed, check_comparable, exceeded
        from mcusim.report.change_limit import parsed_limit

        limits = [parsed_limit(each) for each in arguments.fail_on]
        allowed = [each.strip() for each in arguments.allow.split(",") if each.strip()]
        check_allowed(allowed)
        chosen = arguments.format or format_of(arguments.target)
        old, new = _both(arguments, chosen)
        profiles = tuple(each.run.profile if each.run else None for each in (old, new))
        comparison = compare(old.report, new.report, (profiles[0], profiles[1]))
        comparison = with_titles(comparison, old.name, new.name)
        check_comparable(comparison, limits, allowed)
        passed = exceeded(comparison, limits)
        _show(arguments, chosen, comparison, passed, (old, new))
        return ExitCode.BUDGET_EXCEEDED if passed else _exit_of_runs(old, new)


def _rows_count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"'{text}' is not a number of rows, write for example 10")
    return int(text)


def format_of(target: str | None) -> str:
    """The format that a file's name asks for; text where there is no file.

    Raises:
        UsageError: its ending belongs to no format.
    """
    if target is None or target == STANDARD_OUTPUT:
        return "text"
    found = ENDINGS.get(Path(target).suffix.lower())
    if found is None:
        known = ", ".join(f"{ending} ({name})" for ending, name in ENDINGS.items())
        raise UsageError(
            f"-o: the ending of '{target}' does not tell the format",
            why=f"known endings are {known}",
            fix=f"add --format, one of: {', '.join(FORMATS)}",
        )
    return found


def _both(arguments: Namespace, chosen: str) -> tuple[Compared, Compared]:
    names = (arguments.old, arguments.new)
    if chosen in _NEEDS_RECORDINGS and any(_is_report(each) for each in names):
        name = next(each for each in names if _is_report(each))
        raise UsageError(
            f"{chosen} needs recordings, and '{name}' is a report",
            why="a JSON report does not hold the calls",
            fix="store the run with 'mcusim run FIRMWARE -o FILE.mcusim', or use text, markdown or json",
        )
    check_targets([("-o", arguments.target)], arguments, [Path(each) for each in names])
    runs = any(not is_stored(each) and not _is_report(each) for each in names)
    if all(map(_is_report, names)) and arguments.board is not None:
        raise UsageError("--board says where to run, and nothing runs", fix="leave it out")
    old, new = (_compared(arguments, name, has_options=not runs) for name in names)
    return old, new


def _compared(arguments: Namespace, name: str, *, has_options: bool) -> Compared:
    """One side. With something to run, the options are for that: a recording beside it is taken as it is."""
    if _is_report(name):
        return Compared(name, _report(Path(name)), None, is_new=False)
    if is_stored(name) and not has_options:
        from mcusim.recorded.store import load

        run = load(Path(name))
    else:
        run = recorded_run(arguments, name=name)
    return Compared(name, run.report, run, is_new=not is_stored(name))


def _is_report(name: str) -> bool:
    return Path(name).is_file() and is_json_report(Path(name))


def _report(path: Path) -> Report:
    from mcusim.report.serialise import from_json

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError("cannot read the report", where=str(path), why=str(error)) from error
    return from_json(text, where=str(path))


def _show(
    arguments: Namespace,
    chosen: str,
    comparison: Comparison,
    passed: tuple[Exceeded, ...],
    sides: tuple[Compared, Compared],
) -> None:
    if chosen == "text" and arguments.target is None:
        write_results([], lambda: _screen(arguments, comparison, passed), is_quiet=False)
        return
    target = arguments.target or STANDARD_OUTPUT
    data = _rendered(arguments, chosen, comparison, passed, sides)
    write_results([Result("-o", target, lambda: data)], str, is_quiet=True)
    if passed:
        from mcusim.render.comparison.words import passed_words

        sys.stderr.write(
            "".join(f"mcusim: past --fail-on {passed_words(each, comparison)}\n" for each in passed)
        )


def _rendered(
    arguments: Namespace,
    chosen: str,
    comparison: Comparison,
    passed: tuple[Exceeded, ...],
    sides: tuple[Compared, Compared],
) -> bytes:
    from mcusim.render.comparison.json import comparison_json
    from mcusim.render.comparison.markdown import comparison_markdown
    from mcusim.render.comparison.text import ComparisonText

    old, new = (each.run for each in sides)
    if chosen in _NEEDS_RECORDINGS and old is not None and new is not None:
        from mcusim.analysis.compare_profile import compare_profiles
        from mcusim.render.comparison import collapsed
        from mcusim.render.html import comparison_page

        change = compare_profiles(old.profile, new.profile, comparison)
        if chosen == "collapsed":
            return collapsed.render(change)
        return comparison_page.render(old, new, comparison, change)
    by, top = arguments.by or "", {} if arguments.top is None else {"count": arguments.top}
    if chosen == "markdown":
        text = comparison_markdown(comparison, passed, by=by, worst_count=top.get("count", 5))
    elif chosen == "json":
        text = comparison_json(comparison, passed)
    else:
        text = ComparisonText(by=by, rows_count=top.get("count", 8)).text(comparison, passed)
    return text.encode("utf-8", errors="backslashreplace")


def _screen(arguments: Namespace, comparison: Comparison, passed: tuple[Exceeded, ...]) -> str:
    from mcusim.render.comparison.text import ComparisonText

    width, has_colour = screen_options()
    text = ComparisonText(
        width=width, has_colour=has_colour, by=arguments.by or "", rows_count=arguments.top or 8
    )
    return text.text(comparison, passed)


def _exit_of_runs(*sides: Compared) -> ExitCode:
    """That of `mcusim run` for what was run here; looking at stored runs is no failure."""
    from mcusim.cli.run import EXIT_OF_STOP

    codes = [EXIT_OF_STOP.get(each.report.stop.reason, ExitCode.OK) for each in sides if each.is_new]
    return next((code for code in codes if code != ExitCode.OK), ExitCode.OK)
