"""Puts the names of registers and bits into a recording, from an SVD file where there is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.firmware.svd import RegisterNames
    from mcusim.recording.recording import Recording, SatisfiedPoll, UnmodelledAccess

_SYSTEM_ADDR = 0xE000_0000
"""From here on the core's own registers and the vendor's debug parts (Armv7-M ARM, B3.1): no SVD file has them."""


def with_registers(recording: Recording, names: RegisterNames) -> Recording:
    """`recording` with the registers that nothing models, and the bits that loops waited for, by name."""
    return replace(
        recording,
        unmodelled=tuple(_named_access(each, names) for each in recording.unmodelled),
        polls=tuple(_named_poll(each, names) for each in recording.polls),
    )


def _named_access(access: UnmodelledAccess, names: RegisterNames) -> UnmodelledAccess:
    if access.addr >= _SYSTEM_ADDR:
        return access
    return replace(access, register=names.register_at(access.addr))


def _named_poll(poll: SatisfiedPoll, names: RegisterNames) -> SatisfiedPoll:
    bits = names.bits_of(poll.addr, poll.bits_mask)
    return replace(poll, register=names.register_at(poll.addr, poll.bits_mask), bits=bits)


def shown_wait(bits: tuple[str, ...], register: str, addr: int) -> str:
    """What a loop waited for, in words: "PLLRDY of RCC.CR (0x40023800)", "bit 25 of register 0x40023800"."""
    what = " or ".join(bits) if bits else "a change"
    return f"{what} of {register} (0x{addr:08X})" if register else f"{what} of register 0x{addr:08X}"
