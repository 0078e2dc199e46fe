"""EXC_RETURN: the value in LR that leads out of an exception; its bits by architecture and security state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.system.variant import CoreVariant

EXC_RETURN_FIRST_ADDR = 0xFF000000
"""A branch to this address or above is an exception return, if in a handler (ARMv8-M ARM, B3.18: the prefix is 0xFF).
ARMv7-M takes 0xF0000000 and above, all but sixteen of them unpredictable (ARMv7-M ARM, B1.5.8)."""

_RES1_MASK = 0xFFFFFF80
_SECURE_STACK, _DEFAULT_STACKING, _BASIC_FRAME = 1 << 6, 1 << 5, 1 << 4
_THREAD, _PROCESS_STACK, _RES0, _SECURE_EXCEPTION = 1 << 3, 1 << 2, 1 << 1, 1 << 0


def exc_return_for(variant: CoreVariant, *, in_handler: bool, uses_psp: bool, has_fp_state: bool) -> int:
    """What LR gets at the entry to an exception that interrupts this mode.

    On ARMv7-M bits 6, 5 and 0 are ones. On ARMv8-M bits 6 (S) and 0 (ES) are ones in secure state only and zero on a
    chip whose Security Extension is absent or off, which is why FreeRTOS and NuttX have two sets of values (0xFFFFFFFD
    and 0xFFFFFFBC; FreeRTOS ARM_CM33_NTZ portmacro, NuttX pull request 2944, tested on a chip with TrustZone off).
    """
    value = _RES1_MASK | _DEFAULT_STACKING
    if not variant.is_v8m or variant.is_secure:
        value |= _SECURE_STACK | _SECURE_EXCEPTION
    if not has_fp_state:
        value |= _BASIC_FRAME
    if not in_handler:
        value |= _THREAD | (_PROCESS_STACK if uses_psp else 0)
    return value


def exc_returns_of(variant: CoreVariant) -> frozenset[int]:
    """Every value that LR can get on this core."""
    modes = ((True, False), (False, False), (False, True))
    return frozenset(
        exc_return_for(variant, in_handler=in_handler, uses_psp=uses_psp, has_fp_state=has_fp_state)
        for in_handler, uses_psp in modes
        for has_fp_state in (False, True)
    )


def is_exc_return(value: int, variant: CoreVariant) -> bool:
    """Whether `value` is one that this core knows (ARMv7-M ARM, table B1-8, B1-9; ARMv8-M ARM, D1.2.95)."""
    if value & _RES1_MASK != _RES1_MASK or value & _RES0:
        return False
    if not variant.has_fpu and not value & _BASIC_FRAME:
        return False
    if returns_to_handler(value) and value & _PROCESS_STACK:
        return False
    ones = _SECURE_STACK | _DEFAULT_STACKING | _SECURE_EXCEPTION
    # Without the Security Extension these bits are RES0 and RES1: nobody looks at them.
    return (variant.is_v8m and not variant.is_secure) or value & ones == ones


def returns_to_handler(value: int) -> bool:
    """Handler mode is where this value leads."""
    return not value & _THREAD


def is_on_process_stack(value: int) -> bool:
    """The frame is on the process stack."""
    return bool(value & _THREAD and value & _PROCESS_STACK)


def has_basic_frame(value: int) -> bool:
    """The frame has no room for floating-point state."""
    return bool(value & _BASIC_FRAME)


def as_in_lr(value: int, variant: CoreVariant) -> int:
    """`value` as LR has it when the next handler is chained onto the frame; emulators show a PC without bit 0."""
    if variant.is_v8m and not variant.is_secure:
        return value & ~(_SECURE_STACK | _SECURE_EXCEPTION) | _DEFAULT_STACKING
    return value | _SECURE_EXCEPTION
