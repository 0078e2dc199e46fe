"""SysTick counts LOAD + 1 ticks per period (ARMv7-M ARM DDI0403, B3.3)."""

from __future__ import annotations

import pytest

from mcusim.machine.system.systick import CALIB, CSR, CVR, RVR, SysTick, SysTickClock

SYS_TICK = 15
WORD = 0xFFFFFFFF
ENABLE, TICKINT, CPU_CLOCK, COUNTFLAG = 1, 2, 4, 1 << 16
RUN = ENABLE | CPU_CLOCK


class Bench:
    def __init__(self, system, host, clock=None):
        self.device = SysTick(system.model, host, clock or SysTickClock())
        self.registers = self.device.registers()
        self.system, self.host = system, host

    def read(self, offset):
        return self.registers[offset].read()

    def write(self, offset, value):
        self.registers[offset].write(value, WORD)

    def start(self, load, control=RUN):
        self.write(RVR, load)
        self.write(CVR, 0)
        self.write(CSR, control)

    def take_tick(self):
        """Whether the exception pends; acknowledges it."""
        is_pending = bool(self.system.table.pending_mask >> SYS_TICK & 1)
        self.system.model.clear_pending(SYS_TICK)
        return is_pending

    def tick_times(self, until_cycles, late_cycles=0):
        """When the exception became pending, looking at every cycle."""
        times = []
        while self.host.now_cycles < until_cycles:
            self.host.advance(1, late_cycles)
            if self.take_tick():
                times.append(self.host.now_cycles)
        return times


@pytest.fixture
def bench(system, host):
    return Bench(system, host)


def test_the_first_tick_loads_and_the_counter_goes_down(bench):
    bench.start(load=3)
    values = []
    for _ in range(9):
        values.append(bench.read(CVR))
        bench.host.advance(1)

    assert values == [0, 3, 2, 1, 0, 3, 2, 1, 0]


def test_reading_seldom_gives_the_same_value_as_reading_always(bench):
    bench.start(load=999)
    bench.host.advance(1_000_123)

    assert bench.read(CVR) == 1000 - 1_000_123 % 1000


def test_the_exception_comes_every_load_plus_one_cycles(bench):
    bench.start(load=9, control=RUN | TICKINT)

    assert bench.tick_times(45) == [10, 20, 30, 40]


def test_late_callbacks_do_not_shift_the_ticks_after_them(bench):
    """A thousand 1 ms ticks at 16 MHz, each noticed 7 cycles late at the end of a block."""
    bench.start(load=15_999, control=RUN | TICKINT)
    ticks_count = 0
    for _ in range(1000):
        bench.host.advance(16_000, late_cycles=7)
        ticks_count += bench.take_tick()
    bench.host.advance(7)

    assert bench.read(CVR) == 16_000 - 7
    assert ticks_count == 999


def test_without_tickint_nothing_pends(bench):
    bench.start(load=9)

    assert bench.tick_times(45) == []


def test_countflag_tells_of_a_zero_once(bench):
    bench.start(load=9)
    bench.host.advance(9)
    assert bench.read(CSR) & COUNTFLAG == 0

    bench.host.advance(1)
    assert [bench.read(CSR) & COUNTFLAG for _ in range(2)] == [COUNTFLAG, 0]


def test_reading_the_counter_keeps_countflag(bench):
    bench.start(load=9)
    bench.host.advance(12)
    bench.read(CVR)

    assert bench.read(CSR) & COUNTFLAG


def test_writing_the_counter_clears_it_and_countflag_and_pends_nothing(bench):
    bench.start(load=9, control=RUN | TICKINT)
    bench.host.advance(5)
    bench.write(CVR, 0x1234)

    assert (bench.read(CVR), bench.read(CSR) & COUNTFLAG) == (0, 0)
    assert bench.tick_times(16) == [15]


def test_a_new_reload_value_counts_from_the_next_reload(bench):
    bench.start(load=9, control=RUN | TICKINT)
    bench.host.advance(4)
    bench.write(RVR, 4)

    assert bench.tick_times(21) == [10, 15, 20]


def test_reload_zero_stops_at_the_next_wrap(bench):
    """ARMv7-M ARM, B3.3.4."""
    bench.start(load=9, control=RUN | TICKINT)
    bench.host.advance(4)
    bench.write(RVR, 0)

    assert bench.tick_times(60) == [10]
    assert bench.read(CVR) == 0


def test_stopping_holds_the_value_and_starting_continues(bench):
    bench.start(load=9)
    bench.host.advance(4)
    bench.write(CSR, 0)
    bench.host.advance(100)
    assert bench.read(CVR) == 6

    bench.write(CSR, RUN)
    bench.host.advance(2)
    assert bench.read(CVR) == 4


def test_a_stopped_timer_pends_nothing(bench):
    bench.start(load=9, control=RUN | TICKINT)
    bench.host.advance(4)
    bench.write(CSR, 0)

    assert bench.tick_times(60) == []


def test_a_zero_seen_before_its_callback_still_pends_once(bench):
    """The access comes in the block that runs over the deadline."""
    bench.start(load=9, control=RUN | TICKINT)
    bench.host.now_cycles = 13
    bench.write(RVR, 99)

    assert bench.take_tick()
    bench.host.advance(0)
    assert not bench.take_tick()


def test_enabling_the_interrupt_later_keeps_the_phase(bench):
    bench.start(load=9)
    bench.host.advance(4)
    bench.write(CSR, RUN | TICKINT)

    assert bench.tick_times(31) == [10, 20, 30]


def test_the_reload_value_has_24_bits(bench):
    bench.write(RVR, 0xFF123456)

    assert bench.read(RVR) == 0x123456


def test_the_reference_clock_divides_by_eight(bench):
    """CLKSOURCE = 0 on STM32: HCLK/8 (ST PM0214, 4.5.1)."""
    bench.start(load=9, control=ENABLE | TICKINT)

    assert bench.tick_times(250) == [80, 160, 240]


def test_a_reference_clock_of_fixed_rate_ignores_the_core_clock(system, host):
    """1 MHz at 16 MHz is 16 cycles a tick, at 4 MHz 4 cycles."""
    bench = Bench(system, host, SysTickClock(fixed_hz=1_000_000))
    bench.start(load=9, control=ENABLE | TICKINT)
    bench.host.advance(80)
    host.core_clock_hz = 4_000_000
    bench.device.core_clock_changed()

    assert bench.tick_times(200) == [80 + 20, 140, 180]


def test_a_half_reference_tick_survives_a_clock_change(system, host):
    bench = Bench(system, host, SysTickClock(fixed_hz=1_000_000))
    bench.start(load=9, control=ENABLE | TICKINT)
    bench.host.advance(8)
    host.core_clock_hz = 4_000_000
    bench.device.core_clock_changed()

    assert bench.tick_times(50) == [8 + 2 + 9 * 4]


def test_a_chip_without_reference_clock_always_uses_the_core(system, host):
    """SYST_CALIB.NOREF makes CLKSOURCE read as one (ARMv7-M ARM, B3.3.3)."""
    bench = Bench(system, host, SysTickClock(calib=1 << 31))
    bench.start(load=9, control=ENABLE | TICKINT)

    assert bench.read(CSR) & CPU_CLOCK == CPU_CLOCK
    assert bench.tick_times(11) == [10]
    assert bench.read(CALIB) == 1 << 31


def test_reset_stops_the_timer_for_good(bench):
    bench.start(load=9, control=RUN | TICKINT)
    bench.device.reset()

    assert bench.tick_times(60) == []
    assert (bench.read(CSR), bench.read(RVR)) == (0, 0)
