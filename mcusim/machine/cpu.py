"""The only user of Unicorn: opens a core, maps memory, runs it and says why it stopped.

Traps of Unicorn 2.1.4 that shape this file (measured; docs/concepts/emulation.md): no memory hooks (they corrupt IT
blocks), no UC_MODE_MCLASS (it silently changes the model), exception return shows as a PC in the EXC_RETURN range.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, Any

from unicorn import (
    UC_ARCH_ARM,
    UC_ERR_FETCH_PROT,
    UC_ERR_FETCH_UNMAPPED,
    UC_ERR_INSN_INVALID,
    UC_ERR_READ_PROT,
    UC_ERR_READ_UNMAPPED,
    UC_ERR_WRITE_PROT,
    UC_ERR_WRITE_UNMAPPED,
    UC_HOOK_BLOCK,
    UC_HOOK_CODE,
    UC_HOOK_INTR,
    UC_MODE_THUMB,
    UC_PROT_ALL,
    UC_PROT_EXEC,
    UC_PROT_READ,
    Uc,
    UcError,
    arm_const,
)
from unicorn.unicorn_py3 import unicorn as binding

from mcusim.machine.registers import BusError, Reg
from mcusim.machine.stack_limits import StackLimits, find_stack_limits
from mcusim.machine.system.exc_return import EXC_RETURN_FIRST_ADDR

if TYPE_CHECKING:
    from collections.abc import Callable

_MODELS = {
    "cortex-m0": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
}
_REGISTERS = {
    **{Reg(n): arm_const.UC_ARM_REG_R0 + n for n in range(13)},
    Reg.SP: arm_const.UC_ARM_REG_SP,
    Reg.LR: arm_const.UC_ARM_REG_LR,
    Reg.PC: arm_const.UC_ARM_REG_PC,
    Reg.XPSR: arm_const.UC_ARM_REG_XPSR,
    Reg.MSP: arm_const.UC_ARM_REG_MSP,
    Reg.PSP: arm_const.UC_ARM_REG_PSP,
    Reg.PRIMASK: arm_const.UC_ARM_REG_PRIMASK,
    Reg.FAULTMASK: arm_const.UC_ARM_REG_FAULTMASK,
    Reg.BASEPRI: arm_const.UC_ARM_REG_BASEPRI,
    Reg.CONTROL: arm_const.UC_ARM_REG_CONTROL,
    Reg.FPSCR: arm_const.UC_ARM_REG_FPSCR,
    Reg.IPSR: arm_const.UC_ARM_REG_IPSR,
}
REGISTER_IDS = tuple(_REGISTERS[each] for each in (*map(Reg, range(16)), Reg.XPSR, Reg.PSP))
"""By the numbers that value programs give them."""
_EXC_SUPERVISOR_CALL, _EXC_FETCH_ABORT, _EXC_DATA_ABORT, _EXC_BREAKPOINT, _EXC_STACK_LIMIT = 2, 3, 4, 7, 19
_EXC_NO_COPROCESSOR = 17
_NEVER_ADDR, _XPSR_T_MASK = 0xFFFFFFFE, 1 << 24
_HINTS = frozenset({0xBF20, 0xBF40, 0xBF10})  # WFE, SEV, YIELD: invalid to Unicorn, PC after them
_WFE, _WFI = 0xBF20, 0xBF30
_WIDE_WFI, _WIDE_WFE = b"\xaf\xf3\x03\x80", b"\xaf\xf3\x02\x80"


class Ending(Enum):
    """Why Unicorn stopped, in the architecture's words."""

    COUNTED = auto()  # the native core or a device asked for it
    SUPERVISOR_CALL = auto()
    BREAKPOINT = auto()
    EXCEPTION_RETURN = auto()
    SLEEP = auto()
    WAIT_FOR_EVENT = auto()
    HINT = auto()
    UNDEFINED = auto()
    COPROCESSOR = auto()
    ARM_STATE = auto()
    READ_UNMAPPED = auto()
    WRITE_UNMAPPED = auto()
    WRITE_PROTECTED = auto()
    FETCH_UNMAPPED = auto()
    FETCH_FORBIDDEN = auto()
    STACK_LIMIT = auto()
    UNALIGNED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One stop: what happened and at which instruction."""

    ending: Ending
    pc_addr: int


_ERRORS = {
    UC_ERR_READ_UNMAPPED: Ending.READ_UNMAPPED,
    UC_ERR_READ_PROT: Ending.READ_UNMAPPED,
    UC_ERR_WRITE_UNMAPPED: Ending.WRITE_UNMAPPED,
    UC_ERR_WRITE_PROT: Ending.WRITE_PROTECTED,
    UC_ERR_FETCH_UNMAPPED: Ending.FETCH_UNMAPPED,
    UC_ERR_FETCH_PROT: Ending.FETCH_UNMAPPED,
}
_INTERRUPTS = {
    _EXC_SUPERVISOR_CALL: Ending.SUPERVISOR_CALL,
    _EXC_FETCH_ABORT: Ending.FETCH_FORBIDDEN,
    _EXC_DATA_ABORT: Ending.UNALIGNED,
    _EXC_BREAKPOINT: Ending.BREAKPOINT,
    _EXC_STACK_LIMIT: Ending.STACK_LIMIT,
    _EXC_NO_COPROCESSOR: Ending.COPROCESSOR,
}


def _new_engine(core: str) -> Uc:
    engine = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
    engine.ctl_set_cpu_model(_MODELS[core])
    return engine


class Cpu:
    """A Cortex-M core with its address space; implements `machine.registers.Core`."""

    def __init__(self, core: str) -> None:
        self._core = core
        self._uc = _new_engine(core)
        self._handle = self._uc._uch
        self._word = ctypes.c_uint32()
        self._word_pointer = ctypes.byref(self._word)
        self._read_register = binding.uclib.uc_reg_read
        self._write_register = binding.uclib.uc_reg_write
        self._interrupt = -1
        self._error: BaseException | None = None
        self._keep: list[Any] = []
        self.last_block_end_addr: Callable[[], int] = lambda: -1
        """End of the block that ran last: tells an instruction that stopped from one that could not start."""
        self._uc.hook_add(UC_HOOK_INTR, self._on_interrupt)

    @cached_property
    def _stack_limits(self) -> StackLimits:
        offsets = find_stack_limits(_new_engine(self._core), (REGISTER_IDS[0], REGISTER_IDS[1]))
        return StackLimits(self._uc, offsets)

    def _on_interrupt(self, uc: Any, number: int, _user: object) -> None:
        self._interrupt = number
        uc.emu_stop()

    # --- set-up ---

    @property
    def native_handles(self) -> tuple[int, int, int]:
        """Addresses that the native core calls: the engine, uc_emu_stop, uc_reg_read_batch."""
        library = binding.uclib

        def address_of(function: Any) -> int:
            return ctypes.cast(function, ctypes.c_void_p).value or 0

        return self._uc._uch.value, address_of(library.uc_emu_stop), address_of(library.uc_reg_read_batch)

    def hook_blocks(self, function_addr: int, user_addr: int) -> None:
        """Call the C function at `function_addr` before every block. Must happen before the first run."""
        handle = ctypes.c_size_t(0)
        status = binding.uclib.uc_hook_add(
            self._uc._uch,
            ctypes.byref(handle),
            UC_HOOK_BLOCK,
            ctypes.cast(function_addr, ctypes.c_void_p),
            ctypes.c_void_p(user_addr),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status:
            raise UcError(status)

    def hook_addr(self, addr: int, callback: Callable[[int], None]) -> None:
        """Call `callback(addr)` before the instruction at `addr`."""

        def on_code(_uc: Any, at: int, _size: int, _user: object) -> None:
            self._guard(callback, at)

        self._keep.append(on_code)
        self._uc.hook_add(UC_HOOK_CODE, on_code, begin=addr, end=addr)
        self._uc.ctl_remove_cache(addr, addr + 4)  # what is translated does not ask

    def map_memory(self, start_addr: int, size_bytes: int, host_addr: int, *, is_writable: bool) -> None:
        """Show `size_bytes` of host memory at `start_addr`."""
        self._uc.mem_map_ptr(
            start_addr, size_bytes, UC_PROT_ALL if is_writable else UC_PROT_READ | UC_PROT_EXEC, host_addr
        )

    def protect(self, start_addr: int, size_bytes: int, *, is_writable: bool) -> None:
        """Change whether the guest may write a mapped range."""
        self._uc.mem_protect(
            start_addr, size_bytes, UC_PROT_ALL if is_writable else UC_PROT_READ | UC_PROT_EXEC
        )

    def map_device(
        self,
        start_addr: int,
        size_bytes: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
    ) -> None:
        """Route accesses to callbacks read(addr, size_bytes) and write(addr, size_bytes, value)."""

        def on_read(_uc: Any, offset: int, size: int, _user: object) -> int:
            return self._guard(read, start_addr + offset, size) or 0

        def on_write(_uc: Any, offset: int, size: int, value: int, _user: object) -> None:
            self._guard(write, start_addr + offset, size, value)

        self._keep.append((on_read, on_write))
        self._uc.mmio_map(start_addr, size_bytes, on_read, None, on_write, None)

    def _guard(self, function: Callable[..., Any], *args: int) -> Any:
        """Python exceptions must not cross Unicorn: keep the first, stop, raise it after the run."""
        try:
            return function(*args)
        except (Exception, KeyboardInterrupt) as error:  # re-raised by run(): a callback has no caller
            self._error = self._error or error
            self._uc.emu_stop()
            return 0

    # --- running ---

    def stop(self) -> None:
        """End the current run after the accessing instruction."""
        self._uc.emu_stop()

    def run(self, pc_addr: int) -> Outcome:
        """Run Thumb code from `pc_addr` until something stops it."""
        return self._run(pc_addr, _NEVER_ADDR)

    def run_to(self, pc_addr: int, end_addr: int) -> Outcome:
        """Run straight-line code from `pc_addr` up to, not including, the instruction at `end_addr`."""
        # Unicorn honours neither a count nor an end address in a block that it translated before.
        self._uc.ctl_remove_cache(pc_addr, end_addr + 4)
        try:
            return self._run(pc_addr, end_addr)
        finally:
            self._uc.ctl_remove_cache(pc_addr, end_addr + 4)

    def _run(self, pc_addr: int, until_addr: int) -> Outcome:
        self._interrupt = -1
        ending = Ending.COUNTED
        try:
            self._uc.emu_start(pc_addr | 1, until_addr)
        except UcError as error:
            ending = _ERRORS.get(error.errno, Ending.UNDEFINED)
            if error.errno not in _ERRORS and error.errno != UC_ERR_INSN_INVALID:
                raise
        if self._error is not None:
            error_kept, self._error = self._error, None
            raise error_kept
        pc = self.read(Reg.PC)
        return Outcome(self._classified(ending, pc), pc)

    def _classified(self, ending: Ending, pc_addr: int) -> Ending:
        if pc_addr >= EXC_RETURN_FIRST_ADDR:
            return Ending.EXCEPTION_RETURN
        if self._interrupt >= 0:
            return _INTERRUPTS.get(self._interrupt, Ending.UNDEFINED)
        if ending is Ending.UNDEFINED:
            return self._invalid(pc_addr)
        if ending is Ending.COUNTED and self._is_before(pc_addr, (_WFI,), (_WIDE_WFI,)):
            return Ending.SLEEP
        return ending

    def _invalid(self, pc_addr: int) -> Ending:
        if not self.read(Reg.XPSR) & _XPSR_T_MASK:
            return Ending.ARM_STATE
        if self._is_before(pc_addr, (_WFE,), (_WIDE_WFE,)):
            return Ending.WAIT_FOR_EVENT
        return Ending.HINT if self._is_before(pc_addr, tuple(_HINTS), ()) else Ending.UNDEFINED

    def _is_before(self, pc_addr: int, narrow: tuple[int, ...], wide: tuple[bytes, ...]) -> bool:
        if pc_addr != self.last_block_end_addr():
            return False
        try:
            before = bytes(self._uc.mem_read(pc_addr - 4, 4))
        except UcError:
            return False
        return int.from_bytes(before[2:], "little") in narrow or before in wide

    # --- registers and memory ---

    def read(self, register: Reg) -> int:
        """A register's value."""
        number = _REGISTERS.get(register)
        if number is None:
            return self._stack_limits.read(register)
        value = self._read_id(number)
        return value & ~1 if register is Reg.PC else value

    def _read_id(self, number: int) -> int:
        # The binding's own reg_read takes five times as long, and exceptions read a dozen registers each.
        self._read_register(self._handle, number, self._word_pointer)
        return self._word.value

    def write(self, register: Reg, value: int) -> None:
        """Set a register."""
        number = _REGISTERS.get(register)
        if number is None:
            self._stack_limits.write(register, value)
        else:
            self._write_id(number, value)

    def _write_id(self, number: int, value: int) -> None:
        self._word.value = value
        self._write_register(self._handle, number, self._word_pointer)

    def read_fp(self, index: int) -> int:
        """S0-S31 as a 32-bit pattern."""
        return self._read_id(arm_const.UC_ARM_REG_S0 + index)

    def write_fp(self, index: int, value: int) -> None:
        """Set S0-S31."""
        self._write_id(arm_const.UC_ARM_REG_S0 + index, value)

    def read_word(self, addr: int) -> int:
        """A word of RAM or flash."""
        return int.from_bytes(self.read_bytes(addr, 4), "little")

    def write_word(self, addr: int, value: int) -> None:
        """Write a word of RAM."""
        self.write_bytes(addr, value.to_bytes(4, "little"))

    def read_bytes(self, addr: int, size_bytes: int) -> bytes:
        """Bytes of RAM or flash."""
        try:
            return bytes(self._uc.mem_read(addr, size_bytes))
        except UcError:
            raise BusError(addr, is_write=False) from None

    def write_bytes(self, addr: int, data: bytes) -> None:
        """Write RAM or flash, whatever its protection."""
        try:
            self._uc.mem_write(addr, data)
        except UcError:
            raise BusError(addr, is_write=True) from None
