"""The models that a firmware holds in its constant data: operators in execution order, shapes, multiplications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.firmware.image import Image


@dataclass(frozen=True, slots=True)
class ModelLayer:
    """One operator of a model."""

    operator: str
    """The runtime's name of it: "CONV_2D"."""
    name: str
    """What the model calls it; "" when it has no name."""
    input_shapes: tuple[tuple[int, ...], ...]
    output_shapes: tuple[tuple[int, ...], ...]
    macs_count: int | None
    """Multiplications of the operator's definition; None where it has none or a shape is unknown."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model, with its operators in the order of execution."""

    name: str
    """The symbol of its data, or its address: "0x0801c000"."""
    layers: tuple[ModelLayer, ...]


def find_models(image: Image, runtime: str) -> tuple[Model, ...]:
    """The models of `runtime` in the image's constant data; none when that runtime keeps none there."""
    return ()
