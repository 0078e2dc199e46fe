"""Reads a TensorFlow Lite file into a Graph; what cannot be a network for a microcontroller is refused here."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import tflite

from mcusim.codegen.graph import ElementType, Graph, Operator, Quantization, Tensor
from mcusim.codegen.options import options_of
from mcusim.errors import McusimError
from mcusim.firmware.models.tensorflow_lite import operator_name

if TYPE_CHECKING:
    from pathlib import Path

_MARK = b"TFL3"
_MARK_OFFSET = 4
_NOT_A_BUFFER = (struct.error, TypeError, ValueError, LookupError, OverflowError, AttributeError)
_ELEMENTS = {
    tflite.TensorType.FLOAT32: ElementType.FLOAT32,
    tflite.TensorType.INT32: ElementType.INT32,
    tflite.TensorType.UINT8: ElementType.UINT8,
    tflite.TensorType.INT64: ElementType.INT64,
    tflite.TensorType.BOOL: ElementType.BOOL,
    tflite.TensorType.INT16: ElementType.INT16,
    tflite.TensorType.INT8: ElementType.INT8,
    tflite.TensorType.INT4: ElementType.INT4,
}
_MOST_BYTES = 1 << 28


class ModelFileError(McusimError):
    """The model file cannot be used: missing, empty, damaged, or not a network that can be built ahead of time."""


def read_model(path: Path) -> Graph:
    """The network in the file.

    Raises:
        ModelFileError: there is no such file, it is empty, damaged, or has parts that only run time can decide.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"cannot read the model '{path.name}'",
            where=str(path),
            why=error.strerror or "",
            fix="check the path",
        ) from None
    return parse_model(data, path.stem, str(path))


def parse_model(data: bytes, name: str, where: str = "") -> Graph:
    """The network in the bytes of a file; `where` says in errors what they are.

    Raises:
        ModelFileError: as `read_model`.
    """
    if not data:
        raise ModelFileError(f"the model '{name}' is empty", where=where, fix="convert or copy it again")
    if data[_MARK_OFFSET : _MARK_OFFSET + len(_MARK)] != _MARK:
        raise ModelFileError(
            f"'{name}' is not a TensorFlow Lite model",
            where=where,
            why=f"bytes 4 to 7 are {data[4:8]!r}, not b'TFL3'",
            fix="give a .tflite file, as the TensorFlow Lite converter writes it",
        )
    try:
        return _Reader(data, name, where).graph()
    except _NOT_A_BUFFER as error:
        raise ModelFileError(
            f"the model '{name}' is damaged",
            where=where,
            why=f"its tables lead out of its {len(data)} bytes or contradict each other ({error})",
            fix="convert or copy it again",
        ) from None


class _Reader:
    """One file; its main subgraph, with the resources that CALL_ONCE sets up as variables."""

    def __init__(self, data: bytes, name: str, where: str) -> None:
        self._model = tflite.Model.GetRootAs(data)
        self._name, self._where = name, where
        self._codes = [
            operator_name(self._model.OperatorCodes(i)) for i in range(self._model.OperatorCodesLength())
        ]

    def graph(self) -> Graph:
        """The whole network."""
        if not self._model.SubgraphsLength():
            raise self._refused("it has no graph")
        main = self._model.Subgraphs(0)
        operators = self._operators(main)
        tensors = self._tensors(main)
        resources = self._initial_values(operators)
        handles = {each.outputs[0]: _resource(each) for each in operators if each.name == "VAR_HANDLE"}
        for index, resource in handles.items():
            if resource not in resources:
                raise self._refused(f"the variable '{resource}' is never given a first value")
            tensors[index] = replace(resources[resource], index=index, is_variable=True)
        operators = _with_one_tensor_per_variable(operators, handles)
        self._check(tensors, operators)
        inputs = self._ends("input", main.InputsLength(), main.Inputs, tensors)
        outputs = self._ends("output", main.OutputsLength(), main.Outputs, tensors)
        self._check_order(tensors, operators, inputs, outputs)
        return Graph(
            self._name,
            tuple(tensors),
            tuple(each for each in operators if each.name not in ("VAR_HANDLE", "CALL_ONCE")),
            inputs,
            outputs,
        )

    def _refused(
        self, why: str, fix: str = "convert it with fixed shapes, one graph and the built-in operators"
    ) -> ModelFileError:
        return ModelFileError(
            f"the model '{self._name}' cannot be built ahead of time", where=self._where, why=why, fix=fix
        )

    def _tensors(self, subgraph: Any) -> list[Tensor]:
        return [self._tensor(subgraph.Tensors(i), i) for i in range(subgraph.TensorsLength())]

    def _tensor(self, raw: Any, index: int) -> Tensor:
        name = (raw.Name() or b"").decode("utf-8", errors="replace").partition(";")[0]
        if raw.Type() == tflite.TensorType.RESOURCE:
            return Tensor(index, name, (), ElementType.INT32)
        if raw.Type() not in _ELEMENTS:
            raise self._refused(
                f"tensor '{name}' has {_type_name(raw.Type())} elements, for which there is no kernel",
                fix="convert the network to int8, or to float32 without float16 weights",
            )
        shape = tuple(int(raw.Shape(i)) for i in range(raw.ShapeLength()))
        buffer = self._model.Buffers(raw.Buffer())
        has_data = buffer.DataLength() > 0
        data = np.asarray(buffer.DataAsNumpy()).tobytes() if has_data else None
        tensor = Tensor(
            index, name, shape, _ELEMENTS[raw.Type()], _quantization(raw), data, bool(raw.IsVariable())
        )
        if min(shape, default=1) < 0 or tensor.size_bytes > _MOST_BYTES:
            raise self._refused(f"tensor '{name}' has the shape {list(shape)}")
        if data is not None and len(data) < tensor.size_bytes:
            raise ValueError(f"tensor {name!r} has {len(data)} of its {tensor.size_bytes} bytes")
        if tensor.is_variable and data is None:
            tensor = replace(tensor, data=_first_value(tensor))
        return tensor

    def _operators(self, subgraph: Any) -> list[Operator]:
        return [self._operator(subgraph.Operators(i), i) for i in range(subgraph.OperatorsLength())]

    def _operator(self, raw: Any, index: int) -> Operator:
        return Operator(
            index,
            self._codes[raw.OpcodeIndex()],
            tuple(int(raw.Inputs(i)) for i in range(raw.InputsLength())),
            tuple(int(raw.Outputs(i)) for i in range(raw.OutputsLength())),
            options_of(raw),
            tuple(int(raw.Intermediates(i)) for i in range(raw.IntermediatesLength())),
        )

    def _initial_values(self, operators: list[Operator]) -> dict[str, Tensor]:
        """What the graphs that run once assign to each resource: constants."""
        values: dict[str, Tensor] = {}
        for call in operators:
            if call.name != "CALL_ONCE":
                continue
            graph = self._model.Subgraphs(int(str(call.options["init_subgraph_index"])))
            tensors, inner = self._tensors(graph), self._operators(graph)
            handles = {each.outputs[0]: _resource(each) for each in inner if each.name == "VAR_HANDLE"}
            for each in inner:
                if each.name == "ASSIGN_VARIABLE" and tensors[each.inputs[1]].is_constant:
                    values[handles[each.inputs[0]]] = tensors[each.inputs[1]]
                elif each.name != "VAR_HANDLE":
                    raise self._refused(f"its graph that runs once computes something ({each.name})")
        return values

    def _ends(self, kind: str, count: int, index_of: Any, tensors: list[Tensor]) -> tuple[int, ...]:
        """The tensors that the network takes or gives."""
        indices = tuple(int(index_of(i)) for i in range(count))
        if not indices:
            raise self._refused(f"it has no {kind}")
        for index in indices:
            if not 0 <= index < len(tensors):
                raise IndexError(f"{kind} {index} of {len(tensors)} tensors")
            if tensors[index].data is not None:
                raise self._refused(f"its {kind} '{tensors[index].name}' is a constant or a variable")
        return indices

    def _check_order(
        self,
        tensors: list[Tensor],
        operators: list[Operator],
        inputs: tuple[int, ...],
        outputs: tuple[int, ...],
    ) -> None:
        """Whatever is read was computed before."""
        known = {each.index for each in tensors if each.data is not None or not each.elements_count}
        known |= {-1, *inputs}
        for each in operators:
            for index in each.inputs:
                if index not in known:
                    raise self._refused(
                        f"operator {each.index} ({each.name}) reads '{tensors[index].name}', "
                        "which nothing has computed by then"
                    )
            known |= set(each.outputs)
        for index in outputs:
            if index not in known:
                raise self._refused(f"nothing computes its output '{tensors[index].name}'")

    def _check(self, tensors: list[Tensor], operators: list[Operator]) -> None:
        count = len(tensors)
        for each in operators:
            for least, indices in ((-1, each.inputs), (0, each.outputs)):
                for index in indices:
                    if not least <= index < count:
                        raise IndexError(f"operator {each.index} names tensor {index} of {count}")
            for index in each.outputs:
                if 0 in tensors[index].shape:
                    raise self._refused(
                        f"tensor '{tensors[index].name}' has no fixed shape: {list(tensors[index].shape)}"
                    )
        for each in operators:
            if each.name in ("IF", "WHILE", "CALL"):
                raise self._refused(
                    f"operator {each.index} ({each.name}) chooses at run time what is computed"
                )


def _type_name(number: int) -> str:
    """The schema's name of an element type, as numpy writes it."""
    names = {value: name.lower() for name, value in vars(tflite.TensorType).items() if name.isupper()}
    return str(names.get(number, f"unknown (type {number})"))


def _quantization(raw: Any) -> Quantization | None:
    parameters = raw.Quantization()
    if parameters is None or not parameters.ScaleLength():
        return None
    scales = tuple(float(each) for each in np.asarray(parameters.ScaleAsNumpy(), dtype=np.float32))
    zero_points = tuple(int(parameters.ZeroPoint(i)) for i in range(parameters.ZeroPointLength()))
    return Quantization(scales, zero_points or (0,) * len(scales), int(parameters.QuantizedDimension()))


def _first_value(variable: Tensor) -> bytes:
    """Zero as the variable's quantization writes it: the zero point of int8 (ResetTensorData of the interpreter)."""
    quantization = variable.quantization
    if variable.element is not ElementType.INT8 or quantization is None:
        return bytes(variable.size_bytes)
    return bytes([quantization.zero_point % 256]) * variable.size_bytes


def _resource(handle: Operator) -> str:
    return f"{handle.options.get('container', '')}/{handle.options.get('shared_name', '')}"


def _with_one_tensor_per_variable(operators: list[Operator], handles: dict[int, str]) -> list[Operator]:
    """Several handles may name one resource: the first handle's tensor stands for all."""
    first: dict[str, int] = {}
    for index, resource in handles.items():
        first.setdefault(resource, index)
    same = {index: first[resource] for index, resource in handles.items()}
    return [
        replace(each, inputs=tuple(same.get(index, index) for index in each.inputs)) for each in operators
    ]
