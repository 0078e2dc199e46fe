"""`mcusim validate`: a corpus of published measurements against the model."""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Never

from mcusim.cli.command import columns, print_text
from mcusim.cli.run_options import add_run_arguments
from mcusim.cli.run_request import request_of
from mcusim.errors import ExitCode, McusimError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from mcusim.report.request import RunRequest
    from mcusim.validation.points import Point
    from mcusim.validation.run import Outcome
    from mcusim.validation.summary import GroupError

_NAME_WIDTH = 36


class ValidateCommand:
    """Compare modelled with published values."""

    name: ClassVar[str] = "validate"
    summary: ClassVar[str] = "run a corpus of published measurements and show how far the model is off"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "points", metavar="POINTS.csv", type=Path, help="a row per measurement (docs/howto/validate.md)"
        )
        parser.add_argument(
            "--jobs", metavar="N", type=int, default=1, help="points that run at the same time (default 1)"
        )
        parser.add_argument(
            "--json", metavar="FILE", help="also write the table as JSON; - is standard output"
        )

    def run(self, arguments: Namespace) -> int:
        """Run every point, print the table, and say by the exit code whether all were within tolerance."""
        from mcusim.validation.points import load_points
        from mcusim.validation.run import Outcome, outcomes
        from mcusim.validation.summary import group_errors

        if arguments.jobs < 1:
            raise UsageError("--jobs must be at least 1", fix="leave it out to run one point at a time")
        if arguments.json and arguments.json != "-":
            from mcusim.report.files import check_target

            check_target(Path(arguments.json), [arguments.points], option="--json")
        corpus = load_points(arguments.points)
        folder = arguments.points.parent
        work: list[tuple[Point, RunRequest]] = []
        failed: list[Outcome] = []
        for point in corpus.points:
            try:
                work.append((point, _request(point, folder)))
            except McusimError as error:
                failed.append(Outcome(point, error=error))
        results: list[Outcome] = []
        table = None if arguments.json == "-" else _Table(corpus.points)
        for outcome in chain(outcomes(work, arguments.jobs), failed):
            results.append(outcome)
            if table is not None:
                table.show(outcome)
        if corpus.unknown_columns:
            names = ", ".join(f"'{each}'" for each in corpus.unknown_columns)
            sys.stderr.write(f"mcusim: warning: columns that mean nothing here: {names}\n")
        bad = [(row.name, row.error) for row in corpus.bad_rows]
        groups = group_errors(results)
        _write(arguments.json, corpus.points, results, bad)
        if table is not None:
            print_text(_closing(results, groups, bad))
        return _exit_code(results, bad)


class _Table:
    """A line per point, shown as soon as the point has run: nothing is lost when a long corpus is interrupted."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._name_width = min(max((len(each.name) for each in points), default=0), _NAME_WIDTH)
        print_text(self._line(_HEADINGS))

    def show(self, outcome: Outcome) -> None:
        print_text(self._line(_row(outcome)))
        sys.stdout.flush()

    def _line(self, cells: tuple[str, ...]) -> str:
        name, *others = cells
        widths = (self._name_width, *_WIDTHS)
        aligned = [f"{name:{widths[0]}}"]
        aligned += [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
        return "  ".join(aligned).rstrip() + "\n"


class _PointParser(ArgumentParser):
    """The options of `mcusim run` in a row of the points file."""

    def error(self, message: str) -> Never:
        raise UsageError(message, fix="docs/reference/cli.md lists the options of mcusim run")


def _request(point: Point, folder: Path) -> RunRequest:
    """What `mcusim run` would be asked, with paths relative to the points file."""
    words = [_placed(point.elf, folder), "--board", _placed(point.board, folder)]
    words += ["--clock", point.clock] if point.clock else []
    words += ["--roi", point.roi] if point.roi else []
    words += ["--read", point.read] if point.read else []
    parser = _PointParser(prog="options", allow_abbrev=False, add_help=False)
    add_run_arguments(parser)
    try:
        words += _placed_options(shlex.split(point.options), folder)
        return request_of(parser.parse_args(words))
    except ValueError as error:  # an open quotation mark
        raise UsageError(
            f"cannot read the options '{point.options}'", where=point.name, why=str(error)
        ) from error
    except McusimError as error:
        error.where = f"point '{point.name}'" + (f": {error.where}" if error.where else "")
        raise


def _placed(name: str, folder: Path) -> str:
    """A file beside the points file, else the name as it is (a sample, a shipped board)."""
    path = folder / name
    return str(path) if path.is_file() else name


def _placed_options(words: list[str], folder: Path) -> list[str]:
    """`--input SYMBOL=FILE` with the file beside the points file."""
    placed = []
    for before, word in zip(["", *words], words, strict=False):
        symbol, equals, file = word.partition("=")
        is_input = before == "--input" and bool(equals)
        placed.append(f"{symbol}={_placed(file, folder)}" if is_input else word)
    return placed


def _exit_code(results: list[Outcome], bad: list[tuple[str, McusimError]]) -> int:
    if any(each.modelled is not None and not each.is_inside for each in results):
        return ExitCode.BUDGET_EXCEEDED
    if bad or any(each.error is not None for each in results):
        return ExitCode.WRONG_INPUT
    return ExitCode.OK


_HEADINGS = ("point", "core", "published", "modelled", "unit", "error", "allowed", "")
_WIDTHS = (6, 11, 11, 6, 8, 8, 7)


def _closing(
    results: list[Outcome], groups: tuple[GroupError, ...], bad: list[tuple[str, McusimError]]
) -> str:
    text = "\n" + columns([_GROUP_HEADINGS, *map(_group_row, groups)]) if groups else ""
    failed = [(each.point.name, each.error) for each in results if each.error is not None]
    for name, error in (*bad, *failed):
        text += f"\n{name}: {error}\n"
    outside = sum(each.modelled is not None and not each.is_inside for each in results)
    measured = sum(each.modelled is not None for each in results)
    text += f"\n{measured} of {len(results) + len(bad)} points measured, {outside} outside their tolerance\n"
    return text


def _row(each: Outcome) -> tuple[str, ...]:
    point = each.point
    name = point.name if len(point.name) <= _NAME_WIDTH else point.name[: _NAME_WIDTH - 1] + "…"
    allowed = f"±{point.tolerance_percent:g} %"
    if each.modelled is None or each.error_percent is None:
        return name, "", _shown(point.published), "", point.unit.value, "", allowed, "not run"
    verdict = "" if each.is_inside else "OUTSIDE"
    error = f"{each.error_percent:+.2f} %"
    values = _shown(point.published), _shown(each.modelled)
    return name, each.core.removeprefix("cortex-"), *values, point.unit.value, error, allowed, verdict


_GROUP_HEADINGS = ("core", "memory system", "points", "mean error", "bias", "worst", "of", "in band")


def _group_row(group: GroupError) -> tuple[str, ...]:
    system = "all" if group.memory_system is None else group.memory_system or "no wait states"
    return (
        group.core.removeprefix("cortex-"),
        system,
        str(group.points_count),
        f"{group.mean_absolute_percent:.2f} %",
        f"{group.mean_signed_percent:+.2f} %",
        f"{group.worst_percent:+.2f} %",
        group.worst_name,
        f"{group.in_band_count} of {group.points_count}",
    )


def _shown(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.5g}"


def _write(
    target: str | None, points: Sequence[Point], results: list[Outcome], bad: list[tuple[str, McusimError]]
) -> None:
    """The table as JSON, points in the order of the file."""
    if target is None:
        return
    from dataclasses import asdict

    from mcusim.validation.summary import group_errors

    order = {point.name: index for index, point in enumerate(points)}
    results = sorted(results, key=lambda each: order[each.point.name])
    data: dict[str, Any] = {
        "schema": 1,
        "points": [_json_point(each) for each in results],
        "groups": [asdict(each) for each in group_errors(results)],
        "bad_rows": [{"name": name, "error": str(error)} for name, error in bad],
    }
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    if target == "-":
        print_text(text)
    else:
        from mcusim.report.files import write_whole

        write_whole(Path(target), text.encode(), option="--json")


def _json_point(each: Outcome) -> dict[str, Any]:
    point = each.point
    return {
        "id": point.name,
        "core": each.core or None,
        "memory_system": each.memory_system,
        "unit": point.unit.value,
        "published": point.published,
        "modelled": each.modelled,
        "error_percent": each.error_percent,
        "tolerance_percent": point.tolerance_percent,
        "band_percent": None if each.modelled is None else each.band_percent,
        "is_inside": each.is_inside,
        "source": point.source,
        "failure": None if each.error is None else str(each.error),
    }
