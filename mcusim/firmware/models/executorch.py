"""Reads ExecuTorch programs (schema/program.fbs, revision cff6f4dd); the one place that imports `flatbuffers`.

Fields are read by their slot: the schema's place of a field, from 0, where a union takes two places.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from flatbuffers import number_types
from flatbuffers.table import Table

from mcusim.firmware.models.model import DamagedModelError, ModelLayer, Shape

_NOT_A_BUFFER = (struct.error, TypeError, ValueError, IndexError, OverflowError)
"""What the library raises where an offset leads out of the bytes."""
_MOST_DIMENSIONS = 16
_MOST_ITEMS = 1 << 14
"""Longer vectors are damage: no program for a microcontroller has so many values or calls."""
_T = TypeVar("_T")


class _Kind(IntEnum):
    """Members of the union KernelTypes that are read, by their number."""

    TENSOR = 5
    TENSOR_LIST = 10
    OPTIONAL_TENSOR_LIST = 11


class _Call(IntEnum):
    """Members of the union InstructionArguments that are layers, by their number."""

    KERNEL = 1
    DELEGATE = 2


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of the program, as far as it is tensors."""

    shape: Shape | None = None
    is_constant: bool = False
    members: tuple[int, ...] = ()
    """Indices of the values in a list."""


def read_layers(data: bytes) -> tuple[ModelLayer, ...]:
    """The kernel and delegate calls of the program's first method, in order.

    Raises:
        DamagedModelError: it is no whole program.
    """
    try:
        root = _Reader(data, Table(data, 0).Get(number_types.UOffsetTFlags, 0))
        plan = root.tables(1)[0]
        values = [_value(each) for each in plan.tables(2)]
        operators = [each.text(0) for each in plan.tables(6)]
        delegates = [each.text(0) for each in plan.tables(7)]
        calls = [call for chain in plan.tables(5) for call in chain.tables(2)]
        layers = [_layer(call, values, operators, delegates) for call in calls]
    except _NOT_A_BUFFER:
        raise DamagedModelError from None
    return tuple(each for each in layers if each is not None)


class _Reader:
    """A table of the buffer whose every access is checked against its bounds."""

    def __init__(self, data: bytes, at: int) -> None:
        if not 0 < at < len(data):
            raise DamagedModelError
        self._data = data
        self._table = Table(data, at)

    def integer(self, slot: int, flags: type = number_types.Int32Flags) -> int:
        at = self._at(slot)
        return int(self._table.Get(flags, at)) if at else 0

    def text(self, slot: int) -> str:
        at = self._at(slot)
        raw = self._table.String(at) if at else b""
        text = bytes(raw).decode("utf-8", errors="replace")
        return "".join(each for each in text if each.isprintable())[:256]

    def table(self, slot: int) -> _Reader:
        at = self._at(slot)
        if not at:
            raise DamagedModelError
        return _Reader(self._data, self._table.Indirect(at))

    def tables(self, slot: int) -> list[_Reader]:
        return [_Reader(self._data, self._table.Indirect(at)) for at in self._elements(slot)]

    def integers(self, slot: int) -> list[int]:
        return [int(self._table.Get(number_types.Int32Flags, at)) for at in self._elements(slot)]

    def _elements(self, slot: int) -> range:
        """Where the elements of a vector of offsets or 32-bit integers are."""
        field = self._table.Offset(4 + 2 * slot)
        if not field:
            return range(0)
        start, count = self._table.Vector(field), self._table.VectorLen(field)
        if count > _MOST_ITEMS or start + 4 * count > len(self._data):
            raise DamagedModelError
        return range(start, start + 4 * count, 4)

    def _at(self, slot: int) -> int:
        """The field's place in the buffer; 0 when the table leaves it out."""
        field = self._table.Offset(4 + 2 * slot)
        return self._table.Pos + field if field else 0


def _value(value: _Reader) -> _Value:
    kind = value.integer(0, number_types.Uint8Flags)
    if kind in {_Kind.TENSOR_LIST, _Kind.OPTIONAL_TENSOR_LIST}:
        return _Value(members=tuple(value.table(1).integers(0)))
    if kind != _Kind.TENSOR:
        return _Value()
    tensor = value.table(1)
    shape = tuple(tensor.integers(2))
    if len(shape) > _MOST_DIMENSIONS or any(each < 0 for each in shape):
        raise DamagedModelError
    return _Value(shape, tensor.integer(5, number_types.Uint32Flags) > 0)


def _layer(
    call: _Reader, values: list[_Value], operators: list[str], delegates: list[str]
) -> ModelLayer | None:
    """A kernel's last operand is its result: ExecuTorch runs out-variants only."""
    kind = call.integer(0, number_types.Uint8Flags)
    if kind not in set(_Call):
        return None
    arguments = call.table(1)
    names = operators if kind == _Call.KERNEL else delegates
    used = [_item(index, values) for index in arguments.integers(1)]
    flat = [
        each
        for value in used
        for each in (value, *(_item(index, values) for index in value.members if index != -1))
    ]
    tensors = [(each.is_constant, each.shape) for each in flat if each.shape is not None]
    return ModelLayer(
        operator=_item(arguments.integer(0), names),
        name="",
        input_shapes=tuple(shape for _, shape in sorted(tensors[:-1], key=lambda each: each[0])),
        output_shapes=tuple(shape for _, shape in tensors[-1:]),
        macs_count=None,
    )


def _item(index: int, items: list[_T]) -> _T:
    if not 0 <= index < len(items):
        raise DamagedModelError
    return items[index]
