"""The int8 LSTM equals TensorFlow Lite Micro's over several inferences: its state stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.codegen.lower.call import UnsupportedOperatorError
from tests.codegen.cases import SLOW, Case, assert_as_golden, merged, zero_points
from tests.codegen.host import COMPILER, HostNetwork, random_inputs
from tests.codegen.tflite_factory import Op, T

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
TANH = 4


def _lstm(rng, sizes, time_major, clip, quantization):
    """Inputs of the full kernel: 24, most of them absent."""
    batches, steps, inputs, states = sizes
    (scale, zero), hidden_zero, cell_power = quantization
    shape = (steps, batches) if time_major else (batches, steps)
    tensors = [
        T((*shape, inputs), scale=scale, zero_point=zero),
        T((*shape, states), scale=1 / 128, zero_point=hidden_zero),
    ]
    places = [0] + [-1] * 23
    for place in range(1, 9):
        size, spread = (inputs if place < 5 else states), float(np.float32(rng.uniform(0.002, 0.02)))
        data = rng.integers(-127, 128, (states, size), dtype=np.int8)
        tensors.append(T((states, size), scale=spread, data=data))
        places[place] = len(tensors) - 1
    for gate, place in enumerate(range(12, 16)):
        data = rng.integers(-3000, 3000, states, dtype=np.int32)
        tensors.append(T((states,), "int32", scale=scale * tensors[2 + gate].scale, data=data))
        places[place] = len(tensors) - 1
    tensors.append(T((batches, states), scale=1 / 128, zero_point=hidden_zero, is_variable=True))
    tensors.append(T((batches, states), "int16", scale=2.0**cell_power, is_variable=True))
    places[18], places[19] = len(tensors) - 2, len(tensors) - 1
    options = {"FusedActivationFunction": TANH, "TimeMajor": time_major, "CellClip": clip}
    op = Op("UNIDIRECTIONAL_SEQUENCE_LSTM", places, [1], ("UnidirectionalSequenceLSTMOptions", options))
    return Case(tensors, op)


@st.composite
def lstms(draw):
    """One LSTM."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    sizes = (
        draw(st.integers(1, 2)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 9)),
    )
    scale = float(np.float32(draw(st.sampled_from([0.004, 0.02, 0.1, 2.0]))))
    quantization = (
        (scale, draw(zero_points())),
        draw(st.sampled_from([0, -5, 17])),
        draw(st.integers(-14, -9)),
    )
    return _lstm(rng, sizes, draw(st.booleans()), draw(st.sampled_from([0.0, 0.0, 1.0, 10.0])), quantization)


@SLOW
@given(st.lists(lstms(), min_size=3, max_size=5))
def test_an_lstm_equals_the_interpreter_from_one_inference_to_the_next(cases):
    data = merged(cases)

    assert_as_golden(data, random_inputs(data, 4))


def test_an_lstm_with_peepholes_is_refused():
    case = _lstm(np.random.default_rng(1), (1, 2, 3, 4), False, 0.0, ((0.1, 0), 0, -12))
    case.tensors.append(T((4,), "int16", scale=0.1, data=np.ones(4, np.int16)))
    case.op.inputs[9] = len(case.tensors) - 1

    with pytest.raises(UnsupportedOperatorError, match="peepholes"):
        HostNetwork(merged([case]))
