"""What a model says of itself: its operators in the order of execution, with shapes and multiplications."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelLayer:
    """One operator of a model."""

    operator: str
    """The runtime's name of it: "CONV_2D"."""
    name: str
    """What the model calls it; "" when it has no name."""
    input_shapes: tuple[Shape, ...]
    """Of the activations, then of constant operands."""
    output_shapes: tuple[Shape, ...]
    macs_count: int | None
    """Multiplications of the operator's definition; None where it has none or a shape is unknown."""
    function: str = ""
    """The function that computes it, where the network is code; "" where a runtime interprets the model."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model, with its operators in the order of execution."""

    name: str
    """The symbol of its data, or its address: "0x0801c000"; of a network that is code its own name."""
    layers: tuple[ModelLayer, ...]
    addr: int = 0
    size_bytes: int = 0
    """Of its variable, or else up to the last of its weights; 0: nobody says."""


class DamagedModelError(Exception):
    """The bytes only look like a model; never seen outside this package."""


def elements_of(shape: Shape) -> int:
    """The number of elements of a tensor.

    Raises:
        DamagedModelError: no memory of a microcontroller could hold it.
    """
    count = prod(shape)
    if count > _MOST_ELEMENTS:
        raise DamagedModelError
    return count


_MOST_ELEMENTS = 1 << 32
