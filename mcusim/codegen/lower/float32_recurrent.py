"""Lowers the LSTM of floats; its tensors are those of TensorFlow Lite's full kernel (24 inputs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, Constant, input_of, unsupported
from mcusim.codegen.lower.elements import number_option, operand, require, result
from mcusim.codegen.lower.float32_mac import constant_floats, in_fours
from mcusim.codegen.lower.views import for_each

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import Lowering, Target

_INPUT_WEIGHTS = (1, 2, 3, 4)
"""Places of the gates' operands: input, forget, cell, output."""
_RECURRENT_WEIGHTS = (5, 6, 7, 8)
_BIASES = (12, 13, 14, 15)
_STATES = (18, 19)
_REFUSED = (9, 10, 11, 16, 17, 20, 21, 22, 23)
"""Peepholes, projection, layer normalization."""
_FLOAT_BYTES = 4


def _lstm(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.FLOAT32)
    if any(input_of(graph, operator, place) is not None for place in _REFUSED):
        raise unsupported(operator, "it has peepholes, a projection or layer normalization")
    if operator.options.get("fused_activation_function", "TANH") != "TANH":
        raise unsupported(operator, "the activation of its cell is not TANH")
    hidden, cell = (operand(graph, operator, place) for place in _STATES)
    is_time_major = bool(operator.options.get("time_major", False))
    batches, steps = source.shape[1::-1] if is_time_major else source.shape[:2]
    states_count = output.shape[-1]
    weights = [_stacked(graph, operator, places) for places in (_INPUT_WEIGHTS, _RECURRENT_WEIGHTS)]
    bias = np.concatenate([constant_floats(graph, operator, place) for place in _BIASES])
    return Call(
        kernel="unidirectional_sequence_lstm_f32",
        inputs=(source.index,),
        outputs=(output.index, hidden.index, cell.index),
        params={
            "batches": batches,
            "steps": steps,
            "batch_step": 1 if is_time_major else steps,
            "time_step": batches if is_time_major else 1,
            "inputs": source.shape[-1],
            "states": states_count,
            "input_weights": "input_weights",
            "recurrent_weights": "recurrent_weights",
            "bias": "bias",
            "cell_clip": float(number_option(operator, "cell_clip")),
        },
        constants=(
            Constant("input_weights", weights[0]),
            Constant("recurrent_weights", weights[1]),
            Constant("bias", bias),
        ),
        scratch_bytes=4 * states_count * _FLOAT_BYTES,
    )


def _stacked(
    graph: Graph, operator: Operator, places: tuple[int, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return in_fours(np.concatenate([constant_floats(graph, operator, place) for place in places]))


LOWERINGS: dict[tuple[str, ElementType], Lowering] = for_each(
    (ElementType.FLOAT32,), UNIDIRECTIONAL_SEQUENCE_LSTM=_lstm
)
