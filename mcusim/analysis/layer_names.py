"""What a layer is called: by its function, or by the model that the firmware holds."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.analysis.functions import CallTree
    from mcusim.firmware.models import Model, ModelLayer
    from mcusim.report.network import LayerCost

_VENEER = re.compile(r"__(?P<name>.+)_veneer|(?:__)?(?:ThumbV[78]|Thumb\w*)LongThunk_(?P<lld>.+)")
"""What GNU ld ("long branch" stubs) and LLVM's lld (range extension thunks) call a jump to a far function."""


def named_layer(tree: CallTree, nodes: Sequence[int], function_index: int) -> tuple[str, str]:
    """The function's name and source file; behind a linker's veneer, those of the function that it jumps to."""
    if function_index < 0:
        return "", ""
    function = tree.functions[function_index]
    if _VENEER.fullmatch(function.name):
        behind = next((i for i in nodes if tree.nodes[i].function_index != function_index), -1)
        if behind >= 0:
            function = tree.functions[tree.nodes[behind].function_index]
    return function.name, function.source_file


def with_model(layers: tuple[LayerCost, ...], models: Sequence[Model]) -> tuple[tuple[LayerCost, ...], str]:
    """`layers` with shapes, names and multiplications of the one model that they can be; and its name.

    A network that is code says which function is which layer. Of the others a model fits when it has as many layers
    and no operator contradicts what the functions are called. When several fit, or the places hold different
    functions from inference to inference, nothing is said.
    """
    for model in models:
        if any(each.function for each in model.layers):
            return _by_function(layers, model)
    rows = [each for each in layers if each.index >= 0]
    is_plain = [each.index for each in rows] == list(range(len(rows)))
    fitting = [each for each in models if is_plain and rows and _fits(rows, each)]
    if len({each.layers for each in fitting}) != 1:
        return layers, ""
    model = fitting[0]
    named = tuple(
        _as_in_model(each, model.layers[each.index]) if each.index >= 0 else each for each in layers
    )
    return named, model.name


def _by_function(layers: tuple[LayerCost, ...], model: Model) -> tuple[tuple[LayerCost, ...], str]:
    """`layers` with what the model says of their functions; without its name if it knows none of them."""
    known = {each.function: each for each in model.layers}
    named = tuple(_as_in_model(each, known[each.name]) if each.name in known else each for each in layers)
    return named, model.name if any(each.name in known for each in layers) else ""


def _fits(rows: list[LayerCost], model: Model) -> bool:
    return len(rows) == len(model.layers) and all(
        row.operator in ("", layer.operator) for row, layer in zip(rows, model.layers, strict=True)
    )


def _as_in_model(row: LayerCost, layer: ModelLayer) -> LayerCost:
    return replace(
        row,
        operator=layer.operator,
        name=layer.name or row.name,
        input_shapes=layer.input_shapes,
        output_shapes=layer.output_shapes,
        macs_count=layer.macs_count,
    )
