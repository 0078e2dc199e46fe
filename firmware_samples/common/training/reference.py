"""What an int8 network computes, by the tflite-micro interpreter: the arithmetic that the firmware must repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from firmware_samples.common.training.split import FloatArray

Int8Array = NDArray[np.int8]

ARENA_BYTES = 8 << 20
"""For activations: plenty, so that nobody has to count; firmware plans its own."""


@dataclass(frozen=True, slots=True)
class Affine:
    """real = scale * (value - zero point)."""

    scale: float
    zero_point: int

    def quantized(self, real: FloatArray) -> Int8Array:
        """The nearest int8 values; ties to even, as numpy rounds."""
        values = np.round(np.asarray(real, dtype=np.float64) / self.scale) + self.zero_point
        return np.clip(values, -128, 127).astype(np.int8)

    def real(self, values: NDArray[Any]) -> FloatArray:
        """What the int8 values mean."""
        return ((values.astype(np.float64) - self.zero_point) * self.scale).astype(np.float32)


class Reference:
    """An int8 model in the tflite-micro interpreter."""

    def __init__(self, model: bytes) -> None:
        from tflite_micro.python.tflite_micro import runtime

        self._interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
        self.input = self._affine(self._interpreter.get_input_details(0))
        self.output = self._affine(self._interpreter.get_output_details(0))

    @staticmethod
    def _affine(details: Any) -> Affine:
        parameters = details["quantization_parameters"]
        return Affine(float(parameters["scales"][0]), int(parameters["zero_points"][0]))

    def outputs(self, inputs: Int8Array) -> Int8Array:
        """One row of outputs for each input."""
        rows = []
        for each in inputs:
            self._interpreter.set_input(each[np.newaxis], 0)
            self._interpreter.invoke()
            rows.append(np.array(self._interpreter.get_output(0)).reshape(-1))
        return np.stack(rows).astype(np.int8)


def is_float(model: bytes) -> bool:
    """Whether a model takes float32 instead of int8."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    return bool(interpreter.get_input_details(0)["dtype"] == np.float32)


def float_outputs(model: bytes, inputs: FloatArray) -> FloatArray:
    """What a float32 model computes, one row of outputs for each input."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    rows = []
    for each in inputs:
        interpreter.set_input(each[np.newaxis].astype(np.float32), 0)
        interpreter.invoke()
        rows.append(np.array(interpreter.get_output(0)).reshape(-1))
    return np.stack(rows).astype(np.float32)
