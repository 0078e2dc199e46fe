"""`mcusim eval`: a data set through one firmware: how right it is, how long it takes and what it costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mcusim.cli import values
from mcusim.cli.command import is_watched, show_step
from mcusim.cli.result_files import (
    STANDARD_OUTPUT,
    Result,
    add_output_option,
    check_targets,
    write_results,
)
from mcusim.cli.run_options import (
    add_condition_options,
    add_image_options,
    add_inference_option,
    add_timing_option,
)
from mcusim.cli.worker_options import add_worker_options, check_worker_options
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from mcusim.api.evaluation import Evaluation

_FORMATS = ("text", "json", "csv")
_ENDINGS = {".txt": "text", ".json": "json", ".csv": "csv"}
_NUMPY_SUFFIX = ".npy"
_SAME_NAMES = (
    "input_symbol",
    "input_pointer",
    "input_dtype",
    "input_scale",
    "input_zero_point",
    "output_symbol",
    "output_pointer",
    "output_dtype",
    "output_scale",
    "output_zero_point",
    "outputs_count",
    "metric",
    "inference",
    "at",
    "power_model",
    "timing",
    "symbols",
    "rom",
    "compiler",
    "jobs",
    "scheduler",
    "max_seconds",
    "max_cycles",
)
"""Named alike on the command line and in Python."""


class EvalCommand:
    """Run a data set through a firmware."""

    name: ClassVar[str] = "eval"
    summary: ClassVar[str] = "run a data set through a firmware: accuracy, and how latency and energy spread"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The firmware, the data, where it goes, the hardware and the results."""
        parser.add_argument("firmware", metavar="FIRMWARE", help="as for mcusim run; also a .tflite model")
        parser.add_argument(
            "--board", metavar="NAME", help="a board (mcusim boards) or the path of a board file"
        )
        _add_data(parser)
        _add_places(parser)
        _add_run(parser)
        _add_results(parser)

    def run(self, arguments: Namespace) -> int:
        """Evaluate, write the files, print, and choose the exit code."""
        chosen = _checked_format(arguments)
        check_worker_options(arguments)
        targets = [("-o", arguments.target), ("--predictions", arguments.predictions)]
        check_targets(targets, arguments, [each for each in _read(arguments) if each is not None])
        evaluation = _evaluated(arguments)
        _write(evaluation, arguments, chosen)
        if evaluation.failed_count:
            return ExitCode.FIRMWARE_FAULTED
        return ExitCode.BUDGET_EXCEEDED if _is_below(evaluation, arguments) else ExitCode.OK


def _add_data(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "--inputs",
        metavar="FILE",
        dest="eval_inputs",
        type=Path,
        required=True,
        help="a .npy file: the first dimension counts the inputs",
    )
    group.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="a .npy file: the right class, or the right output, of each",
    )
    group.add_argument(
        "--inputs-count", metavar="N", type=values.count, help="only the first N inputs (default: all)"
    )
    group.add_argument(
        "--metric",
        metavar="NAME",
        help="accuracy, top-3 (any K), mae, rmse or auc (default: accuracy; mae for labels that are not whole)",
    )
    group.add_argument(
        "--fail-under",
        metavar="VALUE",
        type=float,
        help="exit code 1 when accuracy, top-K or auc is below (0.95)",
    )


def _add_places(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "where the data is in the firmware (default: g_input and g_output, as in firmware that mcusim builds)"
    )
    for kind, verb in (("input", "gets each input"), ("output", "has the output when the inference returns")):
        group.add_argument(
            f"--{kind}-symbol",
            metavar="SYMBOL[+OFFSET]",
            help=f"the variable that {verb} (tensor_arena+0x40)",
        )
        group.add_argument(
            f"--{kind}-pointer",
            metavar="SYMBOL[+OFFSET]",
            help="or the variable that holds the address of it",
        )
        group.add_argument(
            f"--{kind}-dtype", metavar="TYPE", help="int8, float32 …, where debug information does not tell"
        )
        group.add_argument(
            f"--{kind}-scale",
            metavar="X",
            type=float,
            help="what its integers mean: X * (value - zero point)",
        )
        group.add_argument(f"--{kind}-zero-point", metavar="N", type=int, help="default: 0")
    group.add_argument(
        "--outputs-count",
        metavar="N",
        type=values.count,
        help="elements of the output, behind a pointer or offset",
    )
    group.add_argument(
        "--input",
        metavar="SYMBOL=FILE",
        type=values.symbol_and_file,
        action="append",
        default=[],
        help="fill another array from a file of raw bytes or a .npy file, once, when main begins",
    )


def _add_run(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("what runs")
    add_inference_option(group)
    group.add_argument(
        "--at",
        metavar="SYMBOL",
        type=values.symbol,
        help="each input begins at the first call of this function (default: the inference's)",
    )
    group.add_argument(
        "--max-seconds", metavar="S", type=values.seconds_s, help="simulated time up to there (default: 60)"
    )
    group.add_argument(
        "--max-cycles",
        metavar="N",
        type=values.cycle_count,
        help="so long one input may take (default: 100 times the first)",
    )
    add_image_options(group)
    group.add_argument("--compiler", metavar="NAME", help="for a .tflite model: gcc, clang, zig or a path")
    group = parser.add_argument_group("hardware")
    add_condition_options(group)
    add_timing_option(group)
    group.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="settings",
        type=values.setting,
        action="append",
        default=[],
        help="what if, as for mcusim run",
    )


def _add_results(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument("--format", choices=_FORMATS, help="default: what the file's ending says, else text")
    add_output_option(group, "write the result to this file (default: standard output)")
    group.add_argument(
        "--predictions", metavar="FILE", type=Path, help="write the outputs of all inputs as a .npy file"
    )
    add_worker_options(group)
    group.add_argument("--quiet", action="store_true", help="no progress line")


def _checked_format(arguments: Namespace) -> str:
    """The format to write; a wrong option is wrong before anything runs."""
    if arguments.predictions is not None and arguments.predictions.suffix != _NUMPY_SUFFIX:
        raise UsageError(
            f"--predictions writes a .npy file, not '{arguments.predictions.name}'",
            fix=f"--predictions {arguments.predictions.stem}{_NUMPY_SUFFIX}",
        )
    if arguments.fail_under is not None and arguments.labels is None:
        raise UsageError("--fail-under needs labels", fix="add --labels FILE.npy")
    if arguments.fail_under is not None and arguments.metric in ("mae", "rmse"):
        raise UsageError(f"--fail-under is not for {arguments.metric}", why="less is better there")
    if arguments.format is not None:
        return str(arguments.format)
    if arguments.target in (None, STANDARD_OUTPUT):
        return "text"
    ending = Path(arguments.target).suffix.lower()
    if ending not in _ENDINGS:
        raise UsageError(
            f"-o: the ending of '{arguments.target}' does not tell the format",
            fix="end it in .txt, .json or .csv, or add --format",
        )
    return _ENDINGS[ending]


def _read(arguments: Namespace) -> list[Path | None]:
    firmware = Path(arguments.firmware)
    return [firmware if firmware.is_file() else None, arguments.eval_inputs, arguments.labels]


def _evaluated(arguments: Namespace) -> Evaluation:
    from mcusim.api.evaluation import evaluate

    given = vars(arguments)
    options: dict[str, Any] = {name: given[name] for name in _SAME_NAMES if given[name] is not None}
    for name, key in (
        ("clock", "clock_hz"),
        ("supply", "supply_v"),
        ("temperature", "temp_c"),
        ("base", "base_addr"),
    ):
        if given[name] is not None:
            options[key] = given[name]
    count = arguments.inputs_count
    if count is not None:
        options["inputs_count"] = count
    return evaluate(
        arguments.firmware,
        arguments.board,
        inputs=arguments.eval_inputs,
        labels=arguments.labels,
        variables=dict(arguments.input),
        settings=_settings(arguments),
        progress=_progress(arguments),
        **options,
    )


def _settings(arguments: Namespace) -> dict[str, int | bool | str]:
    keys = [key for key, _ in arguments.settings]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is set twice", fix="say it once")
    return dict(arguments.settings)


def _progress(arguments: Namespace) -> Callable[[int, int], None]:
    if not is_watched(is_quiet=arguments.quiet):
        return lambda _done, _all: None
    import time

    started_s = time.perf_counter()

    def show(done_count: int, all_count: int) -> None:
        passed_s = time.perf_counter() - started_s
        speed = f", {done_count / passed_s:.1f} inputs/s" if done_count else ""
        show_step(f"{done_count} of {all_count} inputs{speed}")

    return show


def _write(evaluation: Evaluation, arguments: Namespace, chosen: str) -> None:
    if is_watched(is_quiet=arguments.quiet):
        show_step("")
    is_screen = arguments.target is None
    data = _rendered(evaluation, chosen)
    results = [
        Result("--predictions", arguments.predictions, lambda: _numpy_bytes(evaluation)),
        Result(
            "-o",
            None if is_screen and chosen == "text" else arguments.target or STANDARD_OUTPUT,
            lambda: data,
        ),
    ]
    write_results(results, data.decode, is_quiet=not (is_screen and chosen == "text"))


def _rendered(evaluation: Evaluation, chosen: str) -> bytes:
    from mcusim.render.evaluation import evaluation_csv, evaluation_json, evaluation_text

    render = {"text": evaluation_text, "json": evaluation_json, "csv": evaluation_csv}[chosen]
    return render(evaluation).encode("utf-8", errors="backslashreplace")


def _numpy_bytes(evaluation: Evaluation) -> bytes:
    from io import BytesIO

    import numpy as np

    buffer = BytesIO()
    np.save(buffer, evaluation.outputs, allow_pickle=False)
    return buffer.getvalue()


def _is_below(evaluation: Evaluation, arguments: Namespace) -> bool:
    limit, quality = arguments.fail_under, evaluation.quality
    if limit is None or quality is None or quality.value >= limit:
        return False
    sys.stderr.write(f"mcusim: {quality.metric} {quality.value:.4g} is below --fail-under {limit:g}\n")
    return True
