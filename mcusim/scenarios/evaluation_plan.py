"""What a user asks of a data set, checked against the firmware: where inputs go and outputs are, what is measured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mcusim.board.schema import Medium
from mcusim.errors import UnknownNameError, UsageError
from mcusim.firmware.lines import LineTable
from mcusim.firmware.recognise import recognise
from mcusim.firmware.symbols import SymbolTable
from mcusim.firmware.variable_type import VariableKind
from mcusim.firmware.variables import dtype_of, placed_symbol
from mcusim.machine.requested import function_named
from mcusim.report.what_if import WEIGHTS, word
from mcusim.scenarios.evaluation_chunk import Place
from mcusim.scenarios.evaluation_data import Affine, check_inputs, check_labels, checked_metric

if TYPE_CHECKING:
    from mcusim.board.schema import Board
    from mcusim.firmware.image import Image, Symbol
    from mcusim.firmware.variable_type import VariableType
    from mcusim.report.request import RunRequest
    from mcusim.scenarios.evaluation_data import Array

_PLACE = re.compile(r"(?P<name>[^+\s]+?)(?P<path>(?:\+(?:0x[0-9a-fA-F]+|\d+)|->)*)")
DEFAULT_INPUT, DEFAULT_OUTPUT = "g_input", "g_output"
"""As in firmware that mcusim builds."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the user says that inputs go, or outputs are."""

    symbol: str = ""
    """SYMBOL with any of +OFFSET and -> (to the address that stands there) behind it: "arena+0x40", "input->+8->";
    empty: as firmware that mcusim builds calls it."""
    dtype: str = ""
    """numpy's name of an element's type; empty: the variable's, or the inputs'."""
    affine: Affine | None = None
    """What its integers stand for."""


@dataclass(frozen=True, slots=True)
class EvaluationWish:
    """A data set and a firmware."""

    request: RunRequest
    inputs: Array
    labels: Array | None = None
    metric: str = ""
    """Empty: accuracy for whole labels, else mae."""
    input: Memory = Memory()
    output: Memory = Memory()
    outputs_count: int | None = None
    """Elements of the output, where its variable does not tell."""
    snapshot: str = ""
    """The function at whose first call each input begins; empty: the measured one."""
    inputs_name: str = "(array)"
    labels_name: str = "(array)"


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish that can be done."""

    wish: EvaluationWish
    rows: tuple[bytes, ...]
    metric: str
    function: Symbol
    snapshot: Symbol
    input: Place
    output: Place
    output_dtype: np.dtype[Any]
    output_dims: tuple[int, ...]
    notes: tuple[str, ...]


def plan_of(wish: EvaluationWish, board: Board, image: Image) -> Plan:
    """Look everything up.

    Raises:
        McusimError: a symbol is missing or of another type or size, or the data is not what it should be.
    """
    _check_request(wish.request)
    check_inputs(wish.inputs)
    if wish.labels is not None:
        check_labels(wish.labels, len(wish.inputs))
    finder = _Finder(wish, board, image)
    function = finder.function()
    snapshot = finder.named_function(wish.snapshot) if wish.snapshot else function
    inputs = finder.inputs()
    output = finder.output(inputs.dtype)
    metric = ""
    if wish.labels is not None:
        metric = checked_metric(wish.metric, wish.labels, output.dims)
    elif wish.metric:
        raise UsageError(f"--metric {wish.metric} needs labels", fix="add --labels FILE.npy")
    return Plan(
        wish=wish,
        rows=inputs.rows,
        metric=metric,
        function=function,
        snapshot=snapshot,
        input=inputs.place,
        output=output.place,
        output_dtype=output.dtype,
        output_dims=output.dims,
        notes=(*inputs.notes, *output.notes),
    )


def _check_request(request: RunRequest) -> None:
    signals = request.signals
    if signals.uart_inputs or signals.ptys or signals.feeds:
        raise UsageError(
            "inputs that come over a UART or as samples cannot be evaluated",
            why="each input is put into memory where one warm inference begins",
            fix="name the array that they end up in (--input-symbol); mcusim run takes --uart-in and --feed",
        )
    if word(request.settings, WEIGHTS) == "ram":
        raise UsageError("weights=ram is not supported here", fix="mcusim run or sweep takes it")


@dataclass(frozen=True, slots=True)
class _Inputs:
    rows: tuple[bytes, ...]
    place: Place
    dtype: np.dtype[Any]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Output:
    place: Place
    dtype: np.dtype[Any]
    dims: tuple[int, ...]
    notes: tuple[str, ...]


class _Finder:
    """Looks things up in the firmware of a wish."""

    def __init__(self, wish: EvaluationWish, board: Board, image: Image) -> None:
        self._wish, self._board = wish, board
        self._symbols = SymbolTable(image)
        self._lines = LineTable(image.lines_path or image.path)

    def function(self) -> Symbol:
        """What runs one inference."""
        request = self._wish.request
        if request.roi_begin is not None:
            raise UsageError("an evaluation measures a function", fix="name it with --inference")
        name = request.roi or request.inference
        if name is not None:
            return self.named_function(name)
        found = recognise(self._symbols, inference=None, layer_patterns=())
        if found is None:
            raise UsageError(
                "it is not known which function runs one inference",
                why="the firmware has none of the names that the known runtimes have",
                fix="name it: --inference FUNCTION",
            )
        return found.inference

    def named_function(self, name: str) -> Symbol:
        return function_named(self._symbols, name, "--inference")

    def inputs(self) -> _Inputs:
        """The bytes of each input, where they go, and what was done to them."""
        wanted = self._wish.input
        name = wanted.symbol or DEFAULT_INPUT
        symbol, offsets = self._placed(name, "--input-symbol")
        is_raw = _is_path(name)
        kind = None if is_raw else self._lines.variable_type(symbol.linkage_name, symbol.addr)
        values, notes = self._values(symbol, kind)
        rows = tuple(row.tobytes() for row in np.ascontiguousarray(values.reshape(len(values), -1)))
        place = Place(symbol.addr, offsets, len(rows[0]), name)
        self._check_room(place, symbol, "--input-symbol")
        is_whole = not is_raw and (kind is None or _is_array_of(kind)) and bool(symbol.size_bytes)
        if is_whole and symbol.size_bytes != len(rows[0]):
            raise self._other_size(values, symbol)
        return _Inputs(rows, place, values.dtype, notes)

    def _values(self, symbol: Symbol, kind: VariableType | None) -> tuple[Array, tuple[str, ...]]:
        """The inputs in the firmware's type."""
        wish = self._wish
        inputs, affine = wish.inputs, wish.input.affine
        name = wish.input.dtype or (dtype_of(kind) if kind is not None else "")
        target = _dtype(name, "--input-dtype") if name else None
        if affine is not None and inputs.dtype.kind == "f":
            chosen = target if target is not None and target.kind in "iu" else np.dtype("i1")
            words = f"round(value / {affine.scale:.9g} + {affine.zero_point}) as {chosen.name}"
            return affine.quantised(inputs, chosen), (f"the inputs were quantised: {words}",)
        is_byte_buffer = target is not None and target.itemsize == 1 and symbol.size_bytes != inputs[0].nbytes
        if target is None or inputs.dtype == target or (is_byte_buffer and not wish.input.dtype):
            return inputs.astype(inputs.dtype.newbyteorder("<")), ()
        if inputs.dtype.kind == target.kind == "f":
            return inputs.astype(target), ()
        if inputs.dtype.kind in "iu" and target.kind in "iu" and _survives(inputs, target):
            return inputs.astype(target), ()
        raise UsageError(
            f"the inputs are {inputs.dtype.name}, '{symbol.name}' holds {target.name}",
            why="the bytes would mean other numbers to the firmware",
            fix=_retyping(inputs.dtype, target),
        )

    def _other_size(self, values: Array, symbol: Symbol) -> UsageError:
        itemsize = values.dtype.itemsize
        return UsageError(
            f"an input has {values[0].size} elements, '{symbol.name}' {symbol.size_bytes // itemsize}",
            where=f"inputs of the shape {list(values.shape)}",
            fix="the first dimension counts the inputs: give an array of shape "
            f"[N, {symbol.size_bytes // itemsize}], another --input-symbol, "
            f"or {symbol.name}+0 to fill only the beginning",
        )

    def output(self, given: np.dtype[Any]) -> _Output:
        """Where the outputs are, of what type and shape; `given` is the type of the inputs."""
        wanted, count = self._wish.output, self._wish.outputs_count
        place_name = wanted.symbol or DEFAULT_OUTPUT
        symbol, offsets = self._placed(place_name, "--output-symbol")
        is_raw = _is_path(place_name)
        kind = None if is_raw else self._lines.variable_type(symbol.linkage_name, symbol.addr)
        name = wanted.dtype or (dtype_of(kind) if kind is not None else "")
        dtype = _dtype(name or given.str, "--output-dtype")
        notes = (
            ()
            if name
            else (f"the type of '{symbol.name}' is not known: taken for {dtype.name}, as the inputs",)
        )
        if count is None and is_raw:
            raise UsageError(
                "it is not known how long the output is",
                why="the symbol is a pointer or the begin of something larger",
                fix="add --outputs-count N, and --output-dtype where it is not uint8",
            )
        dims = kind.dims if kind is not None and count is None and not wanted.dtype else ()
        elements = count if count is not None else symbol.size_bytes // dtype.itemsize
        dims = dims if dims and int(np.prod(dims)) == elements else (elements,)
        place = Place(symbol.addr, offsets, elements * dtype.itemsize, place_name)
        self._check_room(place, symbol, "--output-symbol")
        return _Output(place, dtype, dims, notes)

    def _placed(self, text: str, option: str) -> tuple[Symbol, tuple[int, ...]]:
        """The symbol, and the offsets before and after each address that is followed."""
        written = _PLACE.fullmatch(text)
        if written is None:
            raise UsageError(
                f"{option}: '{text}' is no place",
                fix="write SYMBOL, SYMBOL+0x40 (bytes), SYMBOL-> (the address that it holds) or SYMBOL->+8->",
            )
        name = written["name"]
        parts = written["path"].split("->")
        offsets = tuple(sum(int(each, 0) for each in part.split("+") if each) for part in parts)
        try:
            return placed_symbol(self._symbols, name), offsets
        except UnknownNameError as error:
            if text not in (DEFAULT_INPUT, DEFAULT_OUTPUT):
                raise
            raise UsageError(
                f"it is not known where the {'inputs go' if name == DEFAULT_INPUT else 'outputs are'}",
                why=f"the firmware has no variable '{name}', as firmware has that mcusim builds",
                fix=f"name the array: {option} SYMBOL, or SYMBOL+OFFSET",
            ) from error

    def _check_room(self, place: Place, symbol: Symbol, option: str) -> None:
        region = self._region_of(symbol.addr)
        is_followed = len(place.offsets) > 1
        if not is_followed and (region is None or not region[1]):
            raise UsageError(
                f"{option}: '{symbol.name}' is not in RAM",
                where=f"0x{symbol.addr:08X}",
                fix="name a variable",
            )
        if place.size_bytes <= 0:
            raise UsageError(
                f"{option}: the size of '{symbol.name}' is not known",
                fix="add --outputs-count and --output-dtype",
            )
        end_bytes = place.offsets[0] + place.size_bytes
        if not is_followed and symbol.size_bytes and end_bytes > symbol.size_bytes:
            raise UsageError(
                f"{option}: {place.size_bytes} bytes do not fit '{symbol.name}'",
                why=f"it has {symbol.size_bytes} bytes"
                + (f", the offset is {place.offsets[0]}" if place.offsets[0] else ""),
                fix="check the shape and type of the data, or name another variable",
            )

    def _region_of(self, addr: int) -> tuple[str, bool] | None:
        for each in self._board.chip.regions:
            if each.start_addr <= addr < each.end_addr:
                return each.name, each.medium is Medium.SRAM
        return None


def _is_path(text: str) -> bool:
    """Bytes somewhere in or behind the variable, not the variable itself."""
    return "+" in text or "->" in text


def _is_array_of(kind: VariableType | None) -> bool:
    return kind is not None and kind.kind is not VariableKind.STRUCT and bool(dtype_of(kind))


def _retyping(given: np.dtype[Any], target: np.dtype[Any]) -> str:
    if given.kind == "f":
        return "quantise them as your application does, or add --input-scale and --input-zero-point"
    if given == np.uint8 and target == np.int8:
        return "of pixels from 0 to 255 that is usually (x.astype('int16') - 128).astype('int8')"
    return f"convert them: x.astype('{target.name}')"


def _survives(values: Array, target: np.dtype[Any]) -> bool:
    limits = np.iinfo(target)
    return bool(values.min() >= limits.min and values.max() <= limits.max)


def _dtype(name: str, option: str) -> np.dtype[Any]:
    try:
        found = np.dtype(name)
    except TypeError:
        found = np.dtype("O")
    if found.kind not in "biuf":
        raise UsageError(
            f"{option}: '{name}' is no type of numbers", fix="write int8, uint8, int16, float32 …"
        )
    return found.newbyteorder("<")
