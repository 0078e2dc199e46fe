"""TensorFlow Lite Micro's interpreter on this PC: what every generated network must compute."""

from __future__ import annotations

import numpy as np
from tflite_micro.python.tflite_micro import runtime

_ARENA_BYTES = 4 << 20
_ARENA_WITH_ALL_BYTES = 32 << 20


def golden_outputs(data: bytes, inferences: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    """Outputs [inference][output] for inputs [inference][input]; variables keep their values between inferences."""
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=_ARENA_BYTES)
    results = []
    for inputs in inferences:
        for place, values in enumerate(inputs):
            interpreter.set_input(values, place)
        interpreter.invoke()
        count = _outputs_count(data)
        results.append([np.array(interpreter.get_output(place)) for place in range(count)])
    return results


def golden_tensors(
    data: bytes, inferences: list[list[np.ndarray]], indices: tuple[int, ...]
) -> list[list[np.ndarray]]:
    """Tensors inside of the network [inference][place in `indices`] for inputs [inference][input]."""
    interpreter = runtime.Interpreter.from_bytes(
        data,
        arena_size=_ARENA_WITH_ALL_BYTES,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    results = []
    for inputs in inferences:
        for place, values in enumerate(inputs):
            interpreter.set_input(values, place)
        interpreter.invoke()
        results.append([np.array(interpreter.GetTensor(index, 0)["tensor_data"]) for index in indices])
    return results


def _outputs_count(data: bytes) -> int:
    import tflite

    return tflite.Model.GetRootAs(data).Subgraphs(0).OutputsLength()
