"""`mcusim operators`: which operators of a .tflite model can be built, for which types of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import columns, print_text
from mcusim.errors import ExitCode

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class OperatorsCommand:
    """List the operators that a model may have."""

    name: ClassVar[str] = "operators"
    summary: ClassVar[str] = "list the operators that mcusim build knows, by type of their first input"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """There are none."""

    def run(self, arguments: Namespace) -> int:
        """Print one line for each operator."""
        from mcusim.codegen.lower.registry import lowerings

        types: dict[str, list[str]] = {}
        for name, element in lowerings():
            types.setdefault(name, []).append(element.value)
        rows = [("OPERATOR", "TYPES"), *((name, ", ".join(sorted(types[name]))) for name in sorted(types))]
        print_text(columns(rows))
        return ExitCode.OK
