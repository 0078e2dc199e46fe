"""One interrupt line that several devices drive."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board
from mcusim.machine.devices.register_device import RegisterDevice
from mcusim.machine.host import MachineHost


class Exceptions:
    """Remembers the level of each line."""

    def __init__(self):
        self.levels = {}

    def set_level(self, irq_number, is_asserted):
        self.levels[irq_number] = is_asserted


@pytest.fixture
def machine_host():
    host = MachineHost(core=None, deadlines=None, memory=None)
    host.exceptions = Exceptions()
    return host


def test_a_line_stays_high_while_one_of_its_devices_drives_it(machine_host):
    seen = []
    for source, level in (
        ("TIM6", True),
        ("LPTIM1", True),
        ("TIM6", False),
        ("TIM6", False),
        ("LPTIM1", False),
    ):
        machine_host.set_irq(17, level, source)
        seen.append(machine_host.exceptions.levels[17])

    assert [True, True, True, True, False] == seen


def test_lines_do_not_mix_and_a_negative_one_goes_nowhere(machine_host):
    machine_host.set_irq(17, True, "TIM6")
    machine_host.set_irq(18, False, "TIM7")
    machine_host.set_irq(-1, True, "TIM6")

    assert {17: True, 18: False} == machine_host.exceptions.levels


def test_the_usarts_of_a_g0_that_share_a_line_do_not_silence_each_other(machine_host):
    # CMSIS stm32g071xx.h: USART3_4_LPUART1_IRQn = 29.
    specs = {each.name: each for each in load_board("nucleo_g071rb").chip.devices}
    three, four = (RegisterDevice(specs[name], machine_host) for name in ("USART3", "USART4"))

    three.set_irq(True)
    four.set_irq(False)

    assert {29: True} == machine_host.exceptions.levels
