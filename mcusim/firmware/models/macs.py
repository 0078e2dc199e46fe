"""Multiplications of TensorFlow Lite's operators by their definition, from the shapes of operands and result.

Padding counts as if it were there, as papers and profilers count; biases, requantisation and activations do not.
Shapes and layouts: tensorflow/lite/micro/kernels/*_common.cc and the schema's comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.models.model import Shape, elements_of

if TYPE_CHECKING:
    from collections.abc import Callable

Inputs = tuple[Shape | None, ...]


def macs_of(operator: str, inputs: Inputs, outputs: tuple[Shape, ...]) -> int | None:
    """Multiplications of one execution; None where the operator has no such number or a shape does not fit."""
    rule = _RULES.get(operator)
    return rule(inputs, outputs[0]) if rule and outputs else None


def _operand(inputs: Inputs, index: int, dimensions_count: int) -> Shape | None:
    """The shape of one operand if it is there and has so many dimensions."""
    shape = inputs[index] if index < len(inputs) else None
    return shape if shape is not None and len(shape) == dimensions_count else None


def _convolution(inputs: Inputs, output: Shape) -> int | None:
    """Weights [output channels, height, width, input channels of the group]: one product each per output element."""
    weights = _operand(inputs, 1, 4)
    return elements_of((*output, *weights[1:])) if weights else None


def _depthwise(inputs: Inputs, output: Shape) -> int | None:
    """Weights [1, height, width, output channels]: an output element reads one channel."""
    weights = _operand(inputs, 1, 4)
    return elements_of((*output, weights[1], weights[2])) if weights else None


def _transposed(inputs: Inputs, _: Shape) -> int | None:
    """Operands: output shape, weights [output channels, height, width, input channels], input.

    Each input element is multiplied with its channel's weights.
    """
    weights, activation = _operand(inputs, 1, 4), _operand(inputs, 2, 4)
    return elements_of((*activation, *weights[:3])) if weights and activation else None


def _fully_connected(inputs: Inputs, output: Shape) -> int | None:
    """Weights [outputs, inputs]."""
    weights = _operand(inputs, 1, 2)
    return elements_of((*output, weights[1])) if weights else None


def _matrix_product(inputs: Inputs, output: Shape) -> int | None:
    """The summed dimension is what the first operand has beside the result's rows: its elements over theirs."""
    left = inputs[0] if inputs else None
    if left is None or len(left) < 2 or len(output) < 2 or not output[-2]:
        return None
    rows_count = output[-2]
    summed = elements_of(left[-2:]) // rows_count
    return elements_of((*output, summed)) if summed * rows_count == elements_of(left[-2:]) else None


def _svdf(inputs: Inputs, _: Shape) -> int | None:
    """Input [batches, features]; feature weights [filters, features]; time weights [filters, memory]."""
    activation, features, times = (_operand(inputs, index, 2) for index in range(3))
    if not (activation and features and times):
        return None
    return activation[0] * (elements_of(features) + elements_of(times))


def _lstm(inputs: Inputs, output: Shape) -> int | None:
    """Operands 1-4 input weights, 5-8 recurrent weights, [units, …] each: all of them once per step and batch.

    The products of gates and cell state are not counted: they are element by element.
    """
    weights = [each for index in range(1, 9) if (each := _operand(inputs, index, 2))]
    if len(weights) < 6 or not output:
        return None
    return elements_of(output[:-1]) * sum(elements_of(each) for each in weights)


_RULES: dict[str, Callable[[Inputs, Shape], int | None]] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transposed,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _matrix_product,
    "SVDF": _svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
}
