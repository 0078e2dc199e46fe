"""Which exception runs next (ARMv7-M ARM DDI0403, B1.5.4; ARMv6-M ARM DDI0419, B1.5.4)."""

from __future__ import annotations

import pytest

from mcusim.machine.registers import Reg

PEND_SV, SYS_TICK = 14, 15


def test_nothing_pending_means_nothing_to_take(system):
    assert system.model.next_exception() is None


def test_a_disabled_interrupt_does_not_run(system):
    system.model.pend(16 + 3)

    assert system.model.next_exception() is None


def test_the_lowest_priority_value_wins_among_several(system):
    for irq, priority in ((3, 0x60), (6, 0x20), (9, 0x40)):
        system.pend_irq(irq, priority)

    assert system.model.next_exception() == 16 + 6


def test_equal_priorities_run_in_order_of_number(system):
    for irq in (9, 3, 6):
        system.pend_irq(irq, 0x40)

    assert system.model.next_exception() == 16 + 3


def test_clearing_one_pending_interrupt_keeps_its_neighbours(system):
    for irq in (3, 6, 9):
        system.pend_irq(irq)
    system.model.clear_pending(16 + 6)

    assert system.table.pending_mask == (1 << 19) | (1 << 25)


def test_a_more_urgent_interrupt_preempts_a_handler(system):
    system.pend_irq(1, 0x80)
    system.run()
    system.pend_irq(2, 0x40)

    assert system.model.next_exception() == 16 + 2


def test_an_equal_priority_does_not_preempt(system):
    system.pend_irq(2, 0x80)
    system.run()
    system.pend_irq(1, 0x80)

    assert system.model.next_exception() is None


@pytest.mark.parametrize(
    ("prigroup", "expected"),
    [(3, 16 + 2), (4, None), (7, None)],
    ids=["4 group bits", "3 group bits: 0x40 and 0x50 are one group", "no group bits"],
)
def test_prigroup_decides_what_preempts(system, prigroup, expected):
    """PRIGROUP n: bits 7..n+1 are the group (ARMv7-M ARM, B1.5.4, table B1-7)."""
    system.table.prigroup = prigroup
    system.pend_irq(1, 0x50)
    system.run()
    system.pend_irq(2, 0x40)

    assert system.model.next_exception() == expected


def test_the_subpriority_orders_what_waits(system):
    system.table.prigroup = 7
    system.pend_irq(1, 0x50)
    system.pend_irq(2, 0x40)

    assert system.model.next_exception() == 16 + 2


def test_primask_holds_back_everything_but_nmi_and_hard_fault(system):
    system.core.write(Reg.PRIMASK, 1)
    system.pend_irq(1)
    assert system.model.next_exception() is None

    system.model.pend(2)
    assert system.model.next_exception() == 2


def test_faultmask_holds_back_hard_fault_but_not_nmi(system):
    system.core.write(Reg.FAULTMASK, 1)
    system.model.pend(3)
    assert system.model.next_exception() is None

    system.model.pend(2)
    assert system.model.next_exception() == 2


@pytest.mark.parametrize(
    ("basepri", "priority", "is_taken"),
    [(0x50, 0x40, True), (0x50, 0x50, False), (0x50, 0x60, False), (0, 0xF0, True), (0x0F, 0xF0, True)],
)
def test_basepri_masks_its_own_level_and_below(system, basepri, priority, is_taken):
    """Zero switches it off, and so does a value in the unimplemented bits (ARMv7-M ARM, B1.4.3)."""
    system.core.write(Reg.BASEPRI, basepri)
    system.pend_irq(1, priority)

    assert is_taken == (system.model.next_exception() is not None)


def test_wfi_wakes_although_primask_is_set(system):
    """ARMv7-M ARM, B1.5.19."""
    system.core.write(Reg.PRIMASK, 1)
    system.pend_irq(1)

    assert system.model.has_pending_enabled()


def test_wfi_does_not_wake_for_an_interrupt_that_basepri_masks(system):
    system.core.write(Reg.BASEPRI, 0x40)
    system.pend_irq(1, 0x80)

    assert not system.model.has_pending_enabled()


def test_wfi_does_not_wake_for_a_disabled_interrupt(system):
    system.model.pend(16 + 5)

    assert not system.model.has_pending_enabled()


def test_armv6m_implements_two_priority_bits(v6m):
    """0xFF reads back as 0xC0 (ARMv6-M ARM, B3.4.7)."""
    v6m.table.set_priority(16, 0xFF)

    assert v6m.table.priority(16) == 0xC0


def test_armv6m_orders_by_its_two_bits(v6m):
    v6m.pend_irq(1, 0xC0)
    v6m.pend_irq(2, 0x40)
    v6m.pend_irq(3, 0x7F)

    assert v6m.model.next_exception() == 16 + 2


def test_priorities_of_nmi_and_hard_fault_cannot_be_written(system):
    system.table.set_priority(2, 0x40)
    system.table.set_priority(3, 0x40)

    assert [system.table.priority(number) for number in (2, 3)] == [-2, -1]


def test_a_falling_line_leaves_the_interrupt_pending(system):
    system.table.set_enabled(16 + 4, True)
    system.model.set_level(4, True)
    system.model.set_level(4, False)

    assert system.model.next_exception() == 16 + 4


def test_a_line_that_stays_high_pends_again_after_its_handler(system):
    system.table.set_enabled(16 + 4, True)
    system.model.set_level(4, True)
    system.run()
    assert system.model.next_exception() is None

    result = system.model.return_from(0xFFFFFFF8)
    assert result.tail_chained == 16 + 4


def test_a_line_that_went_low_in_its_handler_does_not_pend_again(system):
    system.table.set_enabled(16 + 4, True)
    system.model.set_level(4, True)
    system.run()
    system.model.set_level(4, False)

    assert system.model.return_from(0xFFFFFFF8).tail_chained is None


def test_a_second_edge_in_the_handler_pends_again(system):
    system.table.set_enabled(16 + 4, True)
    for is_asserted in (True, False):
        system.model.set_level(4, is_asserted)
    system.run()
    for is_asserted in (True, False):
        system.model.set_level(4, is_asserted)

    assert system.model.return_from(0xFFFFFFF8).tail_chained == 16 + 4


def test_pending_cannot_be_cleared_while_the_line_is_high(system):
    """NVIC_ICPR has no effect on an asserted level interrupt (Cortex-M4 Generic User Guide, 4.2.9)."""
    system.model.set_level(4, True)
    system.model.clear_pending(16 + 4)

    assert system.table.pending_mask == 1 << 20


def test_a_line_without_a_number_does_nothing(system):
    system.model.set_level(-1, True)
    system.model.set_level(500, True)

    assert system.table.pending_mask == 0


def test_sevonpend_turns_a_disabled_interrupt_into_an_event(system):
    """ARMv7-M ARM, B1.5.18."""
    system.state.scr = 1 << 4
    system.model.pend(16 + 5)

    assert (system.model.take_event(), system.model.take_event()) == (True, False)


def test_without_sevonpend_pending_is_no_event(system):
    system.model.pend(16 + 5)

    assert not system.model.take_event()


def test_sev_sets_the_event_register(system):
    system.model.send_event()

    assert system.model.take_event()


def test_reset_forgets_everything_but_the_lines(system):
    system.pend_irq(1)
    system.run()
    system.model.set_level(7, True)
    system.model.reset()

    assert (system.table.pending_mask, system.table.active_mask) == (1 << 23, 0)
