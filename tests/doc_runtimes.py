"""The table of inference runtimes in docs/howto/see-the-layers.md, made from mcusim/firmware/runtimes/*.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import mcusim.firmware.runtimes as package

RUNTIMES_MARKS = ("<!-- runtimes of mcusim/firmware/runtimes -->", "<!-- end of runtimes -->")
_FOLDER = Path(package.__file__).parent
_NO_RUNTIMES = ("c_library", "mcusim_sample")
RAN = {
    "cmsis_nn": "inside TensorFlow Lite Micro, EON and TinyEngine",
    "edge_impulse_eon": "a gesture classifier",
    "emlearn": "a perceptron and trees, version 0.23.2",
    "nnom": "its RNN noise suppression",
    "onnx2c": "MNIST at -O0, -O2, -Os",
    "tensorflow_lite_micro": "8 models, reference and CMSIS-NN kernels",
    "tinyengine": "its face mask detector",
    "tinymaix": "its MNIST model",
    "tvm_aot": "a program of our own in the shape of its output",
}
"""By file: firmware that was built from the runtime's sources and run, with layers that sum to the inference."""


def runtime_keys() -> list[str]:
    """Every file that the table has a row for."""
    return [path.stem for path in sorted(_FOLDER.glob("*.toml")) if path.stem not in _NO_RUNTIMES]


def with_runtimes(text: str) -> str:
    """A page with what stands between its marks replaced by the table of the data files; without marks as it is."""
    begin, end = RUNTIMES_MARKS
    if begin not in text:
        return text
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{_table()}{end}{rest.partition(end)[2]}"


def _table() -> str:
    lines = ["| runtime | inference function | layers are | operators | model | arena | run |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    rows = [_row(key, tomllib.loads((_FOLDER / f"{key}.toml").read_text("utf-8"))) for key in runtime_keys()]
    return "\n".join([*lines, *sorted(rows, key=str.lower)]) + "\n"


def _row(key: str, data: dict[str, Any]) -> str:
    cells = (
        data["name"],
        _function(data),
        _layers(data),
        _is_there("operators_of" in data or any(name.startswith("operators_by") for name in data)),
        _is_there("models" in data),
        _is_there("arena" in data),
        RAN.get(key, ""),
    )
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _function(data: dict[str, Any]) -> str:
    """The first name; a word that others use too is believed when one function has it."""
    rows = data.get("inference", [])
    return f"`{rows[0]['names'][0]}`" if rows else "(a library)"


def _layers(data: dict[str, Any]) -> str:
    if "layer" in data:
        return "known functions"
    return "what its dispatcher calls" if "dispatcher" in data else "what it calls"


def _is_there(is_known: bool) -> str:
    return "yes" if is_known else ""
