"""From a model file to a firmware for a board, in one call: read, lower, plan, check, write C, compile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.board.load import load_board
from mcusim.codegen.emit import network_code
from mcusim.codegen.firmware import CompileOptions, FirmwareCode, compile_firmware
from mcusim.codegen.fold import folded
from mcusim.codegen.inputs import input_data
from mcusim.codegen.lower.call import Target
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.main_program import main_program
from mcusim.codegen.memory_fit import check_flash, check_ram
from mcusim.codegen.memory_layout import memory_layouts
from mcusim.codegen.plan import plan_of
from mcusim.codegen.request import Built, Use
from mcusim.codegen.tensorflow_lite import read_model
from mcusim.codegen.toolchain import find_toolchain

if TYPE_CHECKING:
    from mcusim.board.schema import Chip
    from mcusim.codegen.emit import NetworkCode
    from mcusim.codegen.graph import Graph
    from mcusim.codegen.inputs import InputData
    from mcusim.codegen.plan import Plan
    from mcusim.codegen.request import BuildRequest

_WITH_DSP = ("cortex-m4", "cortex-m7", "cortex-m33")
"""Armv8-M makes the extension an option; every chip with an M33 that has a file here has it."""


def build_firmware(request: BuildRequest) -> Built:
    """Build the firmware of `request`. The same request and compiler give the same bytes.

    Raises:
        McusimError: the model, its inputs or the board cannot be used, the network does not fit, there is no compiler,
            or it refuses the program.
    """
    board = load_board(request.board)
    graph, code, plan = network_of(request, target_of(board.chip))
    data = input_data(request.inputs, graph)
    layout = memory_layouts(board)[-1]
    check_flash(code, _size_bytes(data), layout.flash.size_bytes, board.name)
    check_ram(plan, code.state_bytes, layout.ram.size_bytes, board.name)
    toolchain = find_toolchain(request.compiler)
    sources = FirmwareCode((*code.files, *main_program(graph, data)), code.kernel_sources)
    options = CompileOptions(request.console, request.keep_sources)
    firmware = compile_firmware(sources, board, toolchain, request.output, options)
    return Built(
        request=request,
        elf=firmware.path,
        board=board.name,
        graph=graph,
        compiler=firmware.compiler,
        inputs_count=len(data),
        weights_bytes=code.weights_bytes,
        arena_bytes=plan.size_bytes,
        arena_fullest=tuple((each.block.name, each.block.size_bytes) for each in plan.fullest()),
        flash=Use(firmware.flash_bytes, firmware.layout.flash.size_bytes),
        ram=Use(firmware.static_ram_bytes + firmware.stack_reserve_bytes, firmware.layout.ram.size_bytes),
        notes=firmware.notes,
    )


def network_of(request: BuildRequest, target: Target) -> tuple[Graph, NetworkCode, Plan]:
    """The network as C for cores like `target`.

    Raises:
        McusimError: the model cannot be read, or no kernel computes one of its operators.
    """
    graph = folded(read_model(request.model))
    steps = lowered(graph, target)
    plan = plan_of(graph, steps)
    return graph, network_code(graph, steps, plan), plan


def target_of(chip: Chip) -> Target:
    """What kernels may use on the chip."""
    return Target(has_dsp=chip.core in _WITH_DSP, has_fpu=chip.has_fpu)


def _size_bytes(data: InputData) -> int:
    return sum(len(each) for run in data for each in run)
