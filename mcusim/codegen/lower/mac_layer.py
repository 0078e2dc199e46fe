"""An int8 convolution, depthwise convolution or fully connected layer as the numbers that its kernels need."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import input_of, unsupported
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, OptionValue, Quantization, Tensor

    Ints = NDArray[np.int64]

INT8_MIN, INT8_MAX = -128, 127


@dataclass(frozen=True, slots=True)
class Window:
    """window_t of firmware_samples/common/nn/window.h, in its order."""

    batches_count: int
    in_height_count: int
    in_width_count: int
    in_channels_count: int
    out_height_count: int
    out_width_count: int
    out_channels_count: int
    kernel_height_count: int = 1
    kernel_width_count: int = 1
    stride_height_count: int = 1
    stride_width_count: int = 1
    dilation_height_count: int = 1
    dilation_width_count: int = 1
    pad_top_count: int = 0
    pad_left_count: int = 0

    @property
    def fields(self) -> tuple[int, ...]:
        """As the generated C spells it."""
        return astuple(self)

    @property
    def taps_count(self) -> int:
        """Of one input channel."""
        return self.kernel_height_count * self.kernel_width_count

    @property
    def pixels_count(self) -> int:
        """Output pixels of all batches."""
        return self.batches_count * self.out_height_count * self.out_width_count

    @property
    def is_pointwise(self) -> bool:
        """Every output pixel sees the input pixel at the same place and no other."""
        strides = (self.stride_height_count, self.stride_width_count)
        same_size = (self.in_height_count, self.in_width_count) == (
            self.out_height_count,
            self.out_width_count,
        )
        return self.taps_count == 1 and strides == (1, 1) and same_size


class ZeroPoints(NamedTuple):
    """Of a layer's tensors."""

    image: int
    weights: int
    output: int


@dataclass(frozen=True, slots=True)
class MacLayer:
    """Everything known ahead of time about one layer."""

    window: Window
    groups_count: int
    weights: Ints
    """[out channel, kernel height, kernel width, input channels of a group]."""
    bias: Ints
    multipliers: Ints
    shifts: Ints
    zero_points: ZeroPoints
    activation_range: tuple[int, int]


def window_of(operator: Operator, image: Tensor, kernel: tuple[int, int], output: Tensor) -> Window:
    """The geometry of a convolution from its tensors and options.

    Padding as ComputePaddingHeightWidth of tensorflow/lite/kernels/padding.h.
    """
    strides = [_count(operator.options, f"stride_{each}") for each in ("h", "w")]
    dilations = [_count(operator.options, f"dilation_{each}_factor") for each in ("h", "w")]
    pads = []
    for size, step, dilation, inside, outside in zip(
        kernel, strides, dilations, image.shape[1:3], output.shape[1:3], strict=True
    ):
        length = (size - 1) * dilation + 1
        _check_windows(operator, inside, outside, (length, step))
        reach = (outside - 1) * step + length
        pads.append(max(reach - inside, 0) // 2)
    if image.shape[0] != output.shape[0]:
        raise unsupported(operator, f"it makes {output.shape[0]} images of {image.shape[0]}")
    geometry = (*kernel, *strides, *dilations, *pads)
    return Window(*image.shape, *output.shape[1:4], *geometry)


def _check_windows(operator: Operator, size: int, out_size: int, window: tuple[int, int]) -> None:
    """The output is as large as the options say (ComputeOutSize of tensorflow/lite/kernels/padding.h)."""
    length, stride = window
    if length < 1 or stride < 1:
        raise unsupported(operator, f"a window of {length} with stride {stride} is not a window")
    is_valid = operator.options.get("padding") == "VALID"
    expected = -(-(size - length + 1 if is_valid else size) // stride)
    if out_size != expected:
        raise unsupported(operator, f"{size} pixels give {expected} windows, its output has {out_size}")


def check_counts(operator: Operator, image: Tensor, output: Tensor, counts: tuple[int, int]) -> None:
    """A fully connected layer's rows and results; `counts` are the rows and columns of its weights."""
    outputs_count, depth_count = counts
    if image.elements_count % depth_count:
        raise unsupported(operator, f"{image.elements_count} inputs are no multiple of {depth_count}")
    expected = image.elements_count // depth_count * outputs_count
    if output.elements_count != expected:
        raise unsupported(operator, f"it gives {expected} results, its output has {output.elements_count}")


def _count(options: dict[str, OptionValue], name: str) -> int:
    value = options.get(name, 1)
    return value if isinstance(value, int) else 1


def activation_range(operator: Operator, output: Tensor) -> tuple[int, int]:
    """Smallest and largest int8 result after the fused activation.

    As CalculateActivationRangeQuantized of tensorflow/lite/kernels/kernel_util.cc.
    """
    ranges = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}
    name = str(operator.options.get("fused_activation_function", "NONE"))
    if name not in ranges:
        raise unsupported(operator, f"its fused activation {name} has no int8 form in TensorFlow Lite Micro")
    low, high = ranges[name]
    quantization = quantization_of(operator, output)
    return (
        INT8_MIN if low is None else max(INT8_MIN, _quantized(low, quantization)),
        INT8_MAX if high is None else min(INT8_MAX, _quantized(high, quantization)),
    )


def _quantized(real: float, quantization: Quantization) -> int:
    """In float32, halves away from zero."""
    ratio = float(np.float32(real) / np.float32(quantization.scale))
    return quantization.zero_point + int(np.trunc(ratio + (0.5 if ratio >= 0 else -0.5)))


def quantization_of(operator: Operator, tensor: Tensor) -> Quantization:
    """The tensor's scale and zero point.

    Raises:
        UnsupportedOperatorError: the model says none.
    """
    if tensor.quantization is None:
        raise unsupported(operator, f"tensor '{tensor.name}' has no scale and zero point")
    return tensor.quantization


def constant_weights(graph: Graph, operator: Operator) -> Tensor:
    """The second operand.

    Raises:
        UnsupportedOperatorError: it is not constant, or not int8 or int4.
    """
    weights = input_of(graph, operator, 1)
    if weights is None or not weights.is_constant:
        raise unsupported(operator, "its weights are computed by the network, not constant")
    if weights.element not in (ElementType.INT8, ElementType.INT4):
        raise unsupported(operator, f"its weights are {weights.element.value}, not int8")
    return weights


def bias_of(graph: Graph, operator: Operator, outputs_count: int) -> Ints:
    """One number per output channel; zeros where there is none."""
    bias = input_of(graph, operator, 2)
    if bias is None:
        return np.zeros(outputs_count, dtype=np.int64)
    if not bias.is_constant or bias.element is not ElementType.INT32:
        raise unsupported(operator, "its bias is not a constant of int32")
    return bias.values.astype(np.int64).reshape(-1)


def scaling_of(operator: Operator, image: Tensor, weights: Tensor, output: Tensor) -> tuple[Ints, Ints]:
    """(multipliers, shifts), one per output channel or one for all.

    As PopulateConvolutionQuantizationParams of tensorflow/lite/kernels/kernel_util.cc: doubles.
    """
    scales = [quantization_of(operator, each).scale for each in (image, output)]
    pairs = [
        quantized_multiplier(scales[0] * each / scales[1])
        for each in quantization_of(operator, weights).scales
    ]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
