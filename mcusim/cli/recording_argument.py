"""What RECORDING means: a file that `mcusim run -o` wrote, or whatever `mcusim run` takes, which is run first."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.api.origin import with_origin
from mcusim.cli.command import progress_line
from mcusim.cli.result_files import check_targets
from mcusim.cli.run_options import add_view_options
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.recorded.conditions import RunConditions
    from mcusim.recorded.run import RecordedRun

_PRICE_OPTIONS = {"power_model": "power_model", "supply": "supply_v", "temperature": "temp_c"}
"""Options of a run that change no cycle, and their names in RunConditions: a recording is priced anew for them."""
_OPTION_OF = {"settings": "--set or --without"}


def add_recording_arguments(parser: ArgumentParser) -> None:
    """Declare RECORDING, and all that may be said of a run if it has to be made first."""
    add_recording_argument(parser)
    add_recording_options(parser)


def add_recording_argument(parser: ArgumentParser) -> None:
    """Declare RECORDING alone."""
    parser.add_argument(
        "firmware",
        metavar="RECORDING",
        help="a recording (mcusim run -o FILE.mcusim), or a firmware, .tflite model or bundled sample: it is run first",
    )


def add_recording_options(parser: ArgumentParser) -> None:
    """Declare what may be said of the runs that have to be made; the command declares its recordings itself."""
    add_board_option(parser)
    add_view_options(parser)
    parser.add_argument(
        "--firmware",
        dest="recorded_firmware",
        metavar="FILE",
        type=Path,
        help="where the firmware of a recording is now, to price it anew for --supply, --temperature or --power-model",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress line")
    parser.set_defaults(json=None)  # of `mcusim run`: a view that has one declares it itself


def add_board_option(parser: ArgumentParser) -> None:
    """Declare where a firmware is to run."""
    parser.add_argument(
        "--board", metavar="NAME", help="where a firmware is to run: a board, or the path of a board file"
    )


def is_stored(name: str) -> bool:
    """Whether this names a recording that is there, so that nothing has to run."""
    from mcusim.recorded.store import is_recording

    path = Path(name)
    return path.is_file() and (is_recording(path) or path.suffix == ".mcusim")


def recorded_run(
    arguments: Namespace, targets: Iterable[tuple[str, str | Path | None]] = (), *, name: str | None = None
) -> RecordedRun:
    """The run that `name` (else RECORDING) stands for: read, or made now with a progress line.

    A recording is priced anew where the options ask for another supply, temperature or power model: these change no
    cycle. `targets` are files that the command writes, as (option, file): they are looked at before anything runs.

    Raises:
        UsageError: there are options of a run although nothing runs, or a target cannot be written.
        McusimError: the recording cannot be read, or the run cannot be made.
    """
    name = arguments.firmware if name is None else name
    if not is_stored(name):
        if vars(arguments).get("recorded_firmware") is not None:
            raise UsageError("--firmware is for a recording", why=f"'{name}' is none", fix="leave it out")
        check_may_run(name)
        return _made_now(Namespace(**{**vars(arguments), "firmware": name}), targets)
    _check_no_run_options(arguments, name)
    check_targets([*targets, ("--json", arguments.json)], arguments, [Path(name)])
    from mcusim.recorded.store import load

    return _priced(load(Path(name)), arguments, name)


def check_may_run(name: str) -> None:
    """Tell what is neither a recording nor a firmware before asking for a board to run it on.

    Raises:
        UsageError: it is a folder, pipe, device or JSON report.
    """
    path = Path(name)
    if not path.exists():
        return  # a sample, or told with the names of those
    if not path.is_file():
        what = "a folder" if path.is_dir() else "a pipe or device"
        raise UsageError(
            f"'{name}' is {what}, not a recording or firmware",
            fix="name a file in it" if path.is_dir() else "copy it to a file first",
        )
    if is_json_report(path):
        raise UsageError(
            f"'{name}' is a JSON report, not a recording",
            why="it holds what 'mcusim compare' needs, and not the calls and history that views show",
            fix="store the run: mcusim run FIRMWARE --board NAME -o FILE.mcusim",
        )


def is_json_report(path: Path) -> bool:
    """Whether this file is called JSON, or begins as an object of JSON does."""
    if path.suffix.lower() == ".json":
        return True
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError:  # told where it is read
        return False


def _priced(run: RecordedRun, arguments: Namespace, name: str) -> RecordedRun:
    given = {key: getattr(arguments, option) for option, key in _PRICE_OPTIONS.items()}
    given = {key: value for key, value in given.items() if value is not None}
    firmware: Path | None = vars(arguments).get("recorded_firmware")
    if not given:
        if firmware is not None:
            raise UsageError(
                "--firmware is only read to price a recording anew",
                why="a recording holds all else that a view shows",
                fix="add --supply, --temperature or --power-model, or leave it out",
            )
        return run
    if run.conditions is None:
        raise UsageError(
            f"'{name}' cannot be priced anew",
            why="it does not say what it was made from",
            fix="make it again",
        )
    from mcusim.session import repriced

    conditions = replace(run.conditions, **given)
    return repriced(run, conditions, firmware or _firmware_of(run.conditions, name))


def _firmware_of(conditions: RunConditions, name: str) -> Path:
    """Where it was when it was run.

    Raises:
        UsageError: it is gone, or was built for the run alone.
    """
    from mcusim.api.firmware import is_model, is_sample, named_firmware

    label, board = conditions.firmware, conditions.board
    if is_sample(label) or (Path(label).is_file() and not is_model(label)):
        return named_firmware(label, board)[0]
    is_built = Path(label).suffix == ".tflite"
    how = f"mcusim build {label} --board {board} -o firmware.elf" if is_built else ""
    raise UsageError(
        f"the firmware of '{name}' is needed to price it anew",
        why=f"it was built from '{label}' and is gone" if is_built else f"there is no file '{label}'",
        fix=f"{how}, then add --firmware firmware.elf" if is_built else "say where it is: --firmware FILE",
    )


def exit_code_of(arguments: Namespace, run: RecordedRun) -> int:
    """That of `mcusim run` where it ran; looking at a stored run is no failure, however it ended."""
    from mcusim.cli.run import EXIT_OF_STOP

    if is_stored(arguments.firmware):
        return ExitCode.OK
    return EXIT_OF_STOP.get(run.report.stop.reason, ExitCode.OK)


def _made_now(arguments: Namespace, targets: Iterable[tuple[str, str | Path | None]]) -> RecordedRun:
    with prepared(arguments, targets) as ready:
        from mcusim.session import recorded

        with progress_line(ready.request.shown_firmware, is_quiet=arguments.quiet) as progress:
            run = recorded(ready.request, progress)
        return replace(run, report=with_origin(run.report, ready.built, None))


def _check_no_run_options(arguments: Namespace, name: str) -> None:
    """A recording has its board, clock and all the rest; ignoring what is said of them would mislead."""
    parser = ArgumentParser(add_help=False)
    add_board_option(parser)
    add_view_options(parser)
    for key, default in vars(parser.parse_args([])).items():
        if key not in _PRICE_OPTIONS and getattr(arguments, key) != default:
            option = _OPTION_OF.get(key, f"--{key.replace('_', '-')}")
            raise UsageError(
                f"{option} says how to run, and '{name}' is a recording: nothing runs",
                why="a recording has the conditions that it was made under",
                fix="leave it out, or give the firmware instead of the recording to run it again",
            )
