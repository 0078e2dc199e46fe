"""The door from a Cortex-M33's secure world to the other one, which is not modelled."""

from __future__ import annotations

import pytest

from tests.machine.firmware import CODE_ADDR, Firmware

LEAVES = """
@ cortex-m33
Reset_Handler:
    f04f 6000   mov   r0, #0x08000000
    {jump}
    e7fe        b     .
"""


@pytest.mark.parametrize(
    ("jump", "name"), [("4704        bxns  r0", "BXNS"), ("4784        blxns r0", "BLXNS")]
)
def test_a_jump_into_the_non_secure_world_ends_the_run_with_a_reason(jump, name, run):
    stop = run(Firmware(LEAVES.replace("{jump}", jump), core="cortex-m33")).stop

    assert ("unsupported", CODE_ADDR + 4) == (stop.reason, stop.pc_addr)
    assert f"{name} into a non-secure world" in stop.detail


def test_a_secure_gateway_runs_as_nothing(run):
    """SG in secure code has no effect (Armv8-M ARM, C2.4, SG)."""
    stop = run(Firmware(LEAVES.replace("{jump}", "e97f e97f   sg"), core="cortex-m33")).stop

    assert "idle_loop" == stop.reason
