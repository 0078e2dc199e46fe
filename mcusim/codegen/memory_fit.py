"""Says before anything is compiled that a network cannot fit a board, by how much and which tensors are large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import McusimError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.codegen.emit import NetworkCode
    from mcusim.codegen.plan import Plan

LEAST_STACK_BYTES = 512
"""What start-up, the main program and the deepest kernel need at least; less than any of our builds used."""
_LARGEST_COUNT = 3


class DoesNotFitError(McusimError):
    """The firmware needs more flash or RAM than the board has."""


def check_flash(code: NetworkCode, inputs_bytes: int, flash_bytes: int, board: str) -> None:
    """Weights and inputs against the flash that the linker script has; the code comes on top.

    Raises:
        DoesNotFitError: they alone are more.
    """
    needed_bytes = code.weights_bytes + inputs_bytes
    if needed_bytes <= flash_bytes:
        return
    inputs = f", and {inputs_bytes} B of inputs" if inputs_bytes else ""
    raise DoesNotFitError(
        f"the network does not fit the flash of '{board}': {needed_bytes - flash_bytes} B too many",
        why=f"{code.weights_bytes} B of weights{inputs}, flash is {flash_bytes} B; largest: {_named(code.constants)}",
        fix="take a board with more flash (mcusim boards), a smaller network"
        + (", or fewer inputs (--inputs-count)" if inputs_bytes else ""),
    )


def check_ram(plan: Plan, state_bytes: int, ram_bytes: int, board: str) -> None:
    """Arena, variables and the least stack against the RAM that the linker script has.

    Raises:
        DoesNotFitError: they are more.
    """
    needed_bytes = plan.size_bytes + state_bytes + LEAST_STACK_BYTES
    if needed_bytes <= ram_bytes:
        return
    fullest = _named((each.block.name, each.block.size_bytes) for each in plan.fullest())
    state = f" + {state_bytes} B of variables" if state_bytes else ""
    raise DoesNotFitError(
        f"the network does not fit the RAM of '{board}': {needed_bytes - ram_bytes} B too many",
        why=f"an arena of {plan.size_bytes} B{state} + {LEAST_STACK_BYTES} B of stack at least, RAM is {ram_bytes} B; "
        f"at its fullest the arena holds {fullest}",
        fix="take a board with more RAM (mcusim boards), or a network with smaller activations",
    )


def _named(sizes: Iterable[tuple[str, int]]) -> str:
    largest = sorted(sizes, key=lambda each: (-each[1], each[0]))
    shown = ", ".join(f"'{name}' {size_bytes} B" for name, size_bytes in largest[:_LARGEST_COUNT])
    more = len(largest) - _LARGEST_COUNT
    return shown + (f" and {more} more" if more > 0 else "")
