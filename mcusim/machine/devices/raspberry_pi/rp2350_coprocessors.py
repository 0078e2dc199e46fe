"""The RP2350's coprocessors by their numbers: GPIO, double precision twice (secure and non-secure), redundancy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.raspberry_pi.dcp import Dcp
from mcusim.machine.devices.raspberry_pi.gpioc import GpioCoprocessor
from mcusim.machine.devices.raspberry_pi.rcp import Rcp

if TYPE_CHECKING:
    from mcusim.machine.coprocessors import Transfer
    from mcusim.machine.devices.device import Host

_GPIO, _REDUNDANCY = 0, 7


class Rp2350Coprocessors:
    """Numbers: pico-sdk 2.2, gpio_coproc.h, dcp_instr.inc.S, rcp.h."""

    def __init__(self, host: Host) -> None:
        self._gpio = GpioCoprocessor(host)
        self._doubles = {4: Dcp(), 5: Dcp()}
        self._redundancy = Rcp(host.end_run)

    @property
    def enabled_after_boot_mask(self) -> int:
        """The boot ROM uses the redundancy coprocessor; the SDK's crt0.S expects it to be on."""
        return 0b11 << 2 * _REDUNDANCY

    def reset(self) -> None:
        """As the boot ROM leaves them."""
        self._redundancy.reset()
        for each in self._doubles.values():
            each.reset()

    def write(self, transfer: Transfer, first: int, second: int) -> bool:
        """What the core tells a coprocessor."""
        number, opcode, source = transfer.coprocessor_number, transfer.opcode_number, transfer.source_number
        double = self._doubles.get(number)
        if double is not None:
            if transfer.is_operation:
                return double.operate(opcode, source, transfer.option_number)
            return transfer.is_pair and double.write_pair(opcode, source, first, second)
        if number == _REDUNDANCY:
            return self._write_redundancy(transfer, first, second)
        if number != _GPIO or transfer.is_operation:
            return False
        if transfer.is_pair:
            return self._gpio.write_pair(opcode, source, first, second)
        return self._gpio.write(opcode, source, first)

    def _write_redundancy(self, transfer: Transfer, first: int, second: int) -> bool:
        if transfer.is_operation:
            return self._redundancy.operate()
        if transfer.is_pair:
            return self._redundancy.write_pair(transfer.opcode_number, transfer.source_number, first, second)
        return self._redundancy.write(
            transfer.opcode_number, transfer.second_number, transfer.source_number, first
        )

    def read(self, transfer: Transfer) -> tuple[int, int] | None:
        """What the core gets from a coprocessor."""
        number, opcode, source = transfer.coprocessor_number, transfer.opcode_number, transfer.source_number
        double = self._doubles.get(number)
        only_looks = transfer.is_second_form
        if double is not None and transfer.is_pair:
            return double.read_pair(opcode, source, only_looks=only_looks)
        if number == _GPIO and transfer.is_pair:
            low, high = self._gpio.read(source), self._gpio.read(source + 1)
            return None if low is None or high is None else (low, high)
        word = None
        if double is not None:
            word = double.read(source, transfer.option_number, only_looks=only_looks) if not opcode else None
        elif number == _REDUNDANCY and not transfer.is_pair:
            word = self._redundancy.read(opcode, transfer.second_number, source)
        elif number == _GPIO and not opcode:
            word = self._gpio.read(source)
        return None if word is None else (word, 0)
