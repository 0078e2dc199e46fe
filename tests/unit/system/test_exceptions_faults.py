"""Faults, escalation and lockup (ARMv7-M ARM DDI0403, B1.5.14, B1.5.15; ARMv6-M ARM DDI0419, B1.5.6)."""

from __future__ import annotations

import pytest

from mcusim.machine.exceptions import FaultKind, Lockup
from mcusim.machine.registers import Reg
from mcusim.machine.system.fault_bits import Cfsr, Dfsr, Hfsr

KINDS = [FaultKind.MEM_MANAGE, FaultKind.BUS, FaultKind.USAGE]


def _bus_fault(system, pc=0x222):
    return system.model.raise_fault(FaultKind.BUS, Cfsr.PRECISERR, 0x10000000, pc)


def test_a_disabled_bus_fault_becomes_a_forced_hard_fault(system):
    entry = _bus_fault(system)

    assert (entry.number, system.state.hfsr) == (3, Hfsr.FORCED)
    assert system.state.cfsr == Cfsr.PRECISERR | Cfsr.BFARVALID
    assert system.state.bfar_addr == 0x10000000
    assert system.core.read_word(entry.frame_addr + 24) == 0x222


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_enabled_fault_handler_runs(system, kind):
    system.table.set_enabled(kind.value, True)
    entry = system.model.raise_fault(kind, 1 << 16, None, 0x222)

    assert (kind.value, 0) == (entry.number, system.state.hfsr)


def test_a_fault_below_the_running_priority_escalates(system):
    system.table.set_enabled(5, True)
    system.table.set_priority(5, 0x80)
    system.pend_irq(1, 0x40)
    system.run()

    assert _bus_fault(system).number == 3


def test_primask_escalates_every_configurable_fault(system):
    system.table.set_enabled(6, True)
    system.core.write(Reg.PRIMASK, 1)
    entry = system.model.raise_fault(FaultKind.USAGE, Cfsr.DIVBYZERO, None, 0x222)

    assert (entry.number, system.state.hfsr) == (3, Hfsr.FORCED)


def test_a_mem_manage_fault_fills_mmfar(system):
    system.model.raise_fault(FaultKind.MEM_MANAGE, Cfsr.DACCVIOL, 0x44, 0x222)

    assert (system.state.mmfar_addr, system.state.cfsr) == (0x44, Cfsr.DACCVIOL | Cfsr.MMARVALID)


def test_an_unknown_address_leaves_bfar_invalid(system):
    system.model.raise_fault(FaultKind.BUS, Cfsr.IMPRECISERR, None, 0x222)

    assert system.state.cfsr == Cfsr.IMPRECISERR


def test_fault_bits_accumulate(system):
    system.table.set_enabled(6, True)
    system.model.raise_fault(FaultKind.USAGE, Cfsr.DIVBYZERO, None, 0x222)
    system.model.raise_fault(FaultKind.USAGE, Cfsr.UNALIGNED, None, 0x300)

    assert system.state.cfsr == Cfsr.DIVBYZERO | Cfsr.UNALIGNED


def test_a_fault_in_hard_fault_is_lockup(system):
    _bus_fault(system)
    result = _bus_fault(system, pc=0x432)

    assert isinstance(result, Lockup)
    assert result.pc_addr == 0x432


def test_a_fault_in_nmi_is_lockup(system):
    system.model.pend(2)
    system.run()

    assert isinstance(_bus_fault(system), Lockup)


def test_a_fault_under_faultmask_is_lockup(system):
    """FAULTMASK raises the priority to -1 (ARMv7-M ARM, B1.4.3)."""
    system.core.write(Reg.FAULTMASK, 1)

    assert isinstance(_bus_fault(system), Lockup)


def test_an_invstate_fault_stacks_a_clear_thumb_bit(system):
    entry = system.model.raise_fault(FaultKind.USAGE, Cfsr.INVSTATE, None, 0x222)

    assert system.core.read_word(entry.frame_addr + 28) & 1 << 24 == 0
    assert system.core.read(Reg.XPSR) & 1 << 24


def test_armv6m_takes_every_fault_as_hard_fault(v6m):
    """There is no SHCSR.*ENA on ARMv6-M (ARMv6-M ARM, B1.5.6)."""
    v6m.table.set_enabled(5, True)
    entry = _bus_fault(v6m)

    assert entry.number == 3
    assert v6m.state.bfar_addr == 0x10000000


def test_svc_runs_its_handler_and_returns_after_it(system):
    entry = system.model.supervisor_call(0x202)

    assert (entry.number, entry.cycles) == (11, 12)
    assert system.model.return_from(0xFFFFFFF8).pc == 0x202


@pytest.mark.parametrize("mask", [Reg.PRIMASK, Reg.BASEPRI], ids=lambda mask: mask.name)
def test_svc_that_cannot_preempt_is_a_forced_hard_fault(system, mask):
    """ARMv7-M ARM, B1.5.14; the reason why SVC must not be called with interrupts off."""
    system.table.set_priority(11, 0x20)
    system.core.write(mask, 1 if mask is Reg.PRIMASK else 0x20)
    entry = system.model.supervisor_call(0x202)

    assert (entry.number, system.state.hfsr) == (3, Hfsr.FORCED)


def test_svc_in_hard_fault_is_lockup(system):
    _bus_fault(system)

    assert isinstance(system.model.supervisor_call(0x202), Lockup)


def test_a_breakpoint_without_debugger_is_a_hard_fault(system):
    entry = system.model.breakpoint(0x210)

    assert (entry.number, system.state.hfsr, system.state.dfsr) == (3, Hfsr.DEBUGEVT, Dfsr.BKPT)
    assert system.core.read_word(entry.frame_addr + 24) == 0x210


def test_a_breakpoint_with_the_debug_monitor_on_runs_it(system):
    system.table.set_enabled(12, True)

    assert system.model.breakpoint(0x210).number == 12


def test_a_breakpoint_in_hard_fault_is_lockup(system):
    _bus_fault(system)

    assert isinstance(system.model.breakpoint(0x210), Lockup)


def test_returning_from_a_fault_runs_the_instruction_again(system):
    _bus_fault(system)

    assert system.model.return_from(0xFFFFFFF8).pc == 0x222


def test_hard_faults_own_empty_vector_is_lockup(system):
    system.core.write_word(12, 0)

    assert isinstance(_bus_fault(system), Lockup)


def test_taken_exceptions_are_counted_with_tail_chained_ones(system):
    system.pend_irq(1)
    system.run()
    system.pend_irq(2)
    system.model.return_from(0xFFFFFFF8)

    assert system.model.taken_count == 2
