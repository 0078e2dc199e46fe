"""Writes the main program: inputs in flash, one inference for each, the outputs printed between inferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.codegen.emit import CSource, symbol_of
from mcusim.codegen.graph import ElementType

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Tensor
    from mcusim.codegen.inputs import InputData

_PER_LINE = 24
_SIGNED = (ElementType.INT8, ElementType.INT16, ElementType.INT32)
_UNSIGNED = (ElementType.UINT8, ElementType.BOOL)

_MAIN = """\
/* Runs the network on each of the inputs and prints what it gives, outside the inference. Generated. */
#include <stdint.h>

#include "board.h"
#include "inputs.h"
#include "line.h"
#include "network.h"

{printers}

int main(void)
{{
    board_init();
    for (uint32_t run = 0; run < INPUTS_COUNT; ++run) {{
{copies}
        mcusim_infer();
{prints}
    }}
    board_finish();
}}
"""
_PRINTER = """\
static void print_output_{place}(void)
{{
    line_text("output {place}:");
    for (uint32_t i = 0; i < NETWORK_OUTPUT_{place}_ELEMENTS_COUNT; ++i) {{
{prints}
    }}
    line_end();
}}"""
_BITS = """\
        uint{bits}_t bits;
        __builtin_memcpy(&bits, &{symbol}[i], sizeof bits);
        line_bits(bits, {digits});"""


def main_program(graph: Graph, inputs: InputData) -> tuple[CSource, ...]:
    """main.c with inputs.h and inputs.c. Integers up to 32 bits are printed in decimal, all others bit for bit."""
    columns = [b"".join(run[place] for run in inputs) for place in range(len(graph.inputs))]
    return (
        CSource("main.c", _main(graph)),
        CSource("inputs.h", _inputs_header(len(inputs), graph)),
        CSource("inputs.c", _inputs_source(columns)),
    )


def _main(graph: Graph) -> str:
    outputs = [graph.tensors[index] for index in graph.outputs]
    copies = [
        f"        __builtin_memcpy({symbol_of('input', place)}, &g_inputs_{place}[run * NETWORK_INPUT_{place}_BYTES],"
        f" NETWORK_INPUT_{place}_BYTES);"
        for place in range(len(graph.inputs))
    ]
    return _MAIN.format(
        printers="\n\n".join(_printer(place, tensor) for place, tensor in enumerate(outputs)),
        copies="\n".join(copies),
        prints="\n".join(f"        print_output_{place}();" for place in range(len(outputs))),
    )


def _printer(place: int, tensor: Tensor) -> str:
    symbol = symbol_of("output", place)
    if tensor.element in _SIGNED:
        prints = f"        line_number({symbol}[i]);"
    elif tensor.element in _UNSIGNED:
        prints = f"        line_unsigned({symbol}[i]);"
    else:
        bits = 8 * tensor.element.dtype.itemsize
        prints = _BITS.format(bits=bits, symbol=symbol, digits=bits // 4)
    return _PRINTER.format(place=place, prints=prints)


def _inputs_header(count: int, graph: Graph) -> str:
    arrays = [
        f"extern const uint8_t g_inputs_{place}[{count * graph.tensors[index].size_bytes}];"
        for place, index in enumerate(graph.inputs)
    ]
    lines = [
        "/* What the network is given, one inference after the other: the tensors' bytes. Generated. */",
        "#ifndef INPUTS_H",
        "#define INPUTS_H",
        "",
        "#include <stdint.h>",
        "",
        f"#define INPUTS_COUNT {count}u",
        *arrays,
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)


def _inputs_source(columns: list[bytes]) -> str:
    """Little endian, as the tensors are in memory."""
    parts = ["/* Generated. */", '#include "inputs.h"']
    for place, data in enumerate(columns):
        declaration = f"__attribute__((aligned(4))) const uint8_t g_inputs_{place}[{len(data)}]"
        rows = (data[at : at + _PER_LINE] for at in range(0, len(data), _PER_LINE))
        text = ",\n".join("    " + ", ".join(map(str, row)) for row in rows)
        parts.append(f"{declaration} = {{\n{text},\n}};")
    return "\n\n".join(parts) + "\n"
