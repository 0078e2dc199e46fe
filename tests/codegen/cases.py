"""Several operators without a connection as one model: a compiler run for each would take most of a test's time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mcusim.codegen.lower.call import Target
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.golden import golden_outputs
from tests.codegen.host import PLAIN, SIMD, HostNetwork, random_inputs
from tests.codegen.tflite_factory import Op, T, model

ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
SLOW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Case:
    """One operator with tensors of its own: `op` counts them from 0; tensors without data that it reads are inputs."""

    tensors: list[T]
    op: Op


def merged(cases: list[Case]) -> bytes:
    """The model of all cases."""
    tensors: list[T] = []
    operators, inputs, outputs = [], [], []
    for case in cases:
        shift = len(tensors)
        moved = [index + shift if index >= 0 else -1 for index in case.op.inputs]
        results = [index + shift for index in case.op.outputs]
        tensors += case.tensors
        operators.append(replace(case.op, inputs=moved, outputs=results))
        free = [index for index in moved if index >= 0 and tensors[index].data is None]
        inputs += [index for index in dict.fromkeys(free) if not tensors[index].is_variable]
        outputs += results
    return model(tensors, operators, inputs, outputs)


def assert_as_golden(
    data: bytes,
    inferences: list[list[np.ndarray]] | None = None,
    targets: tuple[Target, ...] = (PLAIN, SIMD),
) -> None:
    """The generated network computes what the interpreter computes, in plain C and with SIMD."""
    graph = parse_model(data, "model")
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    inferences = [
        [values.reshape(shape) for values, shape in zip(inputs, shapes, strict=True)]
        for inputs in inferences or random_inputs(data, 2)
    ]
    expected = golden_outputs(data, inferences)
    for target in targets:
        computed = HostNetwork(data, target).run(inferences)
        for wanted, got in zip(expected, computed, strict=True):
            for place, (one, other) in enumerate(zip(wanted, got, strict=True)):
                assert one.reshape(-1).tolist() == other.reshape(-1).tolist(), (target, place)


def scales(low: float = 1e-3, high: float = 0.5) -> st.SearchStrategy[float]:
    """Scales that are float32 exactly, powers of two often: there the halves to round lie."""
    powers = st.integers(-10, 0).map(lambda exponent: 2.0**exponent)
    anything = st.floats(low, high).map(lambda each: float(np.float32(each)))
    return st.one_of(anything, powers.filter(lambda each: low <= each <= high))


def zero_points() -> st.SearchStrategy[int]:
    """The ends of the range often."""
    return st.one_of(st.sampled_from([-128, 127, 0]), st.integers(-128, 127))
