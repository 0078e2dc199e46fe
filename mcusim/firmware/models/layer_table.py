"""Reads the table of layers that mcusim's own generated firmware carries in a section that is not loaded."""

from __future__ import annotations

import json
from typing import Any

from mcusim.firmware.models.model import DamagedModelError, Model, ModelLayer, Shape, elements_of

_MOST_LAYERS = 1 << 14
_MOST_DIMENSIONS = 8
_MOST_CHARACTERS = 256
_NEXT_NAME = ";"
"""The converter joins the names of all nodes that it fused into one operator; the first is the result's."""


def read_layer_table(data: bytes) -> Model:
    """The network that the table tells of, each layer with the function that computes it.

    Raises:
        DamagedModelError: it is no such table.
    """
    try:
        table = json.loads(data.rstrip(b"\0"))
    except (ValueError, RecursionError):  # bad UTF-8 is a ValueError too
        raise DamagedModelError from None
    rows = table.get("layers") if isinstance(table, dict) else None
    if not isinstance(rows, list) or len(rows) > _MOST_LAYERS:
        raise DamagedModelError
    return Model(_text(table.get("model")), tuple(_layer(each) for each in rows))


def _layer(row: Any) -> ModelLayer:
    if not isinstance(row, dict):
        raise DamagedModelError
    macs = row.get("macs")
    if not (macs is None or _is_count(macs)):
        raise DamagedModelError
    function = _text(row.get("function"))
    if not function:
        raise DamagedModelError
    return ModelLayer(
        operator=_text(row.get("operator")),
        name=_text(row.get("name")).partition(_NEXT_NAME)[0],
        input_shapes=_shapes(row.get("inputs")),
        output_shapes=_shapes(row.get("outputs")),
        macs_count=macs,
        function=function,
    )


def _shapes(rows: Any) -> tuple[Shape, ...]:
    if not isinstance(rows, list):
        raise DamagedModelError
    return tuple(_shape(each) for each in rows)


def _shape(row: Any) -> Shape:
    if not (isinstance(row, list) and len(row) <= _MOST_DIMENSIONS and all(_is_count(each) for each in row)):
        raise DamagedModelError
    shape = tuple(row)
    elements_of(shape)
    return shape


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: Any) -> str:
    """A name for people: what is not printable is left out."""
    if not isinstance(value, str):
        raise DamagedModelError
    return "".join(each for each in value if each.isprintable())[:_MOST_CHARACTERS]
