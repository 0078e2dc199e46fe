"""Modelled cycles of our int8 kernels on the layers of MLPerf Tiny's four networks.

    python benchmarks/kernels.py [--network NAME] [--compiler NAME] [BOARD ...]

Shapes are those of MLCommons Tiny's reference models; weights and inputs are random. All layers run once, one after the
other, at the clock that the board's start-up code sets. Needs a compiler for Cortex-M.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcusim.board.load import load_board
from mcusim.codegen.build import target_of
from mcusim.codegen.emit import CSource, layer_function, network_code
from mcusim.codegen.firmware import FirmwareCode, compile_firmware
from mcusim.codegen.graph import ElementType, Graph, Operator, Quantization, Tensor
from mcusim.codegen.lower.call import Call, Lowered, Target
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.plan import Plan
from mcusim.codegen.toolchain import find_toolchain
from mcusim.report.request import RunRequest
from mcusim.session import measure

BOARDS = ("nucleo_l4r5zi", "stm32f746g_disco", "nucleo_u575zi_q", "raspberry_pi_pico")
_CONV, _DEPTHWISE, _DENSE = "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"
MAIN = """\
#include "board.h"
#include "network.h"

int main(void)
{
    board_init();
    mcusim_infer();
    board_finish();
}
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's shape; padding is SAME."""

    network: str
    operator: str
    image: tuple[int, int, int]
    kernel: tuple[int, int]
    stride_count: int
    outputs_count: int

    @property
    def out_size(self) -> tuple[int, int]:
        """Height and width of the output."""
        return (-(-self.image[0] // self.stride_count), -(-self.image[1] // self.stride_count))

    @property
    def macs_count(self) -> int:
        """Products, those with padding included."""
        depth_count = 1 if self.operator == _DEPTHWISE else self.image[2]
        return math.prod(self.out_size) * self.outputs_count * math.prod(self.kernel) * depth_count

    @property
    def shape(self) -> str:
        """For people."""
        if self.operator == _DENSE:
            return f"{self.image[2]} -> {self.outputs_count}"
        image = "x".join(map(str, self.image))
        kernel = "x".join(map(str, self.kernel))
        return f"{image} {kernel}/{self.stride_count} -> {self.outputs_count}"


def _mobilenet() -> list[Layer]:
    """MobileNetV1 0.25 at 96x96: pairs of depthwise and pointwise layers; repeated ones once."""
    layers = [Layer("vww", _CONV, (96, 96, 3), (3, 3), 2, 8)]
    pairs = [
        (48, 8, 1, 16), (48, 16, 2, 32), (24, 32, 1, 32), (24, 32, 2, 64), (12, 64, 1, 64), (12, 64, 2, 128),
        (6, 128, 1, 128), (6, 128, 2, 256), (3, 256, 1, 256),
    ]  # fmt: skip
    for size, channels, stride, outputs in pairs:
        layers.append(Layer("vww", _DEPTHWISE, (size, size, channels), (3, 3), stride, channels))
        out = -(-size // stride)
        layers.append(Layer("vww", _CONV, (out, out, channels), (1, 1), 1, outputs))
    return [*layers, Layer("vww", _DENSE, (1, 1, 256), (1, 1), 1, 2)]


LAYERS = (
    Layer("kws", _CONV, (49, 10, 1), (10, 4), 2, 64),
    Layer("kws", _DEPTHWISE, (25, 5, 64), (3, 3), 1, 64),
    Layer("kws", _CONV, (25, 5, 64), (1, 1), 1, 64),
    Layer("kws", _DENSE, (1, 1, 64), (1, 1), 1, 12),
    Layer("ic", _CONV, (32, 32, 3), (3, 3), 1, 16),
    Layer("ic", _CONV, (32, 32, 16), (3, 3), 1, 16),
    Layer("ic", _CONV, (32, 32, 16), (3, 3), 2, 32),
    Layer("ic", _CONV, (16, 16, 32), (3, 3), 1, 32),
    Layer("ic", _CONV, (32, 32, 16), (1, 1), 2, 32),
    Layer("ic", _CONV, (16, 16, 32), (3, 3), 2, 64),
    Layer("ic", _CONV, (8, 8, 64), (3, 3), 1, 64),
    Layer("ic", _CONV, (16, 16, 32), (1, 1), 2, 64),
    Layer("ic", _DENSE, (1, 1, 64), (1, 1), 1, 10),
    *_mobilenet(),
    Layer("ad", _DENSE, (1, 1, 640), (1, 1), 1, 128),
    Layer("ad", _DENSE, (1, 1, 128), (1, 1), 1, 128),
    Layer("ad", _DENSE, (1, 1, 128), (1, 1), 1, 8),
    Layer("ad", _DENSE, (1, 1, 8), (1, 1), 1, 128),
    Layer("ad", _DENSE, (1, 1, 128), (1, 1), 1, 640),
)


def graph_of(layers: tuple[Layer, ...]) -> Graph:
    """Layers that have nothing to do with each other, with random weights."""
    rng = np.random.default_rng(1)
    tensors: list[Tensor] = []
    operators = []
    for index, layer in enumerate(layers):
        base = len(tensors)
        tensors += _tensors(layer, base, rng)
        options: dict[str, int | float | str | bool | tuple[int, ...]] = {
            "stride_h": layer.stride_count,
            "stride_w": layer.stride_count,
            "padding": "SAME",
            "fused_activation_function": "RELU",
        }
        operators.append(Operator(index, layer.operator, (base, base + 1, base + 2), (base + 3,), options))
    return Graph("layers of MLPerf Tiny", tuple(tensors), tuple(operators), (), ())


def _tensors(layer: Layer, base: int, rng: np.random.Generator) -> list[Tensor]:
    is_depthwise = layer.operator == _DEPTHWISE
    inputs_count = layer.image[2]
    shapes = {
        _CONV: (layer.outputs_count, *layer.kernel, inputs_count),
        _DEPTHWISE: (1, *layer.kernel, layer.outputs_count),
        _DENSE: (layer.outputs_count, inputs_count),
    }
    is_dense = layer.operator == _DENSE
    scales = tuple(
        rng.uniform(0.004, 0.012, 1 if is_dense else layer.outputs_count).astype(np.float32).tolist()
    )
    weights = rng.integers(-127, 128, shapes[layer.operator], dtype=np.int8)
    bias = rng.integers(-9999, 9999, layer.outputs_count, dtype=np.int32)
    image_shape = (1, inputs_count) if is_dense else (1, *layer.image)
    out_shape = (1, layer.outputs_count) if is_dense else (1, *layer.out_size, layer.outputs_count)
    image, out = Quantization((0.02,), (-128,)), Quantization((0.05,), (-128,))
    return [
        Tensor(base, "image", image_shape, ElementType.INT8, image),
        Tensor(
            base + 1,
            "weights",
            weights.shape,
            ElementType.INT8,
            Quantization(scales, (0,) * len(scales), 3 if is_depthwise else 0),
            weights.tobytes(),
        ),
        Tensor(base + 2, "bias", bias.shape, ElementType.INT32, None, bias.astype("<i4").tobytes()),
        Tensor(base + 3, "out", out_shape, ElementType.INT8, out),
    ]


def shared_plan(graph: Graph, steps: tuple[tuple[Operator, Lowered], ...]) -> Plan:
    """All inputs at one place, all outputs at another, scratch memory behind them."""
    sizes = [
        max(graph.tensors[index].size_bytes + 15 & ~15 for index in indices)
        for indices in ([op.inputs[0] for op, _ in steps], [op.outputs[0] for op, _ in steps])
    ]
    offsets = {op.inputs[0]: 0 for op, _ in steps} | {op.outputs[0]: sizes[0] for op, _ in steps}
    scratch = {step: sum(sizes) for step in range(len(steps))}
    largest = max(call.scratch_bytes or 0 for _, call in steps if isinstance(call, Call))
    return Plan(sum(sizes) + largest, (), offsets, scratch)


def firmware_of(layers: tuple[Layer, ...], target: Target) -> FirmwareCode:
    """The layers as C, with a main program."""
    graph = graph_of(layers)
    steps = lowered(graph, target)
    code = network_code(graph, steps, shared_plan(graph, steps))
    return FirmwareCode((*code.files, CSource("main.c", MAIN)), code.kernel_sources)


def cycles_of(
    code: FirmwareCode, board_name: str, functions: tuple[str, ...], compiler: str = ""
) -> list[int]:
    """Modelled cycles of each function, callees included."""
    board = load_board(board_name)
    with tempfile.TemporaryDirectory() as folder:
        elf = Path(folder) / "layers.elf"
        compile_firmware(code, board, find_toolchain(compiler), elf)
        report = measure(RunRequest(elf, board_name, max_cycles=2_000_000_000))
    found = {each.name: each.inclusive_cycles for each in report.functions}
    return [found[name] for name in functions]


def layer_cycles(layers: tuple[Layer, ...], board_name: str, compiler: str = "") -> list[int]:
    """Modelled cycles of each layer."""
    functions = tuple(layer_function(op) for op in graph_of(layers).operators)
    code = firmware_of(layers, target_of(load_board(board_name).chip))
    return cycles_of(code, board_name, functions, compiler)


def main() -> None:
    """Print one table per board."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("board", nargs="*", default=BOARDS)
    parser.add_argument("--network", choices=("kws", "ic", "vww", "ad"))
    parser.add_argument("--compiler", default="")
    arguments = parser.parse_args()
    layers = tuple(each for each in LAYERS if arguments.network in (None, each.network))
    for board in arguments.board:
        print(f"{board}\n{'':4} {'operator':18} {'shape':26} {'MACs':>10} {'cycles':>11} {'per MAC':>8}")
        for layer, cycles in zip(layers, layer_cycles(layers, board, arguments.compiler), strict=True):
            per_mac = cycles / layer.macs_count
            print(f"{layer.network:4} {layer.operator:18} {layer.shape:26}", end="")
            print(f" {layer.macs_count:10,} {cycles:11,} {per_mac:8.2f}")


if __name__ == "__main__":
    main()
