"""Registers of the private peripheral bus as firmware reads and writes them (ARMv7-M ARM DDI0403, B3)."""

from __future__ import annotations

import pytest

from mcusim.machine.registers import Reg
from mcusim.machine.system.fault_bits import Cfsr, Hfsr
from mcusim.machine.system.ppb import PPB_BASE_ADDR

ISER, ICER, ISPR, ICPR, IABR, IPR, STIR = 0xE100, 0xE180, 0xE200, 0xE280, 0xE300, 0xE400, 0xEF00
CPUID, ICSR, VTOR, AIRCR, SCR, CCR = range(0xED00, 0xED18, 4)
SHPR3, SHCSR = 0xED20, 0xED24
CFSR, HFSR, BFAR, CPACR, FPCCR = 0xED28, 0xED2C, 0xED38, 0xED88, 0xEF34
DEMCR, DWT_CTRL, CYCCNT, CPICNT, DWT_LAR = 0xEDFC, 0x1000, 0x1004, 0x1008, 0x1FB0
ITM_TER, ITM_TCR, ITM_LAR = 0x0E00, 0x0E80, 0x0FB0
MPU_TYPE, MPU_CTRL, MPU_RNR, MPU_RBAR, MPU_RASR = 0xED90, 0xED94, 0xED98, 0xED9C, 0xEDA0
TRCENA = 1 << 24


# --- NVIC ---


def test_enabling_and_disabling_touch_only_the_bits_written(bus):
    """Seen elsewhere: disabling interrupt 6 of {3, 6, 9} left 6 on and turned 9 off."""
    bus[ISER] = 1 << 3 | 1 << 6 | 1 << 9
    bus[ICER] = 1 << 6

    assert [bus[ISER], bus[ICER]] == [1 << 3 | 1 << 9] * 2


def test_pending_is_not_enabled(bus):
    bus[ISER] = 1 << 3
    bus[ISPR] = 1 << 6 | 1 << 9
    bus[ICPR] = 1 << 9

    assert [bus[ISER], bus[ISPR], bus[ICPR]] == [1 << 3, 1 << 6, 1 << 6]


def test_each_bank_holds_32_interrupts(bus):
    bus[ISER + 8] = 1 << 17 | 1 << 1

    assert bus.system.table.is_enabled(16 + 64 + 17)
    assert (bus[ISER], bus[ISER + 4], bus[ISER + 8]) == (0, 0, 1 << 17 | 1 << 1)


def test_interrupts_that_do_not_exist_cannot_be_enabled(bus):
    """82 interrupts: bits 18 and up of bank 2 read as zero."""
    bus[ISER + 8] = 0xFFFFFFFF

    assert bus[ISER + 8] == (1 << 82 - 64) - 1


def test_active_interrupts_show_in_iabr(bus):
    bus[ISER] = 1 << 5
    bus[ISPR] = 1 << 5
    bus.system.run()

    assert (bus[IABR], bus[ISPR]) == (1 << 5, 0)


def test_priorities_are_bytes_with_the_upper_bits_only(bus):
    """Four priority bits: 0xFF reads back 0xF0 (ARMv7-M ARM, B3.4.9)."""
    bus[IPR] = 0xFF80401F
    bus.device.write(IPR + 2, 1, 0x35)

    assert bus[IPR] == 0xF0304010
    assert bus.device.read(IPR + 3, 1) == 0xF0


def test_stir_pends_an_interrupt(bus):
    bus[STIR] = 7

    assert bus[ISPR] == 1 << 7


def test_armv6m_has_one_bank_and_two_priority_bits(make_bus):
    bus = make_bus("cortex-m0")
    bus[ISER] = 0xFFFFFFFF
    bus[IPR + 28] = 0xFFFFFFFF

    assert (bus[ISER], bus[IPR + 28]) == (0xFFFFFFFF, 0xC0C0C0C0)


# --- SCB ---


@pytest.mark.parametrize(
    ("core", "expected"),
    [
        ("cortex-m0", 0x410CC200),
        ("cortex-m0plus", 0x410CC601),
        ("cortex-m3", 0x412FC231),
        ("cortex-m4", 0x410FC241),
        ("cortex-m7", 0x411FC271),
        ("cortex-m33", 0x410FD213),
    ],
)
def test_cpuid_names_the_core(make_bus, core, expected):
    """Arm TRMs: part numbers C20, C60, C23, C24, C27, D21."""
    assert make_bus(core)[CPUID] == expected


def test_icsr_pends_and_unpends_pendsv(bus):
    bus[ICSR] = 1 << 28
    assert bus[ICSR] & 1 << 28

    bus[ICSR] = 1 << 27
    assert bus[ICSR] & 1 << 28 == 0


def test_icsr_pends_systick_and_nmi(bus):
    bus[ICSR] = 1 << 26 | 1 << 31

    assert bus.system.table.pending_mask == 1 << 15 | 1 << 2


def test_icsr_shows_what_runs_and_what_waits(bus):
    bus[ISER] = 1 << 1 | 1 << 2
    bus[IPR] = 0x00804000
    bus[ISPR] = 1 << 1
    bus.system.run()
    bus[ISPR] = 1 << 2
    expected = 17 | 18 << 12 | 1 << 11 | 1 << 22

    assert bus[ICSR] == expected


def test_rettobase_is_clear_in_a_nested_handler(bus):
    bus.system.pend_irq(1, 0x80)
    bus.system.run()
    bus.system.pend_irq(2, 0x40)
    bus.system.run()

    assert bus[ICSR] & 1 << 11 == 0


def test_vtor_is_aligned_to_128_bytes(bus):
    bus[VTOR] = 0x2000_00FF

    assert bus[VTOR] == 0x2000_0080


def test_cortex_m0_has_no_vtor(make_bus):
    bus = make_bus("cortex-m0")
    bus[VTOR] = 0x2000_0100

    assert bus[VTOR] == 0


def test_aircr_needs_its_key(bus):
    bus[AIRCR] = 0x1234_0304
    assert (bus[AIRCR], bus.host.resets) == (0xFA05_0000, [])

    bus[AIRCR] = 0x05FA_0300
    assert (bus[AIRCR], bus.system.table.prigroup) == (0xFA05_0300, 3)


def test_sysresetreq_asks_for_a_reset(bus):
    bus[AIRCR] = 0x05FA_0004

    assert bus.host.resets == ["AIRCR.SYSRESETREQ"]


def test_scr_keeps_its_three_bits(bus):
    bus[SCR] = 0xFFFFFFFF

    assert bus[SCR] == 0x16


def test_ccr_aligns_frames_at_reset(bus):
    """STKALIGN is one on Cortex-M4 (DDI0439, table 4-1)."""
    assert bus[CCR] == 0x200


def test_armv6m_ccr_is_fixed(make_bus):
    """STKALIGN and UNALIGN_TRP read as one (ARMv6-M ARM, B3.2.8)."""
    bus = make_bus("cortex-m0plus")
    bus[CCR] = 0

    assert bus[CCR] == 0x208


def test_traps_that_the_simulation_lacks_are_reported(bus):
    bus[CCR] = 0x218

    assert len(bus.host.warnings) == 2


def test_system_handler_priorities_are_per_byte(bus):
    bus[SHPR3] = 0xE0F0_0000
    bus.device.write(0xED1F, 1, 0x35)

    table = bus.system.table
    assert [table.priority(number) for number in (15, 14, 11)] == [0xE0, 0xF0, 0x30]


def test_armv6m_has_no_fault_priorities(make_bus):
    bus = make_bus("cortex-m0plus")
    bus[0xED18] = 0xFFFFFFFF
    bus[SHPR3] = 0xFFFFFFFF

    assert bus[SHPR3] == 0xC0C0_0000
    assert [bus.system.table.priority(number) for number in (4, 5, 6, 12)] == [0] * 4


def test_shcsr_enables_the_fault_handlers(bus):
    bus[SHCSR] = 1 << 16 | 1 << 18

    table = bus.system.table
    assert [table.is_enabled(number) for number in (4, 5, 6)] == [True, False, True]
    assert bus[SHCSR] == 1 << 16 | 1 << 18


def test_shcsr_shows_active_handlers(bus):
    bus.system.model.supervisor_call(0x200)

    assert bus[SHCSR] == 1 << 7


def test_fault_status_bits_are_cleared_by_writing_one(bus):
    bus.system.state.cfsr = int(Cfsr.DIVBYZERO | Cfsr.PRECISERR | Cfsr.BFARVALID)
    bus.system.state.hfsr = int(Hfsr.FORCED)
    bus[CFSR] = int(Cfsr.PRECISERR)
    bus[HFSR] = 0

    assert (bus[CFSR], bus[HFSR]) == (Cfsr.DIVBYZERO | Cfsr.BFARVALID, Hfsr.FORCED)


def test_each_byte_of_cfsr_is_a_register_of_its_own(bus):
    """BFSR is at 0xE000ED29, UFSR at 0xE000ED2A (ARMv7-M ARM, B3.2.15)."""
    bus.system.state.cfsr = int(Cfsr.DIVBYZERO | Cfsr.PRECISERR)
    assert (bus.device.read(CFSR + 1, 1), bus.device.read(CFSR + 2, 2)) == (0x02, 0x0200)

    bus.device.write(CFSR + 2, 2, 0xFFFF)
    assert bus[CFSR] == Cfsr.PRECISERR


def test_cpacr_turns_the_fpu_on(bus):
    bus[CPACR] = 0xFFFFFFFF

    assert (bus[CPACR], bus.system.model.is_fpu_enabled()) == (0x00F0_0000, True)


def test_without_fpu_cpacr_and_fpccr_read_zero(make_bus):
    bus = make_bus("cortex-m3")
    bus[CPACR] = 0xFFFFFFFF

    assert (bus[CPACR], bus[FPCCR]) == (0, 0)


def test_lazy_stacking_is_on_at_reset(bus):
    """FPCCR resets to 0xC0000000 (ARMv7-M ARM, B3.2.21)."""
    assert bus[FPCCR] == 0xC000_0000


@pytest.mark.parametrize(
    ("core", "expected"),
    [("cortex-m4", 0x1011_0021), ("cortex-m7", 0x1011_0221), ("cortex-m3", 0)],
)
def test_mvfr0_tells_the_fpu_apart(make_bus, core, expected):
    """Arm TRMs: single precision, double precision, none."""
    assert make_bus(core)[0xEF40] == expected


def test_cortex_m7_finds_its_cache_geometry(make_bus):
    """CSSELR selects; sets - 1 is bits 27:13, ways - 1 is bits 12:3 (ARMv7-M ARM, B4.8.2)."""
    bus = make_bus("cortex-m7")
    sizes = []
    for selection in (0, 1):
        bus[0xED84] = selection
        ccsidr = bus[0xED80]
        sizes.append(((ccsidr >> 13 & 0x7FFF) + 1) * ((ccsidr >> 3 & 0x3FF) + 1) * 32)

    assert sizes == [16384, 16384]


# --- DWT, CoreDebug ---


def test_cyccnt_counts_once_trcena_and_cyccntena_are_set(bus):
    bus.host.now_cycles = 1000
    bus[DWT_CTRL] = 1
    bus.host.now_cycles = 1500
    assert bus[CYCCNT] == 0

    bus[DEMCR] = TRCENA
    bus.host.now_cycles = 1600
    assert bus[CYCCNT] == 100


def test_cyccnt_can_be_written_and_stopped(bus):
    bus[DEMCR] = TRCENA
    bus[DWT_CTRL] = 1
    bus.host.now_cycles = 50
    bus[CYCCNT] = 0
    bus.host.now_cycles = 57
    assert bus[CYCCNT] == 7

    bus[DWT_CTRL] = 0
    bus.host.now_cycles = 99
    assert bus[CYCCNT] == 7


def test_cyccnt_wraps_at_32_bits(bus):
    bus[DEMCR] = TRCENA
    bus[DWT_CTRL] = 1
    bus[CYCCNT] = 0xFFFFFFFE
    bus.host.now_cycles += 5

    assert bus[CYCCNT] == 3


def test_dwt_ctrl_reports_four_comparators(bus):
    """NUMCOMP = 4 on Cortex-M4 (DDI0439, table 8-1)."""
    bus[DWT_CTRL] = 1

    assert bus[DWT_CTRL] == 0x4000_0001


def test_an_event_counter_has_8_bits_and_starts_at_zero_when_enabled(bus):
    bus[DEMCR] = TRCENA
    bus.cpi_cycles = 77
    bus[DWT_CTRL] = 1 << 17
    assert bus[CPICNT] == 0

    bus.cpi_cycles += 300
    assert bus[CPICNT] == 300 - 256


def test_cortex_m7_must_be_unlocked_first(make_bus):
    bus = make_bus("cortex-m7")
    bus[DEMCR] = TRCENA
    bus[DWT_CTRL] = 1
    assert bus[DWT_CTRL] == 0x4000_0000

    bus[DWT_LAR] = 0xC5AC_CE55
    bus[DWT_CTRL] = 1
    bus.host.now_cycles += 10
    assert bus[CYCCNT] == 10


def test_armv6m_firmware_cannot_reach_the_cycle_counter(make_bus):
    """The debug registers belong to the debugger there (ARMv6-M ARM, C1.1)."""
    bus = make_bus("cortex-m0plus")
    bus[DEMCR] = TRCENA
    bus[DWT_CTRL] = 1
    bus.host.now_cycles = 100

    assert [bus[DEMCR], bus[DWT_CTRL], bus[CYCCNT]] == [0, 0, 0]
    assert len(bus.device.unmodelled_accesses) == 3


def test_no_debugger_is_attached(bus):
    bus[0xEDF0] = 0xA05F_0001

    assert bus[0xEDF0] & 1 == 0


def test_demcr_enables_and_pends_the_debug_monitor(bus):
    bus[DEMCR] = 1 << 16 | 1 << 17

    assert bus.system.model.next_exception() == 12


# --- ITM ---


@pytest.fixture
def itm_bus(bus):
    bus[DEMCR] = TRCENA
    bus[ITM_LAR] = 0xC5AC_CE55
    bus[ITM_TCR] = 1
    bus[ITM_TER] = 1 << 0 | 1 << 2
    return bus


def test_stimulus_writes_are_console_bytes(itm_bus):
    itm_bus.device.write(0, 1, ord("h"))
    itm_bus.device.write(0, 2, 0x6C65)
    itm_bus.device.write(8, 4, 0x04030201)

    assert itm_bus.host.emitted == [("ITM", b"h"), ("ITM", b"el"), ("ITM2", b"\x01\x02\x03\x04")]


def test_a_stimulus_port_is_always_ready(itm_bus):
    assert itm_bus[0] == 1


@pytest.mark.parametrize(
    ("offset", "value"),
    [(ITM_TER, 1 << 2), (ITM_TCR, 0), (DEMCR, 0)],
    ids=["port off", "ITM off", "trace off"],
)
def test_text_to_a_disabled_port_is_lost_and_reported(itm_bus, offset, value):
    itm_bus[offset] = value
    itm_bus.device.write(0, 1, ord("h"))

    assert (itm_bus.host.emitted, len(itm_bus.host.warnings)) == ([], 1)


def test_a_locked_itm_ignores_its_control_registers(bus):
    bus[ITM_TER] = 1
    bus[ITM_TCR] = 1

    assert (bus[ITM_TER], bus[ITM_TCR]) == (0, 0)


# --- MPU ---


def test_the_mpu_has_eight_regions(bus):
    """MPU_TYPE.DREGION = 8 (DDI0439, 5.2)."""
    assert bus[MPU_TYPE] == 0x800


def test_mpu_regions_are_remembered(bus):
    bus[MPU_RNR] = 2
    bus[MPU_RBAR] = 0x2000_0000
    bus[MPU_RASR] = 0x0300_0025
    bus[MPU_RBAR] = 0x0800_0000 | 1 << 4 | 5
    bus[MPU_RASR] = 0x0600_0027
    bus[MPU_RNR] = 2

    assert (bus[MPU_RBAR], bus[MPU_RASR]) == (0x2000_0002, 0x0300_0025)


def test_the_mpu_alias_registers_fill_several_regions(bus):
    for alias in range(4):
        bus[MPU_RBAR + 8 * alias] = 0x1000 * alias | 1 << 4 | alias
        bus[MPU_RASR + 8 * alias] = 0x100 + alias
    bus[MPU_RNR] = 1

    assert (bus[MPU_RBAR], bus[MPU_RASR]) == (0x1001, 0x101)


def test_enabling_the_mpu_is_reported_as_not_enforced(bus):
    bus[MPU_CTRL] = 5

    assert bus[MPU_CTRL] == 5
    assert bus.host.warnings == ["the firmware enables the MPU; its regions are remembered but not enforced"]


# --- the bus ---


def test_an_unknown_register_reads_zero_then_what_was_written_and_is_listed(bus):
    tpiu_prescaler = 0x40010
    assert bus[tpiu_prescaler] == 0
    bus[tpiu_prescaler] = 0x11223344
    bus.device.write(tpiu_prescaler + 1, 1, 0xAA)

    assert bus[tpiu_prescaler] == 0x1122AA44
    [access] = bus.device.unmodelled_accesses
    assert (access.addr, access.device) == (PPB_BASE_ADDR + 0x40010, "TPIU")
    assert (access.reads_count, access.writes_count) == (2, 2)


def test_modelled_registers_are_not_listed(bus):
    bus[SCR] = bus[ICSR]

    assert bus.device.unmodelled_accesses == ()


def test_reset_reaches_every_block(itm_bus):
    itm_bus[MPU_CTRL] = 1
    itm_bus[DWT_CTRL] = 1
    itm_bus[0x40010] = 5
    itm_bus.system.model.reset()
    itm_bus.device.reset()

    offsets = (ITM_TER, ITM_TCR, MPU_CTRL, DEMCR, 0x40010, CYCCNT)
    assert [itm_bus[offset] for offset in offsets] == [0] * 6
    assert itm_bus[DWT_CTRL] == 0x4000_0000


def test_the_state_firmware_sees_is_the_one_the_exception_model_obeys(bus):
    bus[VTOR] = 0x2000_0000
    bus.system.core.write_word(0x2000_0000 + 4 * 14, 0x701)
    bus[ICSR] = 1 << 28

    assert bus.system.run().handler_addr == 0x700
    assert bus.system.core.read(Reg.IPSR) == bus[ICSR] & 0x1FF
