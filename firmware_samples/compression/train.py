"""Trains one network for handwritten digits and tells it five ways: float32, int8, pruned, distilled, int4.

python -m firmware_samples.compression.train     (packages of the extra `samples`; about ten minutes)

All five files take the same held-back images; what they cost on a board is measured by running them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from firmware_samples.common.training.digits import CLASSES, load_digits, moved
from firmware_samples.common.training.fitting import Recipe, adam
from firmware_samples.common.training.int8_model import float_model, int8_model
from firmware_samples.common.training.layers import as_markdown, layers_of
from firmware_samples.common.training.reference import Affine, Reference, float_outputs, is_float
from firmware_samples.common.training.results import fill_readme, inputs_count, write_json
from firmware_samples.common.training.scores import accuracy_ratio
from firmware_samples.common.training.seeding import prepare
from firmware_samples.compression.distill import fit_by_teacher
from firmware_samples.compression.int4 import packed, trained_for_it
from firmware_samples.compression.networks import FULL, PRUNED, network, student, with_softmax
from firmware_samples.compression.prune import pruned

if TYPE_CHECKING:
    from firmware_samples.common.training.reference import Int8Array
    from firmware_samples.common.training.split import Examples, FloatArray, Split

FOLDER = Path(__file__).resolve().parent
COMMITTED_COUNT = 300
"""Held-back images in the repository: 784 bytes each."""
REAL_IMAGE = Affine(float(np.float32(1 / 255)), -128)
"""What the images' int8 values mean: grey from 0 to 1."""
WHOLE = Recipe(seed=3, epochs=12, learning_rate=0.002)
AGAIN = Recipe(seed=4, epochs=8, learning_rate=0.001)
"""After channels or bits have been taken away."""
SMALL = Recipe(seed=5, epochs=30, learning_rate=0.005)
STUDENT_SEEDS = (5, 6, 7)
"""The first student is the one that is kept; the others tell luck from teaching."""


@dataclass(frozen=True, slots=True)
class Told:
    """One way of telling the network."""

    name: str
    model: bytes
    outputs: FloatArray | Int8Array
    """Of all held-back images."""


def fit(model: Any, training: Examples, recipe: Recipe) -> None:
    """By the labels alone; the network ends in logits."""
    from keras import losses

    rng = np.random.default_rng(recipe.seed)
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(adam(recipe, len(training.labels)), loss=loss)
    for _ in range(recipe.epochs):
        examples = moved(training, rng)
        model.fit(examples.inputs, examples.labels, batch_size=recipe.batch_size, epochs=1, verbose=0)


def students(teacher: Any, split: Split) -> tuple[list[Any], list[Any]]:
    """The small network taught, and alone, once from each seed."""
    taught, alone = [], []
    for seed in STUDENT_SEEDS:
        prepare(seed)
        taught.append(student())
        fit_by_teacher(taught[-1], teacher, split.training, replace(SMALL, seed=seed))
        prepare(seed)
        alone.append(student())
        fit(alone[-1], split.training, replace(SMALL, seed=seed))
    return taught, alone


def float_accuracies(models: list[Any], held_back: Examples) -> list[float]:
    """One for each."""
    return [accuracy_ratio(each.predict(held_back.inputs, verbose=0), held_back.labels) for each in models]


def main() -> None:
    """Train, tell it five ways, write, and say how good each is."""
    prepare(WHOLE.seed)
    split = load_digits()
    whole = network(FULL)
    fit(whole, split.training, WHOLE)
    smaller = pruned(whole, PRUNED)
    cut = float_accuracies([smaller], split.held_back)[0]
    fit(smaller, split.training, AGAIN)
    four_bit = trained_for_it(whole, lambda model: fit(model, split.training, AGAIN))
    taught, alone = students(whole, split)
    files = {
        "float32": float_model(with_softmax(whole)),
        "int8": int8_model(with_softmax(whole), split.training.inputs),
        "pruned_int8": int8_model(with_softmax(smaller), split.training.inputs),
        "distilled_int8": int8_model(with_softmax(taught[0]), split.training.inputs),
        "int4": packed(int8_model(with_softmax(four_bit), split.training.inputs)),
    }
    write(
        files,
        split.held_back,
        {
            "pruned_before_training_again": cut,
            "students_taught": float_accuracies(taught, split.held_back),
            "students_alone": float_accuracies(alone, split.held_back),
        },
    )


def write(files: dict[str, bytes], held_back: Examples, float_accuracy_ratios: dict[str, Any]) -> None:
    """Everything that is in the repository; the int8 models take the same int8 images."""
    images = Reference(files["int8"]).input.quantized(held_back.inputs)
    told = [Told(name, model, outputs(model, images)) for name, model in files.items()]
    for each in told:
        (FOLDER / f"{each.name}.tflite").write_bytes(each.model)
    np.save(FOLDER / "test_inputs.npy", images[:COMMITTED_COUNT])
    np.save(FOLDER / "test_labels.npy", held_back.labels[:COMMITTED_COUNT].astype(np.uint8))
    variants = {each.name: scores(each, held_back) for each in told}
    count = inputs_count(FOLDER)
    content = {
        "held_back_count": COMMITTED_COUNT,
        "all_held_back_count": len(held_back.labels),
        "classes": list(CLASSES),
        "variants": variants,
        "float_accuracy_ratios": float_accuracy_ratios,
        **{f"outputs_{each.name}": each.outputs[:count].tolist() for each in told},
    }
    write_json(FOLDER / "expected.json", content)
    write_tables(files, content)


def outputs(model: bytes, images: Int8Array) -> FloatArray | Int8Array:
    """By the tflite-micro interpreter; every file gets the same int8 images, the float one what they mean."""
    if is_float(model):
        return float_outputs(model, REAL_IMAGE.real(images))
    reference = Reference(model)
    if reference.input != REAL_IMAGE:
        raise ValueError(f"the input is quantised as {reference.input}, not as the images are: {REAL_IMAGE}")
    return reference.outputs(images)


def scores(told: Told, held_back: Examples) -> dict[str, Any]:
    """What is known without a board."""
    kept = slice(COMMITTED_COUNT)
    layers = layers_of(told.model)
    return {
        "accuracy_ratio": accuracy_ratio(told.outputs, held_back.labels),
        "committed_accuracy_ratio": accuracy_ratio(told.outputs[kept], held_back.labels[kept]),
        "file_bytes": len(told.model),
        "parameters_count": sum(each.parameters_count for each in layers),
        "macs_count": sum(each.macs_count for each in layers),
    }


def write_tables(files: dict[str, bytes], content: dict[str, Any]) -> None:
    """The read-me's."""
    rows = [
        "| told as | accuracy | file | weights and biases | multiply-accumulates |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, each in content["variants"].items():
        counts = [
            f"{each[key]:,}".replace(",", " ") for key in ("file_bytes", "parameters_count", "macs_count")
        ]
        rows.append(f"| `{name}.tflite` | {each['accuracy_ratio']:.1%} | " + " | ".join(counts) + " |")
    fill_readme(FOLDER, "variants", "\n".join(rows).replace("%", " %"))
    fill_readme(FOLDER, "network", as_markdown(layers_of(files["int8"])))
    fill_readme(FOLDER, "pruned", as_markdown(layers_of(files["pruned_int8"])))
    fill_readme(FOLDER, "student", as_markdown(layers_of(files["distilled_int8"])))
    ratios = content["float_accuracy_ratios"]
    told = [
        "| float network, all 1000 held-back images | accuracy |",
        "| --- | --- |",
        f"| channels removed, not yet trained again | {ratios['pruned_before_training_again']:.1%} |",
    ]
    for key, text in (("students_taught", "student, taught"), ("students_alone", "student, by labels alone")):
        told.append(f"| {text}, from three seeds | {', '.join(f'{each:.1%}' for each in ratios[key])} |")
    fill_readme(FOLDER, "float", "\n".join(told).replace("%", " %"))
    print("\n".join(rows + told))


if __name__ == "__main__":
    main()
