"""Timers TC and TCC of the SAM D21 and D51: overflow and compare match, with interrupts.

Not modelled: capture, events, waveforms on pins, dithering, double buffering (a buffer takes effect at once), the
partner that a 32-bit TC uses, DMA requests. Registers are synchronised at once. MC is set when the count reaches a
compare value, OVF when the counter starts over. An end of 0 holds the counter.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.microchip.samd_counter import DIVIDERS, WrapCounter
from mcusim.machine.devices.packed_device import PackedDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SWRST, _ENABLE = 1 << 0, 1 << 1
_DOWN, _ONESHOT = 1 << 0, 1 << 2
_RETRIGGER, _STOP = 1, 2
_OVERFLOW = 1 << 0
_CTRLA, _CTRLBCLR, _CTRLBSET = 0x00, 0x04, 0x05
_MATCH_FREQUENCY, _MATCH_PWM = 1, 3  # WAVEGEN of TC; of TCC only the first takes its end from CC0


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the registers lie and how wide they are."""

    enable_clear_offset: int
    enable_set_offset: int
    flag_offset: int
    flag_bytes: int
    status_offset: int
    stopped_mask: int
    count_offset: int
    compare_offset: int
    period_offset: int
    period_buffer_offset: int | None
    compare_buffer_offset: int | None
    command_shift_bits: int
    match_shift_bits: int


# CMSIS-Atmel, samd21 and samd51: component/tc.h, component/tcc.h.
_TC_D21 = _Layout(0x0C, 0x0D, 0x0E, 1, 0x0F, 1 << 3, 0x10, 0x18, 0x14, None, None, 6, 4)
_TC_D51 = _Layout(0x08, 0x09, 0x0A, 1, 0x0B, 1 << 0, 0x14, 0x1C, 0x1B, 0x2F, 0x30, 5, 4)
_TCC = _Layout(0x24, 0x28, 0x2C, 4, 0x30, 1 << 0, 0x34, 0x44, 0x40, 0x6C, 0x70, 5, 16)


class _SamdTimer(PackedDevice):
    """What both share. Option: `clock` (a line of the clock net)."""

    LAYOUT: ClassVar[_Layout]

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.layout = self.find_layout()
        self._flags = self._enables = 0
        self._is_stopped = True
        self._counter = WrapCounter(host, self._matched, self._wrapped)
        host.clock_net.listen(self._clock_changed)

    def find_layout(self) -> _Layout:
        """Of this instance."""
        raise NotImplementedError

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._flags = self._enables = 0
        self._is_stopped = True
        self._counter.clear()
        self.set_field(self.period_place()[0], 0xFFFF_FFFF, self.period_place()[1])
        self._update_irq()

    def width_bytes(self) -> int:
        """Of the counter and its compare values."""
        raise NotImplementedError

    def channels_count(self) -> int:
        """How many compare values there are."""
        raise NotImplementedError

    def period_place(self) -> tuple[int, int]:
        """Offset and width of PER."""
        raise NotImplementedError

    def top(self) -> int:
        """Where the counter starts over."""
        raise NotImplementedError

    def limit(self) -> int:
        """The highest count."""
        return (1 << 8 * self.width_bytes()) - 1

    def compare_value(self, index: int) -> int:
        """CC0, CC1 …"""
        step = self.width_bytes()
        return self.field(self.layout.compare_offset + index * step, step) & self.limit()

    def refresh(self, offset: int) -> None:
        """Count and flags; the buffers are only written."""
        layout = self.layout
        self._counter.catch_up()
        self.set_field(layout.count_offset, self._counter.count, self.width_bytes())
        for place, value in (
            (layout.enable_clear_offset, self._enables),
            (layout.enable_set_offset, self._enables),
            (layout.flag_offset, self._flags),
        ):
            self.set_field(place, value, layout.flag_bytes)
        self.set_field(layout.status_offset, layout.stopped_mask if self._is_stopped else 0)

    def store_byte(self, offset: int, byte: int) -> None:
        """Set and clear views, flags, buffers; the rest is stored."""
        layout, lanes = self.layout, layout_lanes(self.layout, offset)
        if lanes is not None:
            place, shift = lanes
            if place == layout.flag_offset:
                self._flags &= ~(byte << shift)
            elif place == layout.enable_set_offset:
                self._enables |= byte << shift
            else:
                self._enables &= ~(byte << shift)
        elif offset == _CTRLBCLR:
            self.set_field(_CTRLBSET, self.field(_CTRLBSET) & ~byte)
        elif offset == _CTRLBSET:
            self.set_field(offset, self.field(offset) | byte)
        else:
            self.set_field(self._target_of(offset), byte)

    def _target_of(self, offset: int) -> int:
        layout = self.layout
        channels_bytes = self.channels_count() * self.width_bytes()
        if (
            layout.compare_buffer_offset is not None
            and 0 <= offset - layout.compare_buffer_offset < channels_bytes
        ):
            return offset - layout.compare_buffer_offset + layout.compare_offset
        if (
            layout.period_buffer_offset is not None
            and 0 <= offset - layout.period_buffer_offset < self.period_place()[1]
        ):
            return offset - layout.period_buffer_offset + layout.period_offset
        return offset

    def was_written(self, offset: int, size_bytes: int) -> None:
        """Start, stop, new values."""
        if self.field(_CTRLA) & _SWRST:
            self.reset()
            return
        matches = tuple(self.compare_value(index) for index in range(self.channels_count()))
        self._counter.configure(self.top(), self.limit(), matches)
        if offset <= _CTRLBSET < offset + size_bytes or offset == _CTRLBCLR:
            self._command()
        if offset == _CTRLA:
            self._is_stopped = not self.field(_CTRLA) & _ENABLE
        if self.layout.count_offset <= offset < self.layout.count_offset + self.width_bytes():
            self._counter.set_count(self.field(self.layout.count_offset, self.width_bytes()))
        self._apply()

    def _command(self) -> None:
        control = self.field(_CTRLBSET)
        is_down = bool(control & _DOWN)
        if is_down != self._counter.is_down:
            count = self._counter.count
            self._counter.is_down = is_down
            self._counter.set_count(count)
        command = control >> self.layout.command_shift_bits
        if command == _RETRIGGER and self.field(_CTRLA) & _ENABLE:
            self._is_stopped = False
            self._counter.set_count(self._counter.top if is_down else 0)
        elif command == _STOP:
            self._is_stopped = True
        self.set_field(_CTRLBSET, control & (1 << self.layout.command_shift_bits) - 1)
        self.set_field(_CTRLBCLR, self.field(_CTRLBSET))

    def _apply(self) -> None:
        """Whether it runs, and whether anybody waits for it."""
        self._counter.is_watched = bool(self._enables) or bool(self.field(_CTRLBSET) & _ONESHOT)
        self._counter.run_at(self._tick_hz())
        self._update_irq()

    def _tick_hz(self) -> int | Fraction:
        if self._is_stopped or not self.field(_CTRLA) & _ENABLE:
            return 0
        divider = DIVIDERS[self.field(_CTRLA + 1) & 0b111]
        return counted_hz(self) / divider

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(self._tick_hz())

    def _matched(self, index: int) -> None:
        self._flags |= 1 << self.layout.match_shift_bits + index
        self._update_irq()

    def _wrapped(self) -> None:
        self._flags |= _OVERFLOW
        if self.field(_CTRLBSET) & _ONESHOT:
            self._is_stopped = True
            self._counter.run_at(0)
            self._counter.set_count(self._counter.top if self._counter.is_down else 0)
        self._update_irq()

    def _update_irq(self) -> None:
        """The TCC of the D51 has a line for each compare value after the one for the rest."""
        pending = self._flags & self._enables
        if not self.bool_option("has_channel_irqs"):
            self.set_irq(bool(pending))
            return
        matches = pending >> self.layout.match_shift_bits
        self.set_irq(bool(pending & (1 << self.layout.match_shift_bits) - 1))
        for index in range(self.channels_count()):
            self.host.set_irq(self.spec.irq_number + 1 + index, bool(matches >> index & 1))


class SamdTc(_SamdTimer):
    """Options: `layout` ("d21" or "d51"), `clock`."""

    SIZE_BYTES: ClassVar[int] = 0x40

    def find_layout(self) -> _Layout:
        """By option."""
        return _TC_D51 if self.text_option("layout", "d21") == "d51" else _TC_D21

    def width_bytes(self) -> int:
        """CTRLA.MODE: 16, 8 or 32 bits."""
        return (2, 1, 4, 4)[self.field(_CTRLA) >> 2 & 0b11]

    def channels_count(self) -> int:
        """CC0 and CC1."""
        return 2

    def period_place(self) -> tuple[int, int]:
        """Only a counter of 8 bits has PER."""
        return self.layout.period_offset, 1

    def top(self) -> int:
        """CC0 in the match modes, else PER of 8 bits, else the highest count."""
        waveform = self.field(0x0C) & 0b11 if self.layout is _TC_D51 else self.field(_CTRLA) >> 5 & 0b11
        if waveform in (_MATCH_FREQUENCY, _MATCH_PWM):
            return self.compare_value(0)
        return self.field(self.layout.period_offset) if self.width_bytes() == 1 else self.limit()


class SamdTcc(_SamdTimer):
    """Options: `clock`, `channels` (of compare), `width_bits`, `has_channel_irqs`."""

    SIZE_BYTES: ClassVar[int] = 0x90

    def find_layout(self) -> _Layout:
        """The same for both chips."""
        return _TCC

    def width_bytes(self) -> int:
        """Every register takes a word."""
        return 4

    def channels_count(self) -> int:
        """How many compare values there are."""
        return self.int_option("channels", 4)

    def period_place(self) -> tuple[int, int]:
        """PER."""
        return self.layout.period_offset, 4

    def limit(self) -> int:
        """24 or 16 bits."""
        return (1 << self.int_option("width_bits", 24)) - 1

    def top(self) -> int:
        """CC0 in the match mode, else PER."""
        if self.field(0x3C) & 0b111 == _MATCH_FREQUENCY:
            return self.compare_value(0)
        return self.field(self.layout.period_offset, 4) & self.limit()


def counted_hz(device: _SamdTimer) -> Fraction:
    """What the timer's generic clock runs at; without one it stands still."""
    return Fraction(device.host.clock_net.clock_hz(device.text_option("clock", "")))


def layout_lanes(layout: _Layout, offset: int) -> tuple[int, int] | None:
    """The interrupt register that has this byte, and where in it."""
    for place in (layout.enable_clear_offset, layout.enable_set_offset, layout.flag_offset):
        if 0 <= offset - place < layout.flag_bytes:
            return place, 8 * (offset - place)
    return None
