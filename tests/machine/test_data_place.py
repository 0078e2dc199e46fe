"""Where the data of a load is counts on every board, also for bytes on one whose memories never wait."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware

_LISTING = """
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b500        push  {lr}
    2008        movs  r0, #8
    0600        lsls  r0, r0, #24       @ flash, 0x08000000
    2120        movs  r1, #32
    0609        lsls  r1, r1, #24       @ RAM, 0x20000000
    f000 f802   bl    pair
    bd00        pop   {pc}
    bf00        nop
pair:
    2500        movs  r5, #0
    2600        movs  r6, #0
    7802        ldrb  r2, [r0]
    780b        ldrb  r3, [r1]
    2500        movs  r5, #0
    2600        movs  r6, #0
    4770        bx    lr
    bf00        nop
"""
_MIXED = _LISTING
_BOTH_IN_RAM = _LISTING.replace("2008        movs  r0, #8", "2020        movs  r0, #32")


def _cycles(run, listing: str, core: str, **options: object) -> int:
    (call,) = run(Firmware(listing, core=core), roi="pair", **options).region_calls
    return call.end_cycles - call.begin_cycles


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m33"])
def test_a_load_behind_one_on_the_other_bus_waits_a_cycle(run, core):
    """docs/concepts/timing.md: no overlap when one is in flash and the other in SRAM; buses of the M33."""
    assert _cycles(run, _BOTH_IN_RAM, core) + 1 == _cycles(run, _MIXED, core)


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"])
@pytest.mark.parametrize("listing", [_MIXED, _BOTH_IN_RAM], ids=["mixed", "both in RAM"])
def test_counting_touched_ram_changes_no_cycles(run, listing, core):
    assert _cycles(run, listing, core) == _cycles(run, listing, core, touched_ram=True)
