"""ADC of the SAM D21 and D51: a conversion gives the next number that is fed to the selected input.

Input n takes its codes from what is fed to "<name>.n", or to "<name>". Not modelled: the time of a conversion (the
result is there at once), gain, averaging, windows, sequences and events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SWRST, _ENABLE = 1 << 0, 1 << 1
_START = 1 << 1
_READY = 1 << 0
_INPUT_MASK = 0x1F


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the bytes lie that do something."""

    trigger_offset: int
    input_offset: int
    enable_clear_offset: int
    flag_offset: int
    result_offset: int
    free_run_offset: int
    free_run_mask: int


# Microchip's SVD files of the ATSAMD21G18A and ATSAMD51J19A.
_LAYOUTS = {
    "d21": _Layout(0x0C, 0x10, 0x16, 0x18, 0x1A, 0x04, 1 << 2),
    "d51": _Layout(0x14, 0x04, 0x2C, 0x2E, 0x40, 0x06, 1 << 1),
}


class SamdAdc(RegisterDevice):
    """Options: `layout` ("d21" or "d51"), `result_irq` (the line of RESRDY when it has its own)."""

    IS_FED: ClassVar[bool] = True

    REGISTERS: ClassVar[dict[str, Register]] = {
        f"WORD_{offset:02X}": Register(offset) for offset in range(0, 0x50, 4)
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._layout = _LAYOUTS[self.text_option("layout", "d21")]
        self._enables = self._flags = self._code = 0

    def register_table(self) -> Mapping[str, Register]:
        """Plain words, but for synchronisation, which takes no time."""
        return self.REGISTERS

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._enables = self._flags = self._code = 0
        self._update_irq()

    def read(self, offset: int, size_bytes: int) -> int:
        """Reading the result clears its flag; the next conversion of a free-running converter is there."""
        layout = self._layout
        if offset == layout.result_offset:
            code = self._code & 0xFFFF
            self._flags &= ~_READY
            if self._byte(layout.free_run_offset) & layout.free_run_mask:
                self._convert()
            self._update_irq()
            return code
        special = {
            layout.enable_clear_offset: self._enables,
            layout.enable_clear_offset + 1: self._enables,
            layout.flag_offset: self._flags,
        }
        if size_bytes == 1 and offset in special:
            return special[offset]
        return super().read(offset, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Byte by byte: triggers and interrupt registers share words."""
        for index in range(size_bytes):
            self._write_byte(offset + index, value >> 8 * index & 0xFF)
        self._update_irq()

    def _write_byte(self, offset: int, byte: int) -> None:
        layout = self._layout
        if offset == 0 and byte & _SWRST:
            self.reset()
        elif offset == layout.trigger_offset:
            if byte & _START:
                self._convert()
        elif offset == layout.enable_clear_offset:
            self._enables &= ~byte
        elif offset == layout.enable_clear_offset + 1:
            self._enables |= byte
        elif offset == layout.flag_offset:
            self._flags &= ~byte
        elif offset not in (layout.flag_offset + 1, layout.result_offset, layout.result_offset + 1):
            super().write(offset, 1, byte)
            is_free = offset == layout.free_run_offset and byte & layout.free_run_mask
            if (is_free or offset == 0) and self._byte(layout.free_run_offset) & layout.free_run_mask:
                self._convert()

    def _byte(self, offset: int) -> int:
        return self.present_word(offset & ~3) >> 8 * (offset & 3) & 0xFF

    def _convert(self) -> None:
        if not self._byte(0) & _ENABLE:
            return
        name = f"{self.spec.name}.{self._byte(self._layout.input_offset) & _INPUT_MASK}"
        code = self.host.sample(name)
        code = self.host.sample(self.spec.name) if code is None else code
        if code is None:
            self.host.warn(f"{name}: nothing is fed to this input (--feed {name}=FILE): it reads 0")
        self._code = code or 0
        self._flags |= _READY

    def _update_irq(self) -> None:
        self.host.dma_net.set_request(f"{self.spec.name}_RESRDY", bool(self._flags & _READY))
        is_ready = bool(self._enables & self._flags & _READY)
        self.drive_irq(self.int_option("result_irq", self.spec.irq_number), is_ready)
