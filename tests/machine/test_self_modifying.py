"""Code in RAM that changes while the firmware runs is run, and priced, as what it has become."""

from __future__ import annotations

from tests.machine.firmware import RAM_CODE_ADDR, Firmware
from tests.machine.reading import variable

OVERLAY = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f241 0601   movw  r6, #0x1001       @ the function in RAM
    f2c2 0600   movt  r6, #0x2000
    200a        movs  r0, #10
    47b0        blx   r6
    f04f 5400   mov   r4, #0x20000000
    6020        str   r0, [r4]
    f244 3140   movw  r1, #0x4340       @ muls r0, r0, r0 over adds r0, #1
    f826 1c01   strh  r1, [r6, #-1]
    f3bf 8f4f   dsb
    f3bf 8f6f   isb
    200a        movs  r0, #10
    47b0        blx   r6
    6060        str   r0, [r4, #4]
    f64f 31b0   movw  r1, #0xFBB0       @ udiv r0, r0, r5 over both halfwords of the multiply and the nop
    f24f 02f5   movw  r2, #0xF0F5
    f826 1c01   strh  r1, [r6, #-1]
    f8a6 2001   strh  r2, [r6, #1]
    f3bf 8f4f   dsb
    f3bf 8f6f   isb
    f06f 0000   mvn   r0, #0
    2501        movs  r5, #1
    47b0        blx   r6
    60a0        str   r0, [r4, #8]
    be00        bkpt  #0
""",
    ram_listing="""
@ cortex-m4 at 0x20001000
overlay:
    3001        adds  r0, #1
    bf00        nop
    4770        bx    lr
""",
    variables=(("sum", 4), ("product", 4), ("quotient", 4)),
)


def test_an_overwritten_function_runs_as_its_new_code(run):
    """10 + 1, then 10 x 10, then (2^32 - 1) / 1."""
    recording = run(OVERLAY, reads=("sum", "product", "quotient"))

    assert (11, 100, 2**32 - 1) == tuple(variable(recording, name) for name in ("sum", "product", "quotient"))


def test_an_overwritten_function_is_priced_as_its_new_code(run):
    """ADD, NOP and MUL, NOP take 2; the divide takes 12 instead (DDI0439, table 3-1); all else is the same."""
    first, second, third = run(OVERLAY, roi="overlay").region_calls
    lengths = [call.end_cycles - call.begin_cycles for call in (first, second, third)]

    assert [lengths[0], lengths[0], lengths[0] + 10] == lengths


def test_each_version_of_the_code_is_a_block_of_its_own(run):
    versions = [block for block in run(OVERLAY).blocks if block.addr == RAM_CODE_ADDR]

    assert [(3, 1), (3, 1), (2, 1)] == [(block.instructions_count, block.count) for block in versions]


IN_PLACE = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f241 0601   movw  r6, #0x1001
    f2c2 0600   movt  r6, #0x2000
    f04f 5400   mov   r4, #0x20000000
    4730        bx    r6
""",
    ram_listing="""
@ cortex-m4 at 0x20001000
self:
    2000        movs  r0, #0
    2214        movs  r2, #20
.Lagain:
    3001        adds  r0, #1            @ becomes adds r0, #2 after the first round
    f243 0102   movw  r1, #0x3002
    f8a6 1003   strh  r1, [r6, #3]
    f3bf 8f4f   dsb
    f3bf 8f6f   isb
    3a01        subs  r2, #1
    d1f4        bne   .Lagain
    6020        str   r0, [r4]
    be00        bkpt  #0
""",
    variables=(("sum", 4),),
)


def test_code_that_overwrites_itself_runs_as_what_it_wrote(run):
    """Twenty rounds: 1 in the first, 2 in each of the others."""
    assert 1 + 19 * 2 == variable(run(IN_PLACE, reads=("sum",)), "sum")


def test_code_overwritten_with_garbage_is_a_fault(run_command):
    """0xDEDE is UDF #222 (Armv7-M ARM, A7.7.194)."""
    listing = IN_PLACE.ram_listing.replace("f243 0102   movw  r1, #0x3002", "f64d 61de   movw  r1, #0xDEDE")
    exit_code, report = run_command(Firmware(IN_PLACE.listing, IN_PLACE.variables, listing))

    assert (3, RAM_CODE_ADDR + 4, 1 << 16) == (
        exit_code,
        report["stop"]["fault"]["pc_addr"],
        report["stop"]["fault"]["cfsr"],
    )
