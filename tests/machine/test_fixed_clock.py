"""A core clock that the user fixes holds on every family, whatever the firmware's clock devices publish."""

from __future__ import annotations

import pytest

from mcusim.report.request import RunRequest
from mcusim.session import measure
from mcusim.shipped import shipped_dir

_SAMPLE = shipped_dir("firmware_samples") / "digits_cnn"


@pytest.mark.parametrize(
    ("elf", "board"),
    [
        ("raspberry_pi_pico.elf", "raspberry_pi_pico"),
        ("nucleo_l4r5zi.elf", "nucleo_l4r5zi"),
        ("generic_m0plus.elf", "nucleo_g0b1re"),
    ],
)
def test_the_fixed_clock_is_the_only_clock_of_the_run(elf, board):
    report = measure(RunRequest(_SAMPLE / elf, board, clock_hz=20_000_000, max_seconds=0.1))

    assert {phase.clock_hz for phase in report.phases} == {20_000_000}
    assert report.totals.instructions > 100_000
