"""SPI, SPIM, TWI and TWIM of the nRF52 and nRF53, one peripheral with four faces (nRF52840 PS v1.7, 6.25 and 6.31).

What the other end of the bus answers is fed: to "SPIM<n>" for SPI, to "TWIM<n>.0x68" for an I2C address; an address
that nothing is fed to does not acknowledge. What firmware sends is dropped. SPI gives a fed byte for every byte that
goes to RAM or RXD. Not modelled: the slaves SPIS and TWIS (warned about), pins, clock stretching.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SPI, _SPIS, _TWI, _TWIM, _SPIM, _TWIS = 1, 2, 5, 6, 7, 9  # ENABLE
_DISCONNECTED = 0xFFFF_FFFF
_ADDRESS_NACK = 1 << 1  # ERRORSRC.ANACK
_BASE_CLOCK_HZ = 16_000_000  # FREQUENCY is the rate in units of 16 MHz / 2^32 …
_FAST_HZ = {0x0A00_0000: 16_000_000, 0x1400_0000: 32_000_000}  # … but for two of SPIM3
_SPI_BITS, _TWI_BITS = 8, 9  # an I2C byte has an acknowledge bit
_TASKS = {
    "STARTRX": 0x000,
    "STARTTX": 0x008,
    "START": 0x010,
    "STOP": 0x014,
    "SUSPEND": 0x01C,
    "RESUME": 0x020,
}
_EVENTS = {
    "STOPPED": 0x104, "READY": 0x108, "ENDRX": 0x110, "END": 0x118, "TXDSENT": 0x11C, "ENDTX": 0x120,
    "ERROR": 0x124, "BB": 0x138, "SUSPENDED": 0x148, "STARTED": 0x14C, "TXSTARTED": 0x150, "LASTRX": 0x15C,
    "LASTTX": 0x160,
}  # fmt: skip
_PLAIN = {
    "STALLSTAT": 0x400, "RXD_LIST": 0x540, "TXD_LIST": 0x550, "CONFIG": 0x554, "RXDELAY": 0x560, "CSNDUR": 0x564,
    "CSNPOL": 0x568, "PSELDCX": 0x56C, "DCXCNT": 0x570, "ADDRESS": 0x588, "ORC": 0x5C0,
}  # fmt: skip


class Nrf52Bus(Nrf52Device):
    """Option `index`: the number in the names of its feeds."""

    SHORTS: ClassVar[dict[int, tuple[str, str]]] = {
        0: ("BB", "SUSPEND"),
        1: ("BB", "STOP"),
        7: ("LASTTX", "STARTRX"),
        8: ("LASTTX", "SUSPEND"),
        9: ("LASTTX", "STOP"),
        10: ("LASTRX", "STARTTX"),
        11: ("LASTRX", "SUSPEND"),
        12: ("LASTRX", "STOP"),
        17: ("END", "START"),
    }
    # Offsets, shortcuts and reset values of all faces: Nordic's SVD file of the nRF52840. TWI calls READY RXDREADY,
    # TWIM calls STARTED RXSTARTED.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks(_TASKS),
        **events(_EVENTS),
        **INTERRUPT_REGISTERS,
        "SHORTS": Register(0x200),
        "ERRORSRC": Register(0x4C4, writable_mask=0, one_clears_mask=0b111),
        "ENABLE": Register(0x500, writable_mask=0xF),
        **{f"PSEL_{index}": Register(0x508 + 4 * index, _DISCONNECTED) for index in range(4)},
        "RXD": read_only(0x518),
        "TXD": command(0x51C),
        "FREQUENCY": Register(0x524, 0x0400_0000),
        "RXD_PTR": Register(0x534),
        "RXD_MAXCNT": Register(0x538, writable_mask=0xFFFF),
        "RXD_AMOUNT": read_only(0x53C),
        "TXD_PTR": Register(0x544),
        "TXD_MAXCNT": Register(0x548, writable_mask=0xFFFF),
        "TXD_AMOUNT": read_only(0x54C),
        **{name: Register(offset) for name, offset in _PLAIN.items()},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._alarm = Alarm(host, self._transferred)
        self._then: Callable[[], None] = lambda: None
        self._direction = ""
        self._is_suspended = False
        self._is_addressed = False

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._idle()

    def run_task(self, task: str) -> None:
        """Transfers; tasks of a peripheral that is off do nothing."""
        mode = self.values["ENABLE"]
        if task == "STOP":
            self._idle()
            self.fire("STOPPED")
        elif task == "SUSPEND":
            self._is_suspended = True
            self.fire("SUSPENDED")
        elif task == "RESUME":
            self._is_suspended = False
            self._receive_next()
        elif mode == _SPIM and task == "START":
            self._start_spim()
        elif mode in (_TWI, _TWIM) and task in ("STARTRX", "STARTTX"):
            self._start_twi(task.removeprefix("START"))

    def load(self, name: str) -> int:
        """Reading RXD makes room for the next byte of TWI."""
        value = super().load(name)
        if name == "RXD" and not self._is_suspended:
            self._receive_next()
        return value

    def after_write(self, name: str, written: int) -> None:
        """Bytes written to TXD leave one by one."""
        mode = self.values["ENABLE"]
        if name == "TXD" and mode == _SPI:
            self._after_bits(_SPI_BITS, self._spi_byte_done)
        elif name == "TXD" and mode == _TWI and self._direction == "TX":
            self._send_byte()
        elif name == "ENABLE":
            self._enabled(mode)
        super().after_write(name, written)

    def _enabled(self, mode: int) -> None:
        if not mode:
            self._idle()
        elif mode in (_SPIS, _TWIS):
            self.host.warn(f"{self.spec.name}: slave modes of SPI and I2C are not modelled")

    def _idle(self) -> None:
        self._alarm.cancel()
        self._direction = ""
        self._is_suspended = False
        self._is_addressed = False

    # --- time ---

    def _after_bits(self, bits: int, then: Callable[[], None]) -> None:
        code = self.values["FREQUENCY"]
        rate_hz = Fraction(_FAST_HZ.get(code) or Fraction(code * _BASE_CLOCK_HZ, 1 << 32) or 1)
        self._then = then
        self._alarm.set(self.host.now_cycles + max(1, round(bits * self.host.core_clock_hz / rate_hz)))

    def _transferred(self) -> None:
        self._then()

    # --- SPI ---

    @property
    def fed_names(self) -> tuple[str, ...]:
        """The names of its two faces."""
        index = self.int_option("index", 0)
        return (f"SPIM{index}", f"TWIM{index}")

    def _spi_channel(self) -> str:
        return f"SPIM{self.int_option('index', 0)}"

    def _spi_bytes(self, count: int) -> bytes:
        data = self.host.sample_bytes(self._spi_channel(), count)
        if data is None and count:
            name = self._spi_channel()
            self.host.warn(f"{name}: nothing is fed here (--feed {name}=FILE): firmware reads zeros")
        return data or bytes(count)

    def _spi_byte_done(self) -> None:
        self.values["RXD"] = self._spi_bytes(1)[0]
        self.fire("READY")

    def _start_spim(self) -> None:
        self.fire("STARTED")
        count = max(self.values["TXD_MAXCNT"], self.values["RXD_MAXCNT"])
        self._after_bits(_SPI_BITS * count, self._spim_done)

    def _spim_done(self) -> None:
        self._to_ram(self._spi_bytes(self.values["RXD_MAXCNT"]))
        self._sent_from_ram()
        for event in ("ENDRX", "ENDTX", "END"):
            self.fire(event)

    # --- I2C ---

    def _twi_channel(self) -> str:
        return f"TWIM{self.int_option('index', 0)}.0x{self.values['ADDRESS'] & 0x7F:02x}"

    def _is_answering(self) -> bool:
        return self.host.sample_bytes(self._twi_channel(), 0) is not None

    def _not_acknowledged(self) -> None:
        channel = self._twi_channel()
        self.host.warn(
            f"{channel}: no such device on the bus (--feed {channel}=FILE makes one): not acknowledged"
        )
        self.set_bits("ERRORSRC", _ADDRESS_NACK, True)
        self.fire("ERROR")

    def _start_twi(self, direction: str) -> None:
        self._direction, self._is_suspended, self._is_addressed = direction, False, False
        if self.values["ENABLE"] == _TWIM:
            self.fire("STARTED" if direction == "RX" else "TXSTARTED")
            if not self._is_answering():
                self._after_bits(_TWI_BITS, self._not_acknowledged)
                return
            count = self.values[f"{direction}D_MAXCNT"]
            done = self._twim_received if direction == "RX" else self._twim_sent
            self._after_bits(_TWI_BITS * (1 + count), done)
        elif direction == "RX":
            self._receive_next()

    def _twim_received(self) -> None:
        count = self.values["RXD_MAXCNT"]
        self._to_ram(self.host.sample_bytes(self._twi_channel(), count) or bytes(count))
        self.fire("LASTRX")

    def _twim_sent(self) -> None:
        self._sent_from_ram()
        self.fire("LASTTX")

    def _byte_bits(self) -> int:
        """The first byte follows the address."""
        bits = _TWI_BITS if self._is_addressed else 2 * _TWI_BITS
        self._is_addressed = True
        return bits

    def _send_byte(self) -> None:
        if self._is_answering():
            self._after_bits(self._byte_bits(), self._byte_sent)
        else:
            self._after_bits(_TWI_BITS, self._not_acknowledged)

    def _byte_sent(self) -> None:
        self.fire("BB")
        self.fire("TXDSENT")

    def _receive_next(self) -> None:
        """TWI takes the next byte when the last one was read, unless it is suspended between bytes."""
        if self.values["ENABLE"] != _TWI or self._direction != "RX" or self._alarm.is_set:
            return
        if self._is_answering():
            self._after_bits(self._byte_bits(), self._byte_received)
        else:
            self._after_bits(_TWI_BITS, self._not_acknowledged)

    def _byte_received(self) -> None:
        data = self.host.sample_bytes(self._twi_channel(), 1)
        self.values["RXD"] = data[0] if data else 0
        self.fire("BB")
        self.fire("READY")

    # --- EasyDMA ---

    def _to_ram(self, data: bytes) -> None:
        if data:
            self.host.write_memory(self.values["RXD_PTR"], data)
        self.values["RXD_AMOUNT"] = len(data)
        if self.values["RXD_LIST"] & 1:
            self.values["RXD_PTR"] += len(data)

    def _sent_from_ram(self) -> None:
        self.values["TXD_AMOUNT"] = self.values["TXD_MAXCNT"]
        if self.values["TXD_LIST"] & 1:
            self.values["TXD_PTR"] += self.values["TXD_MAXCNT"]
