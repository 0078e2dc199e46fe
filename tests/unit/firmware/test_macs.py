"""Multiplications by the definition of each operator; the factors are written out in each expectation."""

from __future__ import annotations

import pytest

from mcusim.firmware.models.macs import macs_of
from mcusim.firmware.models.model import DamagedModelError


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "expected"),
    [
        # output elements * kernel height * kernel width * input channels
        ("CONV_2D", ((1, 32, 32, 3), (16, 3, 3, 3), (16,)), (1, 32, 32, 16), 32 * 32 * 16 * 3 * 3 * 3),
        # two groups: the weights say how many channels a result reads
        ("CONV_2D", ((1, 8, 8, 4), (6, 3, 3, 2), None), (1, 8, 8, 6), 8 * 8 * 6 * 3 * 3 * 2),
        ("DEPTHWISE_CONV_2D", ((1, 49, 40, 1), (1, 10, 8, 8), (8,)), (1, 25, 20, 8), 25 * 20 * 8 * 10 * 8),
        ("TRANSPOSE_CONV", ((4,), (2, 3, 3, 5), (1, 4, 4, 5)), (1, 8, 8, 2), 4 * 4 * 5 * 3 * 3 * 2),
        ("FULLY_CONNECTED", ((1, 640), (128, 640), (128,)), (1, 128), 640 * 128),
        ("FULLY_CONNECTED", ((1, 25, 20, 8), (4, 4000), (4,)), (1, 4), 4000 * 4),
        # batches * rows * columns * summed, whichever operand is transposed
        ("BATCH_MATMUL", ((2, 3, 4), (2, 4, 5)), (2, 3, 5), 2 * 3 * 4 * 5),
        ("BATCH_MATMUL", ((2, 4, 3), (2, 4, 5)), (2, 3, 5), 2 * 3 * 4 * 5),
        ("SVDF", ((2, 40), (16, 40), (16, 10), None, (2, 160)), (2, 16), 2 * (16 * 40 + 16 * 10)),
        # 4 gates with 8 inputs and 6 units, 10 steps
        (
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            ((1, 10, 8), *[(6, 8)] * 4, *[(6, 6)] * 4),
            (1, 10, 6),
            10 * 4 * 6 * 14,
        ),
    ],
)
def test_multiplications_follow_from_the_definition(operator, inputs, output, expected):
    assert expected == macs_of(operator, inputs, (output,))


@pytest.mark.parametrize(
    ("operator", "inputs"),
    [
        ("ADD", ((1, 4), (1, 4))),
        ("MAX_POOL_2D", ((1, 4, 4, 1),)),
        ("SOME_CUSTOM_OPERATOR", ((1, 4),)),
        ("CONV_2D", ((1, 32, 32, 3),)),
        ("CONV_2D", ((1, 32, 32, 3), None)),
        ("FULLY_CONNECTED", ((1, 640), (640,))),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", ((1, 10, 8), (6, 8))),
    ],
)
def test_without_a_definition_or_the_shapes_there_is_no_number(operator, inputs):
    assert macs_of(operator, inputs, ((1, 4),)) is None


def test_a_result_that_no_memory_could_hold_is_damage():
    with pytest.raises(DamagedModelError):
        macs_of("FULLY_CONNECTED", ((1, 1), (1, 1 << 31)), ((1 << 31, 1),))
