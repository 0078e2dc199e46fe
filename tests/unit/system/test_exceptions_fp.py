"""Floating-point frames and lazy stacking (ARMv7-M ARM DDI0403, B1.5.7; Arm AN298)."""

from __future__ import annotations

import pytest

from mcusim.machine.exceptions import EntryResult, Stack
from mcusim.machine.registers import Reg
from mcusim.machine.system.fault_bits import Cfsr

FPCA = 1 << 2
ASPEN, LSPEN, LSPACT = 1 << 31, 1 << 30, 1
SYS_TICK = 15


def _use_fpu(system):
    system.core.fp[:16] = range(100, 116)
    system.core.write(Reg.FPSCR, 0x6000_0010)
    system.core.write(Reg.CONTROL, system.core.read(Reg.CONTROL) | FPCA)


@pytest.fixture
def fp_system(system):
    _use_fpu(system)
    return system


def test_an_fp_context_reserves_26_words(fp_system):
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()

    assert (entry.frame_words_count, entry.frame_addr, entry.has_lazy_frame) == (26, 0x20001000 - 0x68, True)
    assert fp_system.core.read(Reg.LR) == 0xFFFFFFE9


def test_lazy_stacking_writes_no_fp_register_and_takes_no_longer(fp_system):
    """Entry stays at 12 cycles (AN298)."""
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()

    assert fp_system.core.words(entry.frame_addr + 0x20, 18) == [0] * 18
    assert entry.cycles == 12
    assert entry.frame_addr + 0x20 == fp_system.state.fpcar_addr
    assert fp_system.core.read(Reg.CONTROL) & FPCA == 0


def test_the_first_fp_instruction_of_the_handler_saves_the_registers(fp_system):
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()
    cycles = fp_system.model.perform_lazy_save(entry.handler_addr)

    saved = fp_system.core.words(entry.frame_addr + 0x20, 17)
    assert [*range(100, 116), 0x6000_0010] == saved
    assert (cycles, fp_system.model.lazy_save_needed()) == (18, False)


def test_nothing_is_saved_twice(fp_system):
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()
    fp_system.model.perform_lazy_save(entry.handler_addr)

    assert fp_system.model.perform_lazy_save(entry.handler_addr) == 0


def test_a_handler_without_fp_returns_with_the_registers_untouched(fp_system):
    fp_system.model.pend(SYS_TICK)
    fp_system.run(pc=0x200)
    result = fp_system.model.return_from(0xFFFFFFE8)

    assert (result.pc, result.cycles, result.frame_words_count) == (0x200, 12, 26)
    assert list(range(100, 116)) == fp_system.core.fp[:16]
    assert fp_system.core.read(Reg.CONTROL) == FPCA
    assert (fp_system.core.read(Reg.SP), fp_system.model.lazy_save_needed()) == (0x20001000, False)


def test_a_handler_that_used_fp_gives_the_registers_back(fp_system):
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()
    fp_system.model.perform_lazy_save(entry.handler_addr)
    fp_system.core.fp[:16] = [0] * 16
    fp_system.core.write(Reg.FPSCR, 0)
    result = fp_system.model.return_from(0xFFFFFFE8)

    assert list(range(100, 116)) == fp_system.core.fp[:16]
    assert (fp_system.core.read(Reg.FPSCR), result.cycles) == (0x6000_0010, 12 + 17)


def test_without_lazy_stacking_entry_writes_the_registers(fp_system):
    """29 instead of 12 cycles (AN298)."""
    fp_system.state.fpccr = ASPEN
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()

    assert list(range(100, 116)) == fp_system.core.words(entry.frame_addr + 0x20, 16)
    assert (entry.cycles, entry.has_lazy_frame) == (29, False)


def test_without_automatic_preservation_the_frame_is_small(fp_system):
    fp_system.state.fpccr = 0
    fp_system.model.pend(SYS_TICK)

    assert fp_system.run().frame_words_count == 8


def test_an_fp_frame_is_aligned_even_without_stkalign(fp_system):
    """forcealign (PushStack; ARMv7-M ARM, B1.5.7)."""
    fp_system.state.ccr = 0
    fp_system.core.write(Reg.MSP, 0x20000FFC)
    fp_system.model.pend(SYS_TICK)
    entry = fp_system.run()

    assert entry.frame_addr == (0x20000FFC - 0x68) & ~7
    fp_system.model.return_from(0xFFFFFFE8)
    assert fp_system.core.read(Reg.SP) == 0x20000FFC


def test_an_fp_frame_of_a_task_is_on_the_process_stack(fp_system):
    fp_system.core.write(Reg.CONTROL, FPCA | 2)
    fp_system.model.pend(14)
    entry = fp_system.run()

    assert (entry.stack, fp_system.core.read(Reg.LR)) == (Stack.PROCESS, 0xFFFFFFED)


def test_nesting_keeps_the_outer_lazy_frame(fp_system):
    fp_system.pend_irq(1, 0x80)
    outer = fp_system.run()
    fp_system.pend_irq(2, 0x40)
    inner = fp_system.run()

    assert (inner.frame_words_count, inner.has_lazy_frame) == (8, True)
    assert outer.frame_addr + 0x20 == fp_system.state.fpcar_addr
    assert fp_system.core.read(Reg.LR) == 0xFFFFFFF1


def test_a_save_from_the_inner_handler_fills_the_outer_frame(fp_system):
    fp_system.pend_irq(1, 0x80)
    outer = fp_system.run()
    fp_system.pend_irq(2, 0x40)
    inner = fp_system.run()
    fp_system.model.perform_lazy_save(inner.handler_addr)

    assert list(range(100, 116)) == fp_system.core.words(outer.frame_addr + 0x20, 16)


def test_a_handler_with_its_own_fp_context_gets_an_e1_frame(fp_system):
    fp_system.pend_irq(1, 0x80)
    outer = fp_system.run()
    fp_system.model.perform_lazy_save(outer.handler_addr)
    _use_fpu(fp_system)
    fp_system.pend_irq(2, 0x40)

    assert fp_system.run().frame_words_count == 26
    assert fp_system.core.read(Reg.LR) == 0xFFFFFFE1


def test_tail_chaining_keeps_the_lazy_frame(fp_system):
    fp_system.pend_irq(1, 0x40)
    fp_system.run()
    fp_system.pend_irq(2, 0x80)
    chained = fp_system.model.return_from(0xFFFFFFE8)

    assert (
        chained.tail_chained,
        chained.frame_words_count,
        fp_system.model.lazy_save_needed(),
    ) == (18, 26, True)
    assert fp_system.core.read(Reg.LR) == 0xFFFFFFE9


def test_fpccr_remembers_thread_mode_and_hard_fault_readiness(fp_system):
    """FPCCR.THREAD and HFRDY (ARMv7-M ARM, B3.2.21)."""
    fp_system.model.pend(SYS_TICK)
    fp_system.run()

    assert fp_system.state.fpccr == ASPEN | LSPEN | 1 << 3 | 1 << 4 | LSPACT


def test_a_lazy_save_into_nowhere_is_an_lsperr_fault(fp_system):
    fp_system.model.pend(SYS_TICK)
    fp_system.run()
    fp_system.state.fpcar_addr = 0x10000000
    result = fp_system.model.perform_lazy_save(0x300)

    assert isinstance(result, EntryResult)
    assert (result.number, fp_system.state.cfsr) == (3, Cfsr.LSPERR)


@pytest.mark.parametrize(
    ("cpacr", "control", "is_enabled"),
    [(0, 0, False), (0xF << 20, 0, True), (0x5 << 20, 0, True), (0x5 << 20, 1, False), (0xF << 20, 1, True)],
)
def test_cpacr_enables_the_fpu(system, cpacr, control, is_enabled):
    """CP10: 0 nobody, 1 privileged, 3 everybody (ARMv7-M ARM, B3.2.20)."""
    system.state.cpacr = cpacr
    system.core.write(Reg.CONTROL, control)

    assert is_enabled == system.model.is_fpu_enabled()


def test_a_core_without_fpu_never_has_it_enabled(make_system):
    system = make_system("cortex-m3")
    system.state.cpacr = 0xF << 20

    assert not system.model.is_fpu_enabled()


def test_the_first_fp_instruction_takes_the_default_rounding_mode(system):
    """FPDSCR goes to FPSCR (ExecuteFPCheck; ARMv7-M ARM, B1.5.7)."""
    system.state.fpdscr = 0x0100_0000
    system.model.note_fp_use()

    assert (system.core.read(Reg.FPSCR), system.core.read(Reg.CONTROL)) == (0x0100_0000, FPCA)


def test_a_running_fp_context_keeps_its_rounding_mode(fp_system):
    fp_system.state.fpdscr = 0x0100_0000
    fp_system.model.note_fp_use()

    assert fp_system.core.read(Reg.FPSCR) == 0x6000_0010
