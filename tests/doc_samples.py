"""The table of firmware_samples/README.md, made from the samples' own files and from latencies that are kept in a file.

python -m tests.doc_samples [NAME…]        runs the committed ELFs (of these samples) on their boards, writes what
                                           one inference takes to firmware_samples/latencies.json, and the table
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from firmware_samples.common.training.layers import layers_of
from mcusim.report.request import RunRequest
from mcusim.session import measure
from mcusim.units import engineering

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "firmware_samples"
PAGE = FOLDER / "README.md"
LATENCIES = FOLDER / "latencies.json"
SAMPLES_MARKS = ("<!-- samples: written by tests/doc_samples.py -->", "<!-- end of samples -->")
BOARDS = {
    "raspberry_pi_pico": "M0+",
    "nucleo_l4r5zi": "M4",
    "stm32f746g_disco": "M7",
    "nucleo_u575zi_q": "M33",
}
KINDS = {
    "digits_cnn": "written by hand",
    "rtos_activity": "tasks and interrupts",
    "sleep_between": "sleep and battery",
}
"""Of samples that are about something else than a field; others name it at the beginning of their page."""
_MADE = ("generat", "synthetic")
_FIELD_WORDS = 3

Latencies = dict[str, dict[str, float]]
"""Seconds of one inference by sample and board."""


def sample_names() -> list[str]:
    """Every sample, in the order of the table: by kind, then by name."""
    names = [path.parent.name for path in FOLDER.glob("*/sample.toml")]
    return sorted(names, key=lambda name: (kind_of(name), name))


def latency_s(name: str, board: str) -> float:
    """One inference of the committed ELF."""
    file = next(row["file"] for row in _recipe(name)["elf"] if board in row["boards"])
    function = _recipe(name)["measure"]["inference"]
    report = measure(RunRequest(FOLDER / name / file, board, roi=function))
    assert report.inference.latency_s is not None
    return report.inference.latency_s


def boards_of(name: str) -> list[str]:
    """The boards of the table that it was built for."""
    built_for = {board for row in _recipe(name)["elf"] for board in row["boards"]}
    return [board for board in BOARDS if board in built_for]


def kept_latencies() -> Latencies:
    """What the last run measured."""
    found: Latencies = json.loads(LATENCIES.read_text(encoding="utf-8"))
    return found


def with_samples(text: str, latencies: Latencies) -> str:
    """A page with what stands between its marks replaced by a fresh table."""
    begin, end = SAMPLES_MARKS
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{_table(latencies)}{end}{rest.partition(end)[2]}"


def kind_of(name: str) -> str:
    """Its field, "by architecture" or the like."""
    if name in KINDS:
        return KINDS[name]
    paragraph = (FOLDER / name / "README.md").read_text(encoding="utf-8").split("\n\n")[1]
    first = paragraph.partition(".")[0]
    if len(first.split()) > _FIELD_WORDS:
        raise ValueError(f"{name}/README.md does not begin with its field, as in 'Health. A network…'")
    return first[0].lower() + first[1:]


def _table(latencies: Latencies) -> str:
    titles = [
        "sample",
        "field",
        "what it is",
        "data",
        "MACs",
        "weights",
        "held back",
        "float",
        "int8",
        *BOARDS.values(),
    ]
    lines = [
        f"| {' | '.join(titles)} |",
        "| --- | --- | --- | --- |" + " ---: |" * (len(titles) - 4),
        *(_row(name, latencies.get(name, {})) for name in sample_names()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, latencies: dict[str, float]) -> str:
    recipe = _recipe(name)
    cells = [
        f"[{name}]({name}/README.md)",
        kind_of(name),
        recipe["title"],
        _data(recipe["data"]),
        *_size(name, recipe["build"]),
        *_accuracy(name, recipe["build"]),
        *(engineering(latencies[board], "s") if board in latencies else "" for board in BOARDS),
    ]
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _recipe(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name / "sample.toml").read_text(encoding="utf-8"))


def _data(data: dict[str, str]) -> str:
    """Somebody's data or a generator's, and the package that brings them."""
    text = f"{data['title']} {data['source']}".lower()
    if any(word in text for word in _MADE):
        return "generated"
    return f"real ({data['source'].partition(',')[0].split()[0]})"


def _size(name: str, build: dict[str, Any]) -> tuple[str, str]:
    """Multiply-accumulates of one inference, and weights with biases; nothing of what is no .tflite file."""
    if "model" not in build:
        return "", ""
    layers = layers_of((FOLDER / name / build["model"]).read_bytes())
    macs_count = sum(layer.macs_count for layer in layers)
    return _number(macs_count), _number(sum(layer.parameters_count for layer in layers))


def _accuracy(name: str, build: dict[str, Any]) -> tuple[str, str, str]:
    """Held-back examples, float and int8 on them as training found; around another sample's network, that one's."""
    path = (FOLDER / name / build["model"]).parent if "model" in build else FOLDER / name
    expected = json.loads((path / "expected.json").read_text(encoding="utf-8"))
    count = expected.get("all_held_back_count", expected.get("held_back_count", 0))
    match expected:
        case {"scores": {"int8_accuracy_ratio": value_ratio, "float_accuracy_ratio": float_ratio}}:
            return _number(count), _percent(float_ratio), _percent(value_ratio)
        case {"scores": {"int8_auc": value, "float_auc": of_floats}}:
            return _number(count), _area(of_floats), _area(value)
        case {"variants": {"float32": of_floats, "int8": of_integers}}:
            return (
                _number(count),
                _percent(of_floats["accuracy_ratio"]),
                _percent(of_integers["accuracy_ratio"]),
            )
        case {"held_back": {"accuracy_ratio": value_ratio, "digits_count": digits_count}}:
            return _number(digits_count), "", _percent(value_ratio)
        case {"emlearn_soft": right_count}:
            return _number(count), _percent(right_count / count), ""
    raise ValueError(f"{path.name}/expected.json has no score that this table knows")


def _percent(value_ratio: float) -> str:
    return f"{100 * value_ratio:.1f} %"


def _area(value: float | dict[str, float]) -> str:
    """Under the curve of true over false alarms: of all faults together."""
    return f"AUC {value['all'] if isinstance(value, dict) else value:.3f}"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def main() -> None:
    """Measure, keep, write."""
    chosen = sys.argv[1:] or sample_names()
    latencies = kept_latencies() if sys.argv[1:] else {}
    for name in chosen:
        latencies[name] = {board: latency_s(name, board) for board in boards_of(name)}
        print(name, latencies[name], flush=True)
    LATENCIES.write_text(json.dumps(latencies, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(with_samples(PAGE.read_text(encoding="utf-8"), latencies), encoding="utf-8")


if __name__ == "__main__":
    main()
