"""The stand-ins for boot ROMs: built from their sources, right in what they compute, on the way from reset to main."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.board.load import load_board
from mcusim.errors import UsageError
from mcusim.firmware.image import Image, Segment
from mcusim.machine.cpu import Cpu
from mcusim.machine.registers import Reg
from mcusim.machine.roms import boot_rom, with_boot_rom
from mcusim.machine.roms import build as rom_build
from mcusim.machine.roms.ends import end_in_rom
from mcusim.machine.roms.start import checksum, image_definition
from tests import elf_factory

ROM_BYTES, RAM_ADDR, RAM_BYTES, RETURN_ADDR, SIO_ADDR = 0x8000, 0x2000_0000, 0x1_0000, 0x7000, 0xD000_0000
WORD = 0xFFFF_FFFF


class RomBench:
    """Calls ROM functions on a bare core with the RP2040's divider."""

    def __init__(self):
        rom = boot_rom(load_board("raspberry_pi_pico").chip)
        self.addrs = {each.name: each.addr for each in rom.symbols}
        self.data = rom.data
        self._memory = np.zeros(ROM_BYTES + RAM_BYTES + 4096, dtype=np.uint8)
        start = -self._memory.ctypes.data % 4096
        self._memory[start : start + len(rom.data)] = np.frombuffer(rom.data, dtype=np.uint8)
        host_addr = self._memory.ctypes.data + start
        self.cpu = Cpu("cortex-m0plus")
        self.cpu.map_memory(0, ROM_BYTES, host_addr, is_writable=False)
        self.cpu.map_memory(RAM_ADDR, RAM_BYTES, host_addr + ROM_BYTES, is_writable=True)
        self._operands = {}
        self.cpu.map_device(SIO_ADDR, 0x1000, self._read, self._write)
        self.cpu.write_bytes(RETURN_ADDR, b"\x00\xbe")  # bkpt

    def _read(self, addr, _size):
        dividend, divisor = self._operands[0x60], self._operands[0x64]
        return divmod(dividend, divisor)[addr & 0xFFF != 0x70] if divisor else WORD

    def _write(self, addr, _size, value):
        self._operands[addr & 0xFFF] = value

    def call(self, name, *words):
        """R0 to R3 after the function."""
        for index, word in enumerate(words):
            self.cpu.write(Reg(index), word & WORD)
        self.cpu.write(Reg.SP, RAM_ADDR + RAM_BYTES)
        self.cpu.write(Reg.LR, RETURN_ADDR | 1)
        self.cpu.run(self.addrs[name])
        return [self.cpu.read(Reg(index)) for index in range(4)]

    def single(self, name, *numbers):
        return np.uint32(
            self.call(name, *(int(np.float32(each).view(np.uint32)) for each in numbers))[0]
        ).view(np.float32)

    def double(self, name, *numbers):
        words = [word for each in numbers for word in struct.unpack("<II", struct.pack("<d", each))]
        return struct.unpack("<d", struct.pack("<II", *self.call(name, *words)[:2]))[0]


@pytest.fixture(scope="module")
def rom():
    return RomBench()


@pytest.mark.skipif(bool(rom_build.toolchain_problem()), reason=rom_build.toolchain_problem())
def test_every_rom_is_what_its_sources_build(tmp_path):
    assert [] == rom_build.differing(tmp_path)


@pytest.mark.parametrize(
    ("code", "name"), [("MC", "rom_memcpy"), ("L3", "rom_clz32"), ("WV", "rom_wait_for_vector")]
)
def test_the_function_table_is_found_as_the_sdk_finds_it(rom, code, name):
    """pico-sdk bootrom.h: pointers in the halfwords at 0x14 and 0x18, codes of two letters."""
    table, lookup = (struct.unpack_from("<H", rom.data, offset)[0] for offset in (0x14, 0x18))

    assert (b"Mu\x01", rom.addrs["rom_table_lookup"] | 1) == (rom.data[0x10:0x13], lookup)
    assert (
        rom.addrs[name] | 1 == rom.call("rom_table_lookup", table, int.from_bytes(code.encode(), "little"))[0]
    )
    assert 0 == rom.call("rom_table_lookup", table, int.from_bytes(b"??", "little"))[0]


normal_singles = st.floats(
    width=32,
    allow_nan=False,
    allow_infinity=False,
    allow_subnormal=False,
    min_value=-(2.0**60),
    max_value=2.0**60,
)
normal_doubles = st.floats(
    allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e150, max_value=1e150
)
OPERATIONS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
}


@settings(max_examples=60, deadline=None)
@given(normal_singles, normal_singles, st.sampled_from(sorted(OPERATIONS)))
def test_single_precision_arithmetic_is_the_host_s(rom, x, y, name):
    if name == "div" and y == 0:
        return
    with np.errstate(over="ignore"):  # infinity is an answer, too
        expected = OPERATIONS[name](np.float32(x), np.float32(y))
    if expected == 0 or abs(expected) > 2.0**-126:
        assert expected == rom.single(f"rom_f{name}", x, y)


@settings(max_examples=60, deadline=None)
@given(normal_doubles, normal_doubles, st.sampled_from(sorted(OPERATIONS)))
def test_double_precision_arithmetic_is_the_host_s(rom, x, y, name):
    if name == "div" and y == 0:
        return
    expected = OPERATIONS[name](x, y)
    if math.isfinite(expected) and (expected == 0 or abs(expected) > 2.0**-1022):
        assert expected == rom.double(f"rom_d{name}", x, y)


@settings(max_examples=40, deadline=None)
@given(st.floats(-100, 100), st.sampled_from(["sin", "cos", "exp"]))
def test_functions_are_within_two_units_in_the_last_place(rom, x, name):
    expected = getattr(math, name)(x)

    assert abs(expected - rom.double(f"rom_d{name}", x)) <= 2 * math.ulp(expected) + 1e-22


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-300, 1e300))
def test_roots_are_the_host_s_and_logarithms_nearly(rom, x):
    assert math.sqrt(x) == rom.double("rom_dsqrt", x)
    assert abs(math.log(x) - rom.double("rom_dln", x)) <= 2 * math.ulp(math.log(x))


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=70, max_size=70), st.integers(0, 3), st.integers(0, 3), st.integers(0, 60))
def test_memory_is_copied_whatever_its_alignment(rom, data, to, source, size):
    rom.cpu.write_bytes(RAM_ADDR, data)
    rom.cpu.write_bytes(RAM_ADDR + 0x100, bytes(80))
    rom.call("rom_memcpy", RAM_ADDR + 0x100 + to, RAM_ADDR + source, size)

    assert bytes(to) + data[source : source + size] + bytes(80 - to - size) == rom.cpu.read_bytes(
        RAM_ADDR + 0x100, 80
    )


@given(st.integers(0, WORD))
def test_bits_are_counted(rom, value):
    expected = (value.bit_count(), 32 - value.bit_length(), int(f"{value:032b}"[::-1], 2))

    assert expected == tuple(rom.call(f"rom_{name}32", value)[0] for name in ("popcount", "clz", "reverse"))


def _image(data: bytes) -> Image:
    segment = Segment(0x1000_0000, 0x1000_0000, data, len(data), True, False)
    return Image(Path("x.elf"), "", "v6S-M", 0, 0x1000_0100, 0x2004_2000, 0x1000_0200, (segment,), (), ())


def test_a_checked_second_stage_is_booted_through_the_rom_and_anything_else_directly():
    chip = load_board("raspberry_pi_pico").chip
    stage = bytes(range(252))
    good = stage + checksum(stage).to_bytes(4, "little") + bytes(512)
    bad = stage + bytes(4) + bytes(512)

    assert (0, 0x1000_0100) == tuple(
        with_boot_rom(_image(each), chip).vector_table_addr for each in (good, bad)
    )


def test_an_image_without_definition_is_said_not_to_boot_on_a_real_rp2350():
    """pico-sdk crt0.S and boot/picobin.h: IMAGE_TYPE secure Arm executable, last item, link to itself."""
    chip = load_board("raspberry_pi_pico_2").chip
    block = struct.pack("<5I", 0xFFFF_DED3, 0x1021_0142, 0x0000_01FF, 0, 0xAB12_3579)
    images = [replace(_image(bytes(64) + each), vector_table_addr=0x1000_0000) for each in (block, bytes(20))]

    assert {0x42: (0x1021_0142,)} == image_definition(block)
    assert [0, 1] == [len(with_boot_rom(each, chip).warnings) for each in images]


def test_a_user_s_rom_replaces_ours_and_one_that_is_too_long_is_refused(tmp_path):
    chip = load_board("raspberry_pi_pico").chip
    content = (bytes(16) + b"Mu\x01").ljust(0x4000, b"\x01")
    (tmp_path / "good.bin").write_bytes(content)
    (tmp_path / "long.bin").write_bytes(b"\x01" * 0x4001)

    assert (content, False) == (
        boot_rom(chip, tmp_path / "good.bin").data,
        boot_rom(chip, tmp_path / "good.bin").is_ours,
    )
    with pytest.raises(UsageError, match="no image of the chip's ROM"):
        boot_rom(chip, tmp_path / "long.bin")
    with pytest.raises(UsageError, match="no boot ROM"):
        boot_rom(load_board("generic_m4").chip, tmp_path / "good.bin")


@pytest.mark.parametrize(
    ("board", "content", "words"),
    [
        ("raspberry_pi_pico", bytes(16) + b"Mu\x02\x02", "as the ROM of the rp2350"),
        ("raspberry_pi_pico_2", bytes(16) + b"Mu\x01\x03", "as the ROM of the rp2040"),
        ("raspberry_pi_pico", bytes(64), "it has 00 00 00 and not 4d 75 01"),
        ("raspberry_pi_pico", b"Mu\x01", "it has nothing"),
    ],
)
def test_a_file_without_the_rom_s_magic_is_refused(tmp_path, board, content, words):
    """picotool main.cpp: 'M', 'u', 1 at 0x10 of the RP2040's ROM, 'M', 'u', 2 of the RP2350's."""
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no image of the boot ROM") as caught:
        boot_rom(load_board(board).chip, path)

    assert words in caught.value.why
    assert str(path) in caught.value.where


@pytest.mark.parametrize("board", ["nucleo_f446re", "nucleo_l4r5zi", "generic_m4"])
def test_a_rom_for_a_chip_whose_firmware_calls_none_is_refused(tmp_path, board):
    path = tmp_path / "rom.bin"
    path.write_bytes(bytes(64))
    with pytest.raises(UsageError, match="no boot ROM"):
        boot_rom(load_board(board).chip, path)


def test_a_reboot_into_the_boot_loader_is_an_end_of_the_run_and_no_fault(rom):
    """The instruction at rom_reset_usb_boot is the breakpoint that the machine looks for."""
    instruction = struct.unpack_from("<H", rom.data, rom.addrs["rom_reset_usb_boot"])[0]

    assert ("exit", True) == (
        end_in_rom(0x100, instruction)[0],
        "BOOTSEL" in end_in_rom(0x100, instruction)[1],
    )
    assert end_in_rom(0x1000_0000, instruction) is None


def test_an_elf_file_with_nothing_where_the_rom_is_is_no_image_of_it(tmp_path):
    """The Apollo3's ROM is at 0x08000000 (am_hal_flash.h), the file's code at 0x60000000."""
    path = tmp_path / "other.elf"
    table = elf_factory.vector_table(0x2000_4000, 0x6000_0040, 0x6000_0040)
    parts = (elf_factory.Part(".text", 0x6000_0000, table + elf_factory.CODE_BYTES),)
    path.write_bytes(elf_factory.firmware_bytes(parts=parts, names=(), entry_addr=0x6000_0041))
    with pytest.raises(UsageError, match="no image of the chip's ROM"):
        boot_rom(load_board("sparkfun_edge").chip, path)
