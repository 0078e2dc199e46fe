"""The system control block: identification, pending bits, vector table, reset, fault status, FPU access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.fault_bits import Ccr
from mcusim.machine.system.identity import feature_registers
from mcusim.machine.system.nvic import priority_register
from mcusim.machine.system.priority import NMI, PEND_SV, SV_CALL, SYS_TICK
from mcusim.machine.system.register import Register, RegisterMap, Remembered, constant, merged

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host
    from mcusim.machine.exceptions import ExceptionModel

ACTLR = 0xE008
CPUID, ICSR, VTOR, AIRCR, SCR, CCR = 0xED00, 0xED04, 0xED08, 0xED0C, 0xED10, 0xED14
SHPR1, SHPR2, SHPR3, SHCSR = 0xED18, 0xED1C, 0xED20, 0xED24
CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR, CPACR = 0xED28, 0xED2C, 0xED30, 0xED34, 0xED38, 0xED3C, 0xED88
FPCCR, FPCAR, FPDSCR = 0xEF34, 0xEF38, 0xEF3C

_AIRCR_KEY = 0x05FA
_AIRCR_KEY_READ = 0xFA05 << 16
_AIRCR_VECTRESET, _AIRCR_SYSRESETREQ = 1 << 0, 1 << 2
_AIRCR_SECURITY_MASK = 0x6008  # PRIS, BFHFNMINS, SYSRESETREQS: secure state only (ARMv8-M ARM, D1.2.3)
_VTOR_MASK = 0xFFFFFF80  # TBLOFF is bits 31:7 (ARMv7-M ARM, B3.2.5)
_CPACR_MASK = 0xF << 20  # CP10 and CP11
_FPCCR_MASK = 0xC000017B
_FPDSCR_MASK = 0x07C00000
_CCR_MASK = int(
    Ccr.NONBASETHRDENA | Ccr.USERSETMPEND | Ccr.UNALIGN_TRP | Ccr.DIV_0_TRP | Ccr.BFHFNMIGN | Ccr.STKALIGN
)
# NONBASETHRDENA and STKALIGN are fixed to one on ARMv8-M (ARMv8-M ARM, D1.2.9).
_CCR_MASK_V8M = _CCR_MASK & ~int(Ccr.NONBASETHRDENA | Ccr.STKALIGN) | int(Ccr.STKOFHFNMIGN)
_CCR_DC, _CCR_IC = 1 << 16, 1 << 17  # on Cortex-M7 (DDI0489, 3.3.3)

# SHCSR: bit of the active, pended and enable flag by exception number (ARMv7-M ARM, B3.2.13).
_ACTIVE_BITS = {4: 0, 5: 1, 6: 3, 11: 7, 12: 8, 14: 10, 15: 11}
_PENDED_BITS = {6: 12, 4: 13, 5: 14, 11: 15}
_ENABLE_BITS = {4: 16, 5: 17, 6: 18}


class SystemControlBlock:
    """SCB (ARMv7-M ARM, B3.2; ARMv6-M ARM, B3.2), on ARMv6-M its subset."""

    def __init__(self, exceptions: ExceptionModel, host: Host) -> None:
        self._exceptions, self._host = exceptions, host
        self._variant = exceptions.variant
        self._actlr = Remembered()
        self._afsr = Remembered()
        self._security_flags = 0

    def reset(self) -> None:
        """What is not part of the exception model."""
        self._actlr.reset()
        self._afsr.reset()
        self._security_flags = 0

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        registers = {
            CPUID: constant(self._variant.cpuid),
            ICSR: Register(self._read_icsr, self._write_icsr),
            AIRCR: Register(self._read_aircr, self._write_aircr),
            SCR: self._field("scr", 0x16),
            SHPR2: priority_register(self._exceptions, (0, 0, 0, SV_CALL)),
            SHPR3: priority_register(self._exceptions, (0, 0, PEND_SV, SYS_TICK)),
            SHCSR: Register(self._read_shcsr, self._write_shcsr),
            VTOR: self._field("vtor_addr", _VTOR_MASK) if self._variant.has_vtor else Register(),
            CCR: self._field("ccr", 0),
        }
        return registers if self._variant.is_v6m else registers | self._mainline_registers()

    def _mainline_registers(self) -> RegisterMap:
        variant = self._variant
        features = feature_registers(variant.core, has_fpu=variant.has_fpu, is_secure=variant.is_secure)
        registers = {offset: constant(value) for offset, value in features.items()}
        registers |= {
            ACTLR: self._actlr.register(),
            AFSR: self._afsr.register(),
            CCR: Register(lambda: self._exceptions.state.ccr, self._write_ccr),
            SHPR1: priority_register(self._exceptions, (4, 5, 6, 0)),
            SHPR3: priority_register(self._exceptions, (12, 0, PEND_SV, SYS_TICK)),
            CFSR: self._cleared_by_ones("cfsr"),
            HFSR: self._cleared_by_ones("hfsr"),
            DFSR: self._cleared_by_ones("dfsr"),
            MMFAR: self._field("mmfar_addr"),
            BFAR: self._field("bfar_addr"),
        }
        has_fpu = self._variant.has_fpu
        others_mask = sum(0b11 << 2 * number for number in self._variant.coprocessors)
        registers[CPACR] = self._field("cpacr", (_CPACR_MASK if has_fpu else 0) | others_mask)
        registers[FPCCR] = self._field("fpccr", _FPCCR_MASK if has_fpu else 0)
        registers[FPCAR] = self._field("fpcar_addr", 0xFFFFFFF8 if has_fpu else 0)
        registers[FPDSCR] = self._field("fpdscr", _FPDSCR_MASK if has_fpu else 0)
        return registers

    def _field(self, name: str, writable_mask: int = 0xFFFFFFFF) -> Register:
        """A field of SystemState that is read and written as it is."""

        def read() -> int:
            return int(getattr(self._exceptions.state, name))

        def write(value: int, mask: int) -> None:
            setattr(self._exceptions.state, name, merged(read(), value, mask & writable_mask))

        return Register(read, write)

    def _cleared_by_ones(self, name: str) -> Register:
        """A status register: writing 1 clears a bit (ARMv7-M ARM, B3.2.15)."""

        def read() -> int:
            return int(getattr(self._exceptions.state, name))

        def write(value: int, mask: int) -> None:
            setattr(self._exceptions.state, name, read() & ~(value & mask))

        return Register(read, write)

    def _read_icsr(self) -> int:
        table = self._exceptions.table
        active = self._exceptions.active_number
        most_urgent = table.most_urgent_pending() or 0
        value = active | most_urgent << 12
        if not self._variant.is_v6m and not table.active_mask & ~(1 << active):
            value |= 1 << 11  # RETTOBASE
        if table.pending_mask & table.interrupts_mask:
            value |= 1 << 22  # ISRPENDING
        for number, bit in ((SYS_TICK, 26), (PEND_SV, 28), (NMI, 31)):
            value |= (table.pending_mask >> number & 1) << bit
        return value

    def _write_icsr(self, value: int, mask: int) -> None:
        value &= mask
        nmi_clear_bit = 30 if self._variant.is_v8m else None  # ARMv8-M ARM, D1.2.128
        for number, set_bit, clear_bit in ((SYS_TICK, 26, 25), (PEND_SV, 28, 27), (NMI, 31, nmi_clear_bit)):
            if value >> set_bit & 1:
                self._exceptions.pend(number)
            elif clear_bit is not None and value >> clear_bit & 1:
                self._exceptions.clear_pending(number)

    def _read_aircr(self) -> int:
        return _AIRCR_KEY_READ | self._exceptions.table.prigroup << 8 | self._security_flags

    def _write_aircr(self, value: int, mask: int) -> None:
        if (value & mask) >> 16 != _AIRCR_KEY:
            return  # writes without the key are ignored (ARMv7-M ARM, B3.2.6)
        if not self._variant.is_v6m:
            self._exceptions.table.prigroup = value >> 8 & 7
        if self._variant.is_secure:
            self._security_flags = value & _AIRCR_SECURITY_MASK
        if value & _AIRCR_SYSRESETREQ:
            self._host.request_reset("AIRCR.SYSRESETREQ")
        elif value & _AIRCR_VECTRESET and not (self._variant.is_v6m or self._variant.is_v8m):
            self._host.request_reset("AIRCR.VECTRESET")

    def _write_ccr(self, value: int, mask: int) -> None:
        state = self._exceptions.state
        has_caches = self._variant.core == "cortex-m7"
        writable = (_CCR_MASK_V8M if self._variant.is_v8m else _CCR_MASK) | (
            _CCR_DC | _CCR_IC if has_caches else 0
        )
        state.ccr = merged(state.ccr, value, mask & writable)
        if has_caches:
            self._host.set_core_caches(
                instruction_on=bool(state.ccr & _CCR_IC), data_on=bool(state.ccr & _CCR_DC)
            )
        if state.ccr & Ccr.UNALIGN_TRP:
            self._host.warn(
                "CCR.UNALIGN_TRP is set, but unaligned word accesses do not fault in the simulation"
            )
        if state.ccr & Ccr.DIV_0_TRP:
            self._host.warn("CCR.DIV_0_TRP is set, but division by zero gives 0 in the simulation")

    def _read_shcsr(self) -> int:
        table = self._exceptions.table
        value = 0
        for masks, bits in (
            (table.active_mask, {} if self._variant.is_v6m else _ACTIVE_BITS),
            (table.pending_mask, {SV_CALL: 15} if self._variant.is_v6m else _PENDED_BITS),
            (table.enabled_mask, {} if self._variant.is_v6m else _ENABLE_BITS),
        ):
            value |= sum((masks >> number & 1) << bit for number, bit in bits.items())
        return value

    def _write_shcsr(self, value: int, mask: int) -> None:
        """Enable and pend bits; active bits are left alone (only an OS that fakes returns writes them)."""
        table = self._exceptions.table
        value = merged(self._read_shcsr(), value, mask)
        if self._variant.is_v6m:
            return
        for number, bit in _ENABLE_BITS.items():
            table.set_enabled(number, bool(value >> bit & 1))
        for number, bit in _PENDED_BITS.items():
            if value >> bit & 1:
                self._exceptions.pend(number)
            else:
                self._exceptions.clear_pending(number)
