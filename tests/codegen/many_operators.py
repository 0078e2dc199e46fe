"""A network of many operators on its inputs, every result an output: one compilation tests many cases."""

from __future__ import annotations

import numpy as np

from tests.codegen.golden import golden_outputs
from tests.codegen.host import PLAIN, HostNetwork, random_inputs
from tests.codegen.tflite_factory import Op, T, model

SCALE, ZERO = 0.5, -7


class ManyOperators:
    """The network being made; methods that make a tensor return its index."""

    def __init__(self) -> None:
        self.tensors: list[T] = []
        self.operators: list[Op] = []
        self.inputs: list[int] = []
        self.outputs: list[int] = []

    def tensor(self, shape, element="int8", data=None) -> int:
        scale = SCALE if element == "int8" else None
        self.tensors.append(T(tuple(map(int, shape)), element, scale, ZERO if scale else 0, data=data))
        return len(self.tensors) - 1

    def input(self, shape, element="int8") -> int:
        self.inputs.append(self.tensor(shape, element))
        return self.inputs[-1]

    def integers(self, *values, element="int32") -> int:
        return self.tensor(np.shape(values), element, np.array(values, element))

    def floats(self, values) -> int:
        return self.tensor(np.shape(values), "float32", np.asarray(values, np.float32))

    def add(self, name, inputs, shapes, element="int8", options=None) -> None:
        outputs = [self.tensor(shape, element) for shape in shapes]
        self.operators.append(Op(name, inputs, outputs, options))
        self.outputs += outputs

    def file(self) -> bytes:
        return model(self.tensors, self.operators, self.inputs, self.outputs)

    def check(self, inputs=None, relative: float = 0.0) -> None:
        """Our C gives TensorFlow Lite Micro's values, twice: a second inference finds no traces of the first.

        `relative`: the largest difference allowed, as a part of the output's largest magnitude; 0: the same bytes.
        """
        data = self.file()
        inputs = inputs or random_inputs(data, 2)
        golden, ours = golden_outputs(data, inputs), HostNetwork(data, PLAIN).run(inputs)
        for inference, (expected, got) in enumerate(zip(golden, ours, strict=True)):
            for place, (one, other) in enumerate(zip(expected, got, strict=True)):
                _compare(
                    one.reshape(-1), other.reshape(-1), relative, f"inference {inference}, output {place}"
                )


def _compare(expected: np.ndarray, got: np.ndarray, relative: float, message: str) -> None:
    if relative:
        tolerance = relative * float(np.abs(expected).max())
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance, err_msg=message)
    else:
        np.testing.assert_array_equal(got, expected, err_msg=message)
