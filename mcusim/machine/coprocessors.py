"""Coprocessor instructions (MCR, MRC, MCRR, MRRC, CDP): Unicorn stops at each; what the chip has there does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mcusim.machine.devices.raspberry_pi.rp2350_coprocessors import Rp2350Coprocessors
from mcusim.machine.registers import BusError, Reg

if TYPE_CHECKING:
    from mcusim.board.schema import Chip
    from mcusim.machine.devices.device import Host
    from mcusim.machine.registers import Core

_APSR = 15
"""As the target of MRC: the flags N, Z, C, V (Armv8-M ARM, MRC)."""
_FLAGS_MASK = 0xF000_0000
_IT_MASK = 0x0600_FC00


@dataclass(frozen=True, slots=True)
class Transfer:
    """The fields of one instruction (Armv8-M ARM, encodings T1 and T2)."""

    coprocessor_number: int
    opcode_number: int
    option_number: int
    """opc2; 0 in MCRR and MRRC."""
    target_number: int
    """Rt; CRd in CDP."""
    second_number: int
    """Rt2 in MCRR and MRRC, CRn in the others."""
    source_number: int
    """CRm."""
    is_second_form: bool
    """MCR2, MRC2 …"""
    is_pair: bool
    is_read: bool
    is_operation: bool


class Coprocessors(Protocol):
    """What a chip has."""

    @property
    def enabled_after_boot_mask(self) -> int:
        """Bits of CPACR that the boot ROM leaves set."""
        ...

    def reset(self) -> None: ...

    def write(self, transfer: Transfer, first: int, second: int) -> bool:
        """MCR (`second` is 0), MCRR and CDP; False: there is no such instruction."""
        ...

    def read(self, transfer: Transfer) -> tuple[int, int] | None:
        """MRC (the second number does not count) and MRRC; None: there is no such instruction."""
        ...


def coprocessors_of(chip: Chip, host: Host) -> Coprocessors | None:
    """The coprocessors of `chip`, apart from its FPU."""
    return Rp2350Coprocessors(host) if chip.coprocessors else None


def decoded(first: int, second: int) -> Transfer | None:
    """The instruction in two halfwords; None when it is none of a coprocessor."""
    if first >> 13 != 0b111 or first >> 8 & 0xF not in (0b1100, 0b1110):
        return None
    is_pair = first >> 8 & 0xF == 0b1100
    if is_pair and first >> 5 & 0b111 != 0b010:
        return None  # LDC and STC
    is_operation = not is_pair and not second >> 4 & 1
    return Transfer(
        coprocessor_number=second >> 8 & 0xF,
        opcode_number=_opcode(first, second, is_pair=is_pair, is_operation=is_operation),
        option_number=0 if is_pair else second >> 5 & 0b111,
        target_number=second >> 12,
        second_number=first & 0xF,
        source_number=second & 0xF,
        is_second_form=bool(first >> 12 & 1),
        is_pair=is_pair,
        is_read=bool(first >> 4 & 1) and not is_operation,
        is_operation=is_operation,
    )


def _opcode(first: int, second: int, *, is_pair: bool, is_operation: bool) -> int:
    if is_pair:
        return second >> 4 & 0xF
    return first >> 4 & 0xF if is_operation else first >> 5 & 0b111


def execute(core: Core, coprocessors: Coprocessors, pc_addr: int) -> bool:
    """Do the instruction at `pc_addr`; False: there is none that the chip knows."""
    try:
        first, second = core.read_word(pc_addr) & 0xFFFF, core.read_word(pc_addr + 2) & 0xFFFF
    except BusError:
        return False
    transfer = decoded(first, second)
    if transfer is None:
        return False
    if not transfer.is_read:
        values = [0, 0]
        if not transfer.is_operation:
            values[0] = core.read(Reg(transfer.target_number))
            values[1] = core.read(Reg(transfer.second_number)) if transfer.is_pair else 0
        is_known = coprocessors.write(transfer, *values)
    else:
        answer = coprocessors.read(transfer)
        is_known = answer is not None
        if answer is not None:
            _deliver(core, transfer, answer)
    if is_known:
        _advance_it(core)
    return is_known


def _deliver(core: Core, transfer: Transfer, answer: tuple[int, int]) -> None:
    if transfer.is_pair:
        core.write(Reg(transfer.target_number), answer[0])
        core.write(Reg(transfer.second_number), answer[1])
    elif transfer.target_number == _APSR:
        kept = core.read(Reg.XPSR) & ~_FLAGS_MASK
        core.write(Reg.XPSR, kept | answer[0] & _FLAGS_MASK)
    else:
        core.write(Reg(transfer.target_number), answer[0])


def _advance_it(core: Core) -> None:
    """Inside an IT block the next instruction's condition is due (Armv8-M ARM, ITAdvance)."""
    psr = core.read(Reg.XPSR)
    state = psr >> 10 & 0x3F
    state = state << 2 | psr >> 25 & 0b11
    if not state:
        return
    state = 0 if state & 0b111 == 0 else state & 0xE0 | state << 1 & 0x1F
    core.write(Reg.XPSR, psr & ~_IT_MASK | state >> 2 << 10 | (state & 0b11) << 25)
