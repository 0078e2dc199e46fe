"""Arm semihosting: console, files of one allowed directory, simulated time, and the end of the program."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING

from mcusim.machine.registers import BusError
from mcusim.machine.semihosting_files import FileError, FileTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcusim.machine.devices.device import Host
    from mcusim.machine.registers import Core

CHANNEL = "semihosting"
_FAILED = 0xFFFFFFFF
_STRING_BYTES_MAX = 1 << 16
_TICKS_HZ = 1_000_000
_EPOCH_S = 0  # SYS_TIME: the simulated board starts on 1 January 1970, so that runs repeat

# ADP_Stopped reasons (Arm semihosting specification, SYS_EXIT).
_APPLICATION_EXIT = 0x20026
_STOP_REASONS = {
    0x20000: "branch through zero",
    0x20001: "undefined instruction",
    0x20002: "software interrupt",
    0x20003: "prefetch abort",
    0x20004: "data abort",
    0x20005: "address exception",
    0x20006: "IRQ",
    0x20007: "FIQ",
    0x20020: "breakpoint",
    0x20021: "watchpoint",
    0x20022: "step complete",
    0x20023: "run-time error",
    0x20024: "internal error",
    0x20025: "user interruption",
    _APPLICATION_EXIT: "application exit",
    0x20027: "stack overflow",
    0x20028: "division by zero",
    0x20029: "OS specific",
}


@dataclass(frozen=True, slots=True)
class Continue:
    """The call is done: put `r0` in R0 and go on after the BKPT."""

    r0: int


@dataclass(frozen=True, slots=True)
class Exit:
    """The program ended; status 0 is success."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class SemihostingOptions:
    """What the user grants to the firmware."""

    allowed_dir: Path | None = None
    command_line: str = ""
    console_input: bytes = b""


class Semihosting:
    """The host's side of `bkpt 0xab`: operation in R0, parameter in R1 (Arm semihosting specification 2.0)."""

    def __init__(
        self,
        host: Host,
        options: SemihostingOptions | None = None,
        now_s: Callable[[], Fraction] | None = None,
    ) -> None:
        self._host, self._options = host, options or SemihostingOptions()
        self._now_s = now_s or self._now_at_constant_clock
        self._files = FileTable(self._options.allowed_dir, BytesIO(self._options.console_input))
        self._errno = 0
        self._core: Core
        self._operations: dict[int, Callable[[int], int]] = {
            0x01: self._open,
            0x02: self._close,
            0x03: self._write_char,
            0x04: self._write_string,
            0x05: self._write,
            0x06: self._read,
            0x07: self._read_char,
            0x08: self._is_error,
            0x09: self._is_tty,
            0x0A: self._seek,
            0x0C: self._file_length,
            0x0D: self._temporary_name,
            0x0E: self._remove,
            0x0F: self._rename,
            0x10: lambda _: int(self._now_s() * 100) & _FAILED,
            0x11: lambda _: _EPOCH_S + int(self._now_s()) & _FAILED,
            0x12: self._system,
            0x13: lambda _: self._errno,
            0x15: self._command_line,
            0x16: self._heap_info,
            0x30: self._elapsed,
            0x31: lambda _: _TICKS_HZ,
        }

    def handle(self, operation: int, parameter: int, core: Core) -> Continue | Exit:
        """Carry out one call; a failing one returns -1 and sets the errno that SYS_ERRNO reports."""
        self._core = core
        function = self._operations.get(operation)
        try:
            if operation == 0x18:
                return self._exit(parameter, 0)
            if operation == 0x20:
                reason, status = self._arguments(parameter, 2)
                return self._exit(reason, _signed(status))
            if function is None:
                self._host.warn(f"semihosting operation 0x{operation:02X} is not supported")
                raise FileError(errno.ENOSYS)
            return Continue(function(parameter))
        except FileError as error:
            self._errno = error.number
        except BusError:
            self._errno = errno.EFAULT
            self._host.warn(f"semihosting operation 0x{operation:02X} was given a bad address")
        return Continue(_FAILED)

    def close(self) -> None:
        """Close the files that the firmware left open."""
        self._files.close_all()

    def _now_at_constant_clock(self) -> Fraction:
        return Fraction(self._host.now_cycles, self._host.core_clock_hz)

    def _exit(self, reason: int, status: int) -> Exit:
        self.close()
        name = _STOP_REASONS.get(reason, f"reason 0x{reason:X}")
        if reason == _APPLICATION_EXIT:
            return Exit(status, f"semihosting exit with status {status}")
        return Exit(status or 1, f"semihosting exit: {name}")

    def _arguments(self, block_addr: int, count: int) -> list[int]:
        return [self._core.read_word(block_addr + 4 * index) for index in range(count)]

    def _read_bytes(self, addr: int, size_bytes: int) -> bytes:
        first, last = addr & ~3, (addr + size_bytes + 3) & ~3
        words = (self._core.read_word(each).to_bytes(4, "little") for each in range(first, last, 4))
        return b"".join(words)[addr - first :][:size_bytes]

    def _write_bytes(self, addr: int, data: bytes) -> None:
        for index, byte in enumerate(data):
            at = addr + index
            shift = 8 * (at & 3)
            word = self._core.read_word(at & ~3)
            self._core.write_word(at & ~3, word & ~(0xFF << shift) | byte << shift)

    def _string_at(self, addr: int) -> bytes:
        text = bytearray()
        while len(text) < _STRING_BYTES_MAX:
            byte = self._read_bytes(addr + len(text), 1)
            if byte == b"\0":
                break
            text += byte
        return bytes(text)

    def _name_at(self, addr: int, length_bytes: int) -> str:
        return self._read_bytes(addr, min(length_bytes, _STRING_BYTES_MAX)).decode("utf-8", "replace")

    def _open(self, block_addr: int) -> int:
        name_addr, mode, length_bytes = self._arguments(block_addr, 3)
        name = self._name_at(name_addr, length_bytes)
        try:
            return self._files.open(name, mode)
        except FileError as error:
            if error.number == errno.EACCES:
                self._host.warn(
                    f"semihosting: the firmware may not open '{name}': not in an allowed directory"
                )
            raise

    def _close(self, block_addr: int) -> int:
        self._files.close(self._arguments(block_addr, 1)[0])
        return 0

    def _write_char(self, addr: int) -> int:
        self._host.emit(CHANNEL, self._read_bytes(addr, 1))
        return 0

    def _write_string(self, addr: int) -> int:
        self._host.emit(CHANNEL, self._string_at(addr))
        return 0

    def _write(self, block_addr: int) -> int:
        """Returns the number of bytes that were not written."""
        handle, addr, size_bytes = self._arguments(block_addr, 3)
        file = self._files.get(handle)
        data = self._read_bytes(addr, size_bytes)
        if file.stream is None:
            if not file.is_output:
                raise FileError(errno.EBADF)
            self._host.emit(CHANNEL, data)
            return 0
        try:
            return size_bytes - file.stream.write(data)
        except OSError as error:
            raise FileError(error.errno or errno.EBADF) from error

    def _read(self, block_addr: int) -> int:
        """Returns the number of bytes that were not read; all of them at the end of the file."""
        handle, addr, size_bytes = self._arguments(block_addr, 3)
        stream = self._files.get(handle).stream or self._files.console_input
        try:
            data = stream.read(size_bytes)
        except OSError as error:
            raise FileError(error.errno or errno.EBADF) from error
        self._write_bytes(addr, data)
        return size_bytes - len(data)

    def _read_char(self, _parameter: int) -> int:
        byte = self._files.console_input.read(1)
        if not byte:
            raise FileError(errno.EIO)
        return byte[0]

    def _is_error(self, block_addr: int) -> int:
        return int(self._arguments(block_addr, 1)[0] >> 31)

    def _is_tty(self, block_addr: int) -> int:
        return int(self._files.get(self._arguments(block_addr, 1)[0]).is_console)

    def _seek(self, block_addr: int) -> int:
        handle, position_bytes = self._arguments(block_addr, 2)
        stream = self._files.get(handle).stream
        if stream is None:
            raise FileError(errno.ESPIPE)
        stream.seek(position_bytes)
        return 0

    def _file_length(self, block_addr: int) -> int:
        stream = self._files.get(self._arguments(block_addr, 1)[0]).stream
        if stream is None:
            return 0
        position_bytes = stream.tell()
        length_bytes = stream.seek(0, 2)
        stream.seek(position_bytes)
        return length_bytes

    def _temporary_name(self, block_addr: int) -> int:
        addr, identifier, size_bytes = self._arguments(block_addr, 3)
        name = f"tmp{identifier & 0xFF:03d}".encode() + b"\0"
        if len(name) > size_bytes:
            raise FileError(errno.EINVAL)
        self._write_bytes(addr, name)
        return 0

    def _remove(self, block_addr: int) -> int:
        name_addr, length_bytes = self._arguments(block_addr, 2)
        path = self._files.allowed_path(self._name_at(name_addr, length_bytes))
        try:
            path.unlink()
        except OSError as error:
            raise FileError(error.errno or errno.EIO) from error
        return 0

    def _rename(self, block_addr: int) -> int:
        old_addr, old_bytes, new_addr, new_bytes = self._arguments(block_addr, 4)
        old = self._files.allowed_path(self._name_at(old_addr, old_bytes))
        new = self._files.allowed_path(self._name_at(new_addr, new_bytes))
        try:
            old.rename(new)
        except OSError as error:
            raise FileError(error.errno or errno.EIO) from error
        return 0

    def _system(self, block_addr: int) -> int:
        command_addr, length_bytes = self._arguments(block_addr, 2)
        command = self._name_at(command_addr, length_bytes)
        self._host.warn(f"semihosting: the host command '{command}' was not run")
        raise FileError(errno.EPERM)

    def _command_line(self, block_addr: int) -> int:
        addr, size_bytes = self._arguments(block_addr, 2)
        text = self._options.command_line.encode() + b"\0"
        if len(text) > size_bytes:
            raise FileError(errno.E2BIG)
        self._write_bytes(addr, text)
        self._core.write_word(block_addr + 4, len(text) - 1)
        return 0

    def _heap_info(self, block_addr: int) -> int:
        """Zeros mean "unknown": newlib's start-up then keeps the linker script's stack and heap."""
        table_addr = self._arguments(block_addr, 1)[0]
        for index in range(4):
            self._core.write_word(table_addr + 4 * index, 0)
        return 0

    def _elapsed(self, block_addr: int) -> int:
        ticks = int(self._now_s() * _TICKS_HZ)
        self._core.write_word(block_addr, ticks & _FAILED)
        self._core.write_word(block_addr + 4, ticks >> 32 & _FAILED)
        return 0


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word
