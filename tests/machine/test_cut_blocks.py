"""A store that lets an interrupt in cuts its block: what follows it is counted once, when it runs."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware

FOLLOWING = {
    "divides": "    fbb1 f6f2   udiv  r6, r1, r2\n" * 6,
    "unaligned loads": "    f8d4 6001   ldr   r6, [r4, #1]\n" * 6,
    "skipped instructions": "    4291        cmp   r1, r2\n    bf0e        itee  eq\n"
    + "    6826        ldr   r6, [r4]\n" * 3,
}
PEND, NOTHING = "6018        str   r0, [r3]", "bf00        nop"


def _firmware(store: str, following: str, core: str) -> Firmware:
    return Firmware(
        f"""
Reset_Handler:
    f04f 5080   mov   r0, #0x10000000   @ PENDSVSET
    f64e 5304   movw  r3, #0xED04       @ ICSR
    f2ce 0300   movt  r3, #0xE000
    f04f 31ff   mov   r1, #-1
    2203        movs  r2, #3
    f04f 5400   mov   r4, #0x20000000
    e7ff        b     .Lnext
.Lnext:
    {store}
{following}    e7fe        b     .
PendSV_Handler:
    4770        bx    lr
""",
        variables=(("words", 8),),
        core=core,
    )


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7", "cortex-m33"])
@pytest.mark.parametrize("name", FOLLOWING)
def test_what_follows_the_store_is_charged_as_often_as_it_runs(core, name, run):
    """Twice is what a count at the entry of the whole block and again of its rest would say."""
    plain = dict(run(_firmware(NOTHING, FOLLOWING[name], core)).reason_cycles)
    interrupted = dict(run(_firmware(PEND, FOLLOWING[name], core)).reason_cycles)

    for reason in ("divide", "unaligned", "condition"):
        assert plain.get(reason) == interrupted.get(reason)
