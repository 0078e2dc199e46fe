"""What a report says of a firmware that was built for it: from what, and whether it computes what TFLM computes."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from mcusim.report.built import BuiltFrom, ReferenceCheck

if TYPE_CHECKING:
    from mcusim.codegen.reference import Comparison, Outputs
    from mcusim.codegen.request import Built, Inputs
    from mcusim.report.report import Report


def with_origin(report: Report, built: Built | None, wanted: Outputs | None) -> Report:
    """The report with what its firmware was built from, and the comparison with `wanted`."""
    if built is None:
        return report
    origin = BuiltFrom(
        model=report.firmware.path,
        model_sha256=sha256(built.request.model.read_bytes()).hexdigest(),
        compiler=built.compiler,
        inputs=described_inputs(built.request.inputs),
        inferences_count=built.inputs_count,
        weights_bytes=built.weights_bytes,
        arena_bytes=built.arena_bytes,
        reference=None if wanted is None else _check(report, built, wanted),
    )
    return replace(report, built=origin)


def _check(report: Report, built: Built, wanted: Outputs) -> ReferenceCheck:
    from mcusim.codegen.reference import compare, printed_outputs

    found = compare(printed_outputs(report.console, built.graph), wanted, built.graph)
    return ReferenceCheck(
        is_equal=found.is_equal,
        is_within_tolerance=found.is_within_tolerance,
        compared_count=found.inferences_count,
        differing_count=found.differing_count,
        largest_difference=found.largest_difference if math.isfinite(found.largest_difference) else None,
        first=_first(found, built),
    )


def _first(found: Comparison, built: Built) -> str:
    first = found.first
    if first is None:
        return ""
    place = f" of output {first.output_index}" if len(built.graph.outputs) > 1 else ""
    return (
        f"first in inference {first.inference_index}, element {first.element_index}{place}: "
        f"{first.found:.9g} where TFLM has {first.wanted:.9g}"
    )


def described_inputs(inputs: Inputs) -> str:
    """What the network is given, as the option says it."""
    from mcusim.codegen.request import Pattern

    if inputs.path is not None:
        return inputs.path.name
    return f"random:{inputs.seed}" if inputs.pattern is Pattern.RANDOM else inputs.pattern.value
