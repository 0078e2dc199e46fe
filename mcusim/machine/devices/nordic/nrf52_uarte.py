"""UART and UARTE of the nRF52840, one peripheral with two faces (PS v1.7, sections 6.33 and 6.34).

Not modelled: pin selection, flow control, errors, parity. EasyDMA takes the whole buffer to be sent when
the transfer starts, and puts each received byte into RAM when it comes; for the time on the line see serial_line.py.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_UART, _UARTE = 4, 8  # ENABLE
_TASKS = {
    "STARTRX": 0x000,
    "STOPRX": 0x004,
    "STARTTX": 0x008,
    "STOPTX": 0x00C,
    "SUSPEND": 0x01C,
    "FLUSHRX": 0x02C,
}
_EVENTS = {
    "CTS": 0x100, "NCTS": 0x104, "RXDRDY": 0x108, "ENDRX": 0x110, "TXDRDY": 0x11C, "ENDTX": 0x120,
    "ERROR": 0x124, "RXTO": 0x144, "RXSTARTED": 0x14C, "TXSTARTED": 0x150, "TXSTOPPED": 0x158,
}  # fmt: skip
_DISCONNECTED = 0xFFFF_FFFF
_COUNT_MASK = 0xFFFF
_RAM_ADDRS = range(0x2000_0000, 0x3000_0000)  # EasyDMA reaches Data RAM only (PS 6.34.1)
_BAUD_CLOCK_HZ = 16_000_000  # BAUDRATE is the rate in units of 16 MHz / 2^32 (PS 6.34.10.28)


class Nrf52Uarte(Nrf52Device):
    """Options: those of `SerialLine`."""

    SHORTS: ClassVar[dict[int, tuple[str, str]]] = {5: ("ENDRX", "STARTRX"), 6: ("ENDRX", "STOPRX")}
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks(_TASKS),
        **events(_EVENTS),
        **INTERRUPT_REGISTERS,
        "SHORTS": Register(0x200),
        "ERRORSRC": Register(0x480, writable_mask=0, one_clears_mask=0xF),
        "ENABLE": Register(0x500, writable_mask=0xF),
        "PSEL_RTS": Register(0x508, _DISCONNECTED),
        "PSEL_TXD": Register(0x50C, _DISCONNECTED),
        "PSEL_CTS": Register(0x510, _DISCONNECTED),
        "PSEL_RXD": Register(0x514, _DISCONNECTED),
        "RXD": read_only(0x518),
        "TXD": command(0x51C),
        "BAUDRATE": Register(0x524, 0x0400_0000),
        "RXD_PTR": Register(0x534),
        "RXD_MAXCNT": Register(0x538, writable_mask=_COUNT_MASK),
        "RXD_AMOUNT": read_only(0x53C),
        "TXD_PTR": Register(0x544),
        "TXD_MAXCNT": Register(0x548, writable_mask=_COUNT_MASK),
        "TXD_AMOUNT": read_only(0x54C),
        "CONFIG": Register(0x56C),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(self._sent, self._received), self._bit_cycles)
        self._received_count = 0
        self._buffer = (0, 0)
        self._may_send_bytes = False
        self._is_receiving = False

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self._may_send_bytes = False
        self._is_receiving = False

    def run_task(self, task: str) -> None:
        """Transfers; tasks of a peripheral that is off do nothing."""
        if not self._is(_UART) and not self._is(_UARTE):
            if (
                task == "STOPRX"
            ):  # Arduino's core waits for it: the boot loader that ran before left the UARTE on
                self.fire("RXTO")
            return
        if task == "STARTTX":
            self._start_transmission()
        elif task in ("STOPTX", "SUSPEND"):
            self._may_send_bytes = False
            if self._is(_UARTE) and task == "STOPTX":
                self.fire("TXSTOPPED")
        elif task == "STARTRX":
            self._start_reception()
        elif task == "STOPRX":
            self._stop_reception()
        elif task == "FLUSHRX":
            self.values["RXD_AMOUNT"] = 0
            self.fire("ENDRX")  # the receive FIFO is empty: every byte went to RAM when it came

    def load(self, name: str) -> int:
        """Reading RXD makes room for the next byte."""
        if name != "RXD" or not self._is(_UART):
            return super().load(name)
        return self._line.take()

    def after_write(self, name: str, written: int) -> None:
        """A byte written to TXD leaves when transmission was started."""
        if name == "TXD" and self._is(_UART) and self._may_send_bytes:
            self._line.send(bytes([written & 0xFF]))
        super().after_write(name, written)

    def _is(self, mode: int) -> bool:
        return self.values["ENABLE"] == mode

    def _start_transmission(self) -> None:
        self._may_send_bytes = True
        if not self._is(_UARTE):
            return
        addr, count = self.values["TXD_PTR"], self.values["TXD_MAXCNT"]
        if addr not in _RAM_ADDRS:
            self.host.warn(f"{self.spec.name}: EasyDMA cannot read 0x{addr:08X}: only RAM; nothing was sent")
            count = 0
        self.fire("TXSTARTED")
        self.values["TXD_AMOUNT"] = count
        if count:
            self._line.send(self.host.read_memory(addr, count))
        else:
            self.fire("ENDTX")

    def _sent(self) -> None:
        self.fire("TXDRDY")
        if self._is(_UARTE):
            self.fire("ENDTX")

    def _start_reception(self) -> None:
        self._is_receiving = True
        self._received_count = 0
        if self._is(_UARTE):
            self._buffer = (self.values["RXD_PTR"], self.values["RXD_MAXCNT"])  # double-buffered (PS 6.34.2)
            self.fire("RXSTARTED")
        self._line.listen(True)

    def _received(self) -> None:
        """A byte came: into RXD, or into RAM, where a full buffer ends the reception."""
        if self._is(_UART):
            self.fire("RXDRDY")
            return
        addr, size_bytes = self._buffer
        self.host.write_memory(addr + self._received_count, bytes([self._line.take()]))
        self._received_count += 1
        self.fire("RXDRDY")
        if self._received_count >= size_bytes:
            self._end_reception()

    def _end_reception(self) -> None:
        """The line is deaf until STARTRX; a shortcut may give that at once."""
        self._is_receiving = False
        self._line.listen(False)
        self.values["RXD_AMOUNT"] = self._received_count
        self.fire("ENDRX")

    def _stop_reception(self) -> None:
        if self._is_receiving and self._is(_UARTE):
            self._end_reception()
        self._is_receiving = False
        self._line.listen(False)
        self.fire("RXTO")

    def _bit_cycles(self) -> Fraction:
        baud_hz = Fraction(self.values["BAUDRATE"] * _BAUD_CLOCK_HZ, 1 << 32) or Fraction(1)
        return self.host.core_clock_hz / baud_hz
