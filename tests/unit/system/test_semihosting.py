"""Semihosting operations (Arm semihosting for AArch32 and AArch64, version 2.0)."""

from __future__ import annotations

import errno
from fractions import Fraction

import pytest

from mcusim.machine.semihosting import Continue, Exit, Semihosting, SemihostingOptions

RAM_ADDR = 0x20000000
TEXT_ADDR, BUFFER_ADDR = RAM_ADDR + 0x100, RAM_ADDR + 0x200
FAILED = 0xFFFFFFFF
OPEN, CLOSE, WRITEC, WRITE0, WRITE, READ, READC = range(1, 8)
ISERROR, ISTTY, SEEK, FLEN, TMPNAM, REMOVE, RENAME = 8, 9, 0xA, 0xC, 0xD, 0xE, 0xF
CLOCK, TIME, SYSTEM, ERRNO, GET_CMDLINE, HEAPINFO = 0x10, 0x11, 0x12, 0x13, 0x15, 0x16
EXIT, EXIT_EXTENDED, ELAPSED, TICKFREQ = 0x18, 0x20, 0x30, 0x31


class Program:
    """Firmware that makes semihosting calls."""

    def __init__(self, system, host, options=None, now_s=None):
        self.core, self.host = system.core, host
        self.semihosting = Semihosting(host, options, now_s)

    def put(self, addr, data):
        for index, byte in enumerate(data):
            self.core.ram[addr - RAM_ADDR + index] = byte

    def get(self, addr, size_bytes):
        return bytes(self.core.ram[addr - RAM_ADDR :][:size_bytes])

    def raw(self, operation, parameter=0):
        return self.semihosting.handle(operation, parameter, self.core)

    def call(self, operation, *arguments):
        """With a parameter block at the start of RAM."""
        for index, argument in enumerate(arguments):
            self.core.write_word(RAM_ADDR + 4 * index, argument)
        result = self.raw(operation, RAM_ADDR)
        assert isinstance(result, Continue)
        return result.r0

    def errno(self):
        return self.raw(ERRNO).r0

    def open(self, name, mode):
        self.put(TEXT_ADDR, name.encode() + b"\0")
        return self.call(OPEN, TEXT_ADDR, mode, len(name.encode()))

    def write(self, handle, data):
        self.put(BUFFER_ADDR, data)
        return self.call(WRITE, handle, BUFFER_ADDR, len(data))

    def read(self, handle, size_bytes):
        """(bytes not read, data)"""
        left = self.call(READ, handle, BUFFER_ADDR, size_bytes)
        return left, self.get(BUFFER_ADDR, size_bytes - left)


@pytest.fixture
def program(system, host):
    return Program(system, host)


@pytest.fixture
def filing(system, host, tmp_path):
    """A program that may use the files of one directory."""
    (tmp_path / "allowed").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    program = Program(system, host, SemihostingOptions(allowed_dir=tmp_path / "allowed"))
    yield program
    program.semihosting.close()


# --- console ---


def test_writec_prints_one_character(program):
    program.put(TEXT_ADDR + 1, b"xyz")
    program.raw(WRITEC, TEXT_ADDR + 1)

    assert program.host.emitted == [("semihosting", b"x")]


def test_write0_prints_up_to_the_zero(program):
    program.put(TEXT_ADDR + 3, b"hello\n\0not this")
    program.raw(WRITE0, TEXT_ADDR + 3)

    assert program.host.emitted == [("semihosting", b"hello\n")]


def test_the_console_is_opened_as_tt_and_writes_everything(program):
    handle = program.open(":tt", 4)

    assert program.write(handle, b"latency 5 ms\n") == 0
    assert program.host.emitted == [("semihosting", b"latency 5 ms\n")]


def test_newlibs_three_consoles_have_their_own_handles(program):
    """rdimon opens :tt for reading, writing and appending."""
    handles = [program.open(":tt", mode) for mode in (0, 4, 8)]

    assert len(set(handles)) == 3
    assert FAILED not in handles
    assert [program.call(ISTTY, handle) for handle in handles] == [1, 1, 1]


def test_reading_an_empty_console_is_the_end_of_file(program):
    """SYS_READ returns the number of bytes not read."""
    assert program.read(program.open(":tt", 0), 10) == (10, b"")


def test_console_input_comes_from_the_options(system, host):
    program = Program(system, host, SemihostingOptions(console_input=b"abc"))
    handle = program.open(":tt", 0)

    assert program.read(handle, 2) == (0, b"ab")
    assert program.raw(READC).r0 == ord("c")
    assert program.raw(READC).r0 == FAILED


def test_writing_to_the_input_console_fails(program):
    assert program.write(program.open(":tt", 0), b"x") == FAILED
    assert program.errno() == errno.EBADF


def test_the_console_has_no_length_and_no_position(program):
    handle = program.open(":tt", 4)

    assert (program.call(FLEN, handle), program.call(SEEK, handle, 0)) == (0, FAILED)


def test_the_features_file_tells_of_exit_extended(program):
    """Magic SHFB, then bit 0: SYS_EXIT_EXTENDED, bit 1: stdout and stderr."""
    handle = program.open(":semihosting-features", 0)

    assert (program.call(FLEN, handle), program.read(handle, 5)) == (5, (0, b"SHFB\x03"))


# --- files ---


def test_without_an_allowed_directory_no_file_opens(program):
    assert program.open("weights.bin", 0) == FAILED
    assert program.errno() == errno.EACCES
    assert "weights.bin" in program.host.warnings[0]


def test_a_file_is_written_and_read_back(filing):
    handle = filing.open("out.bin", 6)
    assert handle != FAILED
    assert filing.write(handle, b"0123456789") == 0
    assert filing.call(SEEK, handle, 4) == 0
    assert filing.read(handle, 100) == (94, b"456789")
    assert (filing.call(FLEN, handle), filing.call(ISTTY, handle)) == (10, 0)
    assert filing.call(CLOSE, handle) == 0
    assert filing.call(CLOSE, handle) == FAILED


def test_what_the_firmware_wrote_is_on_disk(filing, tmp_path):
    filing.write(filing.open("out.bin", 5), b"\x00\xff")
    filing.semihosting.close()

    assert (tmp_path / "allowed" / "out.bin").read_bytes() == b"\x00\xff"


def test_append_mode_keeps_what_is_there(filing, tmp_path):
    (tmp_path / "allowed" / "log").write_bytes(b"one ")
    filing.write(filing.open("log", 8), b"two")
    filing.semihosting.close()

    assert (tmp_path / "allowed" / "log").read_bytes() == b"one two"


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "sub/../../secret.txt", ""])
def test_names_outside_the_allowed_directory_are_refused(filing, name):
    assert filing.open(name, 0) == FAILED
    assert filing.errno() == errno.EACCES


def test_a_link_does_not_lead_out_of_the_allowed_directory(filing, tmp_path):
    (tmp_path / "allowed" / "link").symlink_to(tmp_path / "secret.txt")

    assert filing.open("link", 0) == FAILED


def test_a_missing_file_gives_its_errno(filing):
    assert (filing.open("nothing", 0), filing.errno()) == (FAILED, errno.ENOENT)


def test_an_unknown_mode_is_refused(filing):
    assert (filing.open("file", 12), filing.errno()) == (FAILED, errno.EINVAL)


def test_writing_to_a_file_opened_for_reading_fails(filing, tmp_path):
    (tmp_path / "allowed" / "in").write_bytes(b"x")

    assert filing.write(filing.open("in", 1), b"y") == FAILED


def test_rename_and_remove_stay_inside(filing, tmp_path):
    (tmp_path / "allowed" / "a").write_bytes(b"x")
    filing.put(TEXT_ADDR, b"a")
    filing.put(TEXT_ADDR + 8, b"b")
    assert filing.call(RENAME, TEXT_ADDR, 1, TEXT_ADDR + 8, 1) == 0
    assert filing.call(REMOVE, TEXT_ADDR + 8, 1) == 0

    assert list((tmp_path / "allowed").iterdir()) == []
    filing.put(TEXT_ADDR, b"../secret.txt")
    assert filing.call(REMOVE, TEXT_ADDR, 13) == FAILED
    assert (tmp_path / "secret.txt").exists()


def test_a_temporary_name_fits_its_buffer(program):
    assert program.call(TMPNAM, BUFFER_ADDR, 7, 16) == 0
    assert program.get(BUFFER_ADDR, 7) == b"tmp007\0"
    assert program.call(TMPNAM, BUFFER_ADDR, 7, 3) == FAILED


# --- time ---


def test_clock_counts_centiseconds_of_simulated_time(program):
    program.host.now_cycles = 16_000_000 * 3 // 2

    assert program.raw(CLOCK).r0 == 150


def test_time_is_simulated_so_that_runs_repeat(program):
    program.host.now_cycles = 16_000_000 * 5

    assert program.raw(TIME).r0 == 5


def test_time_follows_a_changing_clock_when_the_machine_tells_it(system, host):
    program = Program(system, host, now_s=lambda: Fraction(5, 2))

    assert (program.raw(CLOCK).r0, program.raw(TICKFREQ).r0) == (250, 1_000_000)


def test_elapsed_is_a_64_bit_tick_count(system, host):
    program = Program(system, host, now_s=lambda: Fraction(5000))

    assert program.call(ELAPSED, 0, 0) == 0
    low, high = program.core.words(RAM_ADDR, 2)
    assert low | high << 32 == 5_000_000_000


# --- the rest ---


def test_heapinfo_says_unknown(program):
    """newlib's crt0 then keeps the stack and heap of the linker script."""
    for index in range(4):
        program.core.write_word(BUFFER_ADDR + 4 * index, 0xDEAD)

    assert program.call(HEAPINFO, BUFFER_ADDR) == 0
    assert program.core.words(BUFFER_ADDR, 4) == [0, 0, 0, 0]


def test_the_command_line_is_copied_with_its_length(system, host):
    program = Program(system, host, SemihostingOptions(command_line="fw --fast"))

    assert program.call(GET_CMDLINE, BUFFER_ADDR, 64) == 0
    assert (program.get(BUFFER_ADDR, 10), program.core.read_word(RAM_ADDR + 4)) == (b"fw --fast\0", 9)
    assert program.call(GET_CMDLINE, BUFFER_ADDR, 9) == FAILED


def test_host_commands_are_not_run(program):
    program.put(TEXT_ADDR, b"rm -rf x")

    assert program.call(SYSTEM, TEXT_ADDR, 8) == FAILED
    assert "rm -rf x" in program.host.warnings[0]


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (5, 0), (0xFFFFFFFF, 1)])
def test_iserror_looks_at_the_sign(program, status, expected):
    assert program.call(ISERROR, status) == expected


def test_a_plain_exit_is_clean(program):
    assert program.raw(EXIT, 0x20026).status == 0


@pytest.mark.parametrize(
    ("reason", "word"),
    [(0x20023, "run-time error"), (0x20024, "internal error"), (1, "reason 0x1")],
)
def test_any_other_exit_reason_is_a_failure(program, reason, word):
    result = program.raw(EXIT, reason)

    assert isinstance(result, Exit)
    assert result.status == 1
    assert word in result.detail


@pytest.mark.parametrize(
    ("reason", "status", "expected"),
    [(0x20026, 0, 0), (0x20026, 7, 7), (0x20026, FAILED, -1), (0x20023, 0, 1)],
)
def test_an_extended_exit_carries_a_status(program, reason, status, expected):
    program.core.write_word(RAM_ADDR, reason)
    program.core.write_word(RAM_ADDR + 4, status)

    assert program.raw(EXIT_EXTENDED, RAM_ADDR).status == expected


def test_an_unknown_operation_fails_and_is_reported(program):
    assert program.raw(0x77).r0 == FAILED
    assert program.host.warnings == ["semihosting operation 0x77 is not supported"]


def test_a_bad_parameter_address_fails_and_is_reported(program):
    assert program.raw(WRITE, 0x10000000).r0 == FAILED
    assert program.errno() == errno.EFAULT
    assert len(program.host.warnings) == 1


def test_a_bad_handle_fails(program):
    assert program.write(99, b"x") == FAILED
    assert program.errno() == errno.EBADF
