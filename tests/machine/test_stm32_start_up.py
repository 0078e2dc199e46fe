"""Start-up code that switches STM32 boards to their highest clock, with the register values that ST's HAL writes.

The values are those that HAL_RCC_OscConfig and HAL_RCC_ClockConfig leave for the oscillator and PLL in each row's
comment.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.machine.conftest import Run
from tests.machine.firmware import Firmware

_FLASH, _RCC = 0x4002_2000, 0x4002_1000  # L4, G0, G4, F3


@dataclass(frozen=True, slots=True)
class _StartUp:
    """What firmware writes, in this order, and what it gets."""

    board: str
    core: str
    writes: tuple[tuple[int, int], ...]
    clock_mhz: int
    wait_states: int


START_UPS = (
    _StartUp(  # HSE 8 MHz / 8 * 336 / 4
        "nucleo_f401re",
        "cortex-m4",
        (
            (0x4002_3C00, 0x702),
            (0x4002_3800, 0x0005_0083),
            (0x4002_3804, 8 | 336 << 6 | 1 << 16 | 1 << 22 | 7 << 24),
            (0x4002_3800, 0x0105_0083),
            (0x4002_3808, 0x1002),
        ),
        84,
        2,
    ),
    *(
        _StartUp(  # MSI 4 MHz * 40 / 2
            board,
            "cortex-m4",
            (
                (_FLASH, 0x604),
                (_RCC + 0x0C, 1 | 40 << 8 | 1 << 24),
                (_RCC, 0x0100_0063),
                (_RCC + 0x08, 0b11),
            ),
            80,
            4,
        )
        for board in ("nucleo_l476rg", "b_l475e_iot01a")
    ),
    _StartUp(  # HSI16 / 4 * 85 / 2
        "nucleo_g474re",
        "cortex-m4",
        (
            (_FLASH, 0x604),
            (_RCC + 0x0C, 2 | 3 << 4 | 85 << 8 | 1 << 24),
            (_RCC, 0x0100_0500),
            (_RCC + 0x08, 0b11),
        ),
        170,
        4,
    ),
    _StartUp(  # HSI16 * 8 / 2
        "nucleo_g071rb",
        "cortex-m0",
        (
            (_FLASH, 0x602),
            (_RCC + 0x0C, 2 | 8 << 8 | 1 << 28 | 1 << 29),
            (_RCC, 0x0100_0500),
            (_RCC + 0x08, 0b010),
        ),
        64,
        2,
    ),
    _StartUp(  # HSE 8 MHz * 9
        "nucleo_f303re",
        "cortex-m4",
        (
            (_FLASH, 0x12),
            (_RCC, 0x0005_0083),
            (_RCC + 0x04, 0b10 << 15 | 7 << 18 | 0b100 << 8),
            (_RCC, 0x0105_0083),
            (_RCC + 0x04, 0b10 << 15 | 7 << 18 | 0b100 << 8 | 0b10),
        ),
        72,
        2,
    ),
    _StartUp(  # HSE 8 MHz / 4 * 250 / 2
        "nucleo_h563zi",
        "cortex-m33",
        (
            (_FLASH, 0x125),
            (0x4402_0C00, 0x0005_0001),
            (0x4402_0C28, 3 | 4 << 8 | 1 << 16),
            (0x4402_0C34, 249 | 1 << 9 | 1 << 16 | 1 << 24),
            (0x4402_0C00, 0x0105_0001),
            (0x4402_0C1C, 0b11),
        ),
        250,
        5,
    ),
    _StartUp(  # HSE 25 MHz / 5 * 192 / 2, buses at half of it
        "portenta_h7",
        "cortex-m7",
        (
            (0x5200_2000, 0x24),
            (0x5802_4400, 0x0005_0001),
            (0x5802_4428, 2 | 5 << 4),
            (0x5802_442C, 1 << 16),
            (0x5802_4430, 191 | 1 << 9),
            (0x5802_4400, 0x0105_0001),
            (0x5802_4418, 0b1000),
            (0x5802_4410, 0b11),
        ),
        480,
        4,
    ),
)


def _firmware(start_up: _StartUp) -> Firmware:
    words = [word for write in start_up.writes for word in write]
    table = "".join(f"    {word:08x}    .word\n" for word in [*words, 0])
    return Firmware(
        f"""
Reset_Handler:
    f000 f804   bl    main
.Lstay:
    e7fe        b     .Lstay
    bf00        nop
    bf00        nop
    bf00        nop
main:
    a204        adr   r2, .Ltable
.Lloop:
    6810        ldr   r0, [r2]
    2800        cmp   r0, #0
    d003        beq   .Lend
    6851        ldr   r1, [r2, #4]
    6001        str   r1, [r0]
    3208        adds  r2, #8
    e7f8        b     .Lloop
.Lend:
    4770        bx    lr
    bf00        nop
.Ltable:
{table}""",
        core=start_up.core,
    )


@pytest.mark.parametrize("start_up", START_UPS, ids=lambda each: each.board)
def test_clock_and_wait_states_are_what_the_start_up_code_programmed(start_up: _StartUp, run: Run) -> None:
    recording = run(_firmware(start_up), start_up.board)

    assert (start_up.clock_mhz * 1_000_000, start_up.wait_states) == (
        recording.phases[-1].clock_hz,
        recording.phases[-1].flash_wait_cycles,
    )
    assert [text for text in recording.warnings if "not modelled" in text or "not running" in text] == []
