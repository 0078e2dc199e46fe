"""Registers that only Cortex-M7 and M33 have, and bits that mean something else there."""

from __future__ import annotations

import pytest

from mcusim.board.schema import CacheSpec
from mcusim.machine.exceptions import EntryResult, FaultKind, ReturnResult
from mcusim.machine.registers import Reg

ICSR, AIRCR, CCR = 0xED04, 0xED0C, 0xED14
CCSIDR, CSSELR = 0xED80, 0xED84
SAU_CTRL, SAU_TYPE, SAU_RNR, SAU_RBAR, SAU_RLAR = range(0xEDD0, 0xEDE4, 4)
NVIC_ITNS, DSCSR, ID_PFR1 = 0xE380, 0xEE08, 0xED44
VECTRESET, BFHFNMINS = 1 << 0, 1 << 13


# --- EXC_RETURN ---

PLACES = {
    # Interrupted: thread on the main stack, thread on the process stack, handler; each without and with FP state.
    # Armv7-M ARM, tables B1-8 and B1-9; Armv8-M ARM, D1.2.95: bit 6 is S, bit 0 is ES, both zero without TrustZone;
    # FreeRTOS' ARM_CM33_NTZ port and NuttX use 0xFFFFFFBC and 0xFFFFFFFD for the second of each row.
    ("cortex-m7", False): (0xFFFFFFF9, 0xFFFFFFFD, 0xFFFFFFF1, 0xFFFFFFE9, 0xFFFFFFED, 0xFFFFFFE1),
    ("cortex-m33", True): (0xFFFFFFF9, 0xFFFFFFFD, 0xFFFFFFF1, 0xFFFFFFE9, 0xFFFFFFED, 0xFFFFFFE1),
    ("cortex-m33", False): (0xFFFFFFB8, 0xFFFFFFBC, 0xFFFFFFB0, 0xFFFFFFA8, 0xFFFFFFAC, 0xFFFFFFA0),
}
CONTROLS = (0, 2, 0, 4, 6, 4)
IN_HANDLER = (False, False, True, False, False, True)


@pytest.mark.parametrize(("core", "is_secure"), list(PLACES))
@pytest.mark.parametrize("place", range(6))
def test_lr_tells_the_way_back(make_system, core, is_secure, place):
    system = make_system(core, is_secure=is_secure)
    if IN_HANDLER[place]:
        system.pend_irq(1, 0x40)
        system.run()
    system.core.write(Reg.CONTROL, CONTROLS[place])
    system.pend_irq(0)
    system.run()

    assert system.core.read(Reg.LR) == PLACES[core, is_secure][place]


@pytest.mark.parametrize(("core", "is_secure"), list(PLACES))
@pytest.mark.parametrize("place", range(6))
def test_the_way_back_leads_to_where_the_interrupt_was(make_system, core, is_secure, place):
    """Emulators show the value in PC, without bit 0."""
    system = make_system(core, is_secure=is_secure)
    if IN_HANDLER[place]:
        system.pend_irq(1, 0x40)
        system.run()
    system.core.write(Reg.CONTROL, CONTROLS[place])
    before = (system.core.read(Reg.SP), system.core.read(Reg.IPSR), system.core.control & 2)
    system.pend_irq(0)
    system.run(pc=0x234)
    result = system.model.return_from(PLACES[core, is_secure][place] & ~1)

    assert isinstance(result, ReturnResult)
    assert (0x234, None) == (result.pc, result.tail_chained)
    assert before == (system.core.read(Reg.SP), system.core.read(Reg.IPSR), system.core.control & 2)


def test_without_trustzone_the_security_bits_of_exc_return_do_not_matter(make_system):
    """They are RES0 (Armv8-M ARM, D1.2.95): firmware for a secure core comes back, too."""
    system = make_system("cortex-m33")
    system.pend_irq(0)
    system.run(pc=0x234)

    assert 0x234 == system.model.return_from(0xFFFFFFF9).pc


@pytest.mark.parametrize("exc_return", [0xFFFFFFBC, 0xFFFFFFB8, 0xFFFFFFDD])
def test_a_secure_core_does_not_return_to_the_other_world(make_system, exc_return):
    system = make_system("cortex-m33", is_secure=True)
    system.pend_irq(0)
    system.run()
    result = system.model.return_from(exc_return)

    assert (FaultKind.HARD.value, 1 << 18) == (result.tail_chained, system.state.cfsr)


def test_a_chained_handler_gets_the_form_of_its_core(make_system):
    system = make_system("cortex-m33")
    system.pend_irq(0)
    system.pend_irq(1)
    system.run()
    system.model.return_from(0xFFFFFFF9)

    assert 0xFFFFFFB8 == system.core.read(Reg.LR)


def test_armv8m_may_return_to_thread_mode_from_a_nested_handler(make_system):
    """CCR.NONBASETHRDENA is fixed to one (Armv8-M ARM, D1.2.9)."""
    system = make_system("cortex-m33")
    system.pend_irq(1, 0x40)
    system.run()
    system.pend_irq(0)
    system.run()
    for offset, value in enumerate((0, 0, 0, 0, 0, 0, 0x250, 1 << 24)):
        system.core.write_word(system.core.psp + 4 * offset, value)

    assert 0x250 == system.model.return_from(0xFFFFFFBC).pc


# --- stack limits ---


def test_an_entry_below_the_process_stack_limit_is_a_usage_fault_on_the_main_stack(make_system):
    """STKOF; SP is the limit, nothing was written (Armv8-M ARM, PushStack)."""
    system = make_system("cortex-m33")
    system.core.write(Reg.CONTROL, 2)
    system.core.write(Reg.PSPLIM, system.core.psp - 28)
    limit_addr = system.core.read(Reg.PSPLIM)
    system.table.set_enabled(FaultKind.USAGE.value, True)
    system.pend_irq(0, 0x40)
    result = system.run()

    assert isinstance(result, EntryResult)
    assert (FaultKind.USAGE.value, 1 << 20) == (result.number, system.state.cfsr)
    assert (limit_addr, [0] * 7) == (system.core.psp, system.core.words(limit_addr, 7))


def test_faults_ignore_the_limit_when_firmware_says_so(make_system):
    """CCR.STKOFHFNMIGN, at priorities below 0 (Armv8-M ARM, B3.21)."""
    system = make_system("cortex-m33")
    system.state.ccr |= 1 << 10
    system.core.write(Reg.FAULTMASK, 1)
    system.core.write(Reg.MSPLIM, system.core.msp)
    system.model.pend(2)

    assert (2, 0) == (system.run().number, system.state.cfsr)


# --- security registers ---


def test_without_trustzone_the_security_registers_are_zero(make_bus):
    """RAZ/WI (Armv8-M ARM, D1.2, "if the Security Extension is not implemented")."""
    bus = make_bus("cortex-m33")
    for offset in (SAU_CTRL, SAU_RBAR, NVIC_ITNS):
        bus[offset] = 0xFFFFFFFF

    assert [0] * 5 == [bus[each] for each in (SAU_CTRL, SAU_TYPE, SAU_RBAR, NVIC_ITNS, DSCSR)]
    assert 0x200 == bus[ID_PFR1]
    assert [] == bus.host.warnings


def test_a_secure_core_shows_its_attribution_unit_per_region(make_bus):
    bus = make_bus("cortex-m33", is_secure=True)
    for region, base in ((0, 0x0800_0000), (1, 0x2000_0000)):
        bus[SAU_RNR] = region
        bus[SAU_RBAR] = base
    bus[SAU_RNR] = 0

    assert [0x0800_0000, 8, 1 << 16, 0x210] == [bus[each] for each in (SAU_RBAR, SAU_TYPE, DSCSR, ID_PFR1)]


def test_setting_up_a_non_secure_world_is_warned_about(make_bus):
    bus = make_bus("cortex-m33", is_secure=True)
    bus[SAU_CTRL] = 1

    assert ["non-secure world" in each for each in bus.host.warnings] == [True]


def test_only_secure_code_sets_the_security_bits_of_aircr(make_bus):
    values = []
    for is_secure in (False, True):
        bus = make_bus("cortex-m33", is_secure=is_secure)
        bus[AIRCR] = 0x05FA_0000 | BFHFNMINS
        values.append(bus[AIRCR])

    assert [0xFA05_0000, 0xFA05_2000] == values


@pytest.mark.parametrize(("core", "resets_count"), [("cortex-m7", 1), ("cortex-m33", 0)])
def test_armv8m_has_no_vectreset(make_bus, core, resets_count):
    """Bits 1:0 of AIRCR are reserved there (Armv8-M ARM, D1.2.3)."""
    bus = make_bus(core)
    bus[AIRCR] = 0x05FA_0000 | VECTRESET

    assert resets_count == len(bus.host.resets)


def test_two_bits_of_ccr_are_fixed_on_armv8m(make_bus):
    """NONBASETHRDENA and STKALIGN read as one (Armv8-M ARM, D1.2.9); there are no cache bits on a Cortex-M33."""
    bus = make_bus("cortex-m33")
    bus[CCR] = 0
    assert 0x201 == bus[CCR]

    bus[CCR] = 0xFFFF_FFFF
    assert 0x71B == bus[CCR]


def test_a_pending_nmi_can_be_taken_back_on_armv8m(make_bus):
    """PENDNMICLR (Armv8-M ARM, D1.2.128)."""
    bus = make_bus("cortex-m33")
    bus[ICSR] = 1 << 31
    assert bus[ICSR] >> 31 == 1

    bus[ICSR] = 1 << 30
    assert bus[ICSR] >> 31 == 0


def test_interrupt_479_has_all_its_registers(make_bus):
    """Armv8-M allows 480 interrupts: ISER14 bit 31 and the last byte of IPR119."""
    bus = make_bus("cortex-m33", interrupts_count=480)
    bus[0xE100 + 4 * 14] = 1 << 31
    bus[0xE400 + 4 * 119] = 0x4000_0000
    bus[0xE200 + 4 * 14] = 1 << 31

    assert 16 + 479 == bus.system.model.next_exception()
    assert 0x40 == bus.system.table.priority(16 + 479)


# --- caches ---


@pytest.mark.parametrize(
    ("selection", "cache", "expected"),
    [
        # 0xF << 28 | (sets - 1) << 13 | (ways - 1) << 3 | 1 for lines of 8 words (ARMv7-M ARM, B4.8.2).
        (0, CacheSpec(lines_count=128, line_bytes=32, ways_count=4), 0xF003E019),
        (0, CacheSpec(lines_count=512, line_bytes=32, ways_count=4), 0xF00FE019),
        (1, CacheSpec(lines_count=128, line_bytes=32, ways_count=2), 0xF007E009),
        (1, CacheSpec(lines_count=512, line_bytes=32, ways_count=2), 0xF01FE009),
    ],
)
def test_ccsidr_shows_the_chips_own_cache(make_bus, selection, cache, expected):
    bus = make_bus("cortex-m7", data_cache=cache, instruction_cache=cache)
    bus[CSSELR] = selection

    assert expected == bus[CCSIDR]
