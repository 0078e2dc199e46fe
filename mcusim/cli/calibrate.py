"""`mcusim calibrate`: fit a power model or timing numbers to the user's own measurements."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli import values
from mcusim.cli.result_files import STANDARD_OUTPUT, Result, add_force_option, write_results
from mcusim.cli.run_options import add_run_options
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.calibration.cycles import MeasuredCycles
    from mcusim.report.calibration import CalibrationPicture
    from mcusim.report.request import RunRequest


class CalibrateCommand:
    """Fit currents to a trace, or flash timing to cycle counts."""

    name: ClassVar[str] = "calibrate"
    summary: ClassVar[str] = "fit a power model or timing to measurements of your own board"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the measurement's options, then those of a run."""
        parser.add_argument("firmware", metavar="FIRMWARE", help="the firmware that was measured")
        parser.add_argument("--board", metavar="NAME", help="the board that it was measured on")
        _add_trace(parser)
        _add_cycles(parser)
        group = parser.add_argument_group("what to write")
        group.add_argument(
            "-o", dest="model", metavar="FILE.toml", type=Path, help="the power model or timing file"
        )
        add_force_option(group)
        group.add_argument(
            "--plot", metavar="FILE", type=Path, help="picture of trace and model (.png, .svg or .pdf)"
        )
        add_run_options(parser)

    def run(self, arguments: Namespace) -> int:
        """Calibrate, write the file, print the page."""
        has_cycles = arguments.cycles is not None or bool(arguments.pin_time)
        if (arguments.trace is not None) == has_cycles:
            raise UsageError(
                "nothing was measured" if not has_cycles else "a trace and cycles at once",
                why="a current trace gives a power model, cycles or times give timing",
                fix="give --trace FILE, or --cycles FILE.csv or --pin-time NAME=TIME"
                + (": calibrate twice" if has_cycles else ""),
            )
        _check_files(arguments)
        with prepared(arguments, (("-o", arguments.model), ("--plot", arguments.plot))) as ready:
            calibrated = _power if arguments.trace is not None else _timing
            return calibrated(arguments, ready.request)


def _add_trace(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("current trace (for a power model)")
    group.add_argument("--trace", metavar="FILE", type=Path, help="current over time, exported as CSV")
    group.add_argument(
        "--format",
        metavar="NAME",
        default="",
        help="ppk2, joulescope, lpm01a, otii or table; default: by its heading",
    )
    group.add_argument(
        "--trace-supply", metavar="V", type=values.supply_v, help="at the chip's supply pins during the trace"
    )
    group.add_argument(
        "--trace-rate", metavar="HZ", type=values.clock_hz, help="samples per second, where the file lacks it"
    )
    group.add_argument(
        "--window",
        metavar="BEGIN..END",
        type=window_s,
        help="use this part, in the trace's time (1.2s..4.5s)",
    )
    group.add_argument(
        "--trigger",
        metavar="WHAT",
        default="auto",
        help="what marks an inference: D0 (a logic channel), threshold (the current), whole (all of it) or auto",
    )
    group.add_argument(
        "--accept-current",
        action="store_true",
        help="go on with a current more than 3 times off the modelled one",
    )


def _add_cycles(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("cycles or times (for timing)")
    group.add_argument(
        "--cycles",
        metavar="FILE.csv",
        type=Path,
        help="name,cycles per function; 'inference' is the measured region",
    )
    group.add_argument(
        "--pin-time",
        metavar="NAME=TIME",
        type=name_and_time,
        action="append",
        default=[],
        help="time of a function by a pin and a scope (inference=6.42ms)",
    )


def window_s(text: str) -> tuple[float, float]:
    """ "1.2s..4.5s"; an end that is left out is the trace's own."""
    begin, dots, end = text.partition("..")
    if not dots:
        raise ArgumentTypeError(f"'{text}' is not BEGIN..END, for example 1.2s..4.5s")
    begin_s = values.seconds_s(begin) if begin.strip() else float("-inf")
    end_s = values.seconds_s(end) if end.strip() else float("inf")
    if not begin_s < end_s:
        raise ArgumentTypeError(f"'{text}' ends before it begins")
    return begin_s, end_s


def name_and_time(text: str) -> tuple[str, float]:
    """ "inference=6.42ms"."""
    name, equals, time = text.rpartition("=")
    if not (equals and name.strip()):
        raise ArgumentTypeError(f"'{text}' is not NAME=TIME, for example inference=6.42ms")
    time_s = values.seconds_s(time)
    if time_s <= 0:
        raise ArgumentTypeError(f"'{text}': a time is above zero")
    return name.strip(), time_s


def _check_files(arguments: Namespace) -> None:
    if arguments.model is not None and arguments.model.suffix != ".toml":
        raise UsageError(
            f"-o cannot write '{arguments.model}'",
            why="--power-model and --timing know a file by the end of its name",
            fix="let it end in .toml",
        )
    if arguments.plot is not None and arguments.trace is None:
        raise UsageError("--plot needs a trace", fix="add --trace FILE, or leave --plot out")


def _power(arguments: Namespace, request: RunRequest) -> int:
    from mcusim.calibration.power import TraceRequest, calibrate_power
    from mcusim.calibration.power_file import power_model_toml
    from mcusim.render.calibration import calibration_json, power_text

    wanted = TraceRequest(
        path=arguments.trace,
        format=arguments.format,
        rate_hz=arguments.trace_rate,
        supply_v=arguments.trace_supply,
        window_s=arguments.window,
        trigger=arguments.trigger,
        is_forced=arguments.accept_current,
    )
    name = arguments.model.stem if arguments.model is not None else "calibrated"
    outcome = calibrate_power(request, wanted, name)
    found = outcome.calibration
    if arguments.model is not None:
        found = replace(found, model_path=str(arguments.model))
    results = [
        Result("-o", arguments.model, lambda: power_model_toml(outcome.model).encode()),
        Result("--plot", arguments.plot, lambda: _picture(outcome.picture, arguments.plot.suffix)),
        Result("--json", arguments.json, lambda: calibration_json(found).encode()),
    ]
    write_results(results, lambda: power_text(found), is_quiet=arguments.quiet)
    return ExitCode.OK


def _timing(arguments: Namespace, request: RunRequest) -> int:
    from mcusim.calibration.timing import calibrate_timing
    from mcusim.calibration.timing_toml import timing_toml, why_not_written
    from mcusim.render.calibration import calibration_json, timing_text

    rows, measurement = _measured(arguments)
    found = calibrate_timing(request, rows, measurement)
    target = None
    if arguments.model is not None:
        found = replace(found, why_not_written=why_not_written(found))
        if not found.why_not_written:
            target = arguments.model
            found = replace(found, timing_path=str(target))
    results = [
        Result("-o", target, lambda: timing_toml(found).encode()),
        Result("--json", arguments.json, lambda: calibration_json(found).encode()),
    ]
    write_results(results, lambda: timing_text(found), is_quiet=arguments.quiet)
    if found.why_not_written and (arguments.quiet or arguments.json == STANDARD_OUTPUT):
        print(f"mcusim: not written: {found.why_not_written}", file=sys.stderr)
    # Who asked for a file goes on with it: a script must stop here.
    return ExitCode.WRONG_INPUT if found.why_not_written else ExitCode.OK


def _measured(arguments: Namespace) -> tuple[tuple[MeasuredCycles, ...], str]:
    from mcusim.calibration.cycles import MeasuredCycles, read_cycles

    rows = read_cycles(arguments.cycles) if arguments.cycles is not None else ()
    timed = tuple(MeasuredCycles(name, None, time_s) for name, time_s in arguments.pin_time)
    names = [each.name for each in (*rows, *timed)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"'{twice}' is measured twice", fix="leave one of the measurements out")
    sources = [str(arguments.cycles.name)] if arguments.cycles is not None else []
    return (*rows, *timed), " and ".join([*sources, *(["pin times"] if timed else [])])


def _picture(picture: CalibrationPicture, suffix: str) -> bytes:
    from mcusim.render.plots.calibration import calibration_picture_bytes

    return calibration_picture_bytes(picture, suffix)
