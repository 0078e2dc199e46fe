"""What the options say of comparing a model's outputs with TFLM's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.api.firmware import is_model
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from mcusim.cli.run_request import Prepared
    from mcusim.codegen.reference import Outputs
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
