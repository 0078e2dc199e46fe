"""Serial flash interface of the i.MX RT1060: what filling a cache line from flash costs at the present core clock.

Not modelled: commands to the flash (a sequence is done at once and does nothing, with a warning), the AHB buffers and
prefetch of FlexSPI, and that the time follows its own clock and look-up table: it is a fixed time per line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_NS_PER_S = 1_000_000_000
_DEFAULT_LINE_NS = 400
_SWRESET, _COMMAND_DONE, _TRIGGER = 1 << 0, 1 << 0, 1 << 0
_IDLE = 0b11  # STS0: sequence engine and arbiter
_MEMORY_REGISTERS = (*range(0x20, 0x40, 4), *range(0x60, 0x84, 4), 0x94, 0xA0, 0xA4, 0xB8, 0xBC, 0xC0, 0xC4)


class ImxrtFlexspi(RegisterDevice):
    """Option `line_ns`: how long a line of 32 bytes takes; 0: this interface serves no flash that code runs from."""

    # Offsets: NXP's SVD file of the MIMXRT1062. Set-up registers, the FIFOs and the look-up table remember writes.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "MCR0": Register(0x00, 0xFFFF_80C2),
        "MCR1": Register(0x04, 0xFFFF_FFFF),
        "MCR2": Register(0x08, 0x2000_81F7),
        "AHBCR": Register(0x0C, 0x18),
        "INTEN": Register(0x10),
        "INTR": Register(0x14, writable_mask=0, one_clears_mask=0xFFF),
        "LUTKEY": Register(0x18, 0x5AF0_5AF0),
        "LUTCR": Register(0x1C, 2),
        **{f"SETUP_{offset:03X}": Register(offset) for offset in _MEMORY_REGISTERS},
        "IPCMD": Register(0xB0, writable_mask=0),
        "STS0": read_only(0xE0, _IDLE),
        "STS1": read_only(0xE4),
        "STS2": read_only(0xE8, 0x0100_0100),
        "AHBSPNDSTS": read_only(0xEC),
        "IPRXFSTS": read_only(0xF0),
        "IPTXFSTS": read_only(0xF4),
        **{f"FIFO_{offset:03X}": Register(offset) for offset in range(0x100, 0x200, 4)},
        **{f"LUT{index}": Register(0x200 + 4 * index) for index in range(64)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._apply)

    def reset(self) -> None:
        """As the boot ROM leaves it."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """A reset is over at once; a command is done at once."""
        if name == "MCR0":
            self.set_bits("MCR0", _SWRESET, False)
        elif name == "IPCMD" and written & _TRIGGER:
            self.set_bits("INTR", _COMMAND_DONE, True)
            self.host.warn(f"{self.spec.name}: commands to the flash are not modelled")

    def _apply(self) -> None:
        line_ns = self.int_option("line_ns", _DEFAULT_LINE_NS)
        if line_ns:
            self.host.set_flash(
                wait_cycles=round(line_ns * self.host.core_clock_hz / _NS_PER_S),
                prefetch_on=False,
                instruction_cache_on=None,
                data_cache_on=None,
            )
