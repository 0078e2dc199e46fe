"""What a report says of a firmware that was built for it: from what, and whether it computes what TFLM computes."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from mcusim.api.firmware import is_model
from mcusim.cli.build import described_inputs
from mcusim.errors import UsageError
from mcusim.report.built import BuiltFrom, ReferenceCheck

if TYPE_CHECKING:
    from argparse import Namespace

    from mcusim.cli.run_request import Prepared
    from mcusim.codegen.reference import Comparison, Outputs
    from mcusim.codegen.request import Built
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest

_LONG_S = 3600.0
"""So long a firmware may take for all inferences that are to be compared."""


def check_reference(arguments: Namespace) -> None:
    """Complain before anything is built about a comparison that cannot be.

    Raises:
        UsageError: the firmware is no model, or prints nothing.
        NoReferenceError: the interpreter is not installed.
    """
    if not arguments.reference:
        return
    if not is_model(arguments.firmware):
        raise UsageError(
            "--reference needs a .tflite model",
            why=f"'{arguments.firmware}' is a firmware: the network that it computes is not known",
            fix="give the model itself, or leave --reference out",
        )
    if arguments.console == "none":
        raise UsageError(
            "--reference and --console none exclude each other",
            why="what the firmware prints is compared",
            fix="leave one of them out",
        )
    from mcusim.codegen.reference import check_installed

    check_installed()


def wanted_outputs(arguments: Namespace, ready: Prepared) -> Outputs | None:
    """What the network must compute; None where nobody asks.

    Raises:
        NoReferenceError: the interpreter does not run the model.
    """
    if not arguments.reference or ready.built is None:
        return None
    from mcusim.codegen.inputs import input_data
    from mcusim.codegen.reference import reference_outputs

    inputs = input_data(ready.built.request.inputs, ready.built.graph)
    return reference_outputs(ready.built.request.model.read_bytes(), ready.built.graph, inputs)


def with_all_inferences(request: RunRequest, arguments: Namespace) -> RunRequest:
    """Without a limit of the user a run ends after some calls; a comparison is of all of them."""
    has_limit = request.max_seconds is not None or request.max_cycles is not None
    return replace(request, max_seconds=_LONG_S) if arguments.reference and not has_limit else request


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
