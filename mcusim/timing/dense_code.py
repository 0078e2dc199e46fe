"""The extra cycle of a VLDM or VSTM on the Cortex-M7 whose neighbourhood has too few 16-bit instructions.

jnk0le/random cortex_m7.md: load and store multiple "require instruction stream compression by 4bytes (2x .n instr)
before (any amount) or up to 7 cycles after, otherwise incurs additional stall", and VLDM behaves like LDM; the effect
does not carry into the next round of a loop. Published kernels with LDM and LDRD among 32-bit code show no such stall,
three floating-point networks with VLDM do: so it is modelled for the floating-point registers alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import Kind

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import DualIssueNumbers

_ENOUGH_COUNT = 2


class DenseCode:
    """Counts 16-bit instructions since the last taken branch, and after each transfer that still lacks them."""

    def __init__(self, numbers: DualIssueNumbers) -> None:
        self._window_cycles = numbers.fp_multiple_window_cycles
        self._stall_cycles = numbers.fp_multiple_stall_cycles
        self._narrow_count = 0
        self._waiting: list[tuple[int, int]] = []
        """Of each transfer: the last cycle for its 16-bit instructions, and how many there were when it issued."""

    def stall_cycles(self, cycle: int) -> int:
        """What passes before the instruction that would issue at `cycle`, for transfers whose time is over."""
        overdue_count = sum(last < cycle for last, _ in self._waiting)
        self._waiting = self._waiting[overdue_count:]
        return overdue_count * self._stall_cycles

    def note(self, instruction: Instruction, cycle: int) -> None:
        """The instruction issued at `cycle`."""
        if instruction.size_bytes == 2:
            self._narrow_count += 1
            self._waiting = [each for each in self._waiting if self._narrow_count - each[1] < _ENOUGH_COUNT]
        if _is_fp_multiple(instruction) and self._narrow_count < _ENOUGH_COUNT:
            self._waiting.append((cycle + self._window_cycles, self._narrow_count))

    def branch(self) -> None:
        """A taken branch: what is before it does not count after it."""
        self._narrow_count = 0
        self._waiting = []


def _is_fp_multiple(instruction: Instruction) -> bool:
    is_multiple = instruction.kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE)
    return is_multiple and instruction.mnemonic.startswith(("vldm", "vstm", "vpop", "vpush"))
