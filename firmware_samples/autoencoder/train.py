"""Trains the autoencoder of MLPerf Tiny on generated fans and writes the sample's files.

python -m firmware_samples.autoencoder.train     (packages of the extra `samples`; about three minutes)

It learns to repeat spectra of sound fans only: what it repeats badly is unusual. The published network learns
recordings of toy cars (ToyADMOS), which no package ships.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.autoencoder.generator import Fault, spectrum
from firmware_samples.common.training.results import fill_readme, quantize, save
from firmware_samples.common.training.scores import area_under_curve
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, FloatArray, LabelArray, Split

FOLDER = Path(__file__).resolve().parent
SEED = 640
TRAINING_COUNT, HELD_BACK_COUNT = 6000, 2000
COMMITTED_COUNT = 400
"""Held-back spectra in the repository: 640 bytes each."""
FAULTS = (Fault.RUBBING, Fault.SQUEALING, Fault.HUMMING)
INPUTS_COUNT, WIDTH, WAIST = 640, 128, 8
EPOCHS = 30


def load_split() -> tuple[Split, tuple[Fault, ...]]:
    """Standardised spectra of two random streams, sound and faulty in turn where held back; and what is wrong."""
    learning, testing = (np.random.default_rng(seed) for seed in np.random.SeedSequence(SEED).spawn(2))
    training = np.stack([spectrum(Fault.NONE, learning) for _ in range(TRAINING_COUNT)])
    faults: list[Fault] = []
    for index in range(HELD_BACK_COUNT // 2):
        faults += [Fault.NONE, FAULTS[index % len(FAULTS)]]
    held_back = np.stack([spectrum(each, testing) for each in faults])
    labels = np.array([int(each is not Fault.NONE) for each in faults])
    mean, deviation = training.mean(), training.std()
    split = Split(
        Examples((training - mean) / deviation, np.zeros(TRAINING_COUNT, dtype=np.int64)),
        Examples((held_back - mean) / deviation, labels),
    )
    return split, tuple(faults)


def network() -> Any:
    """As published: Banbury et al. 2021, MLPerf Tiny Benchmark (Dense, batch norm, ReLU; the last Dense alone)."""
    from keras import Sequential, layers

    hidden = []
    for width in (*[WIDTH] * 4, WAIST, *[WIDTH] * 4):
        hidden += [layers.Dense(width), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    return Sequential([layers.Input((INPUTS_COUNT,)), *hidden, layers.Dense(INPUTS_COUNT)])


def differences(inputs: FloatArray, outputs: FloatArray) -> FloatArray:
    """The mean squared difference of each row: the score of anomaly."""
    return ((inputs - outputs) ** 2).mean(axis=1)


def areas(scores: FloatArray, labels: LabelArray, faults: tuple[Fault, ...]) -> dict[str, float]:
    """The area under the curve of each fault against all sound fans, and of all."""
    found = {"all": area_under_curve(scores, labels)}
    for fault in FAULTS:
        chosen = np.array([each in (Fault.NONE, fault) for each in faults])
        found[fault.name.lower()] = area_under_curve(scores[chosen], labels[chosen])
    return found


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    split, faults = load_split()
    model = network()
    model.compile(optimizer="adam", loss="mse")
    model.fit(split.training.inputs, split.training.inputs, batch_size=128, epochs=EPOCHS, verbose=0)
    quantized = quantize(model, split)
    reference, labels = quantized.reference, split.held_back.labels
    floats = np.asarray(model.predict(split.held_back.inputs, verbose=0))
    scores = differences(reference.input.real(quantized.inputs), reference.output.real(quantized.outputs))
    areas_of = {
        "float_auc": areas(differences(split.held_back.inputs, floats), labels, faults),
        "int8_auc": areas(scores, labels, faults),
    }
    kept = slice(COMMITTED_COUNT)
    committed = {"int8_committed_auc": area_under_curve(scores[kept], labels[kept])}
    subset = replace(quantized, inputs=quantized.inputs[kept], outputs=quantized.outputs[kept])
    expected = {"all_held_back_count": HELD_BACK_COUNT, "scores": areas_of | committed}
    save(FOLDER, subset, labels[kept], expected)
    fill_readme(FOLDER, "accuracy", table(areas_of))


def table(areas_of: dict[str, dict[str, float]]) -> str:
    """The read-me's."""
    names = list(areas_of["float_auc"])
    lines = ["| network | AUC, " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for key, name in (("float_auc", "float32, TensorFlow"), ("int8_auc", "int8, tflite-micro")):
        lines.append(f"| {name} | " + " | ".join(f"{areas_of[key][each]:.3f}" for each in names) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
