"""Random numbers and reset causes of the SAM D51, and the USB device of the D21 and D51 without a host.

Offsets and bits: Microchip's SVD files of the ATSAMD21G18A and ATSAMD51J19A. Nothing is ever plugged into USB: what
firmware prints there is lost, and the report says so. Random numbers are the same in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import (
    NO_USB_HOST,
    WORD_MASK,
    Register,
    RegisterDevice,
    command,
    read_only,
)

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

POWER_ON, _WATCHDOG, _SYSTEM = 1 << 0, 1 << 5, 1 << 6
_ENABLE = 1 << 1
_READY = 1 << 0
_MULTIPLIER, _INCREMENT, _SEED = 1_664_525, 1_013_904_223, 1  # Numerical Recipes, 3rd ed., section 7.1
_DETACH = 1 << 0
_ENDPOINTS_COUNT = 8


def reset_cause_bits(cause: str) -> int:
    """RCAUSE for a cause of the power net."""
    return {"watchdog": _WATCHDOG, "software": _SYSTEM}.get(cause, POWER_ON)


class Samd51Rstc(RegisterDevice):
    """Why the chip was reset."""

    REGISTERS: ClassVar[dict[str, Register]] = {"RCAUSE": read_only(0x00, POWER_ON)}

    def reset(self) -> None:
        """The machine forgets the cause when all devices are reset."""
        super().reset()
        self.values["RCAUSE"] = reset_cause_bits(self.host.power_net.reset_cause)


class Samd51Trng(RegisterDevice):
    """A number is ready while it is enabled."""

    # INTERRUPTS is INTENCLR, INTENSET and INTFLAG.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLA": Register(0x00, writable_mask=0x42),
        "EVCTRL": Register(0x04, writable_mask=1),
        "INTERRUPTS": Register(0x08, writable_mask=0),
        "DATA": read_only(0x20),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._state, self._enables = _SEED, 0

    def reset(self) -> None:
        """Off, at the start of the sequence."""
        super().reset()
        self._state, self._enables = _SEED, 0
        self.set_irq(False)

    def load(self, name: str) -> int:
        """The next number; ready at once."""
        is_on = bool(self.values["CTRLA"] & _ENABLE)
        if name == "INTERRUPTS":
            return self._enables | self._enables << 8 | (_READY << 16 if is_on else 0)
        if name == "DATA" and is_on:
            low = self._next()
            return (self._next() & 0xFFFF_0000) | low >> 16  # the high bits are the good ones
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Interrupt enables."""
        if name == "INTERRUPTS":
            self._enables = (self._enables & ~written | written >> 8) & _READY
        self.set_irq(bool(self._enables and self.values["CTRLA"] & _ENABLE))

    def _next(self) -> int:
        self._state = (_MULTIPLIER * self._state + _INCREMENT) & WORD_MASK
        return self._state


class SamdUsb(RegisterDevice):
    """Enabled at once; no reset, no start of frame, no request ever comes."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLA": Register(0x000, 0x0500_0000, writable_mask=0x0300_0086),  # with SYNCBUSY and QOSCTRL
        "CTRLB": Register(0x008, 1, writable_mask=0x00FF_FFFF),  # with DADD
        "STATUS": read_only(0x00C, 0x0140),  # with FSMSTATUS: off
        "FNUM": read_only(0x010),
        "INTENCLR": command(0x014),
        "INTENSET": command(0x018),
        "INTFLAG": command(0x01C),
        "EPINTSMRY": read_only(0x020),
        "DESCADD": Register(0x024),
        "PADCAL": Register(0x028),
        **{f"EPCFG{index}": Register(0x100 + 0x20 * index) for index in range(_ENDPOINTS_COUNT)},
        **{f"EPSTATUS{index}": command(0x104 + 0x20 * index) for index in range(_ENDPOINTS_COUNT)},
        **{f"EPINT{index}": command(0x108 + 0x20 * index) for index in range(_ENDPOINTS_COUNT)},
    }

    @property
    def waited_for(self) -> str:
        """A host, once firmware has attached itself."""
        return NO_USB_HOST if self._is_attached() else ""

    def _is_attached(self) -> bool:
        return not self.values["CTRLB"] & _DETACH and bool(self.values["CTRLA"] & _ENABLE)

    def after_write(self, name: str, written: int) -> None:
        """Attaching shows the device to a host that is not there."""
        if name in ("CTRLA", "CTRLB") and self._is_attached():
            self.host.warn(
                f"{self.spec.name}: the firmware uses USB, where nothing is connected: what it prints there is "
                "not seen; let it print to a UART"
            )
