"""Writes what a training gives: model, held-back data, expected results, and the tables of the sample's read-me."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from firmware_samples.common.training.int8_model import int8_model
from firmware_samples.common.training.layers import as_markdown, layers_of
from firmware_samples.common.training.reference import Reference
from firmware_samples.common.training.scores import accuracy_ratio, confusion

if TYPE_CHECKING:
    from pathlib import Path

    from firmware_samples.common.training.reference import Int8Array
    from firmware_samples.common.training.split import LabelArray, Split

OPERATORS = frozenset(
    "CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED AVERAGE_POOL_2D MAX_POOL_2D ADD MUL CONCATENATION PAD RESHAPE "
    "EXPAND_DIMS MEAN SOFTMAX LOGISTIC TANH RELU RELU6 STRIDED_SLICE QUANTIZE DEQUANTIZE TRANSPOSE BATCH_MATMUL SUB "
    "SQUARED_DIFFERENCE RSQRT UNIDIRECTIONAL_SEQUENCE_LSTM".split()
)
"""What the samples may use; another operator in a file is a surprise of the converter and stops the training."""

HELD_BACK_BYTES_MAX = 300_000


@dataclass(frozen=True, slots=True)
class Quantized:
    """An int8 model with the held-back data as it takes it, and what it computes from them."""

    model: bytes
    inputs: Int8Array
    outputs: Int8Array
    reference: Reference


def quantize(model: Any, split: Split) -> Quantized:
    """Convert, and run all held-back data through the int8 model."""
    converted = int8_model(model, split.training.inputs)
    foreign = {layer.name for layer in layers_of(converted)} - OPERATORS
    if foreign:
        raise ValueError(f"the converter made operators that the samples do not use: {sorted(foreign)}")
    reference = Reference(converted)
    inputs = reference.input.quantized(split.held_back.inputs)
    return Quantized(converted, inputs, reference.outputs(inputs), reference)


def save_classifier(
    folder: Path, model: Any, split: Split, classes: tuple[str, ...], committed_count: int | None = None
) -> Quantized:
    """Write everything of a network with one output per class, and print how good it is.

    The order of the held-back data is kept: the first `inputs_count` (sample.toml) go into the firmware, the first
    `committed_count` into test_inputs.npy (None: all); the accuracies are those of all held-back data.
    """
    quantized = quantize(model, split)
    labels = split.held_back.labels
    floats = np.asarray(model.predict(split.held_back.inputs, verbose=0))
    scores = {
        "float_accuracy_ratio": accuracy_ratio(floats, labels),
        "int8_accuracy_ratio": accuracy_ratio(quantized.outputs, labels),
        "same_class_ratio": float((floats.argmax(axis=1) == quantized.outputs.argmax(axis=1)).mean()),
        "int8_confusion": confusion(quantized.outputs, labels),
    }
    kept, content = quantized, {"classes": list(classes), "scores": scores}
    if committed_count is not None:
        kept = replace(
            quantized, inputs=quantized.inputs[:committed_count], outputs=quantized.outputs[:committed_count]
        )
        scores["int8_committed_accuracy_ratio"] = accuracy_ratio(kept.outputs, labels[:committed_count])
        content = {"all_held_back_count": len(labels), **content}
    save(folder, kept, labels[:committed_count], content)
    fill_readme(folder, "accuracy", _accuracy_table(scores, len(labels), classes))
    return quantized


def save(folder: Path, quantized: Quantized, labels: LabelArray, expected: dict[str, Any]) -> None:
    """Write model.tflite, test_inputs.npy, test_labels.npy, expected.json and the read-me's table of layers."""
    if quantized.inputs.nbytes + len(labels) > HELD_BACK_BYTES_MAX:
        raise ValueError(f"{quantized.inputs.nbytes} bytes of held-back data are too many for the repository")
    (folder / "model.tflite").write_bytes(quantized.model)
    np.save(folder / "test_inputs.npy", quantized.inputs)
    np.save(folder / "test_labels.npy", labels.astype(np.uint8))
    count = inputs_count(folder)
    content = {
        "held_back_count": len(labels),
        **expected,
        "outputs": quantized.outputs[:count].tolist(),
    }
    write_json(folder / "expected.json", content)
    layers = layers_of(quantized.model)
    summary = f"{len(quantized.model):,} bytes of `model.tflite`.".replace(",", " ")
    fill_readme(folder, "network", f"{as_markdown(layers)}\n\n{summary}")
    print(f"{folder.name}: {len(quantized.model)} bytes, {sum(each.macs_count for each in layers)} MACs")
    print(json.dumps(expected))


def inputs_count(folder: Path) -> int:
    """How many held-back inputs the firmware carries."""
    recipe = tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))
    return int(recipe["build"]["inputs_count"])


def write_json(path: Path, content: dict[str, Any]) -> None:
    """One member a line, one row of a table a line: readable, and small differences stay small."""
    members = [f"  {json.dumps(key)}: {_member(value)}" for key, value in content.items()]
    path.write_text("{\n" + ",\n".join(members) + "\n}\n", encoding="utf-8", newline="\n")


def _member(value: Any) -> str:
    if isinstance(value, dict):
        rows = [f"    {json.dumps(key)}: {json.dumps(each)}" for key, each in value.items()]
        return "{\n" + ",\n".join(rows) + "\n  }"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in value) + "\n  ]"
    return json.dumps(value)


def fill_readme(folder: Path, block: str, text: str) -> None:
    """Put `text` between the read-me's marks of that block, so that its numbers are the last training's."""
    path = folder / "README.md"
    begin, end = f"<!-- {block}: written by train.py -->", f"<!-- end of {block} -->"
    before, found_begin, rest = path.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{path.name} of {folder.name} has no marks for '{block}': {begin} and {end}")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8", newline="\n")


def _accuracy_table(scores: dict[str, Any], held_back_count: int, classes: tuple[str, ...]) -> str:
    lines = [
        f"| network | accuracy on {held_back_count} held-back examples |",
        "| --- | --- |",
        f"| float32, TensorFlow | {scores['float_accuracy_ratio']:.1%} |",
        f"| int8, tflite-micro | {scores['int8_accuracy_ratio']:.1%} |",
        "",
        f"Both say the same class for {scores['same_class_ratio']:.1%} of them. The int8 network in detail:",
        "",
        "| it is \\ the network says | " + " | ".join(classes) + " |",
        "| --- |" + " --- |" * len(classes),
    ]
    for name, row in zip(classes, scores["int8_confusion"], strict=True):
        lines.append(f"| {name} | " + " | ".join(str(count) if count else "" for count in row) + " |")
    return "\n".join(lines).replace("%", " %")
