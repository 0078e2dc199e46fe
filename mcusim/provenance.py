"""How well a number is known and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Basis(Enum):
    """How we know a number, from best to worst."""

    MEASURED = "measured"
    DATASHEET = "datasheet"
    DERIVED = "derived"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a number or a table comes from."""

    basis: Basis
    source: str


def weakest(bases: list[Basis]) -> Basis:
    """The basis of a result is the weakest basis of its inputs."""
    order = list(Basis)
    return max(bases, key=order.index)
