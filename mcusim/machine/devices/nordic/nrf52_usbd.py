"""USB device of the nRF52 and nRF53 without a host at the other end (nRF52840 PS v1.7, section 6.35).

Nothing is ever plugged in: firmware finds its controller ready, but no supply, no reset and no requests. What it
prints over USB is lost, and the report says so.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import NO_USB_HOST, Register, command, read_only

_READY = 1 << 11  # EVENTCAUSE
_ENDPOINTS_COUNT = 8
_EVENTS = {
    "USBRESET": 0x100, "STARTED": 0x104, "EP0DATADONE": 0x128, "ENDISOIN": 0x12C, "ENDISOOUT": 0x150, "SOF": 0x154,
    "USBEVENT": 0x158, "EP0SETUP": 0x15C, "EPDATA": 0x160,
}  # fmt: skip
_TASKS = {
    "STARTISOIN": 0x024, "STARTISOOUT": 0x048, "EP0RCVOUT": 0x04C, "EP0STATUS": 0x050, "EP0STALL": 0x054,
    "DPDMDRIVE": 0x058, "DPDMNODRIVE": 0x05C,
}  # fmt: skip
_PLAIN = {
    "EPSTATUS": 0x468, "EPDATASTATUS": 0x46C, "DPDMVALUE": 0x508, "ISOSPLIT": 0x51C, "LOWPOWER": 0x52C,
    "ISOINCONFIG": 0x530,
}  # fmt: skip


class Nrf52Usbd(Nrf52Device):
    """Ready when enabled, and never connected."""

    # Offsets and reset values: Nordic's SVD file of the nRF52840. ERRATA_: workarounds of Nordic's driver nrfx_usbd.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks(_TASKS),
        **tasks({f"STARTEPIN{index}": 0x004 + 4 * index for index in range(_ENDPOINTS_COUNT)}),
        **tasks({f"STARTEPOUT{index}": 0x028 + 4 * index for index in range(_ENDPOINTS_COUNT)}),
        **events(_EVENTS),
        **events({f"ENDEPIN{index}": 0x108 + 4 * index for index in range(_ENDPOINTS_COUNT)}),
        **events({f"ENDEPOUT{index}": 0x130 + 4 * index for index in range(_ENDPOINTS_COUNT)}),
        **INTERRUPT_REGISTERS,
        "SHORTS": Register(0x200),
        "EVENTCAUSE": Register(0x400, writable_mask=0, one_clears_mask=0xFFFF_FFFF),
        **{f"HALTED{index}": read_only(0x420 + 4 * index) for index in range(18)},
        "USBADDR": read_only(0x470),
        **{f"SETUP{index}": read_only(0x480 + 4 * index) for index in range(8)},
        **{f"SIZE_EPOUT{index}": Register(0x4A0 + 4 * index) for index in range(_ENDPOINTS_COUNT)},
        "SIZE_ISOOUT": read_only(0x4C0, 0x0001_0000),
        "ENABLE": Register(0x500, writable_mask=1),
        "USBPULLUP": Register(0x504, writable_mask=1),
        "DTOGGLE": Register(0x50C, 0x100),
        "EPINEN": Register(0x510, 1),
        "EPOUTEN": Register(0x514, 1),
        "EPSTALL": command(0x518),
        "FRAMECNTR": read_only(0x520),
        **{name: Register(offset) for name, offset in _PLAIN.items()},
        **{
            f"{direction}{index}_{name}": Register(base + 0x14 * index + offset)
            for direction, base in (("EPIN", 0x600), ("EPOUT", 0x700))
            for index in range(_ENDPOINTS_COUNT + 1)
            for name, offset in (("PTR", 0), ("MAXCNT", 4), ("AMOUNT", 8))
        },
        **{f"ERRATA_{offset:03X}": Register(offset) for offset in (0x800, 0x804, 0xC00, 0xC14, 0xD14)},
    }

    @property
    def waited_for(self) -> str:
        """A host, once firmware has switched it on."""
        return NO_USB_HOST if self.values["ENABLE"] else ""

    def after_write(self, name: str, written: int) -> None:
        """Switching on takes no time; the pull-up shows the device to a host that is not there."""
        if name == "ENABLE" and written & 1:
            self.set_bits("EVENTCAUSE", _READY, True)
            self.fire("USBEVENT")
            self.host.warn(
                f"{self.spec.name}: the firmware uses USB, where nothing is connected: what it prints there "
                "is not seen; let it print to a UART"
            )
        super().after_write(name, written)
