"""model_data.json as the C headers of the firmware; the same JSON always gives the same bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_samples.common import int8_reference as kernels
from mcusim.codegen.lower.mac_depthwise import three_by_three
from mcusim.codegen.lower.mac_fast import channels_of, interleaved
from mcusim.codegen.lower.mac_layer import MacLayer, Window, ZeroPoints

_BANNER = """/* {what}
 * Written by firmware_samples/digits_cnn/train.py from model_data.json: do not edit.
 * Data: the handwritten digits of scikit-learn (sklearn.datasets.load_digits), a copy of the test set of
 * "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning Repository. */
"""
_EXPONENTIALS_COUNT = 256


def _array(ctype: str, name: str, values: Any) -> str:
    flat = np.array(values, dtype=np.int64).reshape(-1).tolist()
    rows = [", ".join(str(value) for value in flat[at : at + 16]) for at in range(0, len(flat), 16)]
    body = ",\n    ".join(rows)
    return f"static const {ctype} {name}[{len(flat)}] __attribute__((aligned(4))) = {{\n    {body},\n}};\n"


def _mac_layer(name: str, layer: dict[str, Any]) -> MacLayer:
    """For the code that prepares constants for the kernels; the window does not matter to it."""
    values = {key: np.array(layer[key], dtype=np.int64) for key in ("bias", "multipliers", "shifts")}
    weights = np.array(layer["weights"], dtype=np.int64)
    outputs_count = len(values["bias"])
    return MacLayer(
        window=Window(1, 1, 1, 1, 1, 1, outputs_count),
        groups_count=1,
        weights=weights.transpose(2, 0, 1)[..., np.newaxis] if name == "depthwise" else weights,
        **values,
        zero_points=ZeroPoints(-layer["input_offset"], 0, layer["output_offset"]),
        activation_range=(layer["activation_min"], layer["activation_max"]),
    )


def _layer(name: str, layer: dict[str, Any]) -> str:
    scalars = ("input_offset", "activation_min", "activation_max")
    defines = "".join(f"#define {name.upper()}_{key.upper()} ({layer[key]})\n" for key in scalars)
    prepared = _mac_layer(name, layer)
    channels = channels_of(prepared)
    if channels is None:
        raise ValueError(f"layer '{name}' is out of the range of the fast kernels")
    rows = prepared.weights.reshape(len(prepared.weights), -1)
    is_depthwise = name == "depthwise"
    with_simd = three_by_three(prepared.weights[..., 0]) if is_depthwise else interleaved(rows)
    return "\n".join(
        (
            defines,
            "#if KERNELS_USE_SIMD",
            _array("int8_t", f"{name}_weights", with_simd) + "#else",
            _array("int8_t", f"{name}_weights", rows.T if is_depthwise else rows) + "#endif",
            _array("int32_t", f"{name}_channels", channels.words(len(rows) + len(rows) % 2)),
        )
    )


def _exponentials(softmax: dict[str, int]) -> str:
    scaling = kernels.SoftmaxScaling(**softmax)
    return _array("int32_t", "softmax_exponentials", kernels.exponentials(scaling, _EXPONENTIALS_COUNT))


def weights_header(model: dict[str, Any]) -> str:
    """model_data.h: the quantised parameters, as the kernels want them."""
    layers = "\n".join(_layer(name, model[name]) for name in ("conv", "depthwise", "pointwise", "dense"))
    banner = _BANNER.format(what="Parameters of the quantised digits network.")
    guard = '#ifndef MODEL_DATA_H\n#define MODEL_DATA_H\n#include <stdint.h>\n\n#include "simd.h"\n'
    return f"{banner}{guard}\n{layers}\n{_exponentials(model['softmax'])}#endif\n"


def digits_header(model: dict[str, Any]) -> str:
    """model_data_digits.h: held-back digits, one int8 value per pixel, and their labels."""
    digits = model["digits"]
    banner = _BANNER.format(what="Handwritten digits that the network has not been trained on.")
    arrays = _plain_array("digit_inputs", digits["inputs"]) + _plain_array("digit_labels", digits["labels"])
    count = f"#define DIGITS_COUNT {len(digits['labels'])}\n"
    return (
        f"{banner}#ifndef MODEL_DATA_DIGITS_H\n#define MODEL_DATA_DIGITS_H\n#include <stdint.h>\n\n"
        f"{count}{arrays}#endif\n"
    )


def _plain_array(name: str, values: Any) -> str:
    return _array("int8_t", name, values).replace(" __attribute__((aligned(4)))", "")
