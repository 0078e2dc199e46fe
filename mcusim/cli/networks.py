"""`mcusim networks`: several networks on one board with the same test inputs, accuracy beside what each costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli import values
from mcusim.cli.command import is_watched, show_step
from mcusim.cli.result_files import Result, check_targets, write_results
from mcusim.cli.run_options import add_condition_options
from mcusim.cli.worker_options import add_worker_options, check_worker_options
from mcusim.errors import ExitCode, FirmwareFileError, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.report.networks import Networks
    from mcusim.scenarios.networks import NetworksWish


class NetworksCommand:
    """Compare networks."""

    name: ClassVar[str] = "networks"
    summary: ClassVar[str] = "compare .tflite models on test data: accuracy, latency, RAM, flash, energy"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The models, what they are given, on what they run, and where the results go."""
        parser.add_argument(
            "models", metavar="MODEL", type=Path, nargs="+", help="TensorFlow Lite models, int8 or float32"
        )
        parser.add_argument("--board", metavar="NAME", help="a board, or the path of a board file")
        _add_data(parser)
        _add_hardware(parser)
        group = parser.add_argument_group("results")
        group.add_argument("--csv", metavar="FILE", help="write the table as CSV; - is standard output")
        group.add_argument("--json", metavar="FILE", help="write everything as JSON; - is standard output")
        group.add_argument(
            "--plot", metavar="FILE", type=Path, help="write a picture of accuracy against costs (.png, .svg)"
        )
        add_worker_options(group)
        group.add_argument("--quiet", action="store_true", help="no table and no progress line")

    def run(self, arguments: Namespace) -> int:
        """Build and run all, write the files, print the table."""
        _check_files(arguments)
        check_worker_options(arguments)
        wish = _wish_of(arguments)
        from mcusim.scenarios.networks import compare_networks

        is_shown = is_watched(is_quiet=arguments.quiet)
        try:
            tell = show_step if is_shown else lambda _: None
            found = compare_networks(wish, arguments.jobs, tell, arguments.scheduler)
        finally:
            if is_shown:
                show_step("")
        _write(found, arguments)
        return ExitCode.OK


def _add_data(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("test data")
    group.add_argument(
        "--inputs",
        metavar="FILE",
        dest="test_inputs",
        type=Path,
        required=True,
        help="a .npy file, one input after the other: real values, or what the integer networks take",
    )
    group.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="a .npy file: for each input the number of the right output",
    )
    group.add_argument(
        "--inputs-count", metavar="N", type=values.count, help="only the first N inputs (default: all)"
    )


def _add_hardware(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("hardware and compiler")
    add_condition_options(group)
    group.add_argument(
        "--compiler", metavar="NAME", help="gcc, clang, zig or a path (default: the first that is found)"
    )


def _check_files(arguments: Namespace) -> None:
    """A result never replaces what is read, and what is not there is said first."""
    if arguments.board is None:
        raise UsageError(
            "no board was named",
            why="cycles, RAM and energy depend on the chip that the networks run on",
            fix="add --board NAME (mcusim boards lists them)",
        )
    for model in arguments.models:
        if not model.is_file():
            raise FirmwareFileError(f"there is no file '{model}'", fix="check the path")
    read = [*arguments.models, arguments.test_inputs]
    read += [arguments.labels] if arguments.labels is not None else []
    targets = [("--csv", arguments.csv), ("--json", arguments.json), ("--plot", arguments.plot)]
    check_targets(targets, arguments, read)


def _wish_of(arguments: Namespace) -> NetworksWish:
    from mcusim.report.request import RunRequest
    from mcusim.scenarios.networks import NetworksWish

    request = RunRequest(
        firmware=arguments.models[0],
        board=arguments.board,
        clock_hz=arguments.clock,
        supply_v=arguments.supply,
        temp_c=arguments.temperature,
        power_model=arguments.power_model,
    )
    return NetworksWish(
        models=tuple(arguments.models),
        inputs=arguments.test_inputs,
        labels=arguments.labels,
        count=arguments.inputs_count,
        request=request,
        compiler=arguments.compiler or "",
    )


def _write(networks: Networks, arguments: Namespace) -> None:
    from mcusim.render.networks import networks_csv, networks_json, networks_text

    results = [
        Result("--csv", arguments.csv, lambda: networks_csv(networks).encode()),
        Result("--json", arguments.json, lambda: networks_json(networks).encode()),
        Result("--plot", arguments.plot, lambda: _picture(networks, arguments.plot.suffix)),
    ]
    write_results(results, lambda: networks_text(networks), is_quiet=arguments.quiet)


def _picture(networks: Networks, suffix: str) -> bytes:
    from mcusim.render.plots.networks import networks_picture

    return networks_picture(networks, suffix)
