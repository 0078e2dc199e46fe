"""Writes a planned network as C: network.h and network.c; what runs it is main_program's business."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call
from mcusim.codegen.macs import operator_macs_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import Constant, FieldValue, Lowered
    from mcusim.codegen.plan import Plan

LAYERS_SECTION = ".mcusim.layers"
"""Not loaded: what mcusim's report knows of the layers."""
_PER_LINE = 24
_STORED = "static __attribute__((aligned(4)))"
"""Of arrays: kernels load words from them."""


@dataclass(frozen=True, slots=True)
class CSource:
    """One generated file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class NetworkCode:
    """A network as C."""

    files: tuple[CSource, ...]
    kernel_sources: tuple[str, ...]
    """Files under firmware_samples/common/nn that it needs."""
    constants: tuple[tuple[str, int], ...]
    """(name, bytes) of every array in flash: weights, biases, tables."""
    state_bytes: int
    """RAM besides the arena: variables that live from one inference to the next."""

    @property
    def weights_bytes(self) -> int:
        """All constants together."""
        return sum(size_bytes for _, size_bytes in self.constants)


def network_code(graph: Graph, steps: tuple[tuple[Operator, Lowered], ...], plan: Plan) -> NetworkCode:
    """The generated sources. The same network gives the same bytes."""
    writer = _Writer(graph, steps, plan)
    files = (CSource("network.h", writer.header()), CSource("network.c", writer.source()))
    return NetworkCode(files, writer.kernel_sources(), tuple(writer.constants), writer.state_bytes)


def layer_function(operator: Operator) -> str:
    """The C function of one layer: what a profile shows."""
    return f"layer_{operator.index}_{operator.name.lower()}"


def symbol_of(kind: str, place: int) -> str:
    """The C name of the network's input or output at `place`: g_input, g_input_1, …"""
    return f"g_{kind}" if place == 0 else f"g_{kind}_{place}"


class _Writer:
    def __init__(self, graph: Graph, steps: tuple[tuple[Operator, Lowered], ...], plan: Plan) -> None:
        self._graph, self._plan = graph, plan
        self._calls = [(step, op, each) for step, (op, each) in enumerate(steps) if isinstance(each, Call)]
        self._aliases = {
            each.output_index: each.source_index for _, each in steps if not isinstance(each, Call)
        }
        self._stored: dict[int, str] = {}
        """C names of tensors that are not in the arena: constants and variables."""
        self.constants: list[tuple[str, int]] = []
        self.state_bytes = 0

    def kernel_sources(self) -> tuple[str, ...]:
        names = {name for _, _, call in self._calls for name in (call.sources or (f"{call.kernel}.c",))}
        return tuple(sorted(names))

    def header(self) -> str:
        """What a main program needs of the network."""
        lines = [
            f"/* {_comment(self._graph.name)}: the network's inputs and outputs, and its inference. Generated. */",
            "#ifndef NETWORK_H",
            "#define NETWORK_H",
            "",
            "#include <stdint.h>",
            "",
        ]
        for kind, indices in (("input", self._graph.inputs), ("output", self._graph.outputs)):
            lines.append(f"#define NETWORK_{kind.upper()}S_COUNT {len(indices)}")
            for place, index in enumerate(indices):
                tensor = self._graph.tensors[index]
                lines += _described(kind, place, tensor)
        lines += [
            "",
            "/* One inference: reads the inputs, which it may overwrite, and leaves the outputs. */",
        ]
        lines += ["void mcusim_infer(void);", "", "#endif", ""]
        return "\n".join(lines)

    def source(self) -> str:
        """Weights, parameters, arena and layers."""
        body = [self._layer(step, op, call) for step, op, call in self._calls]
        tensors = [self._stored_tensor(index) for index in sorted(self._stored)]
        headers = sorted({call.header or f"{call.kernel}.h" for _, _, call in self._calls})
        parts = [
            f"/* {_comment(self._graph.name)}: weights, memory plan and layers. Generated. */",
            "\n".join(['#include "network.h"', *(f'#include "{name}"' for name in headers)]),
            self._arena(),
            *tensors,
            *body,
            self._infer(),
            self._layer_table(),
        ]
        return "\n\n".join(parts) + "\n"

    def _arena(self) -> str:
        """The memory, and the inputs and outputs as symbols inside of it."""
        lines = [
            f"__attribute__((aligned(16))) uint8_t network_arena[{max(self._plan.size_bytes, 8)}];",
        ]
        for kind, indices in (("input", self._graph.inputs), ("output", self._graph.outputs)):
            for place, index in enumerate(indices):
                symbol, tensor = symbol_of(kind, place), self._graph.tensors[index]
                offset = self._plan.offsets_bytes[index]
                lines.append(
                    f'__asm__(".global {symbol}\\n.type {symbol}, %object\\n.size {symbol}, {tensor.size_bytes}\\n"\n'
                    f'        ".set {symbol}, network_arena + {offset}\\n");'
                )
        return "\n".join(lines)

    def _layer(self, step: int, operator: Operator, call: Call) -> str:
        name = layer_function(operator)
        names = {each.name: f"{name}_{each.name}" for each in call.constants}
        parts = [self._constant(each, names[each.name]) for each in call.constants]
        arguments = []
        if call.params:
            params_type = call.params_type or f"{call.kernel}_params_t"
            fields = ",\n".join(f"    .{key} = {_field(value, names)}" for key, value in call.params.items())
            parts.append(f"static const {params_type} {name}_params = {{\n{fields},\n}};")
            arguments.append(f"&{name}_params")
        arguments += [self._pointer(index, "const ") for index in call.inputs]
        arguments += [self._pointer(index, "") for index in call.outputs]
        if call.scratch_bytes is not None:
            arguments.append(f"network_arena + {self._plan.scratch_offsets_bytes.get(step, 0)}")
        parts.append(
            f"static __attribute__((noinline)) void {name}(void)\n{{\n"
            f"    {call.kernel}({', '.join(arguments)});\n}}"
        )
        return "\n\n".join(parts)

    def _constant(self, constant: Constant, name: str) -> str:
        self.constants.append((name, constant.values.nbytes))
        return f"{_STORED} const {_c_type(constant.values)} {name}[] = {_array(constant.values)};"

    def _pointer(self, index: int, qualifier: str) -> str:
        tensor = self._graph.tensors[self._source_of(index)]
        c_name = self._graph.tensors[index].element.c_name
        if tensor.data is not None:
            stored = self._stored.setdefault(tensor.index, f"tensor_{tensor.index}")
            return f"({qualifier}{c_name} *){stored}"
        return f"({qualifier}{c_name} *)(network_arena + {self._plan.offsets_bytes[index]})"

    def _source_of(self, index: int) -> int:
        while index in self._aliases:
            index = self._aliases[index]
        return index

    def _stored_tensor(self, index: int) -> str:
        tensor = self._graph.tensors[index]
        values = (
            np.frombuffer(tensor.data or b"", np.uint8)
            if tensor.element is ElementType.INT4
            else tensor.values
        )
        if tensor.is_variable:
            self.state_bytes += tensor.size_bytes
        else:
            self.constants.append((tensor.name or self._stored[index], tensor.size_bytes))
        qualifier = "" if tensor.is_variable else "const "
        ctype, name = _c_type(values), self._stored[index]
        return f"/* {_comment(tensor.name)} */\n{_STORED} {qualifier}{ctype} {name}[] = {_array(values)};"

    def _infer(self) -> str:
        calls = "\n".join(f"    {layer_function(op)}();" for _, op, _ in self._calls)
        return f"__attribute__((noinline)) void mcusim_infer(void)\n{{\n{calls}\n}}"

    def _layer_table(self) -> str:
        """As assembler: C has no word for a section that is not loaded."""
        rows = [self._row(op) for _, op, _ in self._calls]
        text = json.dumps({"model": self._graph.name, "layers": rows}, separators=(",", ":"))
        pieces = "\n".join(_assembler_line(text[at : at + 80]) for at in range(0, len(text), 80))
        opening = json.dumps(f'.pushsection {LAYERS_SECTION},"",%progbits\n')
        return f'#if defined(__ELF__)\n__asm__({opening}\n{pieces}\n".popsection\\n");\n#endif'

    def _row(self, operator: Operator) -> dict[str, object]:
        inputs = [self._graph.tensors[index].shape if index >= 0 else None for index in operator.inputs]
        outputs = tuple(self._graph.tensors[index].shape for index in operator.outputs)
        return {
            "index": operator.index,
            "operator": operator.name,
            "name": self._graph.tensors[operator.outputs[0]].name if operator.outputs else "",
            "function": layer_function(operator),
            "inputs": [shape for shape in inputs if shape is not None],
            "outputs": outputs,
            "macs": operator_macs_count(self._graph, operator),
        }


def _described(kind: str, place: int, tensor: Tensor) -> list[str]:
    prefix = f"NETWORK_{kind.upper()}_{place}"
    quantization = tensor.quantization
    scale = f", scale {quantization.scale!r}, zero point {quantization.zero_point}" if quantization else ""
    return [
        f"/* {_comment(tensor.name)}: {list(tensor.shape)} {tensor.element.value}{scale} */",
        f"#define {prefix}_ELEMENTS_COUNT {tensor.elements_count}",
        f"#define {prefix}_BYTES {tensor.size_bytes}",
        f"extern {tensor.element.c_name} {symbol_of(kind, place)}[{tensor.elements_count}];",
    ]


def _field(value: FieldValue, names: dict[str, str]) -> str:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, tuple):
        return "{" + ", ".join(_number(each) for each in value) + "}"
    return _number(value)


def _number(value: float) -> str:
    """A C literal: float32 exactly, and the most negative integer as a difference."""
    if isinstance(value, float | np.floating):
        return _float_literal(float(value))
    return f"(-{-int(value) - 1} - 1)" if int(value) == -(1 << 31) else str(int(value))


def _float_literal(value: float) -> str:
    single = float(np.float32(value))
    if math.isnan(single):
        return '__builtin_nanf("")'
    if math.isinf(single):
        return "__builtin_inff()" if single > 0 else "-__builtin_inff()"
    return f"{single.hex()}f"


def _c_type(values: NDArray[np.generic]) -> str:
    names = {"float32": "float", "bool": "uint8_t"}
    return names.get(values.dtype.name, f"{values.dtype.name}_t")


def _array(values: NDArray[np.generic]) -> str:
    items = [_number(each) for each in values.reshape(-1).tolist()] or ["0"]
    rows = [", ".join(items[at : at + _PER_LINE]) for at in range(0, len(items), _PER_LINE)]
    return "{\n    " + ",\n    ".join(rows) + ",\n}"


def _comment(text: str) -> str:
    """A name from a model, harmless inside a comment."""
    return (
        "".join(each if each.isprintable() else "?" for each in text)
        .replace("*/", "* /")
        .replace("/*", "/ *")
    )


def _assembler_line(text: str) -> str:
    """`.ascii` for the text, as a C string: both languages escape with a backslash."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return json.dumps(f'.ascii "{escaped}"\n')
