"""The kernels' real instructions, assembler included, compute what TensorFlow Lite Micro computes."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.codegen.build import build_firmware
from mcusim.codegen.request import BuildRequest, Inputs
from mcusim.codegen.toolchain import CompilerMissingError, find_toolchain
from mcusim.report.request import RunRequest
from mcusim.session import measure
from tests.codegen.golden import golden_outputs
from tests.codegen.tflite_factory import Op, T, model

CONV, DEPTHWISE, DENSE = "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"
LAYERS = [
    # operator, output shape, kernel, stride, dilation, fused activation: odd sizes, channels no multiple of 4
    (CONV, (1, 7, 6, 8), (3, 3), 2, 1, "RELU"),
    (DEPTHWISE, (1, 7, 6, 8), (3, 3), 1, 1, "RELU6"),
    (CONV, (1, 7, 6, 6), (1, 1), 1, 1, "NONE"),
    (CONV, (1, 7, 6, 7), (3, 3), 1, 2, "RELU_N1_TO_1"),
    (DEPTHWISE, (1, 7, 6, 7), (3, 3), 1, 1, "NONE"),
    (CONV, (1, 7, 6, 12), (1, 1), 1, 1, "RELU6"),
    (DEPTHWISE, (1, 4, 3, 12), (3, 3), 2, 1, "RELU"),
    (CONV, (1, 4, 3, 5), (2, 2), 1, 1, "RELU"),
    (DEPTHWISE, (1, 4, 3, 5), (4, 3), 1, 1, "NONE"),
    (DENSE, (1, 9), (), 1, 1, "NONE"),
]
ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}


def _has(compiler: str) -> bool:
    try:
        find_toolchain(compiler)
    except CompilerMissingError:
        return False
    return True


def _options(layer):
    operator, _, _, stride, dilation, activation = layer
    fused = {"FusedActivationFunction": ACTIVATIONS[activation]}
    if operator == DENSE:
        return ("FullyConnectedOptions", fused)
    places = {"StrideH": stride, "StrideW": stride, "DilationHFactor": dilation, "DilationWFactor": dilation}
    if operator == CONV:
        return ("Conv2DOptions", fused | places)
    return ("DepthwiseConv2DOptions", fused | places | {"DepthMultiplier": 1})


def _network() -> bytes:
    """Every layer's output is one of the network's."""
    rng = np.random.default_rng(6)
    tensors, operators, image = [T((1, 13, 11, 3), scale=0.05, zero_point=3)], [], 0
    for layer in LAYERS:
        operator, out_shape, kernel, *_ = layer
        in_shape, outputs = tensors[image].shape, out_shape[-1]
        if operator == DENSE:
            weights_shape = (outputs, int(np.prod(in_shape)))
        else:
            weights_shape = (
                (1, *kernel, outputs) if operator == DEPTHWISE else (outputs, *kernel, in_shape[3])
            )
        taps = int(np.prod(weights_shape)) // outputs
        spread = (
            (0.02 if operators else 0.007)
            / taps**0.5
            * rng.uniform(0.7, 1.3, 1 if operator == DENSE else outputs)
        )
        scales = spread.astype(np.float32).tolist()  # outputs fill their range
        base = len(tensors)
        bias_scales = [float(np.float32(tensors[image].scale) * np.float32(each)) for each in scales]
        tensors += [
            T(weights_shape, scale=scales, axis=3 if operator == DEPTHWISE else 0,
              data=rng.integers(-127, 128, weights_shape, dtype=np.int8)),
            T((outputs,), "int32", scale=bias_scales, data=rng.integers(-2000, 2000, outputs, dtype=np.int32)),
            T(out_shape, scale=0.05, zero_point=int(rng.integers(-60, 30))),
        ]  # fmt: skip
        operators.append(Op(operator, [image, base, base + 1], [base + 2], _options(layer)))
        image = base + 2
    return model(tensors, operators, [0], [each.outputs[0] for each in operators])


@pytest.mark.parametrize(
    ("board", "compiler"),
    [
        ("generic_m0plus", "gcc"),
        ("generic_m3", "gcc"),
        ("generic_m4", "gcc"),
        ("generic_m4", "clang"),
        ("generic_m7", "gcc"),
        ("generic_m33", "gcc"),
    ],
)
def test_every_layer_is_the_interpreters_on_the_core(tmp_path, board, compiler):
    """One network with every fast kernel, each layer's output printed by the firmware."""
    if not _has(compiler):
        pytest.skip(f"no {compiler} for Cortex-M on this machine")
    data = _network()
    image = np.random.default_rng(2).integers(-128, 128, (1, 13, 11, 3), dtype=np.int8)
    (tmp_path / "model.tflite").write_bytes(data)
    np.save(tmp_path / "image.npy", image)
    elf = tmp_path / "model.elf"
    inputs = Inputs(path=tmp_path / "image.npy")
    build_firmware(BuildRequest(tmp_path / "model.tflite", board, elf, inputs=inputs, compiler=compiler))
    expected = [each.reshape(-1).tolist() for each in golden_outputs(data, [[image]])[0]]

    lines = measure(RunRequest(elf, board)).console.splitlines()

    printed = [
        [int(each) for each in line.split(":")[1].split()] for line in lines if line.startswith("output")
    ]
    assert expected == printed
    assert all(len(set(each)) > 3 for each in expected), "a layer whose outputs are all alike shows nothing"
