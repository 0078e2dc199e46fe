"""Entry, return, stacks and frames (ARMv7-M ARM DDI0403, B1.5.6-B1.5.8)."""

from __future__ import annotations

import pytest

from mcusim.machine.exceptions import Lockup, Stack
from mcusim.machine.registers import Reg
from mcusim.machine.system.fault_bits import Cfsr, Hfsr

SYS_TICK = 15
FPCA = 1 << 2
LSPACT = 1


def _fill(core):
    for number, value in enumerate((0x11, 0x22, 0x33, 0x44)):
        core.write(Reg(number), value)
    core.write(Reg.R12, 0x55)
    core.write(Reg.LR, 0x66)
    core.write(Reg.XPSR, 0x8900_0000)


def test_entry_pushes_eight_words_in_the_manuals_order(system):
    """R0-R3, R12, LR, return address, xPSR, lowest first (ARMv7-M ARM, B1.5.6, figure B1-3)."""
    _fill(system.core)
    system.model.pend(SYS_TICK)
    entry = system.run(pc=0x248)

    expected = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x248, 0x8900_0000]
    assert expected == system.core.words(0x20000FE0, 8)
    assert (entry.frame_addr, entry.frame_words_count, entry.stack) == (0x20000FE0, 8, Stack.MAIN)


def test_entry_starts_the_handler_of_the_vector_table(system):
    system.model.pend(SYS_TICK)
    entry = system.run()

    assert (SYS_TICK, system.handler_addr(SYS_TICK), 12) == (entry.number, entry.handler_addr, entry.cycles)
    assert (system.core.read(Reg.LR), system.core.read(Reg.IPSR)) == (0xFFFFFFF9, SYS_TICK)


def test_the_vector_table_follows_vtor(system):
    system.state.vtor_addr = 0x20000000
    system.core.write_word(0x20000000 + 4 * SYS_TICK, 0x321)
    system.model.pend(SYS_TICK)

    assert system.run().handler_addr == 0x320


def test_return_restores_what_entry_saved(system):
    _fill(system.core)
    system.model.pend(SYS_TICK)
    system.run(pc=0x248)
    for number in (0, 1, 2, 3, 12, 14):
        system.core.write(Reg(number), 0xDEAD)
    result = system.model.return_from(0xFFFFFFF8)

    assert (result.pc, result.cycles, result.tail_chained) == (0x248, 12, None)
    restored = [system.core.read(Reg(number)) for number in (0, 1, 2, 3, 12, 14)]
    assert restored == [0x11, 0x22, 0x33, 0x44, 0x55, 0x66]
    assert (system.core.read(Reg.SP), system.core.read(Reg.XPSR)) == (0x20001000, 0x8900_0000)


def test_the_it_state_survives_an_interrupt(system):
    """EPSR.IT is bits 15:10 and 26:25 of the stacked xPSR (ARMv7-M ARM, B1.4.2)."""
    in_it_block = 0x0600_0000 | 0x0100_0000 | 0xFC00
    system.core.write(Reg.XPSR, in_it_block)
    system.model.pend(SYS_TICK)
    system.run()
    assert system.core.read(Reg.XPSR) & 0x0600_FC00 == 0

    system.model.return_from(0xFFFFFFF8)
    assert in_it_block == system.core.read(Reg.XPSR)


@pytest.mark.parametrize(
    ("sp", "frame_addr", "aligned_bit"),
    [(0x20001000, 0x20000FE0, 0), (0x20000FFC, 0x20000FD8, 1 << 9)],
)
def test_the_frame_is_aligned_to_eight_and_bit_9_remembers_it(system, sp, frame_addr, aligned_bit):
    """CCR.STKALIGN (ARMv7-M ARM, B1.5.7)."""
    system.core.write(Reg.MSP, sp)
    system.model.pend(SYS_TICK)
    entry = system.run()

    assert frame_addr == entry.frame_addr
    assert aligned_bit == system.core.read_word(frame_addr + 28) & (1 << 9)

    system.model.return_from(0xFFFFFFF8)
    assert sp == system.core.read(Reg.SP)
    assert system.core.read(Reg.XPSR) & (1 << 9) == 0


def test_without_stkalign_the_frame_starts_anywhere(system):
    system.state.ccr = 0
    system.core.write(Reg.MSP, 0x20000FFC)
    system.model.pend(SYS_TICK)

    assert system.run().frame_addr == 0x20000FDC


def test_a_thread_on_the_process_stack_is_stacked_there(system):
    system.core.write(Reg.CONTROL, 2)
    system.model.pend(SYS_TICK)
    entry = system.run()

    assert (entry.stack, entry.frame_addr) == (Stack.PROCESS, 0x20001FE0)
    assert system.core.read(Reg.LR) == 0xFFFFFFFD
    assert (system.core.read(Reg.SP), system.core.read(Reg.CONTROL)) == (0x20001000, 0)


def test_a_context_switch_returns_to_another_process_stack(system):
    """What an RTOS does in PendSV: the other task's frame was written before."""
    core = system.core
    core.write(Reg.CONTROL, 2)
    system.model.pend(14)
    system.run(pc=0x200)
    other_frame = [1, 2, 3, 4, 12, 14, 0x300, 0x0100_0000]
    for index, word in enumerate(other_frame):
        core.write_word(0x20002800 + 4 * index, word)
    core.write(Reg.PSP, 0x20002800)
    result = system.model.return_from(0xFFFFFFFC)

    assert (result.pc, result.stack, result.frame_addr) == (0x300, Stack.PROCESS, 0x20002800)
    assert (core.read(Reg.SP), core.read(Reg.CONTROL), core.read(Reg.R0)) == (0x20002820, 2, 1)


def test_an_unprivileged_thread_comes_back_unprivileged(system):
    core = system.core
    core.write(Reg.CONTROL, 3)
    system.model.pend(SYS_TICK)
    system.run(pc=0x200)
    assert (core.read(Reg.CONTROL), core.read(Reg.SP)) == (1, 0x20001000)

    result = system.model.return_from(0xFFFFFFFC)
    assert (result.pc, core.read(Reg.CONTROL), core.read(Reg.SP)) == (0x200, 3, 0x20002000)


def test_starting_the_first_task_from_svc_switches_to_the_process_stack(system):
    """FreeRTOS: SVC from main on MSP, return with 0xFFFFFFFD."""
    core = system.core
    system.model.supervisor_call(0x202)
    for index, word in enumerate([1, 2, 3, 4, 12, 14, 0x300, 0x0100_0000]):
        core.write_word(0x20001F00 + 4 * index, word)
    core.write(Reg.PSP, 0x20001F00)
    result = system.model.return_from(0xFFFFFFFC)

    assert (result.pc, core.read(Reg.SP), core.read(Reg.CONTROL)) == (0x300, 0x20001F20, 2)


def test_nested_handlers_use_the_main_stack_and_0xfffffff1(system):
    system.core.write(Reg.CONTROL, 2)
    system.pend_irq(1, 0x80)
    system.run(pc=0x200)
    system.pend_irq(2, 0x40)
    inner = system.run(pc=system.handler_addr(17) + 4)

    assert (inner.stack, system.core.read(Reg.LR)) == (Stack.MAIN, 0xFFFFFFF1)
    outer = system.model.return_from(0xFFFFFFF0)
    assert (system.handler_addr(17) + 4, 17) == (outer.pc, system.core.read(Reg.IPSR))
    thread = system.model.return_from(0xFFFFFFFC)
    assert (thread.pc, system.core.read(Reg.IPSR), system.core.read(Reg.SP)) == (0x200, 0, 0x20002000)


def test_a_waiting_interrupt_is_tail_chained_on_the_same_frame(system):
    _fill(system.core)
    system.pend_irq(1, 0x40)
    first = system.run(pc=0x248)
    system.pend_irq(2, 0x80)
    chained = system.model.return_from(0xFFFFFFF8)

    assert (18, system.handler_addr(18), 6) == (chained.tail_chained, chained.pc, chained.cycles)
    assert first.frame_addr == chained.frame_addr
    assert (system.core.read(Reg.LR), system.core.read(Reg.IPSR)) == (0xFFFFFFF9, 18)
    assert system.model.return_from(0xFFFFFFF8).pc == 0x248
    assert (system.core.read(Reg.R0), system.core.read(Reg.SP)) == (0x11, 0x20001000)


def test_tail_chaining_from_a_handler_on_a_process_stack_keeps_its_exc_return(system):
    system.core.write(Reg.CONTROL, 2)
    system.pend_irq(1, 0x40)
    system.run()
    system.pend_irq(2, 0x80)
    system.model.return_from(0xFFFFFFFC)

    assert system.core.read(Reg.LR) == 0xFFFFFFFD


def test_an_interrupt_below_the_interrupted_handler_is_not_tail_chained(system):
    system.pend_irq(1, 0x40)
    system.run()
    system.pend_irq(2, 0x20)
    system.run()
    system.pend_irq(3, 0x80)

    assert system.model.return_from(0xFFFFFFF0).tail_chained is None


def test_return_clears_faultmask(system):
    """All returns but from NMI (ARMv7-M ARM, B1.5.8, DeActivate)."""
    system.pend_irq(1)
    system.run()
    system.core.write(Reg.FAULTMASK, 1)
    system.model.return_from(0xFFFFFFF8)

    assert system.core.read(Reg.FAULTMASK) == 0


def test_return_from_nmi_keeps_faultmask(system):
    system.core.write(Reg.FAULTMASK, 1)
    system.model.pend(2)
    system.run()
    system.model.return_from(0xFFFFFFF8)

    assert system.core.read(Reg.FAULTMASK) == 1


def test_sleep_on_exit_sleeps_when_thread_mode_is_reached(system):
    """SCR.SLEEPONEXIT (ARMv7-M ARM, B1.5.8)."""
    system.state.scr = 1 << 1
    system.pend_irq(1, 0x80)
    system.run()
    system.pend_irq(2, 0x40)
    system.run()

    assert not system.model.return_from(0xFFFFFFF0).sleeps
    assert system.model.return_from(0xFFFFFFF8).sleeps


def test_entry_and_return_are_events_for_wfe(system):
    """ARMv7-M ARM, B1.5.18."""
    system.model.pend(SYS_TICK)
    system.run()
    assert system.model.take_event()

    system.model.return_from(0xFFFFFFF8)
    assert system.model.take_event()


# --- returns that the architecture refuses (INVPC) ---


@pytest.mark.parametrize(
    "exc_return",
    [0xFFFFFFF3, 0xFFFFFFF5, 0xFFFFFFE5, 0xFFFFFFFF],
    ids=["3", "5", "E5", "FF"],
)
def test_an_unknown_exc_return_is_an_invpc_fault(system, exc_return):
    system.pend_irq(1)
    system.run()
    result = system.model.return_from(exc_return)

    assert result.tail_chained == 3
    assert system.state.cfsr == Cfsr.INVPC
    assert system.state.hfsr == Hfsr.FORCED


def test_returning_to_thread_from_a_nested_handler_is_an_invpc_fault(system):
    system.pend_irq(1, 0x80)
    system.run()
    system.pend_irq(2, 0x40)
    system.run()
    result = system.model.return_from(0xFFFFFFF8)

    assert (result.tail_chained, system.state.cfsr) == (3, Cfsr.INVPC)


def test_an_enabled_usage_fault_handles_invpc(system):
    system.table.set_enabled(6, True)
    system.pend_irq(1, 0x80)
    system.run()
    result = system.model.return_from(0xFFFFFFF5)

    assert (result.tail_chained, system.state.hfsr) == (6, 0)


def test_returning_to_thread_with_a_handlers_xpsr_is_an_invpc_fault(system):
    system.pend_irq(1)
    entry = system.run()
    system.core.write_word(entry.frame_addr + 28, 0x0100_0000 | 17)

    assert system.model.return_from(0xFFFFFFF8).tail_chained == 3
    assert system.state.cfsr == Cfsr.INVPC


def test_an_fp_return_without_an_fpu_is_an_invpc_fault(make_system):
    system = make_system("cortex-m3")
    system.pend_irq(1)
    system.run()

    assert system.model.return_from(0xFFFFFFE8).tail_chained == 3


def test_exc_return_in_thread_mode_is_a_jump_to_nowhere(system):
    """The system region is execute-never (ARMv7-M ARM, B3.1)."""
    result = system.model.return_from(0xFFFFFFF8)

    assert (result.tail_chained, system.state.cfsr) == (3, Cfsr.IACCVIOL)


def test_returning_to_a_frame_without_the_thumb_bit_is_an_invstate_fault(system):
    system.pend_irq(1)
    entry = system.run(pc=0x200)
    system.core.write_word(entry.frame_addr + 28, 0)

    assert system.model.return_from(0xFFFFFFF8).tail_chained == 3
    assert system.state.cfsr == Cfsr.INVSTATE


def test_unstacking_from_nowhere_is_an_unstkerr_fault(system):
    system.core.write(Reg.CONTROL, 2)
    system.pend_irq(1)
    system.run()
    system.core.write(Reg.PSP, 0x10000000)
    result = system.model.return_from(0xFFFFFFFC)

    assert (result.tail_chained, system.state.cfsr) == (3, Cfsr.UNSTKERR)


def test_a_bad_return_from_hard_fault_takes_another_hard_fault(system):
    """Its priority is gone when the return is checked (ARMv7-M ARM, B1.5.8)."""
    system.model.pend(3)
    system.run()

    assert system.model.return_from(0xFFFFFFF5).tail_chained == 3


# --- stacking and vectors that fail ---


def test_a_stack_outside_memory_is_a_stkerr_hard_fault(system):
    system.core.write(Reg.MSP, 0x20000010)
    system.pend_irq(1)
    entry = system.run()

    assert (entry.number, system.state.cfsr, system.state.hfsr) == (3, Cfsr.STKERR, Hfsr.FORCED)


def test_the_interrupt_that_could_not_be_stacked_stays_pending(system):
    """ARMv7-M ARM, B1.5.11."""
    system.core.write(Reg.MSP, 0x20000010)
    number = system.pend_irq(1)
    system.run()

    assert system.table.pending_mask == 1 << number


def test_a_stacking_error_of_hard_fault_itself_does_not_pend_it_twice(system):
    system.core.write(Reg.MSP, 0x20000010)
    system.model.pend(3)
    entry = system.run()

    assert (entry.number, system.table.pending_mask) == (3, 0)


def test_an_unreadable_vector_is_a_vecttbl_hard_fault(system):
    system.state.vtor_addr = 0x0FFFFF00
    system.pend_irq(1)
    result = system.run()

    assert isinstance(result, Lockup), "the HardFault vector is unreadable too"
    assert system.state.hfsr == Hfsr.VECTTBL


def test_only_the_interrupts_vector_unreadable_runs_hard_fault(system):
    system.state.vtor_addr = 0x20000000 + 0x4000 - 4 * 16
    system.core.write_word(system.state.vtor_addr + 12, 0x501)
    system.pend_irq(1)
    result = system.run()

    assert (result.number, result.handler_addr, system.state.hfsr) == (3, 0x500, Hfsr.VECTTBL)


def test_an_empty_vector_is_an_invstate_fault(system):
    """Bit 0 of the vector becomes EPSR.T (ARMv7-M ARM, B1.5.3)."""
    system.core.write_word(4 * SYS_TICK, 0)
    system.model.pend(SYS_TICK)
    entry = system.run()

    assert (entry.number, system.state.cfsr) == (3, Cfsr.INVSTATE)
    assert system.core.read_word(entry.frame_addr + 24) == 0
