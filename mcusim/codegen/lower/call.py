"""What lowering gives and gets: a kernel call with its constants, and the target's abilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mcusim.errors import McusimError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, Tensor

FieldValue = int | float | str | tuple[int, ...]


class UnsupportedOperatorError(McusimError):
    """The network asks for something that no kernel here computes; said before anything is compiled."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the kernels may use."""

    has_dsp: bool
    """SIMD instructions of the DSP extension: Cortex-M4, M7, M33."""
    has_fpu: bool


@dataclass(frozen=True, slots=True)
class Constant:
    """A C array in flash: `static const CTYPE name[]`."""

    name: str
    """Unique within the call ("weights", "bias"); the emitter adds the layer's name."""
    values: NDArray[np.generic]
    """Its dtype decides the C type."""


@dataclass(frozen=True, slots=True)
class Call:
    """`kernel(&params, inputs…, outputs…[, scratch])`: one layer of the generated network.

    The C side: `void KERNEL(const KERNEL_params_t *params, const T0 *in0, …, U0 *out0, …[, void *scratch])`,
    declared in KERNEL.h; a kernel without parameters has no `params` argument.
    """

    kernel: str
    """Function and, without `sources`, file (`KERNEL.c`)."""
    inputs: tuple[int, ...]
    """Tensors passed as pointers, in the order of the arguments; constants are emitted as arrays."""
    outputs: tuple[int, ...]
    params: dict[str, FieldValue] = field(default_factory=dict)
    """Fields of `KERNEL_params_t`; a str names a Constant of this call or is a C expression; {}: no parameters."""
    constants: tuple[Constant, ...] = ()
    scratch_bytes: int | None = None
    """Working memory from the arena while the call runs (word-aligned); None: the kernel takes no such argument."""
    sources: tuple[str, ...] = ()
    """Files under common/nn that define the kernel; empty: `KERNEL.c`."""
    header: str = ""
    """Under common/nn; empty: `KERNEL.h`."""
    params_type: str = ""
    """Empty: `KERNEL_params_t`."""


@dataclass(frozen=True, slots=True)
class Alias:
    """The output is the input's memory: nothing runs (RESHAPE, SQUEEZE, EXPAND_DIMS)."""

    source_index: int
    output_index: int


Lowered = Call | Alias


class Lowering(Protocol):
    """From one operator to its call."""

    def __call__(self, graph: Graph, operator: Operator, target: Target) -> Lowered:
        """The call.

        Raises:
            UnsupportedOperatorError: a type, shape or option that the kernel does not compute.
        """
        ...


def unsupported(operator: Operator, why: str, fix: str = "") -> UnsupportedOperatorError:
    """What to raise: names the operator and its place."""
    return UnsupportedOperatorError(
        f"operator {operator.index} ({operator.name}) cannot be built", why=why, fix=fix
    )


def input_of(graph: Graph, operator: Operator, place: int) -> Tensor | None:
    """The operator's input at `place`; None where it is left out."""
    index = operator.inputs[place] if place < len(operator.inputs) else -1
    return graph.tensors[index] if index >= 0 else None
