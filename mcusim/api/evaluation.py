"""A data set through one firmware, in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np

from mcusim.api.arrays import loaded
from mcusim.api.options import Data, PathOrName, RunOptions, check_names
from mcusim.api.run import prepared
from mcusim.api.tables import Row, data_frame_of
from mcusim.errors import UsageError
from mcusim.report.evaluation import Evaluation as Fields
from mcusim.scenarios.evaluation import evaluate as evaluated
from mcusim.scenarios.evaluation_data import Affine
from mcusim.scenarios.evaluation_plan import EvaluationWish, Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from mcusim.api.tables import DataFrame
    from mcusim.codegen.graph import Graph, Tensor
    from mcusim.codegen.request import Built
    from mcusim.report.request import RunRequest


class EvaluateOptions(TypedDict, total=False):
    """Everything that may be said of an evaluation besides firmware, board, inputs and labels, all of it optional."""

    metric: str
    """"accuracy" (default for whole labels), "top-3" (any K), "mae" (default for other labels), "rmse" or "auc"."""
    input_symbol: str
    """The variable that gets each input, "SYMBOL" or "SYMBOL+OFFSET" ("tensor_arena+0x40"); each "->" goes to the
    address that stands there ("input->+8->"). Default: "g_input", as in firmware that mcusim builds."""
    input_pointer: str
    """Instead: the variable that holds the address where the input goes, as "SYMBOL->"."""
    input_dtype: str
    """The element type of the input, where debug information does not tell; default: that of `inputs`."""
    input_scale: float
    """What the input's integers mean: real = scale * (value - zero_point). Real inputs are then quantised."""
    input_zero_point: int
    """See `input_scale`; default: 0."""
    output_symbol: str
    """The variable that has the output when the inference returns; default: "g_output"."""
    output_pointer: str
    """Instead: the variable that holds the output's address."""
    output_dtype: str
    """The element type of the output, where debug information does not tell; default: as the inputs."""
    outputs_count: int
    """Elements of the output, where its variable does not tell."""
    output_scale: float
    """What the output's integers mean, for "mae", "rmse" and "auc"."""
    output_zero_point: int
    """See `output_scale`; default: 0."""
    inputs_count: int
    """Only the first so many inputs and labels."""
    inference: str
    """The function that runs one inference, where its name does not tell: what is measured."""
    at: str
    """The function at whose first call each input begins; default: the measured one."""
    variables: Mapping[str, Data]
    """What other variables hold when `main` begins, by symbol."""
    clock_hz: float
    """Core clock in hertz, whatever the firmware programs."""
    supply_v: float
    """Supply voltage in volts."""
    temp_c: float
    """The chip's temperature in degrees Celsius."""
    power_model: PathOrName
    """A power model's name or .toml file, instead of the board's."""
    timing: PathOrName
    """A file with calibrated timing."""
    settings: Mapping[str, int | bool | str]
    """What-if, as `--set`."""
    base_addr: int
    """Where a raw image begins."""
    symbols: PathOrName
    """An ELF file with the firmware's names."""
    rom: PathOrName
    """The chip's own boot ROM."""
    max_seconds: float
    """Simulated seconds until the first call; default: 60."""
    max_cycles: int
    """Cycles that one input may take; default: a hundred times as many as the first call."""
    compiler: str
    """Of a .tflite model: "gcc", "clang", "zig" or a path."""
    jobs: int
    """Processes on this machine; default: 1. Results do not depend on it."""
    scheduler: str
    """Address of a Dask scheduler whose workers do it instead."""
    progress: Callable[[int, int], None]
    """Called with the inputs done and all."""


_NOTEBOOK_WIDTH = 100
_OWN_KEYS = frozenset(EvaluateOptions.__annotations__) - frozenset(RunOptions.__annotations__)


class Evaluation(Fields):
    """What a data set came to: all fields are read-only, numbers are in SI units; `print` shows the text."""

    __slots__ = ("_outputs",)
    _outputs: NDArray[Any]

    def __init__(self, found: Fields, outputs: NDArray[Any]) -> None:
        super().__init__(**{each.name: getattr(found, each.name) for each in fields(found)})
        object.__setattr__(self, "_outputs", outputs)

    def __reduce__(self) -> tuple[type[Evaluation], tuple[Fields, NDArray[Any]]]:
        """Copies and pickles."""
        return (Evaluation, (self.fields, self._outputs))

    @property
    def fields(self) -> Fields:
        """The figures without the arrays."""
        return Fields(**{each.name: getattr(self, each.name) for each in fields(self)})

    @property
    def outputs(self) -> NDArray[Any]:
        """What the firmware computed, bit for bit: one row for each input, in the firmware's own type; zeros where the
        input failed (`results[i].error` says why)."""
        return self._outputs

    def rows(self) -> list[Row]:
        """One dictionary for each input."""
        from mcusim.render.evaluation import evaluation_rows

        return evaluation_rows(self)

    def to_dataframe(self) -> DataFrame:
        """The same as a pandas.DataFrame.

        Raises:
            McusimError: pandas is not installed.
        """
        return data_frame_of(self.rows())

    def to_json(self) -> str:
        """All figures as JSON text."""
        from mcusim.render.evaluation import evaluation_json

        return evaluation_json(self)

    def __str__(self) -> str:
        """What `mcusim eval` prints."""
        from mcusim.render.evaluation import evaluation_text

        return evaluation_text(self)

    def __repr__(self) -> str:
        """One line: all inputs would be pages."""
        quality = f", {self.quality.metric} {self.quality.value:.4g}" if self.quality is not None else ""
        return (
            f"<mcusim.Evaluation {self.firmware.path} on {self.board}: {self.inputs_count} inputs{quality}>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from mcusim.render.evaluation import evaluation_text

        return f'<pre style="line-height: 1.3">{escape(evaluation_text(self, _NOTEBOOK_WIDTH))}</pre>'


@dataclass(frozen=True, slots=True)
class _Data:
    inputs: NDArray[Any]
    labels: NDArray[Any] | None
    inputs_name: str
    labels_name: str

    def first(self, count: int) -> _Data:
        """The first so many, of data that belongs together."""
        if self.inputs.ndim == 0 or not 0 < count <= len(self.inputs):
            raise UsageError(
                f"there are not {count} inputs", where=self.inputs_name, why=f"there are {len(self.inputs)}"
            )
        if self.labels is None or len(self.labels) != len(self.inputs):
            return replace(self, inputs=self.inputs[:count], labels=self.labels)
        return replace(self, inputs=self.inputs[:count], labels=self.labels[:count])


def evaluate(
    firmware: str | PathLike[str],
    board: str | PathLike[str] | None = None,
    *,
    inputs: ArrayLike | PathLike[str],
    labels: ArrayLike | PathLike[str] | None = None,
    **options: Unpack[EvaluateOptions],
) -> Evaluation:
    """Run every input through the real firmware, from one warm state, and say how right it is and what it costs.

    `firmware` and `board` are as for `mcusim.run`; of a .tflite model the places and meanings of its input and output
    are known. `inputs` is an array, or a .npy file, whose first dimension counts the inputs; `labels` has one for each.
    An input that makes the firmware fault is no error: its row says so, and the rest count.

    Raises:
        McusimError: the firmware, the board, a symbol or the data is wrong.
    """
    check_names("mcusim.evaluate", options, known=EvaluateOptions.__annotations__)
    data = _Data(
        _array(inputs, "inputs"),
        None if labels is None else _array(labels, "labels"),
        _name_of(inputs),
        _name_of(labels),
    )
    if "inputs_count" in options:
        data = data.first(options["inputs_count"])
    with _wish(firmware, board, data, options) as wish:
        found = evaluated(
            wish,
            options.get("jobs", 1),
            options.get("scheduler"),
            options.get("progress", lambda _done, _all: None),
        )
    return Evaluation(found.evaluation, found.outputs)


@contextmanager
def _wish(
    firmware: str | PathLike[str],
    board: str | PathLike[str] | None,
    data: _Data,
    options: EvaluateOptions,
) -> Iterator[EvaluationWish]:
    run_options: dict[str, Any] = {key: value for key, value in options.items() if key not in _OWN_KEYS}
    run_options.pop("progress", None)
    if "variables" in options:
        run_options["inputs"] = options["variables"]
    with prepared(firmware, board, RunOptions(**run_options)) as (request, built):  # type: ignore[typeddict-item]
        yield _wish_of(request, built, data, options)


def _wish_of(
    request: RunRequest, built: Built | None, data: _Data, options: EvaluateOptions
) -> EvaluationWish:
    given, left = _memory(options, "input"), _memory(options, "output")
    if built is not None:
        given, left = (
            _of_model(given, built.graph, built.graph.inputs),
            _of_model(left, built.graph, built.graph.outputs),
        )
    return EvaluationWish(
        request=request,
        inputs=data.inputs,
        labels=data.labels,
        metric=options.get("metric", ""),
        input=given,
        output=left,
        outputs_count=options.get("outputs_count"),
        snapshot=options.get("at", ""),
        inputs_name=data.inputs_name,
        labels_name=data.labels_name,
    )


def _memory(options: EvaluateOptions, kind: str) -> Memory:
    given: Mapping[str, Any] = options
    pointer, symbol = given.get(f"{kind}_pointer", ""), given.get(f"{kind}_symbol", "")
    if pointer and symbol:
        raise UsageError(
            f"the {kind} has a symbol and a pointer",
            why=f"'{symbol}' is the {kind}'s memory, '{pointer}' a variable that holds its address",
            fix="leave out one of them",
        )
    scale = given.get(f"{kind}_scale")
    if scale is None and given.get(f"{kind}_zero_point") is not None:
        raise UsageError(f"the {kind} has a zero point and no scale", fix=f"add the scale ({kind}_scale)")
    if scale is not None and not 0 < scale < float("inf"):
        raise UsageError(f"the {kind}'s scale is {scale}", why="a scale is above zero")
    affine = None if scale is None else Affine(float(scale), int(given.get(f"{kind}_zero_point") or 0))
    return Memory(f"{pointer}->" if pointer else symbol, given.get(f"{kind}_dtype", ""), affine)


def _of_model(memory: Memory, graph: Graph, indices: tuple[int, ...]) -> Memory:
    """Where the firmware that was built has it, and what its numbers mean."""
    if memory.symbol:
        return memory
    if len(indices) != 1:
        names = ", ".join(graph.tensors[index].name for index in indices)
        raise UsageError(
            f"the network has {len(indices)} inputs or outputs: {names}",
            why="an evaluation gives one array and takes one",
            fix="build it (mcusim build), and name the symbols of the one that the data is for",
        )
    tensor = graph.tensors[indices[0]]
    return Memory("", dtype=tensor.element.dtype.name, affine=memory.affine or _affine(tensor))


def _affine(tensor: Tensor) -> Affine | None:
    quantization = tensor.quantization
    if quantization is None or len(quantization.scales) != 1 or tensor.element.dtype.kind not in "iu":
        return None
    return Affine(quantization.scale, quantization.zero_point)


def _array(given: ArrayLike | PathLike[str], what: str) -> NDArray[Any]:
    if isinstance(given, str | PathLike):
        return loaded(Path(given))
    array = np.asarray(given)
    if array.dtype.kind == "O":
        raise UsageError(f"the {what} are no array of numbers", fix="give rows of equal lengths")
    return array


def _name_of(given: object) -> str:
    return Path(fspath(given)).as_posix() if isinstance(given, str | PathLike) else "(array)"
