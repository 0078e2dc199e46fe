"""model_data.json as the C headers of the firmware; the same JSON always gives the same bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

_BANNER = """/* {what}
 * Written by firmware_samples/digits_cnn/train.py from model_data.json: do not edit.
 * Data: the handwritten digits of scikit-learn (sklearn.datasets.load_digits), a copy of the test set of
 * "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning Repository. */
"""


def _array(ctype: str, name: str, values: Any) -> str:
    flat = np.array(values, dtype=np.int64).reshape(-1).tolist()
    rows = [", ".join(str(value) for value in flat[at : at + 16]) for at in range(0, len(flat), 16)]
    body = ",\n    ".join(rows)
    return f"static const {ctype} {name}[{len(flat)}] = {{\n    {body},\n}};\n"


def _layer(name: str, layer: dict[str, Any]) -> str:
    scalars = ("input_offset", "output_offset", "activation_min", "activation_max")
    defines = "".join(f"#define {name.upper()}_{key.upper()} ({layer[key]})\n" for key in scalars)
    return "\n".join(
        (
            defines,
            _array("int8_t", f"{name}_weights", layer["weights"]),
            _array("int32_t", f"{name}_bias", layer["bias"]),
            _array("int32_t", f"{name}_multipliers", layer["multipliers"]),
            _array("int8_t", f"{name}_shifts", layer["shifts"]),
        )
    )


def weights_header(model: dict[str, Any]) -> str:
    """model_data.h: the quantised parameters."""
    softmax = "".join(f"#define SOFTMAX_{key.upper()} ({value})\n" for key, value in model["softmax"].items())
    layers = "\n".join(_layer(name, model[name]) for name in ("conv", "depthwise", "pointwise", "dense"))
    banner = _BANNER.format(what="Parameters of the quantised digits network.")
    guard = "#ifndef MODEL_DATA_H\n#define MODEL_DATA_H\n#include <stdint.h>\n"
    return f"{banner}{guard}\n{layers}\n{softmax}#endif\n"


def digits_header(model: dict[str, Any]) -> str:
    """model_data_digits.h: held-back digits, one int8 value per pixel, and their labels."""
    digits = model["digits"]
    banner = _BANNER.format(what="Handwritten digits that the network has not been trained on.")
    arrays = _array("int8_t", "digit_inputs", digits["inputs"]) + _array(
        "int8_t", "digit_labels", digits["labels"]
    )
    count = f"#define DIGITS_COUNT {len(digits['labels'])}\n"
    return (
        f"{banner}#ifndef MODEL_DATA_DIGITS_H\n#define MODEL_DATA_DIGITS_H\n#include <stdint.h>\n\n"
        f"{count}{arrays}#endif\n"
    )
