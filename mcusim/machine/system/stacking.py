"""Exception frames: pushing, popping, and the switch between thread and handler mode."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mcusim.machine.registers import BusError, Reg
from mcusim.machine.system.exc_return import exc_return_for, has_basic_frame, is_on_process_stack

if TYPE_CHECKING:
    from mcusim.machine.registers import Core
    from mcusim.machine.system.variant import CoreVariant

CONTROL_NPRIV = 1 << 0
CONTROL_SPSEL = 1 << 1
CONTROL_FPCA = 1 << 2
CONTROL_SFPA = 1 << 3  # ARMv8-M secure state: the FP context is a secure one

XPSR_THUMB = 1 << 24
XPSR_ALIGNED = 1 << 9
"""In a stacked xPSR: the stack pointer was 4 bytes above the frame's end."""
XPSR_NUMBER_MASK = 0x1FF

BASIC_FRAME_WORDS_COUNT = 8
FP_FRAME_WORDS_COUNT = 26
FP_STATE_OFFSET_BYTES = 0x20
_RETURN_ADDR_OFFSET_BYTES = 0x18
_XPSR_OFFSET_BYTES = 0x1C
_FRAME_REGISTERS = (Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R12, Reg.LR)


class Stack(StrEnum):
    """A stack pointer."""

    MAIN = "main"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class ExceptionFrame:
    """A frame on a stack, and the EXC_RETURN that leads back to it."""

    addr: int
    words_count: int
    stack: Stack
    exc_return: int
    is_complete: bool = True
    """False when writing it hit unmapped memory or the stack limit."""
    is_within_limit: bool = True

    @property
    def has_fp_state(self) -> bool:
        """26 words."""
        return self.words_count == FP_FRAME_WORDS_COUNT

    @property
    def fp_addr(self) -> int:
        """Where S0 is in a frame with FP state."""
        return self.addr + FP_STATE_OFFSET_BYTES


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """What decides about the size and place of a frame."""

    has_fp_state: bool
    is_aligned: bool
    """CCR.STKALIGN."""
    has_limit: bool = False
    """MSPLIM or PSPLIM is in force."""


def push_frame(core: Core, variant: CoreVariant, return_addr: int, layout: FrameLayout) -> ExceptionFrame:
    """Push the eight words (PushStack; ARMv7-M ARM, B1.5.6); FP words are only reserved."""
    words_count = FP_FRAME_WORDS_COUNT if layout.has_fp_state else BASIC_FRAME_WORDS_COUNT
    sp = core.read(Reg.SP)
    force_align = layout.is_aligned or layout.has_fp_state
    addr = (sp - 4 * words_count) & 0xFFFFFFFF & ~(4 if force_align else 0)
    in_handler = core.read(Reg.IPSR) != 0
    uses_psp = not in_handler and bool(core.read(Reg.CONTROL) & CONTROL_SPSEL)
    exc_return = exc_return_for(
        variant, in_handler=in_handler, uses_psp=uses_psp, has_fp_state=layout.has_fp_state
    )
    stack = Stack.PROCESS if uses_psp else Stack.MAIN
    limit_addr = core.read(Reg.PSPLIM if uses_psp else Reg.MSPLIM) if layout.has_limit else 0
    if addr < limit_addr:
        # SP stops at the limit and nothing is written (ARMv8-M ARM, PushStack; what is above is IMPDEF).
        core.write(Reg.SP, limit_addr)
        return ExceptionFrame(
            limit_addr, words_count, stack, exc_return, is_complete=False, is_within_limit=False
        )
    xpsr = core.read(Reg.XPSR) & ~XPSR_ALIGNED
    if sp & 4 and force_align:
        xpsr |= XPSR_ALIGNED
    words = [*(core.read(register) for register in _FRAME_REGISTERS), return_addr & ~1, xpsr]
    core.write(Reg.SP, addr)
    is_complete = _write_words(core, addr, words)
    return ExceptionFrame(addr, words_count, stack, exc_return, is_complete)


def _write_words(core: Core, addr: int, words: list[int]) -> bool:
    try:
        for index, word in enumerate(words):
            core.write_word((addr + 4 * index) & 0xFFFFFFFF, word & 0xFFFFFFFF)
    except BusError:
        return False
    return True


def frame_of(core: Core, exc_return: int) -> ExceptionFrame:
    """The frame that `exc_return` designates; the core is in handler mode."""
    uses_psp = is_on_process_stack(exc_return)
    return ExceptionFrame(
        core.read(Reg.PSP if uses_psp else Reg.MSP) & ~3,
        BASIC_FRAME_WORDS_COUNT if has_basic_frame(exc_return) else FP_FRAME_WORDS_COUNT,
        Stack.PROCESS if uses_psp else Stack.MAIN,
        exc_return,
    )


def save_fp_state(core: Core, addr: int) -> None:
    """Write S0-S15, FPSCR and the reserved word at `addr`.

    Raises:
        BusError: nothing is mapped there.
    """
    for index in range(16):
        core.write_word(addr + 4 * index, core.read_fp(index))
    core.write_word(addr + 0x40, core.read(Reg.FPSCR))
    core.write_word(addr + 0x44, 0)


@dataclass(frozen=True, slots=True)
class PoppedFrame:
    """The words of a frame, read but not yet applied."""

    registers: tuple[int, ...]
    pc_addr: int
    xpsr: int
    fp_words: tuple[int, ...]
    """S0-S15 and FPSCR, or empty."""

    @property
    def number(self) -> int:
        """Exception number of the interrupted code, 0 for thread mode."""
        return self.xpsr & XPSR_NUMBER_MASK


def read_frame(core: Core, frame: ExceptionFrame, *, reads_fp: bool) -> PoppedFrame:
    """Read a frame without changing anything.

    Raises:
        BusError: nothing is mapped there.
    """
    registers = tuple(core.read_word(frame.addr + 4 * index) for index in range(len(_FRAME_REGISTERS)))
    pc_addr = core.read_word(frame.addr + _RETURN_ADDR_OFFSET_BYTES)
    xpsr = core.read_word(frame.addr + _XPSR_OFFSET_BYTES)
    fp_words = tuple(core.read_word(frame.fp_addr + 4 * index) for index in range(17)) if reads_fp else ()
    return PoppedFrame(registers, pc_addr, xpsr, fp_words)


def apply_frame(
    core: Core, frame: ExceptionFrame, popped: PoppedFrame, *, is_aligned: bool, fp_control: int
) -> None:
    """Restore registers, stack pointer and mode (PopStack; ARMv7-M ARM, B1.5.8).

    `fp_control` are the bits of CONTROL that say that an FP context is in use.
    """
    for register, value in zip(_FRAME_REGISTERS, popped.registers, strict=True):
        core.write(register, value)
    if popped.fp_words:
        for index, value in enumerate(popped.fp_words[:16]):
            core.write_fp(index, value)
        core.write(Reg.FPSCR, popped.fp_words[16])
    sp = frame.addr + 4 * frame.words_count
    if popped.xpsr & XPSR_ALIGNED and (is_aligned or frame.has_fp_state):
        sp |= 4
    core.write(Reg.PSP if frame.stack is Stack.PROCESS else Reg.MSP, sp & 0xFFFFFFFF)
    control = core.read(Reg.CONTROL) & CONTROL_NPRIV
    if frame.stack is Stack.PROCESS:
        control |= CONTROL_SPSEL
    if frame.has_fp_state:
        control |= fp_control
    switch_mode(core, popped.xpsr & ~XPSR_ALIGNED, control)


def switch_mode(core: Core, xpsr: int, control: int) -> None:
    """Write xPSR and CONTROL together.

    Emulators refuse CONTROL.SPSEL in handler mode and all of CONTROL, MSP and PSP in unprivileged thread
    mode, as the MSR instruction does (ARMv7-M ARM, B5.2.3); hence the detour through privileged thread mode.
    """
    if core.read(Reg.CONTROL) & CONTROL_NPRIV:
        core.write(Reg.IPSR, 1)
        core.write(Reg.CONTROL, 0)
    core.write(Reg.IPSR, 0)
    core.write(Reg.CONTROL, control)
    core.write(Reg.XPSR, xpsr)
