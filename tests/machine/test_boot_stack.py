"""The boot ROM's stack is not the firmware's."""

from __future__ import annotations

from array import array

from mcusim.board.load import load_board
from mcusim.machine.roms.ends import rom_addrs
from mcusim.machine.tasks.stacks import MAIN_STACK, Stacks

MAIN_TOP, BOOT_TOP = 0x2004_2000, 0x2004_1F00


class Core:
    """Keeps the low marks as the native core does."""

    def __init__(self):
        self.lows, self.used = [], -1

    def add_stack(self, top_addr, is_counted):
        self.lows.append(top_addr)
        return len(self.lows) - 1

    def use_stack(self, index):
        self.used = index

    def lower_stack(self, index, sp_addr):
        self.lows[index] = min(self.lows[index], sp_addr)

    def stack_lows(self):
        return array("I", self.lows).tobytes()


def test_what_the_boot_rom_pushed_is_no_stack_of_the_firmware_and_holds_no_sp_of_it():
    core = Core()
    stacks = Stacks(core, MAIN_TOP)
    stacks.use_for_boot(BOOT_TOP)
    stacks.lower(core.used, BOOT_TOP - 36)
    stacks.use(MAIN_STACK)
    stacks.lower(MAIN_STACK, BOOT_TOP - 100)

    assert [("main", MAIN_TOP, BOOT_TOP - 100)] == [
        (each.name, each.top_addr, each.low_addr) for each in stacks.used()
    ]
    assert stacks.at(BOOT_TOP - 20) == MAIN_STACK


def test_only_chips_with_a_rom_region_have_boot_code():
    # RP2040 datasheet, 2.6.1: 16 KiB from address 0.
    assert range(0x4000) == rom_addrs(load_board("raspberry_pi_pico").chip)
    assert not rom_addrs(load_board("generic_m4").chip)
