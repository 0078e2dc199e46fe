"""A machine that stands where a function is called, warm as after two calls of it, so that many inputs begin alike.

Warm: the first call has run, twice, on what the firmware gave it. Translated code, costs of blocks, flash buffers,
caches and branch predictions are those after it. Registers and all RAM are put back to the call, and nothing else is:
devices, pending deadlines and simulated time go on from there.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.errors import ExitCode, McusimError
from mcusim.machine.record import call_tree
from mcusim.machine.registers import BusError, Reg
from mcusim.recording.recording import Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcusim.machine.machine import Machine
    from mcusim.machine.options import MemoryWrite
    from mcusim.recording.recording import CallNode, Function, Phase

_SPECIAL = (Reg.XPSR, Reg.PRIMASK, Reg.FAULTMASK, Reg.BASEPRI, Reg.CONTROL, Reg.MSP, Reg.PSP, Reg.SP)
"""SP last: it is MSP or PSP, as CONTROL says."""
_FP_REGISTERS_COUNT = 32
_BLX_MASK, _BLX = 0xFF87, 0x4780  # BLX <Rm>, encoding T1 (ARMv7-M ARM, A7.7.19)
_BL_FIRST_MASK, _BL_FIRST = 0xF800, 0xF000  # BL <label>, encoding T1 (A7.7.18): 11110… and 11.1…
_BL_SECOND_MASK, _BL_SECOND = 0xD000, 0xD000


class SnapshotError(McusimError):
    """The firmware does not get to the function, or not back from it."""

    exit_code = ExitCode.FIRMWARE_FAULTED


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """One call of the measured function."""

    stop: Stop | None
    """What ended the run instead of the call's return; the other fields are then those of no call."""
    cycles: int = 0
    """With what interrupted it and sleep."""
    sleep_cycles: int = 0
    latency_s: float = 0.0
    other_tasks_cycles: int = 0
    phases: tuple[Phase, ...] = ()
    """From the snapshot to the return."""
    functions: tuple[Function, ...] = ()
    calls: tuple[CallNode, ...] = ()
    data: bytes = b""
    """What was read at the return."""
    warnings: tuple[str, ...] = ()
    """That this call has added."""


class Snapshot:
    """One machine, not run yet, whose options watch the measured function; made before anything else runs it."""

    def __init__(self, machine: Machine, place_addr: int, function_addr: int) -> None:
        self._machine = machine
        self._place_addr, self._function_addr = place_addr, function_addr
        self._is_armed = True
        self._is_at_place = False
        self._return_addr = -1
        self._has_returned = False
        self._calls_count = 0
        machine.core.calls_enough = 1  # so that each end of a call comes to Python
        machine.cpu.hook_addr(place_addr, self._entered_place)
        if function_addr != place_addr:
            machine.cpu.hook_addr(function_addr, self._entered_function)

    # --- getting there ---

    def reach(self, limit_s: Fraction) -> None:
        """Run from reset to the place's first call and keep registers and RAM.

        Raises:
            SnapshotError: the firmware ended first, or `limit_s` of simulated time passed.
        """
        machine = self._machine
        machine.begin()
        while not self._is_at_place:
            if machine.has_ended:
                raise self._not_reached(machine.stop)
            if machine.now_s >= limit_s:
                raise self._not_reached(None)
            machine.advance()
        self._return_addr = machine.cpu.read(Reg.LR) & ~1
        self._keep()

    def warm_up(self, limit_cycles: int) -> CallOutcome:
        """Run the call twice as the firmware makes it the first time, each time putting registers and RAM back to its
        begin: the second time makes known what follows from putting back. The outcome is the second one's.

        Raises:
            SnapshotError: it does not return within `limit_cycles`.
        """
        self._warm_call(limit_cycles)
        return self._warm_call(limit_cycles)

    def _warm_call(self, limit_cycles: int) -> CallOutcome:
        outcome = self._call(limit_cycles, lambda: b"")
        if outcome.stop is not None:
            raise self._not_returned(outcome.stop)
        self._put_back()
        return outcome

    def call(
        self, writes: tuple[MemoryWrite, ...], limit_cycles: int, read: Callable[[], bytes]
    ) -> CallOutcome:
        """One call with `writes` in memory; `read` is asked when it has returned. Uses the snapshot up: call this in a
        process of its own (forks.py)."""
        for each in writes:
            self._machine.memory.write(each.addr, each.data)
        # An input that makes it hang must not take the millions of cycles that are run between two looks.
        self._machine.deadlines.at(self._machine.core.now + limit_cycles, lambda: None)
        return self._call(limit_cycles, read)

    # --- places ---

    def _entered_place(self, addr: int) -> None:
        if self._is_armed:
            self._is_armed, self._is_at_place = False, True
            self._machine.cpu.stop()
        elif addr == self._function_addr:
            self._entered_function(addr)

    def _entered_function(self, _addr: int) -> None:
        """Where it returns to is known from here on. Unicorn only asks hooks of what it has not translated yet."""
        if self._is_armed or (self._return_addr >= 0 and self._place_addr == self._function_addr):
            return
        return_addr = self._machine.cpu.read(Reg.LR) & ~1
        if return_addr != self._return_addr:
            self._hook_return(return_addr)

    def _hook_return(self, addr: int) -> None:
        self._return_addr = addr
        self._machine.cpu.hook_addr(addr, self._returned)

    def _returned(self, _addr: int) -> None:
        if self._machine.core.watched_count > self._calls_count:
            self._has_returned = True
            self._machine.cpu.stop()

    # --- registers and RAM ---

    def _keep(self) -> None:
        machine = self._machine
        cpu = machine.cpu
        self._general = tuple((Reg(number), cpu.read(Reg(number))) for number in range(13))
        self._special = tuple((register, cpu.read(register)) for register in (Reg.LR, *_SPECIAL))
        self._fp: tuple[int, ...] = ()
        if machine.exceptions.variant.has_fpu:
            self._fp = tuple(cpu.read_fp(index) for index in range(_FP_REGISTERS_COUNT))
            self._special += ((Reg.FPSCR, cpu.read(Reg.FPSCR)),)
        self._ram = tuple(
            (each, bytes(each.buffer))
            for each in machine.memory.mapped
            if each.region.medium is Medium.SRAM and not each.region.alias_of
        )
        self._begin_addr = self._call_site()
        if self._place_addr == self._function_addr:
            self._hook_return(self._return_addr)
        else:
            self._return_addr = -1

    def _put_back(self) -> None:
        machine = self._machine
        for mapped, data in self._ram:
            mapped.buffer[:] = data
        for register, value in (*self._special, *self._general):
            machine.cpu.write(register, value)
        for index, value in enumerate(self._fp):
            machine.cpu.write_fp(index, value)
        machine.go_to(self._begin_addr)

    def _call_site(self) -> int:
        """The instruction that calls the place, so that calls are counted as calls; the place itself where it was
        reached by a jump and the caller's registers are gone."""
        addr = self._return_addr
        second, first = self._halfword(addr - 2), self._halfword(addr - 4)
        if second & _BLX_MASK == _BLX:
            register = Reg(second >> 3 & 0xF)
            is_call = self._machine.cpu.read(register) & ~1 == self._place_addr
            return addr - 2 if is_call else self._place_addr
        if first & _BL_FIRST_MASK == _BL_FIRST and second & _BL_SECOND_MASK == _BL_SECOND:
            return addr - 4 if _bl_target(addr, first, second) == self._place_addr else self._place_addr
        return self._place_addr

    def _halfword(self, addr: int) -> int:
        try:
            return int.from_bytes(self._machine.cpu.read_bytes(addr, 2), "little")
        except BusError:
            return 0

    # --- calls ---

    def _call(self, limit_cycles: int, read: Callable[[], bytes]) -> CallOutcome:
        machine, phases = self._machine, self._machine.phases
        warnings_count = len(machine.host.warnings)
        phases_count = len(phases.finished())
        begin_now, begin_s, begin_hz = machine.core.now, machine.now_s, phases.clock_hz
        self._calls_count, sum_cycles = machine.core.watched_count, machine.core.watched(False)[1]
        others_cycles = machine.flows.times.other_tasks_cycles
        self._has_returned = False
        stop = self._run_call(begin_now + limit_cycles)
        if stop is not None:
            return CallOutcome(stop)
        data = read()
        begin, end, sleep_cycles = self._last_call()
        first_s = begin_s + (begin - begin_now) / begin_hz
        last_s = float(machine.now_s) + (end - machine.core.now) / phases.clock_hz
        functions, nodes = call_tree(machine)
        return CallOutcome(
            stop=None,
            cycles=machine.core.watched(False)[1] - sum_cycles,
            sleep_cycles=sleep_cycles,
            latency_s=float(last_s - first_s),
            other_tasks_cycles=machine.flows.times.other_tasks_cycles - others_cycles,
            phases=phases.finished()[phases_count:],
            functions=functions,
            calls=nodes,
            data=data,
            warnings=tuple(machine.host.warnings)[warnings_count:],
        )

    def _run_call(self, limit_cycles: int) -> Stop | None:
        """Until the function has returned; why it has not."""
        machine = self._machine
        while not self._has_returned and machine.core.watched_count == self._calls_count:
            if machine.has_ended:
                return machine.stop
            if machine.core.now >= limit_cycles:
                return Stop("max_cycles", "the call takes too long", machine.pc_addr)
            machine.advance()
        return None

    def _last_call(self) -> tuple[int, int, int]:
        rows = array("q")
        rows.frombytes(self._machine.core.watched(False)[4][-24:])
        begin, end, sleep = rows
        return begin, end, sleep

    # --- errors ---

    def _named(self, addr: int) -> str:
        return self._machine.functions.symbols.named(addr)

    def _not_reached(self, stop: Stop | None) -> SnapshotError:
        name = self._named(self._place_addr)
        return SnapshotError(
            f"the firmware never called {name}",
            where=self._named(stop.pc_addr) if stop is not None else "",
            why=f"the run ended first: {stop.detail or stop.reason}"
            if stop is not None
            else f"{float(self._machine.now_s):.3g} s of simulated time passed",
            fix="name the function that runs one inference (--inference), and see what mcusim run says of the firmware",
        )

    def _not_returned(self, stop: Stop) -> SnapshotError:
        name = self._named(self._function_addr)
        return SnapshotError(
            f"{name} did not return from its first call",
            where=self._named(stop.pc_addr),
            why=stop.detail or stop.reason,
            fix="see what mcusim run says of the firmware; name another function with --inference",
        )


def _bl_target(return_addr: int, first: int, second: int) -> int:
    """BL's target (A7.7.18): S:I1:I2:imm10:imm11:0 from the instruction's address + 4."""
    sign = first >> 10 & 1
    bits = [(second >> 13 & 1 ^ sign ^ 1), (second >> 11 & 1 ^ sign ^ 1)]
    offset = sign << 24 | bits[0] << 23 | bits[1] << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
    return (return_addr + offset - (sign << 25)) & 0xFFFF_FFFF
