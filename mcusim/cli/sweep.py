"""`mcusim sweep`: one firmware over boards, clocks, voltages and what-if settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli import sweep_values, values
from mcusim.cli.command import print_text
from mcusim.cli.run_options import add_input_options
from mcusim.errors import ExitCode, FirmwareFileError, McusimError, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from mcusim.report.request import RunRequest
    from mcusim.report.sweep import Sweep
    from mcusim.report.what_if import Setting
    from mcusim.scenarios.sweep_plan import SweepWish

_ALL = "all"


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
        wish = _wish_of(arguments)
        _check_files(arguments, wish)
        from mcusim.scenarios.sweep_run import run_sweep

        sweep = run_sweep(wish, arguments.jobs, _progress(arguments))
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
    group.add_argument("--timing", metavar="FILE", type=Path, help="timing that mcusim calibrate has written")
    group.add_argument(
        "--ignore", metavar="STALL", type=values.stall, action="append", default=[], help="as for mcusim run"
    )
    group = parser.add_argument_group("results")
    group.add_argument("--csv", metavar="FILE", help="write the table as CSV; - is standard output")
    group.add_argument("--json", metavar="FILE", help="write everything as JSON; - is standard output")
    group.add_argument(
        "--plot", metavar="FILE", type=Path, help="write a picture of latency against energy (.png, .svg)"
    )
    group.add_argument("--jobs", metavar="N", type=sweep_values.process_count, default=1, help="processes")
    group.add_argument("--quiet", action="store_true", help="no table and no progress line")


def _wish_of(arguments: Namespace) -> SweepWish:
    from mcusim.scenarios.sweep_plan import SweepWish

    boards = _boards(arguments)
    firmwares = {board: _firmware(arguments.firmware, board) for board in boards}
    swept, fixed = _settings(arguments.settings)
    first = next((each for each in firmwares.values() if isinstance(each, Path)), Path(arguments.firmware))
    return SweepWish(
        base=_base_of(arguments, first, boards[0], fixed),
        boards=boards,
        firmwares=firmwares,
        clocks_hz=arguments.clock,
        supplies_v=arguments.supply,
        temps_c=arguments.temperature,
        settings=swept,
        keeps_wait_states=arguments.keep_wait_states,
        deadline_s=arguments.deadline,
    )


def _base_of(arguments: Namespace, firmware: Path, board: str, settings: tuple[Setting, ...]) -> RunRequest:
    """What is the same in all rows; the board is any of them."""
    from mcusim.report.request import RunRequest
    from mcusim.report.signals import Signals

    return RunRequest(
        firmware=firmware,
        board=board,
        roi=arguments.roi,
        roi_begin=arguments.roi_begin,
        roi_end=arguments.roi_end,
        inference=arguments.inference,
        layer_patterns=tuple(arguments.layer),
        until=arguments.until,
        max_cycles=arguments.max_cycles,
        max_seconds=arguments.max_seconds,
        power_model=arguments.power_model,
        timing=arguments.timing,
        inputs=tuple(arguments.input),
        settings=settings,
        ignored=tuple(dict.fromkeys(arguments.ignore)),
        base_addr=arguments.base,
        symbols=arguments.symbols,
        rom=arguments.rom,
        svd=arguments.svd,
        is_strict=arguments.strict,
        signals=Signals(
            uart_inputs=values.uart_inputs(arguments.uart_in, arguments.uart_after),
            feeds=tuple(arguments.feed),
        ),
        needs_layers=False,
        firmware_label=arguments.firmware,
    )


def _settings(
    given: list[tuple[Setting, ...]],
) -> tuple[tuple[tuple[str, tuple[int | bool | str, ...]], ...], tuple[Setting, ...]]:
    """The keys with several values, and the settings that are the same in all rows."""
    swept = tuple((each[0][0], tuple(value for _, value in each)) for each in given if len(each) > 1)
    return swept, tuple(each[0] for each in given if len(each) == 1)


def _boards(arguments: Namespace) -> tuple[str, ...]:
    from mcusim.board.load import board_names
    from mcusim.cli.samples import find_sample, sample_names

    if arguments.board is not None and arguments.board != (_ALL,):
        return tuple(arguments.board)
    is_sample = not Path(arguments.firmware).exists() and arguments.firmware in sample_names()
    if arguments.board is None and is_sample:
        return (find_sample(arguments.firmware).default_board,)
    if arguments.board is None:
        raise UsageError(
            "no board was named",
            why="a sweep compares boards, or settings of one",
            fix="add --board NAME,NAME or --board all (mcusim boards lists them)",
        )
    if is_sample:  # it was built for these
        return tuple(dict.fromkeys(board for board, _ in find_sample(arguments.firmware).elfs))
    return tuple(board_names())


def _firmware(firmware: str, board: str) -> Path | McusimError:
    """The file, or the sample's for the board; why there is none for it."""
    from mcusim.cli.samples import find_sample, sample_names

    path = Path(firmware)
    if not path.exists() and firmware in sample_names():
        try:
            return find_sample(firmware).elf_for(board)
        except McusimError as error:
            return error
    if not path.exists():
        raise FirmwareFileError(
            f"there is no file '{firmware}'",
            fix=f"check the path, or sweep a bundled sample: {', '.join(sample_names())}",
        )
    return path


def _check_files(arguments: Namespace, wish: SweepWish) -> None:
    """Look at every result file before anything runs."""
    from mcusim.report.files import check_target

    if arguments.plot is not None:
        from mcusim.render.plots import check_picture_path

        check_picture_path(arguments.plot, option="--plot")
    if arguments.csv == "-" and arguments.json == "-":
        raise UsageError(
            "--csv - and --json - both write to standard output", fix="write one of them to a file"
        )
    inputs = _read(wish.base, wish)
    files = [("--csv", arguments.csv), ("--json", arguments.json), ("--plot", arguments.plot)]
    seen: dict[Path, str] = {}
    for option, name in files:
        if name is None or str(name) == "-":
            continue
        check_target(Path(name), inputs, option=option)
        other = seen.setdefault(Path(name).resolve(), option)
        if other != option:
            raise UsageError(f"{other} and {option} both write '{name}'", fix="give each its own file")


def _read(base: RunRequest, wish: SweepWish) -> list[Path]:
    named = [base.symbols, base.rom, base.svd, base.timing]
    found = [each for each in named if each is not None]
    found += [path for _, path in (*base.inputs, *base.signals.feeds)]
    found += [each for each in wish.firmwares.values() if isinstance(each, Path)]
    return found + [Path(each) for each in wish.boards if each.endswith(".toml")]


def _progress(arguments: Namespace) -> Callable[[int, int], None] | None:
    if arguments.quiet or sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done_count: int, most_count: int) -> None:
        sys.stderr.write(f"\rrun {done_count} of at most {most_count}\x1b[K")
        sys.stderr.flush()

    return show


def _write(sweep: Sweep, arguments: Namespace) -> None:
    from mcusim.render.sweep import sweep_csv, sweep_json, sweep_picture, sweep_text
    from mcusim.report.files import write_whole

    if sys.stderr is not None and sys.stderr.isatty() and not arguments.quiet:
        sys.stderr.write("\r\x1b[K")
    is_shown = not arguments.quiet
    for option, target, rendered in (
        ("--csv", arguments.csv, sweep_csv),
        ("--json", arguments.json, sweep_json),
    ):
        if target == "-":
            sys.stdout.flush()
            sys.stdout.buffer.write(rendered(sweep).encode())
            is_shown = False
        elif target is not None:
            write_whole(Path(target), rendered(sweep).encode(), option=option)
    if arguments.plot is not None:
        from mcusim.render.plots import picture_bytes

        data = picture_bytes(sweep_picture(sweep), arguments.plot.suffix)
        write_whole(arguments.plot, data, option="--plot")
    if is_shown:
        print_text(sweep_text(sweep))
