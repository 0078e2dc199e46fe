"""A network as plain data: tensors and operators in the order of execution; reading a file is in tensorflow_lite.py."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OptionValue = int | float | str | bool | tuple[int, ...]
"""Enumerations are their schema names ("SAME", "RELU6", "INT8")."""


class ElementType(Enum):
    """What a tensor's elements are, by numpy's name."""

    INT4 = "int4"
    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    BOOL = "bool"
    FLOAT32 = "float32"

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the values as numpy holds them; four-bit integers are a byte each there."""
        return np.dtype("int8" if self is ElementType.INT4 else self.value).newbyteorder("<")

    @property
    def size_bytes(self) -> int:
        """Of one element in C; four-bit integers share a byte."""
        return self.dtype.itemsize

    @property
    def c_name(self) -> str:
        """The C type of one element."""
        special = {"float32": "float", "bool": "uint8_t", "int4": "uint8_t"}
        return special.get(self.value, f"{self.value}_t")


@dataclass(frozen=True, slots=True)
class Quantization:
    """real = scale * (value - zero point); one pair, or one for each index along `axis_index`. Scales are float32."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis_index: int = 0

    @property
    def scale(self) -> float:
        """Of a tensor with one scale."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """Of a tensor with one zero point."""
        return self.zero_points[0]


@dataclass(frozen=True, slots=True)
class Tensor:
    """What flows between operators, or a constant operand."""

    index: int
    name: str
    shape: tuple[int, ...]
    """() is a scalar."""
    element: ElementType
    quantization: Quantization | None = None
    data: bytes | None = field(default=None, repr=False)
    """Little endian; None where the network computes it."""
    is_variable: bool = False
    """Keeps its value from one inference to the next; `data` is its first value."""

    @property
    def elements_count(self) -> int:
        """Of the whole tensor."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Of the whole tensor; two four-bit integers share a byte."""
        if self.element is ElementType.INT4:
            return (self.elements_count + 1) // 2
        return self.elements_count * self.element.dtype.itemsize

    @property
    def is_constant(self) -> bool:
        """Known before the network runs."""
        return self.data is not None and not self.is_variable

    @property
    def values(self) -> NDArray[np.generic]:
        """A constant's elements in its shape."""
        raw = np.frombuffer(self.data or b"", dtype=self.element.dtype)
        if self.element is ElementType.INT4:  # the low half of a byte comes first
            raw = np.stack((raw << 4 >> 4, raw >> 4), axis=-1).reshape(-1)[: self.elements_count]
        return raw.reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Operator:
    """One node."""

    index: int
    name: str
    """The schema's name of the operation ("CONV_2D")."""
    inputs: tuple[int, ...]
    """Indices of tensors; -1: an optional input that is not there."""
    outputs: tuple[int, ...]
    options: dict[str, OptionValue] = field(default_factory=dict)
    """The schema's option fields in snake_case ("stride_w", "fused_activation_function")."""
    intermediates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """One network."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
