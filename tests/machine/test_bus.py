"""Accesses outside plain memory: bit-band aliases, registers that nobody models, loops that poll them, resets."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware
from tests.machine.reading import variable

BIT_BAND = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5000   mov   r0, #0x20000000
    2181        movs  r1, #0x81
    6001        str   r1, [r0]
    f04f 5208   mov   r2, #0x22000000   @ alias of bit 0 of 0x20000000
    2300        movs  r3, #0
    6013        str   r3, [r2]          @ clears bit 0
    2301        movs  r3, #1
    6353        str   r3, [r2, #52]     @ sets bit 13
    69d4        ldr   r4, [r2, #28]     @ reads bit 7
    6044        str   r4, [r0, #4]
    be00        bkpt  #0
""",
    variables=(("word", 4), ("bit", 4)),
)


def test_bit_band_stores_change_one_bit_and_loads_read_one(run):
    """Bit n of a word is the word at alias + 4n (Armv7-M ARM, B3.1.1; PM0214 2.2.5)."""
    recording = run(BIT_BAND, reads=("word", "bit"))

    assert (0x2080, 1) == (variable(recording, "word"), variable(recording, "bit"))


POLL = """
@ cortex-m4
Reset_Handler:
    f240 0010   movw  r0, #0x0010
    f2c4 0001   movt  r0, #0x4001
    2105        movs  r1, #5
    6041        str   r1, [r0, #4]      @ remembered
    6842        ldr   r2, [r0, #4]
    f04f 5300   mov   r3, #0x20000000
    601a        str   r2, [r3]
poll:
    6801        ldr   r1, [r0]
    {test}
"""
POLLS = {
    "TST, wait until set": ("f011 0f08 d0fb  tst r1, #8; beq poll", 8, 8),
    "LSLS to the sign, wait until set": ("0689 d5fc  lsls r1, r1, #26; bpl poll", 1 << 5, 1 << 5),
    "ANDS, wait until set": ("f011 0104 d0fb  ands r1, r1, #4; beq poll", 4, 4),
}


def polling(name: str) -> Firmware:
    code = POLLS[name][0]
    return Firmware(POLL.replace("{test}", f"    {code}\n    be00  bkpt #0"), variables=(("copy", 4),))


@pytest.mark.parametrize("name", list(POLLS))
def test_a_loop_that_waits_for_an_unmodelled_bit_is_let_through(name, run):
    _, mask, value = POLLS[name]
    firmware = polling(name)
    recording = run(firmware)

    assert "breakpoint" == recording.stop.reason
    assert [(0x4001_0010, firmware.addr("poll"), mask, value)] == [
        (each.addr, each.pc_addr, each.bits_mask, each.value) for each in recording.polls
    ]


def test_an_unmodelled_register_remembers_what_was_written(run):
    assert 5 == variable(run(polling("TST, wait until set"), reads=("copy",)), "copy")


def test_unmodelled_registers_are_listed_with_their_accesses(run):
    """One write and one read of the second register; the first is polled until patience ends."""
    polled, remembered = run(polling("TST, wait until set")).unmodelled

    assert (0x4001_0010, 0) == (polled.addr, polled.writes_count)
    assert polled.reads_count > 100
    assert (0x4001_0014, 1, 1) == (remembered.addr, remembered.reads_count, remembered.writes_count)


RESET = """
@ cortex-m4
Reset_Handler:
    f04f 5300   mov   r3, #0x20000000
    6819        ldr   r1, [r3]          @ RAM survives a reset
    3101        adds  r1, #1
    6019        str   r1, [r3]
    2900        cmp   r1, #0
    d00b        beq   .Lend
    f64e 500c   movw  r0, #0xED0C       @ AIRCR.SYSRESETREQ with its key
    f2ce 0000   movt  r0, #0xE000
    f240 0204   movw  r2, #0x0004
    f2c0 52fa   movt  r2, #0x05FA
    6002        str   r2, [r0]
    f3bf 8f4f   dsb
    e7fe        b     .
.Lend:
    be00        bkpt  #0
"""


def resetting(times: int) -> Firmware:
    # CMP r1, #imm8 is 0x2900 + imm8 (Armv7-M ARM, A7.7.27).
    return Firmware(
        RESET.replace("2900        cmp", f"{0x2900 + times:04x}        cmp"), variables=(("starts", 4),)
    )


def test_a_system_reset_restarts_the_firmware(run):
    recording = run(resetting(3), reads=("starts",))

    assert ("breakpoint", 3) == (recording.stop.reason, variable(recording, "starts"))
    assert any("AIRCR.SYSRESETREQ" in each for each in recording.warnings)


def test_firmware_that_resets_for_ever_ends_with_exit_code_3(run_command):
    exit_code, report = run_command(resetting(255))

    assert (3, "reset_loop") == (exit_code, report["stop"]["reason"])
