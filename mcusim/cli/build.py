"""`mcusim build`: a firmware for a board from a TensorFlow Lite model."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.api.firmware import is_model, named_firmware
from mcusim.api.origin import described_inputs
from mcusim.cli.command import is_watched, print_text, show_step
from mcusim.cli.firmware_argument import add_build_options, build_request_of
from mcusim.cli.result_files import check_targets
from mcusim.errors import ExitCode, UsageError
from mcusim.units import grouped, size

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.codegen.graph import Graph
    from mcusim.codegen.request import Built, Use

_ELF_MARK = b"\x7fELF"
_WIDTH = 80
_INDENT = " " * 10
_SHOWN_COUNT = 4


class BuildCommand:
    """Build a firmware from a model."""

    name: ClassVar[str] = "build"
    summary: ClassVar[str] = "build a firmware for a board from a .tflite model"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The model, the board, where to write, and what else may be said of building."""
        parser.add_argument("firmware", metavar="MODEL", help="a TensorFlow Lite model, int8 or float32")
        parser.add_argument("--board", metavar="NAME", help="a board, or the path of a board file")
        parser.add_argument(
            "-o", dest="elf", metavar="FILE", type=Path, required=True, help="the ELF file to write"
        )
        add_build_options(parser)
        parser.add_argument("--quiet", action="store_true", help="print nothing but errors")

    def run(self, arguments: Namespace) -> int:
        """Build, and say what was built and how to run it."""
        model, board = named_firmware(arguments.firmware, arguments.board)
        if not is_model(arguments.firmware) and model.suffix.lower() != ".tflite":
            raise UsageError(
                f"'{arguments.firmware}' is not a .tflite model",
                why="a firmware is built from a model",
                fix="convert the network with the TensorFlow Lite converter; mcusim run takes firmware as it is",
            )
        check_targets([("-o", arguments.elf)], arguments, [model])
        _check_old(arguments.elf)
        from mcusim.codegen.build import build_firmware

        is_shown = is_watched(is_quiet=arguments.quiet)
        if is_shown:
            show_step(f"building for {board}")
        try:
            built = build_firmware(build_request_of(arguments, board, arguments.elf))
        finally:
            if is_shown:
                show_step("")
        if not arguments.quiet:
            print_text(build_text(built, arguments))
        return ExitCode.OK


def build_text(built: Built, arguments: Namespace) -> str:
    """What was built, for people, and the command that runs it."""
    command = shlex.join(["mcusim", "run", str(arguments.elf), "--board", arguments.board])
    lines = [
        f"{arguments.firmware} for {built.board}, compiled by {built.compiler}",
        "",
        *_row("network", _network(built.graph)),
        *_row("inputs", _inputs(built, arguments)),
        *_row("weights", size(built.weights_bytes)),
        *_row("arena", _arena(built)),
        *_row("flash", _use(built.flash)),
        *_row("RAM", f"{_use(built.ram)}, with the stack's reserve"),
        *(line for note in built.notes for line in _row("note", note)),
        "",
        f"{arguments.elf} is written; to run it:",
        f"  {command}",
    ]
    return "\n".join(lines) + "\n"


def _check_old(path: Path) -> None:
    """An ELF is there to be built again; anything else at its place is more likely a slip."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            is_elf = file.read(len(_ELF_MARK)) == _ELF_MARK
        if not is_elf:
            raise UsageError(
                f"-o: '{path}' exists and is no ELF file",
                why="writing it would destroy it",
                fix="name another file, or remove it",
            )


def _network(graph: Graph) -> str:
    from mcusim.codegen.macs import network_macs_count

    count, macs = len(graph.operators), network_macs_count(graph)
    takes, gives = (_tensors(graph, indices) for indices in (graph.inputs, graph.outputs))
    return f"{count} operator{'s' * (count != 1)}, {grouped(macs)} MACs; {takes} to {gives}"


def _tensors(graph: Graph, indices: tuple[int, ...]) -> str:
    tensors = (graph.tensors[index] for index in indices)
    return ", ".join(f"{each.element.value} {list(each.shape)}" for each in tensors)


def _inputs(built: Built, arguments: Namespace) -> str:
    from mcusim.codegen.request import Inputs

    count = built.inputs_count
    return (
        f"{grouped(count)} inference{'s' * (count != 1)} on {described_inputs(arguments.inputs or Inputs())}"
    )


def _arena(built: Built) -> str:
    # The converter joins the names of all that it fused into one operator.
    shown = [
        f"{name.partition(';')[0]} {size(size_bytes)}"
        for name, size_bytes in built.arena_fullest[:_SHOWN_COUNT]
    ]
    more = len(built.arena_fullest) - len(shown)
    shown += [f"{more} more"] if more > 0 else []
    return f"{size(built.arena_bytes)}, where it is fullest: {', '.join(shown)}"


def _use(use: Use) -> str:
    ratio = use.used_bytes / use.available_bytes if use.available_bytes else 0.0
    return f"{size(use.used_bytes)} of {size(use.available_bytes)} ({ratio:.0%})"


def _row(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        f"{label:10}{text}",
        _WIDTH,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
