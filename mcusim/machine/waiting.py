"""Skips time while the core sleeps or loops, and decides when firmware that only waits will never do anything else."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.options import RegionKind
from mcusim.machine.registers import Reg
from mcusim.machine.sleeps import Sleeps
from mcusim.machine.system.state import SCR_SLEEPDEEP
from mcusim.recording.timeline import PLAIN_SLEEP, sleep_name

if TYPE_CHECKING:
    from mcusim.machine.machine import Machine

_IDLE_LIMIT_S = Fraction(1)
_FIRST_CALL_LIMIT_S = Fraction(10)
"""Sketches wait some seconds for a terminal before they begin: the tick of their RTOS is all that runs."""
_PATIENCE_RATIO = Fraction(3, 2)
_LONGEST_LIMIT_S = Fraction(120)
"""A firmware that took ten seconds of samples before an inference may be collecting the next ten."""
_IDLE_WAKES_LIMIT = 100


class Waiting:
    """What happens at WFI, WFE and a loop that does nothing."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.sleeps = Sleeps()
        self._signs: tuple[int, ...] = ()
        self._since_s = Fraction(0)
        self._since_wakes_count = 0
        self._calls_count = 0
        self._last_call_s = Fraction(0)
        self._longest_gap_s = Fraction(0)
        """Between two inferences that it waited for; before the first, since reset."""

    def wait(self, *, is_sleep: bool, for_event: bool = False) -> None:
        """Skip time to the next event; end the run when there is none, or none that leads anywhere."""
        machine, power = self._machine, self._machine.host.power_net
        if self._wakes(is_sleep=is_sleep, for_event=for_event):
            return  # something is pending already: the core does not even begin to sleep
        asks_for_deep = power.ignores_sleepdeep or machine.exceptions.state.scr & SCR_SLEEPDEEP
        is_deep = asks_for_deep and power.deep_mode is not DeepSleep.SLEEP
        if not is_sleep or not is_deep:
            self._wait(is_sleep=is_sleep, for_event=for_event)
            return
        power.enter()
        self._wait(is_sleep=True, for_event=for_event)
        if not machine.has_ended:
            self._wake_up()
        if power.is_woken:
            power.reset_cause = "standby"
            machine.host.request_reset("wake-up from Standby")
        power.leave()

    def _wake_up(self) -> None:
        """Let the time pass that the chip needs to leave its mode; what counts in the mode still does."""
        machine, power = self._machine, self._machine.host.power_net
        begin_cycles = machine.core.now
        seconds = 0.0 if machine.host.reset_reason else self._wake_up_s()
        end_cycles = begin_cycles + ceil(Fraction(str(seconds)) * machine.phases.clock_hz)
        while machine.core.now < end_cycles and not machine.has_ended and not machine.host.reset_reason:
            due = (end_cycles, self._next_event_cycles(), machine.limit_cycles())
            until_cycles = min(each for each in due if each is not None)
            if until_cycles > machine.core.now:
                machine.core.sleep(until_cycles - machine.core.now)
            self._serve()
        is_standby = power.mode is DeepSleep.STANDBY
        cycles = machine.core.now - begin_cycles
        name = sleep_name(power.mode_name, is_standby=is_standby, is_waking=True)
        self.sleeps.note(begin_cycles, machine.core.now, name)
        machine.phases.note_wake_up(power.mode_name, cycles, is_standby=is_standby)

    def _wake_up_s(self) -> float:
        """From the power model; a chip with one deep sleep mode of its kind names it after the kind."""
        power = self._machine.host.power_net
        seconds = dict(self._machine.options.wake_ups)
        return seconds.get(power.mode_name, seconds.get(power.mode.value, 0.0))

    def _wait(self, *, is_sleep: bool, for_event: bool) -> None:
        machine = self._machine
        machine.connections.visit(is_early=True)
        while not self._wakes(is_sleep=is_sleep, for_event=for_event) and not machine.host.reset_reason:
            due_cycles = self._next_event_cycles()
            if due_cycles is None or self._only_interrupts():
                self._nothing_left(is_sleep=is_sleep, only_interrupts=due_cycles is not None)
                return
            limit_cycles = machine.limit_cycles()
            until_cycles = due_cycles if limit_cycles is None else min(due_cycles, limit_cycles)
            self._pass_time(until_cycles - machine.core.now, is_sleep=is_sleep)
            self._serve()
            if machine.has_ended:
                return

    def _serve(self) -> None:
        machine = self._machine
        machine.deadlines.run_due(machine.core.now)
        machine.connections.visit()
        machine.check_limits()

    def _next_event_cycles(self) -> int | None:
        """When something happens in the chip, or somebody who is connected may have done something."""
        machine = self._machine
        due_cycles, visit_cycles = machine.deadlines.next_cycles, machine.connections.next_cycles
        if due_cycles is None or visit_cycles is None:
            return visit_cycles if machine.connections.is_live else due_cycles
        return min(due_cycles, visit_cycles)

    def _wakes(self, *, is_sleep: bool, for_event: bool) -> bool:
        """WFI wakes for an exception that PRIMASK keeps from being taken; a loop goes on until one is taken."""
        exceptions, power = self._machine.exceptions, self._machine.host.power_net
        if power.mode is DeepSleep.STANDBY:
            return power.is_woken
        if for_event and exceptions.take_event():
            return True
        return exceptions.has_pending_enabled() if is_sleep else exceptions.next_exception() is not None

    def _pass_time(self, cycles: int, *, is_sleep: bool) -> None:
        core, name = self._machine.core, PLAIN_SLEEP
        if cycles > 0 and is_sleep:
            core.sleep(cycles)
            power = self._machine.host.power_net
            if power.is_stopped:
                is_standby = power.mode is DeepSleep.STANDBY
                self._machine.phases.note_deep_sleep(power.mode_name, cycles, is_standby=is_standby)
                name = sleep_name(power.mode_name, is_standby=is_standby)
            self.sleeps.note(core.now - cycles, core.now, name)
        elif cycles > 0:
            core.spin(cycles)

    def _only_interrupts(self) -> bool:
        """True when no sign of work has moved for a second of simulated time, or ten before the first inference.

        After inferences that it waited for, half as long again as the longest wait if that is more.

        While a low-power timer or clock is armed, it must also have fired a hundred times without any work.
        """
        machine, power = self._machine, self._machine.host.power_net
        if machine.connections.is_live:
            return False
        self._note_calls()
        console_bytes = sum(len(text) for _, text in machine.host.console)
        taken_count = machine.host.serial.taken_count
        signs = (console_bytes, taken_count, machine.core.watched_count, machine.core.blocks_count)
        if signs != self._signs:
            self._signs, self._since_s = signs, machine.now_s
            self._since_wakes_count = power.wakes_count
        is_waiting = power.has_armed and power.wakes_count - self._since_wakes_count < _IDLE_WAKES_LIMIT
        return not is_waiting and machine.now_s - self._since_s >= self._limit_s()

    def _note_calls(self) -> None:
        machine = self._machine
        if machine.core.watched_count != self._calls_count:
            self._calls_count = machine.core.watched_count
            self._longest_gap_s = max(self._longest_gap_s, machine.now_s - self._last_call_s)
            self._last_call_s = machine.now_s

    def _limit_s(self) -> Fraction:
        machine = self._machine
        is_ahead = machine.options.region.kind is RegionKind.FUNCTION and not machine.core.watched_count
        if is_ahead:
            return _FIRST_CALL_LIMIT_S
        return max(_IDLE_LIMIT_S, min(_PATIENCE_RATIO * self._longest_gap_s, _LONGEST_LIMIT_S))

    def _nothing_left(self, *, is_sleep: bool, only_interrupts: bool) -> None:
        machine = self._machine
        why = (
            f"only interrupts ran for {float(self._limit_s()):.3g} s"
            if only_interrupts
            else "nothing is pending that could wake it"
        )
        if machine.faults.pending is not None:
            where = machine.functions.symbols.named(machine.pc_addr)
            machine.faults.end_with_first(f"its handler waits for ever in {where}")
        elif self._main_has_returned():
            machine.end("main_returned", f"main returned; {why}", machine.pc_addr)
        elif is_sleep:
            machine.end("sleep_forever", f"the core sleeps and {why}", machine.pc_addr)
        else:
            machine.end("idle_loop", f"the firmware is in an endless loop and {why}", machine.pc_addr)

    def _main_has_returned(self) -> bool:
        machine = self._machine
        if machine.options.main_addr < 0 or machine.cpu.read(Reg.IPSR):
            return False
        index = machine.functions.index_at(machine.options.main_addr)
        was_called = any(row[0] == index for row in machine.core.nodes())
        return was_called and all(function != index for function, _ in machine.core.frames())
