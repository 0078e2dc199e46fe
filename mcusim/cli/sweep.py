"""`mcusim sweep`: one firmware over boards, clocks, voltages and what-if settings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.api.firmware import is_model
from mcusim.cli import sweep_values, values
from mcusim.cli.command import is_watched, show_step
from mcusim.cli.firmware_argument import (
    built_for_boards,
    check_build_options,
    firmware_for,
    named_boards,
)
from mcusim.cli.result_files import Result, check_targets, write_results
from mcusim.cli.run_options import add_input_options, add_timing_option
from mcusim.cli.run_request import shared_request
from mcusim.cli.worker_options import add_worker_options, check_worker_options
from mcusim.errors import ExitCode

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator, Mapping

    from mcusim.errors import McusimError
    from mcusim.report.sweep import Sweep
    from mcusim.report.what_if import Setting
    from mcusim.scenarios.sweep_plan import SweepWish


class SweepCommand:
    """Compare boards, clocks, voltages and settings."""

    name: ClassVar[str] = "sweep"
    summary: ClassVar[str] = "compare boards, clocks, voltages and flash settings: latency against energy"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is swept, what is the same everywhere, and where the results go."""
        parser.add_argument("firmware", metavar="FIRMWARE", help="as for mcusim run")
        parser.add_argument(
            "--board", metavar="NAMES", type=sweep_values.names, help="boards: one,two,three or all"
        )
        _add_axes(parser)
        add_input_options(parser)
        _add_results(parser)

    def run(self, arguments: Namespace) -> int:
        """Run the sweep, write the files, print the table."""
        boards = named_boards(arguments.firmware, arguments.board)
        check_build_options(arguments)
        check_worker_options(arguments)
        with _firmwares(arguments, boards) as firmwares:
            wish = _wish_of(arguments, boards, firmwares)
            from mcusim.scenarios.sweep_run import run_sweep

            sweep = run_sweep(wish, arguments.jobs, _progress(arguments), arguments.scheduler)
        _write(sweep, arguments)
        return ExitCode.BUDGET_EXCEEDED if sweep.is_deadline_missed else ExitCode.OK


def _add_axes(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("what is swept (lists A,B,C; numbers also FIRST..LAST/COUNT)")
    group.add_argument(
        "--clock",
        metavar="LIST",
        type=sweep_values.clocks_hz,
        default=(),
        help="core clocks (16MHz,80MHz), each with the fewest wait states that the chip allows",
    )
    group.add_argument(
        "--supply", metavar="LIST", type=sweep_values.supplies_v, default=(), help="supplies (1.8V,3.3V)"
    )
    group.add_argument(
        "--temperature", metavar="LIST", type=sweep_values.temps_c, default=(), help="of the chip (25C,85C)"
    )
    group.add_argument(
        "--set",
        metavar="KEY=LIST",
        dest="settings",
        type=sweep_values.settings,
        action="append",
        default=[],
        help="flash.wait_states, flash.prefetch, power.regulator … as for mcusim run, with several values",
    )
    group.add_argument(
        "--weights",
        metavar="LIST",
        dest="settings",
        type=sweep_values.weights,
        action="append",
        help="where the weights are: flash,ram",
    )
    group.add_argument(
        "--keep-wait-states",
        action="store_true",
        help="at every clock: the wait states and voltage range that firmware programs",
    )
    group.add_argument(
        "--deadline", metavar="TIME", type=values.seconds_s, help="how long one call may take (50ms)"
    )


def _add_results(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("the same in all rows")
    group.add_argument(
        "--power-model", metavar="NAME", help="a power model or its .toml file, instead of the boards'"
    )
    add_timing_option(group)
    group.add_argument(
        "--ignore", metavar="STALL", type=values.stall, action="append", default=[], help="as for mcusim run"
    )
    group = parser.add_argument_group("results")
    group.add_argument("--csv", metavar="FILE", help="write the table as CSV; - is standard output")
    group.add_argument("--json", metavar="FILE", help="write everything as JSON; - is standard output")
    group.add_argument(
        "--plot", metavar="FILE", type=Path, help="write a picture of latency against energy (.png, .svg)"
    )
    add_worker_options(group)
    group.add_argument("--quiet", action="store_true", help="no table and no progress line")


@contextmanager
def _firmwares(arguments: Namespace, boards: tuple[str, ...]) -> Iterator[Mapping[str, Path | McusimError]]:
    """The file for each board, built where it is a model, after everything else was looked at."""
    targets = [("--csv", arguments.csv), ("--json", arguments.json), ("--plot", arguments.plot)]
    if not is_model(arguments.firmware):
        found = {board: firmware_for(arguments.firmware, board) for board in boards}
        check_targets(targets, arguments, (each for each in found.values() if isinstance(each, Path)))
        yield found
        return
    model = Path(arguments.firmware)
    check_targets(targets, arguments, [model])
    _check_boards(_wish_of(arguments, boards, dict.fromkeys(boards, model)))
    is_shown = is_watched(is_quiet=arguments.quiet)
    with built_for_boards(arguments, boards, show_step if is_shown else lambda _: None) as built:
        yield built


def _check_boards(wish: SweepWish) -> None:
    """A wrong name is wrong input before it costs any building."""
    from mcusim.board.load import load_board

    for board in wish.boards:
        load_board(board)


def _wish_of(
    arguments: Namespace, boards: tuple[str, ...], firmwares: Mapping[str, Path | McusimError]
) -> SweepWish:
    from mcusim.scenarios.sweep_plan import SweepWish

    swept, fixed = _settings(arguments.settings)
    first = next((each for each in firmwares.values() if isinstance(each, Path)), Path(arguments.firmware))
    base = replace(shared_request(arguments, first, boards[0], fixed), needs_layers=False)
    return SweepWish(
        base=base,
        boards=boards,
        firmwares=firmwares,
        clocks_hz=arguments.clock,
        supplies_v=arguments.supply,
        temps_c=arguments.temperature,
        settings=swept,
        keeps_wait_states=arguments.keep_wait_states,
        deadline_s=arguments.deadline,
    )


def _settings(
    given: list[tuple[Setting, ...]],
) -> tuple[tuple[tuple[str, tuple[int | bool | str, ...]], ...], tuple[Setting, ...]]:
    """The keys with several values, and the settings that are the same in all rows."""
    swept = tuple((each[0][0], tuple(value for _, value in each)) for each in given if len(each) > 1)
    return swept, tuple(each[0] for each in given if len(each) == 1)


def _progress(arguments: Namespace) -> Callable[[int, int], None] | None:
    if not is_watched(is_quiet=arguments.quiet):
        return None
    return lambda done_count, most_count: show_step(f"run {done_count} of at most {most_count}")


def _write(sweep: Sweep, arguments: Namespace) -> None:
    from mcusim.render.sweep import sweep_csv, sweep_json, sweep_text

    if is_watched(is_quiet=arguments.quiet):
        show_step("")
    results = [
        Result("--csv", arguments.csv, lambda: sweep_csv(sweep).encode()),
        Result("--json", arguments.json, lambda: sweep_json(sweep).encode()),
        Result("--plot", arguments.plot, lambda: _picture(sweep, arguments.plot.suffix)),
    ]
    write_results(results, lambda: sweep_text(sweep), is_quiet=arguments.quiet)


def _picture(sweep: Sweep, suffix: str) -> bytes:
    from mcusim.render.plots.canvas import picture_bytes
    from mcusim.render.plots.sweep import sweep_picture

    return picture_bytes(sweep_picture(sweep), suffix)
