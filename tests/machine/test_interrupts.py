"""Exceptions on the real core: who runs when, what it costs, and what the interrupted code sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.firmware import Firmware
from tests.machine.reading import calls_of, exception_cycles, log_of, variable

LOG = (("log", 16),)
"""Every firmware here appends bytes with `strb r0, [r10], #1`."""

LOOP = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f24e 0010   movw  r0, #0xE010
    f2ce 0000   movt  r0, #0xE000
    2164        movs  r1, #100          @ SysTick every 101 cycles, a number that meets the loop everywhere
    6041        str   r1, [r0, #4]
    6081        str   r1, [r0, #8]
    2107        movs  r1, #7
    6001        str   r1, [r0]
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    f241 3488   movw  r4, #5000
    2000        movs  r0, #0
    2100        movs  r1, #0
    2200        movs  r2, #0
    2300        movs  r3, #0
    f04f 0c00   mov   r12, #0
.Lnext:
    3001        adds  r0, #1
    3102        adds  r1, #2
    3a01        subs  r2, #1            @ sets the carry: no borrow but for the first
    f143 0300   adc   r3, r3, #0
    449c        add   r12, r12, r3
    3c01        subs  r4, #1
    d1f7        bne   .Lnext
    f04f 5400   mov   r4, #0x20000000
    e8a4 100f   stm   r4!, {r0, r1, r2, r3, r12}
    f24e 0010   movw  r0, #0xE010
    f2ce 0000   movt  r0, #0xE000
    2100        movs  r1, #0
    6001        str   r1, [r0]
    bd10        pop   {r4, pc}
SysTick_Handler:
    f04f 30ff   mov   r0, #-1
    4601        mov   r1, r0
    4602        mov   r2, r0
    4603        mov   r3, r0
    4684        mov   r12, r0
    2800        cmp   r0, #0            @ changes every flag
    4770        bx    lr
""",
    variables=(("sums", 20), ("unused", 4)),
)

MASKS = """
@ cortex-m4
Reset_Handler:
    f04f 5a00   mov   r10, #0x20000000
    f64e 5404   movw  r4, #0xED04       @ ICSR
    f2ce 0400   movt  r4, #0xE000
    f64e 5520   movw  r5, #0xED20       @ SHPR3: PendSV at priority 0x80
    f2ce 0500   movt  r5, #0xE000
    f44f 0600   mov   r6, #0x00800000
    602e        str   r6, [r5]
    f04f 5680   mov   r6, #0x10000000   @ PENDSVSET
    2701        movs  r7, #1
    f04f 0840   mov   r8, #0x40
    f05f 0900   movs  r9, #0
    {mask}
    6026        str   r6, [r4]
    f3bf 8f6f   isb                 @ architecturally, pending takes effect here
    2001        movs  r0, #1
    f80a 0b01   strb  r0, [r10], #1
    {unmask}
    2003        movs  r0, #3
    f80a 0b01   strb  r0, [r10], #1
    e7fe        b     .
PendSV_Handler:
    2002        movs  r0, #2
    f80a 0b01   strb  r0, [r10], #1
    4770        bx    lr
"""

NESTED = """
@ cortex-m4
Reset_Handler:
    f04f 5a00   mov   r10, #0x20000000
    f64e 5420   movw  r4, #0xED20       @ SHPR3: SysTick at priority 0x40, PendSV at 0x80
    f2ce 0400   movt  r4, #0xE000
    f240 0500   movw  r5, #0x0000
    f2c4 0580   movt  r5, #0x4080
    6025        str   r5, [r4]
    f24e 4400   movw  r4, #0xE400       @ IPR0: IRQ0 at {priority}
    f2ce 0400   movt  r4, #0xE000
    {priority_code}
    7020        strb  r0, [r4]
    f24e 1400   movw  r4, #0xE100       @ ISER0
    f2ce 0400   movt  r4, #0xE000
    2001        movs  r0, #1
    6020        str   r0, [r4]
    f64e 5804   movw  r8, #0xED04       @ ICSR
    f2ce 0800   movt  r8, #0xE000
    f24e 2900   movw  r9, #0xE200       @ ISPR0
    f2ce 0900   movt  r9, #0xE000
    f04f 6080   mov   r0, #0x04000000   @ PENDSTSET
    f8c8 0000   str   r0, [r8]
    f3bf 8f6f   isb
    2009        movs  r0, #9
    f80a 0b01   strb  r0, [r10], #1
    e7fe        b     .
SysTick_Handler:
    2001        movs  r0, #1
    f80a 0b01   strb  r0, [r10], #1
    f8c9 0000   str   r0, [r9]          @ pends IRQ0
    f3bf 8f6f   isb
    2002        movs  r0, #2
    f80a 0b01   strb  r0, [r10], #1
    4770        bx    lr
IRQ0_Handler:
    2003        movs  r0, #3
    f80a 0b01   strb  r0, [r10], #1
    f04f 5080   mov   r0, #0x10000000   @ PENDSVSET
    f8c8 0000   str   r0, [r8]
    f3bf 8f6f   isb
    2004        movs  r0, #4
    f80a 0b01   strb  r0, [r10], #1
    4770        bx    lr
PendSV_Handler:
    2005        movs  r0, #5
    f80a 0b01   strb  r0, [r10], #1
    4770        bx    lr
"""

SVC = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5a00   mov   r10, #0x20000000
    2007        movs  r0, #7
    df2a        svc   #42
    f80a 0b01   strb  r0, [r10], #1     @ the handler's result
    e7fe        b     .
SVC_Handler:
    9906        ldr   r1, [sp, #24]     @ stacked PC: behind the SVC
    f811 0c02   ldrb  r0, [r1, #-2]     @ its number
    f80a 0b01   strb  r0, [r10], #1
    9800        ldr   r0, [sp]          @ stacked R0
    3001        adds  r0, #1
    9000        str   r0, [sp]
    4770        bx    lr
""",
    variables=LOG,
)

FLOAT = """
@ cortex-m4
Reset_Handler:
    f64e 5088   movw  r0, #0xED88       @ CPACR: FPU on
    f2ce 0000   movt  r0, #0xE000
    f44f 0170   mov   r1, #0x00F00000
    6001        str   r1, [r0]
    f3bf 8f4f   dsb
    f3bf 8f6f   isb
    f000 f801   bl    main
    e7fe        b     .
main:
    f04f 5a00   mov   r10, #0x20000000
    eeb7 0a08   vmov.f32 s0, #1.5
    eef0 7a00   vmov.f32 s15, #2.0
    f64e 5404   movw  r4, #0xED04       @ ICSR
    f2ce 0400   movt  r4, #0xE000
    f04f 5680   mov   r6, #0x10000000   @ PENDSVSET
    6026        str   r6, [r4]
    f3bf 8f6f   isb
    ee30 0a27   vadd.f32 s0, s0, s15    @ 3.5
    ed8a 0a00   vstr  s0, [r10]
    edca 7a01   vstr  s15, [r10, #4]
    4770        bx    lr
PendSV_Handler:
    {body}
    4770        bx    lr
"""


@pytest.fixture(params=["cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"])
def core(request):
    return request.param


@pytest.fixture(params=["cortex-m4", "cortex-m7", "cortex-m33"])
def fpu_core(request):
    return request.param


def test_an_interrupt_leaves_no_trace_in_the_interrupted_code(core, run):
    """r0 = n, r1 = 2n, r2 = -n, r3 = carries of n subtractions = n - 1, r12 = their running sum, for n = 5000."""
    recording = run(replace(LOOP, core=core), reads=("sums",))
    n = 5000

    assert [n, 2 * n, 2**32 - n, n - 1, (n - 1) * n // 2] == words(recording, "sums")
    assert calls_of(recording, "SysTick_Handler") > 300


def words(recording, name):
    """An array read as little-endian words."""
    value = bytes(variable(recording, name))
    return [int.from_bytes(value[i : i + 4], "little") for i in range(0, len(value), 4)]


@pytest.mark.parametrize(
    ("mask", "unmask"),
    [
        pytest.param("b672  cpsid i", "b662  cpsie i", id="PRIMASK by CPS"),
        pytest.param("f387 8810  msr primask, r7", "f389 8810  msr primask, r9", id="PRIMASK by MSR"),
        pytest.param("b671  cpsid f", "b661  cpsie f", id="FAULTMASK by CPS"),
        pytest.param("f388 8811  msr basepri, r8", "f389 8811  msr basepri, r9", id="BASEPRI"),
    ],
)
def test_a_masked_interrupt_is_taken_right_after_unmasking(core, mask, unmask, run):
    """The instruction before the unmasking one has run, the one after it has not."""
    listing = MASKS.replace("    {mask}", f"    {mask}").replace("    {unmask}", f"    {unmask}")
    recording = run(Firmware(listing, variables=LOG, core=core), reads=("log",))

    assert [1, 2, 3] == log_of(recording)


def test_basepri_lets_a_more_urgent_interrupt_through(core, run):
    """PendSV at 0x80 is not masked by BASEPRI 0xC0 (Armv7-M ARM, B1.4.3): it comes before the store."""
    listing = MASKS.replace("f04f 0840   mov   r8, #0x40", "f04f 08c0   mov   r8, #0xC0")
    listing = listing.replace("{mask}", "f388 8811  msr basepri, r8").replace("{unmask}", "bf00  nop")

    assert [2, 1, 3] == log_of(run(Firmware(listing, variables=LOG, core=core), reads=("log",)))


def nested(priority_code: str, core: str = "cortex-m4") -> Firmware:
    return Firmware(NESTED.replace("{priority_code}", f"    {priority_code}"), variables=LOG, core=core)


@pytest.mark.parametrize(
    ("priority_code", "expected"),
    [
        pytest.param("2020  movs r0, #0x20", [1, 3, 4, 2, 5, 9], id="more urgent: nests"),
        pytest.param("2040  movs r0, #0x40", [1, 2, 3, 4, 5, 9], id="equal: waits"),
        pytest.param("2060  movs r0, #0x60", [1, 2, 3, 4, 5, 9], id="less urgent: waits"),
        pytest.param(
            "20a0  movs r0, #0xA0", [1, 2, 3, 5, 4, 9], id="less urgent than PendSV: is nested into"
        ),
    ],
)
def test_handlers_run_in_the_order_of_their_priorities(core, priority_code, expected, run):
    """SysTick is at 0x40, PendSV at 0x80, IRQ0 at the priority given (Armv7-M ARM, B1.5.4)."""
    assert expected == log_of(run(nested(priority_code, core), reads=("log",)))


def test_an_interrupt_is_taken_right_after_the_store_that_pends_it(core, run):
    """Code without a barrier, in the middle of a block: what comes after the store runs after the handler."""
    listing = NESTED.replace("f3bf 8f6f   isb", "bf00        nop\n    bf00        nop")
    firmware = Firmware(
        listing.replace("{priority_code}", "    2020  movs r0, #0x20"), variables=LOG, core=core
    )

    assert [1, 3, 4, 2, 5, 9] == log_of(run(firmware, reads=("log",)))


@pytest.mark.parametrize(
    ("priority_code", "expected_cycles", "why"),
    [
        ("2020  movs r0, #0x20", 12 + 12 + 12 + 6 + 12, "IRQ0 inside SysTick, PendSV chained behind SysTick"),
        ("2040  movs r0, #0x40", 12 + 6 + 6 + 12, "one after the other"),
        ("20a0  movs r0, #0xA0", 12 + 6 + 12 + 12 + 12, "IRQ0 chained behind SysTick, PendSV inside IRQ0"),
    ],
)
def test_entry_return_and_tail_chaining_have_their_price(priority_code, expected_cycles, why, run):
    """12 in, 12 out, 6 from handler to handler (TI MSP432 technical reference manual)."""
    assert expected_cycles == exception_cycles(run(nested(priority_code))), why


def test_a_supervisor_call_reaches_its_handler_and_returns_a_value(core, run):
    assert [42, 8] == log_of(run(replace(SVC, core=core), reads=("log",)))


FP_HANDLERS = {
    "untouched": ("bf00  nop", 12 + 12),
    "saved": ("eeb7 0a00  vmov.f32 s0, #1.0", 12 + 18 + 12 + 17),
}


@pytest.mark.parametrize("name", list(FP_HANDLERS))
def test_floating_point_registers_survive_a_handler(fpu_core, name, run):
    """1.5 + 2.0 and 2.0, as bit patterns of IEEE 754 singles; the handler overwrites S0 with 1.0 or leaves it."""
    listing = FLOAT.replace("{body}", "    " + FP_HANDLERS[name][0])
    recording = run(Firmware(listing, variables=LOG, core=fpu_core), reads=("log",))

    assert [0x40600000, 0x40000000, 0, 0] == words(recording, "log")


@pytest.mark.parametrize("name", list(FP_HANDLERS))
def test_floating_point_state_is_stacked_only_when_the_handler_uses_it(name, run):
    """12 + 12 when nobody touches it (lazy stacking, Arm AN298); else the 17 words are stored and loaded."""
    code, expected_cycles = FP_HANDLERS[name]

    assert expected_cycles == exception_cycles(
        run(Firmware(FLOAT.replace("{body}", "    " + code), variables=LOG))
    )
