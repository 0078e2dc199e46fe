"""What the clock controllers of the STM32 families share: ready bits, system clock switch, prescalers.

Not modelled: start-up times (ready follows enable at once), the clock security system, clock gating (the enable bits
tell the power model what draws current, but a peripheral works with its bit off, and which clocks stop while the core
sleeps is not followed), peripheral reset bits, RCC interrupts, MCO outputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import RegisterDevice
from mcusim.machine.devices.stm32.clock_enables import ClockEnables
from mcusim.machine.devices.stm32.kernel_clocks import KernelClocks

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

HSI16_HZ = 16_000_000  # RM0390 rev 6, 6.2.2; RM0432 rev 9, 6.2.2
_AHB_DIVIDERS = (2, 4, 8, 16, 64, 128, 256, 512)  # HPRE 0b1000..0b1111 (RM0390 6.3.3, RM0432 6.4.3)
APB2_ADDR = (
    0x4001_0000  # peripherals of APB1 lie below, of APB2 from here on (RM0390 table 1, RM0432 table 2)
)


class Stm32Rcc(RegisterDevice):
    """Clock tree; subclasses say what oscillators and PLLs there are.

    Options: `hse_hz` (0: no external clock fitted, HSERDY never comes), `lse_hz` (0: none).
    Publishes `sysclk`, `hclk`, `pclk1`, `pclk2`, `apb1_timer`, `apb2_timer` on the clock net, 0 while the chip is
    in Stop, and the clocks that the option `kernel_clocks` lists (kernel_clocks.py).
    """

    FAMILY: ClassVar[str]
    """The data file of enable bits (clock_enables/)."""
    SWITCH_BITS: ClassVar[int] = 2
    """Width of `CFGR.SW`; `SWS` has the same width and follows it."""
    APB_PRESCALER_SHIFTS: ClassVar[tuple[int, int]]
    """Where PPRE1 and PPRE2 are in CFGR."""
    RESET_FLAGS_REGISTER: ClassVar[str] = "CSR"
    REMOVE_RESET_FLAGS_MASK: ClassVar[int]
    RESET_FLAGS_MASK: ClassVar[int]
    RESET_CAUSES: ClassVar[dict[str, int]] = {
        "software": 1 << 28,
        "iwdg": 1 << 29,
        "wwdg": 1 << 30,
        "standby": 0,
    }
    """The flag of each cause (RM0432 6.4.29 and the other families' RCC_CSR alike)."""
    PIN_RESET_MASK: ClassVar[int] = 1 << 26
    """Every internal reset also pulls the reset pin (RM0432 6.1.2)."""
    BACKUP_REGISTERS: ClassVar[tuple[str, ...]] = ("BDCR",)
    WAKE_CLOCKS: ClassVar[tuple[tuple[int, int], ...]] = ((0, 1 << 0),)
    """(switch, enable bit in CR) of the system clock after Stop, by the wake-up clock selection."""
    WAKE_SELECTION_SHIFT: ClassVar[int] = -1
    """Where CFGR chooses it (STOPWUCK); -1: no choice."""
    STOPPED_MASK: ClassVar[int] = 1 << 16 | 1 << 24
    """The enable bits in CR that Stop clears: HSE and PLLs."""
    LSE_READY: ClassVar[tuple[str, int]] = ("BDCR", 1 << 1)
    LSI_READY: ClassVar[tuple[str, int]] = ("CSR", 1 << 1)
    LSI_HZ: ClassVar[int] = 32_000
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"hsi": 0, "hse": 1}
    """What `source_hz` calls the oscillators that peripherals can use directly."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.hse_hz = self.int_option("hse_hz", 0)
        self.lse_hz = self.int_option("lse_hz", 0)
        self._kernel_clocks = KernelClocks(self, self.text_option("kernel_clocks", ""))
        self._enables = ClockEnables(self.FAMILY)
        self._update_ready_bits()
        host.power_net.listen(self._stop)

    def reset(self) -> None:
        """Run from the internal oscillator again; the backup domain and older reset flags stay."""
        cause, flags = self.host.power_net.reset_cause, self.values[self.RESET_FLAGS_REGISTER]
        kept = {name: self.values[name] for name in self.BACKUP_REGISTERS if name in self.values}
        super().reset()
        self.values.update(kept)
        if cause:
            self.set_bits(self.RESET_FLAGS_REGISTER, self.RESET_FLAGS_MASK, False)
            old = flags & self.RESET_FLAGS_MASK & ~self.REMOVE_RESET_FLAGS_MASK
            self.values[self.RESET_FLAGS_REGISTER] |= old | self.RESET_CAUSES[cause] | self.PIN_RESET_MASK
        self._update()

    def oscillator_hz(self, name: str) -> int:
        """The frequency of an oscillator or bus clock that a peripheral can choose, 0 when it is off."""
        if name == "lse":
            register, mask = self.LSE_READY
            return self.lse_hz if self.values[register] & mask else 0
        if name == "lsi":
            register, mask = self.LSI_READY
            return self.LSI_HZ if self.values[register] & mask else 0
        if name in self.OSCILLATOR_SWITCHES:
            return self.source_hz(self.OSCILLATOR_SWITCHES[name])
        return self.host.clock_net.clock_hz(name)

    def _stop(self, is_stopped: bool) -> None:
        """Stop halts every bus clock; afterwards the chip runs from an internal oscillator."""
        net = self.host.clock_net
        if is_stopped:
            buses = range(1, len(self.apb_dividers()) + 1)
            for line in ("hclk", *(f"pclk{n}" for n in buses), *(f"apb{n}_timer" for n in buses)):
                net.publish(line, 0)
            self._kernel_clocks.publish()
            return
        shift = self.WAKE_SELECTION_SHIFT
        switch, enable_mask = self.WAKE_CLOCKS[self.values["CFGR"] >> shift & 1 if shift >= 0 else 0]
        self.values["CR"] = self.values["CR"] & ~self.STOPPED_MASK | enable_mask
        self.values["CFGR"] = self.values["CFGR"] & ~((1 << self.SWITCH_BITS) - 1) | switch
        self._update()

    def after_write(self, name: str, written: int) -> None:
        """Any write may change a clock."""
        if name == self.RESET_FLAGS_REGISTER and self.values[name] & self.REMOVE_RESET_FLAGS_MASK:
            self.set_bits(name, self.RESET_FLAGS_MASK | self.REMOVE_RESET_FLAGS_MASK, False)
        self._update()

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """(register, enable mask, ready mask, whether the source exists) of every oscillator and PLL."""
        raise NotImplementedError

    def source_hz(self, switch: int) -> int:
        """The frequency that `CFGR.SW == switch` selects, 0 when it is not running."""
        raise NotImplementedError

    def apb_timer_hz(self, hclk_hz: int, divider: int) -> int:
        """The kernel clock of a timer on an APB with this divider: twice the bus clock unless undivided."""
        return hclk_hz if divider == 1 else 2 * hclk_hz // divider

    def bus_clocks_hz(self, sysclk_hz: int) -> tuple[int, int]:
        """The clocks of the core and of the buses (HCLK) that CFGR makes of the system clock."""
        hclk_hz = sysclk_hz // ahb_divider(self.values["CFGR"] >> 4)
        return hclk_hz, hclk_hz

    def apb_dividers(self) -> tuple[int, ...]:
        """The dividers of APB1, APB2 and so on."""
        return tuple(apb_divider(self.values["CFGR"] >> shift) for shift in self.APB_PRESCALER_SHIFTS)

    def _update(self) -> None:
        self._update_ready_bits()
        self.host.power_net.set_clocked(self.spec.name, self._enables.clocked(self.values))
        mask = (1 << self.SWITCH_BITS) - 1
        requested = self.values["CFGR"] & mask
        # A switch to a source that is not ready waits until it is (RM0390 6.2.6).
        if self.source_hz(requested):
            self.set_bits("CFGR", mask << self.SWITCH_BITS, False)
            self.set_bits("CFGR", requested << self.SWITCH_BITS, True)
        elif requested != self._switch_status():
            self.host.warn(f"{self.spec.name}: switched the system clock to a source that is not running")
        self.publish_clocks()

    def _update_ready_bits(self) -> None:
        for name, enable_mask, ready_mask, exists in self.ready_bits():
            self.set_bits(name, ready_mask, exists and bool(self.values[name] & enable_mask))

    def _switch_status(self) -> int:
        return self.values["CFGR"] >> self.SWITCH_BITS & ((1 << self.SWITCH_BITS) - 1)

    def publish_clocks(self) -> None:
        """Tell the other devices what runs at which frequency."""
        sysclk_hz = self.source_hz(self._switch_status())
        if not sysclk_hz:
            return  # the clock in use cannot be turned off: keep what was
        net = self.host.clock_net
        core_hz, hclk_hz = self.bus_clocks_hz(sysclk_hz)
        net.publish("sysclk", sysclk_hz)
        net.publish_core(self.host, core_hz)
        net.publish("hclk", hclk_hz)
        for number, divider in enumerate(self.apb_dividers(), start=1):
            net.publish(f"pclk{number}", hclk_hz // divider)
            net.publish(f"apb{number}_timer", self.apb_timer_hz(hclk_hz, divider))
        self._kernel_clocks.publish()


def bus_of(device: RegisterDevice) -> str:
    """The bus that clocks a peripheral: its option `bus`, else what its address tells."""
    return device.text_option("bus", "apb2" if device.spec.base_addr >= APB2_ADDR else "apb1")


def ahb_divider(field: int) -> int:
    """The AHB divider of a HPRE field (low four bits)."""
    return _AHB_DIVIDERS[field & 0b111] if field & 0b1000 else 1


def apb_divider(field: int) -> int:
    """The APB divider of a PPRE field (low three bits)."""
    return 2 << (field & 0b11) if field & 0b100 else 1
