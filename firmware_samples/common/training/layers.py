"""What a .tflite file consists of, as rows of a table: operators, output shapes, weights, multiply-accumulates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator of the file."""

    name: str
    output_shape: tuple[int, ...]
    parameters_count: int
    macs_count: int
    """Of one inference; 0 for operators that do not multiply weights."""


def layers_of(model: bytes) -> tuple[Layer, ...]:
    """In the order of execution."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(
        model_content=model, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    tensors = {each["index"]: each for each in interpreter.get_tensor_details()}
    constants = set(tensors) - _computed(interpreter)
    return tuple(_layer(each, tensors, constants) for each in interpreter._get_ops_details())


def _computed(interpreter: Any) -> set[int]:
    """Tensors that come from outside or from an operator."""
    found = {int(each["index"]) for each in interpreter.get_input_details()}
    for each in interpreter._get_ops_details():
        found |= {int(index) for index in each["outputs"]}
    return found


def _layer(operator: dict[str, Any], tensors: dict[int, Any], constants: set[int]) -> Layer:
    output = tuple(int(size) for size in tensors[int(operator["outputs"][0])]["shape"])
    weights = [tensors[int(i)]["shape"] for i in operator["inputs"] if int(i) in constants]
    name = operator["op_name"]
    is_weighted = name in {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
    parameters = sum(math.prod(int(size) for size in shape) for shape in weights) if is_weighted else 0
    macs = _macs(name, output, weights[0]) if is_weighted else 0
    return Layer(name, output, parameters, macs)


def _macs(name: str, output: tuple[int, ...], weights: Any) -> int:
    """Padding counted as if it were multiplied, as usual; weights are OHWI, 1HWC or output x input."""
    if name == "DEPTHWISE_CONV_2D":
        return math.prod(output) * int(weights[1]) * int(weights[2])
    if name == "CONV_2D":
        return math.prod(output) * math.prod(int(size) for size in weights[1:])
    return math.prod(output) * int(weights[1])


def as_markdown(layers: tuple[Layer, ...]) -> str:
    """The table of a read-me."""
    rows = ["| operator | output | weights and biases | multiply-accumulates |", "| --- | --- | --- | --- |"]
    for each in layers:
        shape = "x".join(str(size) for size in each.output_shape[1:])
        rows.append(
            f"| {each.name} | {shape} | {_number(each.parameters_count)} | {_number(each.macs_count)} |"
        )
    parameters = sum(each.parameters_count for each in layers)
    macs = sum(each.macs_count for each in layers)
    rows.append(f"| all | | {_number(parameters)} | {_number(macs)} |")
    return "\n".join(rows)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ") if count else ""
