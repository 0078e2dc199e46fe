"""What must hold for each peripheral, whatever it does."""

from __future__ import annotations

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.board.schema import DeviceSpec
from mcusim.errors import DataFileError
from mcusim.machine.devices import DEVICE_CLASSES

KINDS = sorted(DEVICE_CLASSES)
TABLED_KINDS = [kind for kind in KINDS if kind != "nrf52_uicr"]  # a page of flash, not registers
# SCRATCH and REASON survive (RP2040 datasheet 4.7), GPREGRET too (nRF52840 PS 5.3.7.12).
RETAINED = {
    "rp2040_watchdog": ("SCRATCH", "REASON"),
    "rp2350_watchdog": ("SCRATCH", "REASON"),
    "nrf52_clock": ("GPREGRET",),
    "nrf53_clock": ("GPREGRET",),
    # The backup domain keeps what it has over a system reset (RM0351 5.1.4); with the clock it chose (BDCR).
    "stm32_rtc": ("",),
    "stm32f1_rtc": ("",),
    "stm32_tamp": ("BKP",),
    "stm32f1_backup": ("BKP",),
    "rp2350_powman": ("SCRATCH", "BOOT"),  # not in the core's power domain
    **{kind: ("BDCR",) for kind in KINDS if kind.startswith("stm32") and kind.endswith("_rcc")},
}


def _spec(kind):
    return DeviceSpec(kind, "DUT", 0x4000_0000, 0x4000, 3, {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_device_asks_nothing_of_a_host_that_is_not_ready(kind, host):
    DEVICE_CLASSES[kind](_spec(kind), host)

    assert host.calls == []


@pytest.mark.parametrize("kind", TABLED_KINDS)
def test_no_two_registers_share_an_offset_and_all_are_word_aligned(kind, make):
    offsets = [register.offset for register in make(kind).device.registers.values()]

    assert sorted(set(offsets)) == sorted(offsets)
    assert [offset for offset in offsets if offset % 4] == []


@pytest.mark.parametrize("kind", TABLED_KINDS)
def test_reset_undoes_writes_of_all_ones_everywhere(kind, make):
    bench = make(kind)
    names = [name for name in bench.device.registers if not name.startswith(RETAINED.get(kind, ("-",)))]
    fresh = {name: bench.read(name) for name in names}
    for name in names:
        bench.write(name, 0xFFFF_FFFF)

    bench.device.reset()

    assert fresh == {name: bench.read(name) for name in names}


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in TABLED_KINDS
        if not any(each in kind for each in ("register_file", "ficr", "maintenance", "absent", "alias"))
    ],
)
def test_a_register_nobody_modelled_remembers_writes_and_is_reported(kind, make):
    bench = make(kind)
    used = {register.offset for register in bench.device.registers.values()}
    offset = next(offset for offset in range(0xFFC, 0, -4) if offset not in used)

    bench.device.write(offset, 4, 0x1234_5678)

    assert bench.device.read(offset, 4) == 0x1234_5678
    assert any(f"+0x{offset:03X}" in text for text in bench.host.warnings)


@pytest.mark.parametrize("board_name", board_names())
def test_every_device_of_every_shipped_board_can_be_built_and_reset(board_name, host):
    devices = [DEVICE_CLASSES[spec.kind](spec, host) for spec in load_board(board_name).chip.devices]

    for device in devices:
        device.reset()


def test_only_register_files_say_that_they_are_not_modelled(make):
    assert {"register_file", "rp2040_register_file", "efr32_register_file"} == {
        kind for kind in KINDS if make(kind).device.unmodelled
    }


@pytest.mark.parametrize(
    ("kind", "options"),
    [("stm32f4_rcc", {"hse_hz": "fast"}), ("stm32_usart", {"is_timed": 1}), ("stm32_timer", {"bus": 5})],
)
def test_an_option_of_the_wrong_type_names_the_option_and_the_device(kind, options, make):
    with pytest.raises(DataFileError, match=f"option '{next(iter(options))}' of device 'DUT'"):
        make(kind, **options)


def test_bytes_and_halfwords_reach_only_their_part_of_a_register(make):
    bench = make("register_file")
    bench.device.write(0x20, 4, 0x4433_2211)

    bench.device.write(0x21, 1, 0xAA)
    bench.device.write(0x22, 2, 0xCCBB)

    assert bench.device.read(0x20, 4) == 0xCCBB_AA11
    assert (bench.device.read(0x23, 1), bench.device.read(0x20, 2)) == (0xCC, 0xAA11)


def test_a_register_file_starts_where_the_chip_file_says_and_reports_no_single_register(make):
    bench = make("register_file", reset_0x1C=0x85)

    bench.device.write(0x30, 4, 1)

    assert (bench.device.read(0x1C, 4), bench.device.read(0x30, 4), bench.host.warnings) == (0x85, 1, [])
