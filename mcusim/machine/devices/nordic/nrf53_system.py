"""Small system peripherals of the nRF5340's application core: regulators, access control, mailbox, RAM power.

Offsets and reset values of all classes: Nordic's SVD file of the nRF5340. Not modelled: what access control would
forbid (everything is allowed), the network core behind the mailbox (it never answers), power of RAM.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

_RAM_BLOCKS_COUNT = 8
_MUTEXES_COUNT = 16
_IPC_CHANNELS_COUNT = 16


class Nrf53Regulators(RegisterDevice):
    """REGULATORS and OSCILLATORS, which share one page; System OFF ends the run."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "MAINREGSTATUS": read_only(0x428),
        "SYSTEMOFF": Register(0x500, writable_mask=0),
        "POFCON": Register(0x510),
        "XOSC32MCAPS": Register(0x5C4),
        "XOSC32KI_BYPASS": Register(0x6C0),
        "XOSC32KI_INTCAP": Register(0x6D0),
        "VREGMAIN_DCDCEN": Register(0x704, writable_mask=1),
        "ERRATA_730": Register(0x730),
        "VREGRADIO_DCDCEN": Register(0x904, writable_mask=1),
        "VREGH_DCDCEN": Register(0xB00, writable_mask=1),
    }

    def reset(self) -> None:
        """LDO."""
        super().reset()
        self._choose_regulator()

    def _choose_regulator(self) -> None:
        is_on = self.values["VREGMAIN_DCDCEN"] & 1
        self.host.power_net.set_regulator("smps" if is_on else "ldo")

    def after_write(self, name: str, written: int) -> None:
        """System OFF; the regulator of the core's supply."""
        self._choose_regulator()
        if name == "SYSTEMOFF" and written & 1:
            self.host.end_run(
                "the firmware switched the chip off (System OFF); what would wake it is not modelled"
            )


class Nrf53Spu(Nrf52Device):
    """Permissions are remembered and not enforced."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **events({"RAMACCERR": 0x100, "FLASHACCERR": 0x104, "PERIPHACCERR": 0x108}),
        **INTERRUPT_REGISTERS,
        "CAP": read_only(0x400, 1),
        "CPULOCK": Register(0x404),
        "EXTDOMAIN0": Register(0x440, 2),
        "DPPI_PERM": Register(0x480, 0xFFFF_FFFF),
        "DPPI_LOCK": Register(0x484),
        **{f"GPIOPORT{index}_PERM": Register(0x4C0 + 8 * index, 0xFFFF_FFFF) for index in range(2)},
        **{f"GPIOPORT{index}_LOCK": Register(0x4C4 + 8 * index) for index in range(2)},
        **{f"FLASHNSC{index}": Register(0x500 + 4 * index) for index in range(4)},
        **{f"RAMNSC{index}": Register(0x540 + 4 * index) for index in range(4)},
        **{f"FLASHREGION{index}": Register(0x600 + 4 * index, 0x17) for index in range(64)},
        **{f"RAMREGION{index}": Register(0x700 + 4 * index, 0x17) for index in range(64)},
        **{f"PERIPHID{index}": Register(0x800 + 4 * index, 0x12) for index in range(256)},
    }


class Nrf53Ipc(Nrf52Device):
    """Signals that both ends of a channel belong to this core arrive; the network core sends none."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({f"SEND{index}": 4 * index for index in range(_IPC_CHANNELS_COUNT)}),
        **events({f"RECEIVE{index}": 0x100 + 4 * index for index in range(_IPC_CHANNELS_COUNT)}),
        **INTERRUPT_REGISTERS,
        "INTPEND": read_only(0x30C),
        **{f"SEND_CNF{index}": Register(0x510 + 4 * index) for index in range(_IPC_CHANNELS_COUNT)},
        **{f"RECEIVE_CNF{index}": Register(0x590 + 4 * index) for index in range(_IPC_CHANNELS_COUNT)},
        **{f"GPMEM{index}": Register(0x610 + 4 * index) for index in range(2)},
    }

    def run_task(self, task: str) -> None:
        """SEND[n] raises the channels of SEND_CNF[n], and with them the events that listen to one of these."""
        channels_mask = self.values[f"SEND_CNF{task.removeprefix('SEND')}"]
        for index in range(_IPC_CHANNELS_COUNT):
            if self.values[f"RECEIVE_CNF{index}"] & channels_mask:
                self.fire(f"RECEIVE{index}")


class Nrf53Vmc(RegisterDevice):
    """Power of RAM sections; set and clear views."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        f"RAM{index}_{name}": Register(0x600 + 16 * index + offset, 0xFFFF)
        for index in range(_RAM_BLOCKS_COUNT)
        for name, offset in (("POWER", 0), ("POWERSET", 4), ("POWERCLR", 8))
    }

    def load(self, name: str) -> int:
        """All three read as POWER."""
        return super().load(name.removesuffix("SET").removesuffix("CLR"))

    def after_write(self, name: str, written: int) -> None:
        """Set and clear."""
        if not name.endswith("_POWER"):
            self.set_bits(name[: -len("SET")], written, name.endswith("SET"))


class Nrf53Mutex(RegisterDevice):
    """Reading a mutex locks it and tells whether it was locked before; writing 0 unlocks."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        f"MUTEX{index}": Register(0x400 + 4 * index, writable_mask=1) for index in range(_MUTEXES_COUNT)
    }

    def load(self, name: str) -> int:
        """Lock."""
        was_locked, self.values[name] = self.values[name], 1
        return was_locked


class Nrf53UsbRegulator(Nrf52Device):
    """Supply of the USB connector: there is none."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **events({"USBDETECTED": 0x100, "USBREMOVED": 0x104, "USBPWRRDY": 0x108}),
        **INTERRUPT_REGISTERS,
        "USBREGSTATUS": read_only(0x400),
    }
