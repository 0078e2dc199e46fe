"""Lowers the LSTM of int8 values with a cell of int16; the tensors are those of TensorFlow Lite's full kernel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, Constant, input_of, unsupported
from mcusim.codegen.lower.elements import number_option, operand, quantization_of, require, result
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

_INPUT_WEIGHTS = (1, 2, 3, 4)
"""Places of the gates' operands: input, forget, cell, output."""
_RECURRENT_WEIGHTS = (5, 6, 7, 8)
_BIASES = (12, 13, 14, 15)
_STATES = (18, 19)
_REFUSED = (9, 10, 11, 16, 17, 20, 21, 22, 23)
"""Peepholes, projection, layer normalization."""
_GATE_INPUT_SCALE, _GATE_SCALE = 2.0**-12, 2.0**-15
_HALF_WORD_BYTES = 2
_SIGMOID_STEPS = 24
"""Points of the sigmoid's table for each unit of its argument."""


def sigmoid_table() -> list[int]:
    """sigmoid(k / 24) in Q0.16 for interpolation, as sigmoid_table_uint16 of TensorFlow Lite's internal/common.h.

    Straight lines run below the curve by up to f'' / 8 of a step squared; half of that is added to every point. The
    last point is the largest number, where the curve is taken to be 1.
    """
    table = []
    for place in range(255):
        value = 1 / (1 + math.exp(-place / _SIGMOID_STEPS))
        bend = value * (1 - value) * (1 - 2 * value) / _SIGMOID_STEPS**2
        table.append(math.floor(65536 * (value - bend / 16) + 0.5))
    return [*table, 65535]


def _stacked(graph: Graph, operator: Operator, places: tuple[int, ...]) -> NDArray[np.int8]:
    rows = [operand(graph, operator, place) for place in places]
    for each in rows:
        require(operator, each, ElementType.INT8)
        if not each.is_constant:
            raise unsupported(operator, f"its weights '{each.name}' are not constant")
        if quantization_of(operator, each).zero_point != 0:
            raise unsupported(operator, f"its weights '{each.name}' must have the zero point 0")
    return np.concatenate([each.values for each in rows]).astype(np.int8)


def _biases(graph: Graph, operator: Operator, states_count: int) -> NDArray[np.int64]:
    found = [input_of(graph, operator, place) for place in _BIASES]
    nothing = np.zeros(states_count, np.int64)
    return np.concatenate([nothing if each is None else each.values.astype(np.int64) for each in found])


def _multipliers(
    graph: Graph, operator: Operator, vector: Tensor, places: tuple[int, ...]
) -> list[tuple[int, int]]:
    """To Q3.12 for each gate; the product of two scales in double precision, as in the interpreter."""
    scale = quantization_of(operator, vector).scale
    weights = (quantization_of(operator, operand(graph, operator, place)).scale for place in places)
    return [quantized_multiplier(scale * each / _GATE_INPUT_SCALE) for each in weights]


def _product_fields(name: str, real: float) -> dict[str, FieldValue]:
    multiplier, shift = quantized_multiplier(real)
    return {f"{name}_multiplier": multiplier, f"{name}_shift": shift}


def _cell_fields(operator: Operator, hidden: Tensor, cell: Tensor) -> dict[str, FieldValue]:
    after, scale = quantization_of(operator, hidden), quantization_of(operator, cell).scale
    power = math.floor(math.log2(scale) + 0.5)
    left = 15 + power - 3  # the cell in Q3.12 has the scale 2**-12
    if abs(left) > 12:
        raise unsupported(operator, f"the scale {scale} of its cell is far from 2**-12")
    clip = number_option(operator, "cell_clip")
    return {
        **_product_fields("forget", _GATE_SCALE),
        **_product_fields("update", _GATE_SCALE * _GATE_SCALE / scale),
        **_product_fields("hidden", _GATE_SCALE * _GATE_SCALE / after.scale),
        "hidden_zero_point": after.zero_point,
        "cell_factor": 3 << max(left, 0),
        "cell_shift": max(-left, 0),
        "cell_clip": int(min(max(clip / scale, -32768.0), 32767.0)),
    }


def _sizes(operator: Operator, source: Tensor, output: Tensor) -> dict[str, FieldValue]:
    is_time_major = bool(operator.options.get("time_major", False))
    batches, steps = source.shape[1::-1] if is_time_major else source.shape[:2]
    return {
        "batches": batches,
        "steps": steps,
        "batch_step": 1 if is_time_major else steps,
        "time_step": batches if is_time_major else 1,
        "inputs": source.shape[-1],
        "states": output.shape[-1],
    }


def _check(graph: Graph, operator: Operator, tensors: tuple[Tensor, ...]) -> None:
    source, hidden, cell, output = tensors
    for each in (source, hidden, output):
        require(operator, each, ElementType.INT8)
    require(operator, cell, ElementType.INT16)
    if any(input_of(graph, operator, place) is not None for place in _REFUSED):
        raise unsupported(operator, "it has peepholes, a projection or layer normalization")
    if operator.options.get("fused_activation_function", "TANH") != "TANH":
        raise unsupported(operator, "the activation of its cell is not TANH")
    if len(source.shape) != 3:
        raise unsupported(operator, f"its input has the shape {list(source.shape)}, not batch, time, feature")


def lower_lstm(graph: Graph, operator: Operator, target: Target) -> Call:
    """UNIDIRECTIONAL_SEQUENCE_LSTM with the zero points of input and hidden state folded into biases."""
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    hidden, cell = (operand(graph, operator, place) for place in _STATES)
    _check(graph, operator, (source, hidden, cell, output))
    states_count = output.shape[-1]
    constants: list[Constant] = [Constant("sigmoid", np.array(sigmoid_table(), np.uint16))]
    params: dict[str, FieldValue] = {**_sizes(operator, source, output), "sigmoid": "sigmoid"}
    bias = _biases(graph, operator, states_count)
    for name, vector, places in (
        ("input", source, _INPUT_WEIGHTS),
        ("recurrent", hidden, _RECURRENT_WEIGHTS),
    ):
        weights = _stacked(graph, operator, places)
        sums = weights.astype(np.int64).sum(axis=1) * quantization_of(operator, vector).zero_point
        folded = (bias if name == "input" else 0) - sums
        constants += [Constant(f"{name}_weights", weights), Constant(f"{name}_bias", folded.astype(np.int32))]
        pairs = _multipliers(graph, operator, vector, places)
        params |= {f"{name}_weights": f"{name}_weights", f"{name}_bias": f"{name}_bias"}
        params[f"{name}_multipliers"] = tuple(multiplier for multiplier, _ in pairs)
        params[f"{name}_shifts"] = tuple(shift for _, shift in pairs)
    return Call(
        "unidirectional_sequence_lstm_s8",
        (source.index,),
        (output.index, hidden.index, cell.index),
        params | _cell_fields(operator, hidden, cell),
        tuple(constants),
        scratch_bytes=_HALF_WORD_BYTES * sum(-(-count // 2) * 2 for count in (source.shape[-1], states_count))
        + _HALF_WORD_BYTES * 4 * states_count,
    )


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    ("UNIDIRECTIONAL_SEQUENCE_LSTM", ElementType.INT8): lower_lstm,
}
