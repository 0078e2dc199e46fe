"""Trains an autoencoder on spectra of sound machines and writes the sample's files.

python -m firmware_samples.vibration_anomaly.train     (packages of the extra `samples`; about a minute)

The network learns to repeat spectra of sound machines only. What it repeats badly is unusual: the mean squared
difference between input and output is the score of anomaly. generator.py says how the signals are made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.results import fill_readme, quantize, save
from firmware_samples.common.training.scores import area_under_curve
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.spectra import power_spectra
from firmware_samples.common.training.split import Examples, FloatArray, Split
from firmware_samples.vibration_anomaly.generator import Defect, Machine, vibration

FOLDER = Path(__file__).resolve().parent
SEED = 20262
WINDOW_COUNT, BINS_COUNT = 256, 128
TRAINING_COUNT = 3000
HELD_BACK_COUNT = 300
"""Of sound machines; as many again are damaged, every defect with each severity equally often."""
DEFECTS = (Defect.OUTER_RACE, Defect.INNER_RACE, Defect.BALL)
SEVERITIES = (0.15, 0.25, 0.4, 0.8)
EPOCHS = 40


def spectrum(defect: Defect, severity: float, rng: np.random.Generator) -> FloatArray:
    """log10 of the power in 128 bands of 46.9 Hz, averaged over half a second; the constant part is left out."""
    signal = vibration(Machine.drawn(rng), defect, severity, rng)
    power = power_spectra(signal, WINDOW_COUNT, WINDOW_COUNT // 2).mean(axis=0)
    return np.log10(power[1:] + 1e-6).astype(np.float32)


def load_split() -> tuple[Split, list[tuple[Defect, float]]]:
    """Standardised spectra, labels 0 (sound) and 1 (damaged), and what is wrong with each held-back machine.

    Held-back machines come from another random stream than those that are learned from.
    """
    learning, testing = (np.random.default_rng(seed) for seed in np.random.SeedSequence(SEED).spawn(2))
    training = np.stack([spectrum(Defect.NONE, 0.0, learning) for _ in range(TRAINING_COUNT)])
    damages = [(defect, severity) for severity in SEVERITIES for defect in DEFECTS]
    cases: list[tuple[Defect, float]] = []
    for index in range(HELD_BACK_COUNT):
        cases += [(Defect.NONE, 0.0), damages[index % len(damages)]]
    held_back = np.stack([spectrum(defect, severity, testing) for defect, severity in cases])
    labels = np.array([int(defect is not Defect.NONE) for defect, _ in cases])
    mean, deviation = training.mean(), training.std()
    return (
        Split(
            Examples((training - mean) / deviation, np.zeros(TRAINING_COUNT, dtype=np.int64)),
            Examples((held_back - mean) / deviation, labels),
        ),
        cases,
    )


def network() -> Any:
    """128 - 64 - 32 - 8 - 32 - 64 - 128."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((BINS_COUNT,)),
            *[layers.Dense(width, activation="relu") for width in (64, 32, 8, 32, 64)],
            layers.Dense(BINS_COUNT),
        ]
    )


def scores_of(inputs: FloatArray, outputs: FloatArray) -> FloatArray:
    """The mean squared difference of each row."""
    return ((inputs - outputs) ** 2).mean(axis=1)


def _by_severity(scores: FloatArray, cases: list[tuple[Defect, float]]) -> dict[str, float]:
    """The area under the curve of the damaged machines of one severity against all sound ones."""
    severities = np.array([severity for _, severity in cases])
    found = {}
    for severity in SEVERITIES:
        chosen = (severities == 0.0) | (severities == severity)
        found[str(severity)] = area_under_curve(scores[chosen], (severities[chosen] > 0).astype(np.int64))
    return found


def _table(expected: dict[str, Any]) -> str:
    lines = ["| network | AUC, all | " + " | ".join(f"severity {each}" for each in SEVERITIES) + " |"]
    lines.append("| --- | --- |" + " --- |" * len(SEVERITIES))
    for name, kind in (("float32, TensorFlow", "float"), ("int8, tflite-micro", "int8")):
        row = [expected[f"{kind}_auc"], *expected[f"{kind}_auc_by_severity"].values()]
        lines.append(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    return "\n".join(lines)


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    split, cases = load_split()
    model = network()
    model.compile(optimizer="adam", loss="mse")
    model.fit(split.training.inputs, split.training.inputs, batch_size=64, epochs=EPOCHS, verbose=0)
    quantized = quantize(model, split)
    floats = np.asarray(model.predict(split.held_back.inputs, verbose=0))
    reference = quantized.reference
    scores = {
        "float": scores_of(split.held_back.inputs, floats),
        "int8": scores_of(reference.input.real(quantized.inputs), reference.output.real(quantized.outputs)),
    }
    expected: dict[str, Any] = {}
    for kind, values in scores.items():
        expected[f"{kind}_auc"] = area_under_curve(values, split.held_back.labels)
        expected[f"{kind}_auc_by_severity"] = _by_severity(values, cases)
    save(FOLDER, quantized, split.held_back.labels, {"scores": expected})
    fill_readme(FOLDER, "accuracy", _table(expected))


if __name__ == "__main__":
    main()
