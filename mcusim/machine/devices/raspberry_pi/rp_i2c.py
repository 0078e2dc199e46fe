"""I2C0 and I2C1 of RP2040 and RP2350 as masters: DW_apb_i2c (RP2040 datasheet section 4.3).

A device is there where the user feeds its address ("I2C0.0x68") or the whole bus; its bytes are read in the order of
the feed, whatever register was asked for. Other addresses do not acknowledge. A byte takes nine clocks of the bus. Not
modelled: being a slave, ten-bit addresses, arbitration, a second command for a bus that is held.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_MASTER, _SPEED_MASK, _STANDARD, _EMPTY_CONTROL = 1 << 0, 0b110, 0b010, 1 << 8  # IC_CON
_READ, _STOP, _RESTART = 1 << 8, 1 << 9, 1 << 10  # IC_DATA_CMD
_RX_UNDER, _RX_OVER, _RX_FULL, _TX_OVER, _TX_EMPTY = (1 << bit for bit in range(5))  # IC_RAW_INTR_STAT
_TX_ABRT, _ACTIVITY, _STOP_DET, _START_DET, _RESTART_DET = 1 << 6, 1 << 8, 1 << 9, 1 << 10, 1 << 12
_CLEARS = {
    "RX_UNDER": (0x44, _RX_UNDER),
    "RX_OVER": (0x48, _RX_OVER),
    "TX_OVER": (0x4C, _TX_OVER),
    "RD_REQ": (0x50, 1 << 5),
    "TX_ABRT": (0x54, _TX_ABRT),
    "RX_DONE": (0x58, 1 << 7),
    "ACTIVITY": (0x5C, _ACTIVITY),
    "STOP_DET": (0x60, _STOP_DET),
    "START_DET": (0x64, _START_DET),
    "GEN_CALL": (0x68, 1 << 11),
    "RESTART_DET": (0xA8, _RESTART_DET),
}
_ENABLE, _ABORT = 1 << 0, 1 << 1
_NO_ACK, _USER_ABORT, _FLUSHED_SHIFT = 1 << 0, 1 << 16, 23  # IC_TX_ABRT_SOURCE
_RX_DMA, _TX_DMA = 1 << 0, 1 << 1
_DEPTH = 16
_CLOCKS_PER_BYTE = 9


class RpI2c(Rp2040Device):
    """Its clock is clk_sys, the core's."""

    IS_FED: ClassVar[bool] = True
    # Offsets, bits and reset values: pico-sdk 2.2, hardware/regs/i2c.h, the same for both chips.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IC_CON": Register(0x00, 0x65, writable_mask=0x3FF),
        "IC_TAR": Register(0x04, 0x55, writable_mask=0xFFF),
        "IC_SAR": Register(0x08, 0x55, writable_mask=0x3FF),
        "IC_DATA_CMD": command(0x10),
        "IC_SS_SCL_HCNT": Register(0x14, 0x28, writable_mask=0xFFFF),
        "IC_SS_SCL_LCNT": Register(0x18, 0x2F, writable_mask=0xFFFF),
        "IC_FS_SCL_HCNT": Register(0x1C, 0x06, writable_mask=0xFFFF),
        "IC_FS_SCL_LCNT": Register(0x20, 0x0D, writable_mask=0xFFFF),
        "IC_INTR_STAT": read_only(0x2C),
        "IC_INTR_MASK": Register(0x30, 0x8FF, writable_mask=0x1FFF),
        "IC_RAW_INTR_STAT": read_only(0x34),
        "IC_RX_TL": Register(0x38, writable_mask=0xFF),
        "IC_TX_TL": Register(0x3C, writable_mask=0xFF),
        "IC_CLR_INTR": read_only(0x40),
        **{f"IC_CLR_{name}": read_only(offset) for name, (offset, _) in _CLEARS.items()},
        "IC_ENABLE": Register(0x6C, writable_mask=0b101),
        "IC_STATUS": read_only(0x70),
        "IC_TXFLR": read_only(0x74),
        "IC_RXFLR": read_only(0x78),
        "IC_SDA_HOLD": Register(0x7C, 1, writable_mask=0xFF_FFFF),
        "IC_TX_ABRT_SOURCE": read_only(0x80),
        "IC_SLV_DATA_NACK_ONLY": Register(0x84, writable_mask=1),
        "IC_DMA_CR": Register(0x88, writable_mask=0b11),
        "IC_DMA_TDLR": Register(0x8C, writable_mask=0xF),
        "IC_DMA_RDLR": Register(0x90, writable_mask=0xF),
        "IC_SDA_SETUP": Register(0x94, 0x64, writable_mask=0xFF),
        "IC_ACK_GENERAL_CALL": Register(0x98, 1, writable_mask=1),
        "IC_ENABLE_STATUS": read_only(0x9C),
        "IC_FS_SPKLEN": Register(0xA0, 0x07, writable_mask=0xFF),
        "IC_COMP_PARAM_1": read_only(0xF4),
        "IC_COMP_VERSION": read_only(0xF8, 0x3230_312A),
        "IC_COMP_TYPE": read_only(0xFC, 0x4457_0140),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._commands: deque[int] = deque()
        self._received: deque[int] = deque()
        self._running: int | None = None
        self._is_owner = self._was_read = False
        self._alarm = Alarm(host, self._finished)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._stop_everything()
        self._follow()

    def load(self, name: str) -> int:
        """Received bytes, levels, status; reading a clear register clears."""
        if name == "IC_DATA_CMD":
            return self._take()
        if name.startswith("IC_CLR_"):
            self._clear(name.removeprefix("IC_CLR_"))
        elif name in ("IC_RAW_INTR_STAT", "IC_INTR_STAT"):
            mask = self.values["IC_INTR_MASK"] if name == "IC_INTR_STAT" else 0x1FFF
            return self._raw_interrupts() & mask
        elif name == "IC_STATUS":
            return self._status()
        elif name in ("IC_TXFLR", "IC_RXFLR"):
            return len(self._commands if name == "IC_TXFLR" else self._received)
        elif name == "IC_ENABLE_STATUS":
            return self.values["IC_ENABLE"] & _ENABLE
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Commands; switching off empties everything."""
        if name == "IC_DATA_CMD":
            self._put(written)
        elif name == "IC_ENABLE":
            if not written & _ENABLE:
                self._stop_everything()
            elif written & _ABORT:
                self._abort(_USER_ABORT)
        elif name == "IC_CON" and not self.values["IC_CON"] & _MASTER:
            self.host.warn(f"{self.spec.name}: being an I2C slave is not modelled")
        self._follow()

    def _put(self, written: int) -> None:
        is_held = (
            self.values["IC_RAW_INTR_STAT"] & _TX_ABRT
        )  # the FIFO stays empty until the abort is cleared
        if not self.values["IC_ENABLE"] & _ENABLE or is_held:
            return
        if len(self._commands) == _DEPTH:
            self.set_bits("IC_RAW_INTR_STAT", _TX_OVER, True)
            return
        self._commands.append(written)
        self._begin()

    def _take(self) -> int:
        if not self._received:
            self.set_bits("IC_RAW_INTR_STAT", _RX_UNDER, True)
            return 0
        byte = self._received.popleft()
        self._follow()
        return byte

    def _clear(self, name: str) -> None:
        mask = 0x1FFF if name == "INTR" else _CLEARS[name][1]
        self.set_bits("IC_RAW_INTR_STAT", mask, False)
        if mask & _TX_ABRT:
            self.values["IC_TX_ABRT_SOURCE"] = 0
        self._follow()

    def _begin(self) -> None:
        if self._running is not None or not self._commands or not self.values["IC_CON"] & _MASTER:
            return
        self._running = self._commands.popleft()
        bytes_count = 2 if self._has_address(self._running) else 1
        speed = "SS" if self.values["IC_CON"] & _SPEED_MASK == _STANDARD else "FS"
        bit_cycles = self.values[f"IC_{speed}_SCL_HCNT"] + self.values[f"IC_{speed}_SCL_LCNT"]
        self._alarm.set(self.host.now_cycles + max(1, bytes_count * _CLOCKS_PER_BYTE * bit_cycles))

    def _has_address(self, word: int) -> bool:
        return not self._is_owner or bool(word & _RESTART) or self._was_read != bool(word & _READ)

    def _finished(self) -> None:
        word = self._running or 0
        if self._has_address(word):
            self.set_bits("IC_RAW_INTR_STAT", _RESTART_DET if self._is_owner else _START_DET, True)
            self.set_bits("IC_RAW_INTR_STAT", _ACTIVITY, True)
            if not self._is_answering():
                self._abort(_NO_ACK)
                return
        self._running, self._is_owner, self._was_read = None, True, bool(word & _READ)
        if word & _READ:
            self._receive()
        if word & _STOP:
            self._is_owner = False
            self.set_bits("IC_RAW_INTR_STAT", _STOP_DET, True)
        self._begin()
        self._follow()

    def _receive(self) -> None:
        data = self.host.sample_bytes(self._channel(), 1) or b"\0"
        if len(self._received) < _DEPTH:
            self._received.append(data[0])
        else:
            self.set_bits("IC_RAW_INTR_STAT", _RX_OVER, True)

    def _channel(self) -> str:
        return f"{self.spec.name}.{self.values['IC_TAR'] & 0x7F:#04x}"

    def _is_answering(self) -> bool:
        channel = self._channel()
        if self.host.sample_bytes(channel, 0) is not None:
            return True
        self.host.warn(
            f"{channel}: no such device on the bus (--feed {channel}=FILE makes one): not acknowledged"
        )
        return False

    def _abort(self, source: int) -> None:
        """Both FIFOs are emptied, and a stop is sent."""
        self.values["IC_TX_ABRT_SOURCE"] = source | len(self._commands) << _FLUSHED_SHIFT
        self._stop_everything()
        self.set_bits("IC_RAW_INTR_STAT", _TX_ABRT | _STOP_DET, True)
        self._follow()

    def _stop_everything(self) -> None:
        self._commands.clear()
        self._received.clear()
        self._running, self._is_owner, self._was_read = None, False, False
        self._alarm.cancel()

    def _raw_interrupts(self) -> int:
        raw = self.values["IC_RAW_INTR_STAT"]
        is_shifting = self._running is not None and self.values["IC_CON"] & _EMPTY_CONTROL
        is_on = self.values["IC_ENABLE"] & _ENABLE
        if is_on and len(self._commands) <= self.values["IC_TX_TL"] and not is_shifting:
            raw |= _TX_EMPTY
        return raw | (_RX_FULL if len(self._received) > self.values["IC_RX_TL"] else 0)

    def _status(self) -> int:
        is_busy = self._running is not None or self._is_owner
        sending, received = len(self._commands), len(self._received)
        levels = (sending < _DEPTH, not sending, bool(received), received == _DEPTH)
        return sum(1 << bit for bit, is_set in enumerate((is_busy, *levels, is_busy)) if is_set)

    def _follow(self) -> None:
        self.set_irq(bool(self._raw_interrupts() & self.values["IC_INTR_MASK"]))
        control, net = self.values["IC_DMA_CR"], self.host.dma_net
        is_on = self.values["IC_ENABLE"] & _ENABLE
        has_room = is_on and len(self._commands) <= self.values["IC_DMA_TDLR"]
        net.set_request(f"{self.spec.name}_TX", bool(control & _TX_DMA and has_room))
        is_there = len(self._received) > self.values["IC_DMA_RDLR"]
        net.set_request(f"{self.spec.name}_RX", bool(control & _RX_DMA) and is_there)
