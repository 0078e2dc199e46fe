"""SPI0 and SPI1 of RP2040 and RP2350: PL022 (Arm DDI 0194; RP2040 datasheet section 4.4).

What comes back while firmware sends is what the user feeds to "SPI0", byte by byte (a frame of more than 8 bits takes
two, the low one first); without a feed, zeros. A frame takes its time on the bus. Not modelled: being a slave, the
National and TI formats; the receive time-out comes as soon as the bus is idle.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LOOP_BACK, _ENABLE, _SLAVE = 1 << 0, 1 << 1, 1 << 2  # SSPCR1
_TX_EMPTY, _TX_ROOM, _RX_THERE, _RX_FULL, _BUSY = (1 << bit for bit in range(5))  # SSPSR
_OVERRUN, _TIME_OUT, _RX_HALF, _TX_HALF = (1 << bit for bit in range(4))  # SSPRIS
_RX_DMA, _TX_DMA = 1 << 0, 1 << 1
_DEPTH_FRAMES = 8
_IDENTIFICATION = (0x22, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1)


class RpSpi(Rp2040Device):
    """A master; its clock is clk_peri."""

    IS_FED: ClassVar[bool] = True
    # Offsets and bits: pico-sdk 2.2, hardware/regs/spi.h, the same for both chips.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "SSPCR0": Register(0x00, writable_mask=0xFFFF),
        "SSPCR1": Register(0x04, writable_mask=0xF),
        "SSPDR": command(0x08),
        "SSPSR": read_only(0x0C),
        "SSPCPSR": Register(0x10, writable_mask=0xFF),
        "SSPIMSC": Register(0x14, writable_mask=0xF),
        "SSPRIS": read_only(0x18),
        "SSPMIS": read_only(0x1C),
        "SSPICR": command(0x20),
        "SSPDMACR": Register(0x24, writable_mask=0b11),
        **{
            f"SSPID{index}": read_only(0xFE0 + 4 * index, value)
            for index, value in enumerate(_IDENTIFICATION)
        },
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._sent: deque[int] = deque()
        self._received: deque[int] = deque()
        self._has_overrun = False
        self._alarm = Alarm(host, self._exchanged)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._sent.clear()
        self._received.clear()
        self._has_overrun = False
        self._alarm.cancel()
        self._follow()

    def load(self, name: str) -> int:
        """Received frames, levels, interrupts."""
        if name == "SSPDR":
            frame = self._received.popleft() if self._received else 0
            self._follow()
            return frame
        if name == "SSPSR":
            return self._status()
        if name in ("SSPRIS", "SSPMIS"):
            return self._raw_interrupts() & (self.values["SSPIMSC"] if name == "SSPMIS" else 0xF)
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Send, switch on, acknowledge."""
        if name == "SSPDR" and len(self._sent) < _DEPTH_FRAMES:
            self._sent.append(written & (1 << self._frame_bits()) - 1)
        elif name == "SSPICR" and written & _OVERRUN:
            self._has_overrun = False
        elif name == "SSPCR1" and self.values["SSPCR1"] & _SLAVE:
            self.host.warn(f"{self.spec.name}: being an SPI slave is not modelled")
        self._begin()
        self._follow()

    def _frame_bits(self) -> int:
        return (self.values["SSPCR0"] & 0xF) + 1

    def _begin(self) -> None:
        is_on = self.values["SSPCR1"] & (_ENABLE | _SLAVE) == _ENABLE
        if not is_on:
            self._alarm.cancel()
        elif self._sent and not self._alarm.is_set:
            divider = max(self.values["SSPCPSR"] & ~1, 2) * ((self.values["SSPCR0"] >> 8) + 1)
            host = self.host
            clock_hz = host.clock_net.clock_hz("clk_peri") or host.core_clock_hz
            cycles = Fraction(self._frame_bits() * divider * host.core_clock_hz, clock_hz)
            self._alarm.set(host.now_cycles + max(1, round(cycles)))

    def _exchanged(self) -> None:
        sent = self._sent.popleft()
        size_bytes = 2 if self._frame_bits() > 8 else 1
        fed = self.host.sample_bytes(self.spec.name, size_bytes) or bytes(size_bytes)
        is_looped = self.values["SSPCR1"] & _LOOP_BACK
        if len(self._received) < _DEPTH_FRAMES:
            mask = (1 << self._frame_bits()) - 1
            self._received.append(sent if is_looped else int.from_bytes(fed, "little") & mask)
        else:
            self._has_overrun = True
        self._begin()
        self._follow()

    def _status(self) -> int:
        status = _BUSY if self._sent else _TX_EMPTY
        status |= _TX_ROOM if len(self._sent) < _DEPTH_FRAMES else 0
        status |= _RX_THERE if self._received else 0
        return status | (_RX_FULL if len(self._received) == _DEPTH_FRAMES else 0)

    def _raw_interrupts(self) -> int:
        half = _DEPTH_FRAMES // 2
        raw = (_TX_HALF if len(self._sent) <= half else 0) | (_OVERRUN if self._has_overrun else 0)
        raw |= _RX_HALF if len(self._received) >= half else 0
        return raw | (_TIME_OUT if self._received and not self._sent else 0)

    def _follow(self) -> None:
        self.set_irq(bool(self._raw_interrupts() & self.values["SSPIMSC"]))
        control, net = self.values["SSPDMACR"], self.host.dma_net
        net.set_request(f"{self.spec.name}_RX", bool(control & _RX_DMA and self._received))
        net.set_request(f"{self.spec.name}_TX", bool(control & _TX_DMA) and len(self._sent) < _DEPTH_FRAMES)
