"""Reads TensorFlow Lite models with the schema of the `tflite` package; the one place that imports it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import tflite

from mcusim.firmware.models.macs import macs_of
from mcusim.firmware.models.model import DamagedModelError, ModelLayer, Shape

_SCHEMA_VERSION = 3
_NOT_A_BUFFER = (struct.error, TypeError, ValueError, IndexError, OverflowError, AttributeError)
"""What the schema's accessors raise where an offset leads out of the bytes, or to no table."""
_MOST_DIMENSIONS = 8
_NEXT_NAME = ";"
"""The converter joins the names of all nodes that it fused into one operator; the first is the result's."""
_BUFFER_DATA_FIELD = 4
"""Where Buffer.data stands in its table's vtable: the first field (schema.fbs)."""
_MOST_ITEMS = 1 << 14
_MOST_OPERANDS = 1 << 10
"""Longer vectors are damage: no model for a microcontroller has so many tensors or operators."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    shape: Shape
    is_constant: bool


def read_layers(data: bytes) -> tuple[ModelLayer, ...]:
    """The operators of the model's first subgraph, in the order of execution.

    Raises:
        DamagedModelError: it is no whole model.
    """
    try:
        model = tflite.Model.GetRootAs(data)
        if model.Version() != _SCHEMA_VERSION or not model.SubgraphsLength():
            raise DamagedModelError
        codes = [operator_name(model.OperatorCodes(i)) for i in _range(model.OperatorCodesLength())]
        graph = model.Subgraphs(0)
        tensors = [_tensor(model, graph.Tensors(i)) for i in _range(graph.TensorsLength())]
        operators = [graph.Operators(i) for i in _range(graph.OperatorsLength())]
        return tuple(_layer(codes, tensors, each) for each in operators)
    except _NOT_A_BUFFER:
        raise DamagedModelError from None


def end_of_weights(data: bytes) -> int:
    """Bytes from the model's begin to the end of its last constant tensor, or as far as it can be followed."""
    end = 0
    try:
        model = tflite.Model.GetRootAs(data)
        for index in _range(model.BuffersLength()):
            buffer = model.Buffers(index)
            table = buffer._tab
            field = table.Offset(_BUFFER_DATA_FIELD)
            if field:
                end = max(end, table.Vector(field) + table.VectorLen(field))
            if buffer.Offset() > 1:  # a model of more than 2 GB has its data behind the tables
                end = max(end, buffer.Offset() + buffer.Size())
    except _NOT_A_BUFFER:
        pass
    return min(end, len(data))


def _range(length: int, most: int = _MOST_ITEMS) -> range:
    if length > most:
        raise DamagedModelError
    return range(length)


def operator_name(code: Any) -> str:
    """The builtin's name; its number is in two fields, the larger counts (schema.fbs, OperatorCode)."""
    number = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
    if number == tflite.BuiltinOperator.CUSTOM:
        return _text(code.CustomCode()) or "CUSTOM"
    try:
        return str(tflite.opcode2name(number))
    except ValueError:
        return f"BUILTIN_{number}"


def _tensor(model: Any, tensor: Any) -> _Tensor:
    shape = tuple(tensor.Shape(i) for i in _range(tensor.ShapeLength(), _MOST_DIMENSIONS))
    if any(each < 0 for each in shape):
        raise DamagedModelError
    if tensor.Buffer() >= model.BuffersLength():
        raise DamagedModelError
    buffer = model.Buffers(tensor.Buffer())
    is_constant = buffer.DataLength() > 0 or buffer.Offset() > 0
    return _Tensor(_text(tensor.Name()), shape, is_constant)


def _layer(codes: list[str], tensors: list[_Tensor], operator: Any) -> ModelLayer:
    name = codes[_index(operator.OpcodeIndex(), codes)]
    input_indices = [operator.Inputs(i) for i in _range(operator.InputsLength(), _MOST_OPERANDS)]
    output_indices = [operator.Outputs(i) for i in _range(operator.OutputsLength(), _MOST_OPERANDS)]
    inputs = [tensors[_index(each, tensors)] if each != -1 else None for each in input_indices]
    outputs = [tensors[_index(each, tensors)] for each in output_indices]
    present = [each for each in inputs if each is not None]
    output_shapes = tuple(each.shape for each in outputs)
    return ModelLayer(
        operator=name,
        name=outputs[0].name.partition(_NEXT_NAME)[0] if outputs else "",
        input_shapes=tuple(each.shape for each in sorted(present, key=lambda each: each.is_constant)),
        output_shapes=output_shapes,
        macs_count=macs_of(name, tuple(each.shape if each else None for each in inputs), output_shapes),
    )


def _index(index: int, items: list[Any]) -> int:
    if not 0 <= index < len(items):
        raise DamagedModelError
    return int(index)


def _text(raw: bytes | None) -> str:
    """A name for people: what is not printable is left out."""
    text = (raw or b"").decode("utf-8", errors="replace")
    return "".join(each for each in text if each.isprintable())[:256]
