"""Chip control, power control, reset generator, watchdog and flash port of the Apollo3.

Offsets, fields and reset values: Ambiq's SVD file of the Apollo3. Not modelled: what power domains cost, trims, the
radio behind BLE; a power domain is on as soon as it is asked for.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.ambiq.apollo3_device import Apollo3Device, interrupt_registers
from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_BLE_REQUEST, _BURST_REQUEST = 1 << 0, 1 << 4
_TRIMS = {
    0x104: 0, 0x10C: 3, 0x110: 0, 0x118: 0x200, 0x11C: 0, 0x120: 0x158, 0x124: 0x100, 0x198: 0, 0x350: 0x3820_8200,
    0x354: 0x00AA_0010, 0x358: 0x5000_AAAA, 0x35C: 0x3C8D_80AA, 0x368: 0x4E,
}  # fmt: skip
_PLAIN = (0x1B0, 0x1B4, 0x1D0, 0x220, 0x250, 0x264, 0x280, 0x284, 0x348, *range(0x3A0, 0x3D8, 4))
_ADC_POWER = 1 << 9
# DEVPWREN (PWRBLEL 13, PWRPDM 12, PWRMSPI 11, PWRSCARD 10, PWRADC 9, UART1 8, UART0 7, IOM5-0 6-1, IOS 0) to
# DEVPWRSTATUS (BLEH 9, BLEL 8, PDM 7, MSPI 6, ADC 5, HCPC 4: IOM3-5, HCPB 3: IOM0-2, HCPA 2: the rest): SVD file and
# am_hal_pwrctrl_internal.h.
_DOMAINS = {
    2: 1 << 0 | 1 << 7 | 1 << 8 | 1 << 10,
    3: 0b111 << 1,
    4: 0b111 << 4,
    5: _ADC_POWER,
    6: 1 << 11,
    7: 1 << 12,
    8: 1 << 13,
    9: 1 << 13,
}
_WATCHDOG_HZ = (0, Fraction(128), Fraction(16), Fraction(1), Fraction(1, 16))
_RESTART_KEY, _LOCK_KEY = 0xB2, 0x3A
_WATCHDOG_RESET, _SOFTWARE_RESET, _POWER_ON_RESET = 1 << 6, 1 << 3, 1 << 1
_FLASH_ERASED, _FLASH_BYTES = b"\xff", 0x10_0000


class Apollo3Mcuctrl(RegisterDevice):
    """Part number AMA3B1KK, a made-up but fixed identity; bursts and BLE are granted when requested."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CHIPPN": read_only(0x000, 0x0667_0000),  # 1 MiB, 384 KiB: am_hal_mcuctrl.c
        "CHIPID0": read_only(0x004, 0x4D43_5553),
        "CHIPID1": read_only(0x008, 0x494D_0003),
        "CHIPREV": read_only(0x00C, 0x0000_0021),  # B0: am_hal_mcuctrl.h
        "VENDORID": read_only(0x010, 0x414D_4251),  # "AMBQ"
        "SKU": read_only(0x014, 0b111),
        "FEATUREENABLE": Register(0x018),
        "DEBUGGER": Register(0x020),
        "BODCTRL": Register(0x100),
        **{f"TRIM_{offset:03X}": Register(offset, value) for offset, value in _TRIMS.items()},
        "BOOTLOADER": Register(0x1A0, 7),
        "SHADOWVALID": read_only(0x1A4, 7),
        "ICODEFAULTADDR": read_only(0x1C0),
        "DCODEFAULTADDR": read_only(0x1C4),
        "SYSFAULTADDR": read_only(0x1C8),
        "FAULTSTATUS": Register(0x1CC, writable_mask=0),
        "DBGR1": read_only(0x200, 0x1234_5678),
        "DBGR2": read_only(0x204, 0xC001_C0DE),
        **{f"PLAIN_{offset:03X}": Register(offset, 1 if offset == 0x220 else 0) for offset in _PLAIN},
    }

    def load(self, name: str) -> int:
        """Acknowledged and available as soon as requested."""
        value = super().load(name)
        if name == "FEATUREENABLE":
            requests = value & (_BLE_REQUEST | _BURST_REQUEST)
            value = requests | requests << 1 | requests << 2
        return value


class Apollo3Pwrctrl(RegisterDevice):
    """The status registers follow the enables."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "SUPPLYSRC": Register(0x000),
        "SUPPLYSTATUS": read_only(0x004, 1),
        "DEVPWREN": Register(0x008),
        "MEMPWDINSLEEP": Register(0x00C, 0x6000),
        "MEMPWREN": Register(0x010, 0xC000_7FFF),
        "MEMPWRSTATUS": read_only(0x014),
        "DEVPWRSTATUS": read_only(0x018),
        "SRAMCTRL": Register(0x01C),
        "ADCSTATUS": read_only(0x020, 0x3F),
        "MISC": Register(0x024),
        "DEVPWREVENTEN": Register(0x028),
        "MEMPWREVENTEN": Register(0x02C),
    }

    def reset(self) -> None:
        """The core is supplied by the SIMO buck converter (SUPPLYSTATUS); WFI with SLEEPDEEP is deep sleep."""
        super().reset()
        self.host.power_net.set_regulator("smps")
        self.host.power_net.choose(DeepSleep.STOP, "deep-sleep")

    def load(self, name: str) -> int:
        """On at once."""
        enables = self.values["DEVPWREN"]
        if name == "DEVPWRSTATUS":
            return 0b11 | sum(1 << bit for bit, mask in _DOMAINS.items() if enables & mask)
        if name == "MEMPWRSTATUS":
            memories = self.values["MEMPWREN"]
            return memories & 0x7FFF | (memories >> 30 & 1) << 15 | (memories >> 31) << 16
        if name == "SUPPLYSTATUS":
            return 1 | (self.values["SUPPLYSRC"] & 1) << 1
        if name == "ADCSTATUS":
            return 0 if enables & _ADC_POWER else 0x3F
        return super().load(name)


class Apollo3Rstgen(RegisterDevice):
    """Software resets."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CFG": Register(0x000, writable_mask=0b11),
        "SWPOI": command(0x004),
        "SWPOR": command(0x008),
        "TPIURST": Register(0x014),
        **interrupt_registers(0x200),
    }

    def after_write(self, name: str, written: int) -> None:
        """Keys: 0x1B and 0xD4 (am_hal_reset.c of AmbiqSuite)."""
        if (name, written & 0xFF) in (("SWPOI", 0x1B), ("SWPOR", 0xD4)):
            self.host.request_reset(f"the firmware wrote {self.spec.name}.{name}")


class Apollo3Resetstat(RegisterDevice):
    """RSTGEN.STAT, which lies at the end of the peripheral space and outlives resets."""

    REGISTERS: ClassVar[dict[str, Register]] = {"STAT": read_only(0x000, _POWER_ON_RESET)}

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._cause = 0

    def load(self, name: str) -> int:
        """Why the chip was reset last."""
        return self._cause or super().load(name)

    def reset(self) -> None:
        """Keep the cause of this reset: the machine forgets it when all devices are reset."""
        super().reset()
        causes = {"watchdog": _WATCHDOG_RESET, "software": _SOFTWARE_RESET}
        self._cause = causes.get(self.host.power_net.reset_cause, 0)


class Apollo3Wdt(Apollo3Device):
    """Interrupts after INTVAL ticks and bites after RESVAL, when both WDT and RSTGEN let it."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CFG": Register(0x000, 0x00FF_FF00, writable_mask=0x07FF_FF07),
        "RSTRT": command(0x004),
        "LOCK": command(0x008),
        "COUNT": read_only(0x00C),
        **interrupt_registers(0x200),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._interrupt_alarm = Alarm(host, self._warned)
        self._bite_alarm = Alarm(host, self._bite)
        self._since_cycles = 0
        self._is_locked = False

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._is_locked = False
        self._plan()

    def load(self, name: str) -> int:
        """The count since the last restart."""
        if name == "COUNT" and self._tick_cycles():
            return int((self.host.now_cycles - self._since_cycles) / self._tick_cycles()) & 0xFF
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A locked configuration cannot be changed."""
        if not (name == "CFG" and self._is_locked):
            super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Configure, feed, lock."""
        if name == "CFG" or (name == "RSTRT" and written & 0xFF == _RESTART_KEY):
            self._since_cycles = self.host.now_cycles
            self._plan()
        elif name == "LOCK" and written & 0xFF == _LOCK_KEY:
            self._is_locked = True
        super().after_write(name, written)

    def _tick_cycles(self) -> Fraction:
        config = self.values["CFG"]
        selection = config >> 24 & 0b111
        clock_hz = _WATCHDOG_HZ[selection] if selection < len(_WATCHDOG_HZ) else 0
        return Fraction(self.host.core_clock_hz) / clock_hz if clock_hz and config & 1 else Fraction(0)

    def _plan(self) -> None:
        config, tick_cycles = self.values["CFG"], self._tick_cycles()
        for alarm, enable_mask, shift in (
            (self._interrupt_alarm, 1 << 1, 16),
            (self._bite_alarm, 1 << 2, 8),
        ):
            if tick_cycles and config & enable_mask:
                alarm.set(self._since_cycles + round(max(1, config >> shift & 0xFF) * tick_cycles))
            else:
                alarm.cancel()

    def _warned(self) -> None:
        self.interrupt(1)

    def _bite(self) -> None:
        self.host.power_net.reset_cause = "watchdog"
        self.host.request_reset(f"the watchdog {self.spec.name} was not fed in time")


class Apollo3FlashPort(RegisterDevice):
    """How the routines of our boot ROM reach the flash array; the chip has its own way."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "ADDR": Register(0x0),
        "DATA": command(0x4),
        "ERASE": command(0x8),
    }

    def after_write(self, name: str, written: int) -> None:
        """Program a word (bits only go from 1 to 0), or erase a page."""
        addr = self.values["ADDR"]
        if addr >= _FLASH_BYTES:
            return
        if name == "DATA":
            old = int.from_bytes(self.host.read_memory(addr, 4), "little")
            self.host.write_memory(addr, (old & written).to_bytes(4, "little"))
            self.values["ADDR"] = addr + 4
        elif name == "ERASE":
            self.host.write_memory(addr, _FLASH_ERASED * min(written, 0x8_0000))


class Apollo3RomTable(RegisterDevice):
    """CoreSight ROM table, whose identification words the vendor's HAL reads (am_hal_mcuctrl_info_get)."""

    # Fields: am_reg_jedec.h of AmbiqSuite. Manufacturer 0x1B with continuation 9, part and revision: assumed.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "PID4": read_only(0xFD0, 0x9),
        "PID0": read_only(0xFE0, 0x64),
        "PID1": read_only(0xFE4, 0xB0),
        "PID2": read_only(0xFE8, 0x29),
        "PID3": read_only(0xFEC, 0x10),
        "CID0": read_only(0xFF0, 0x0D),
        "CID1": read_only(0xFF4, 0x10),
        "CID2": read_only(0xFF8, 0x05),
        "CID3": read_only(0xFFC, 0xB1),
    }
