"""Lines, counters and deadlines that devices share."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mcusim.machine.devices.clock_net import ClockNet
from mcusim.machine.devices.ticks import Alarm, TickCounter

from .conftest import FakeHost


def test_listeners_hear_of_changes_only():
    net, heard = ClockNet(), []
    net.listen(lambda: heard.append(net.clock_hz("xosc")))

    net.publish("xosc", 12)
    net.publish("xosc", 12)
    net.publish("xosc", 13)

    assert heard == [12, 13]


def test_a_fixed_core_clock_stays_and_the_lines_still_follow(host):
    host.is_clock_fixed = True

    host.clock_net.publish_core(host, 180_000_000)

    assert host.core_clock_hz == 16_000_000


@given(st.lists(st.integers(1, 10_000), max_size=30), st.sampled_from([16_000_000, 32_768, 1_000_000]))
def test_looking_at_a_counter_never_changes_it(pauses, tick_hz):
    host = FakeHost(64_000_000)
    looked_at, alone = TickCounter(host), TickCounter(host)
    looked_at.run_at(tick_hz)
    alone.run_at(tick_hz)
    for cycles in pauses:
        host.advance(cycles)
        looked_at.resync()

    assert alone.count == looked_at.count == sum(pauses) * tick_hz // 64_000_000


def test_a_counter_keeps_its_time_when_the_core_clock_changes(host):
    counter = TickCounter(host)
    counter.run_at(1_000_000)
    host.advance(1_600)  # 100 us at 16 MHz
    host.core_clock_hz = 160_000_000
    counter.resync()
    host.advance(1_600)  # 10 us at 160 MHz

    assert counter.count == 110


def test_the_cycle_that_reaches_a_count_is_the_first_one(host):
    counter = TickCounter(host)
    counter.run_at(Fraction(32_768))
    host.advance(counter.reached_cycles(3) - 1)
    before = counter.count
    host.advance(1)

    assert (before, counter.count) == (2, 3)


def test_a_moved_alarm_rings_once_and_a_cancelled_one_never(host):
    rung = []
    alarm = Alarm(host, lambda: rung.append(host.now_cycles))
    alarm.set(10)
    alarm.set(20)
    host.advance(30)
    alarm.set(40)
    alarm.cancel()
    host.advance(100)

    assert rung == [20]
