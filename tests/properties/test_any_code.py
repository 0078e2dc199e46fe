"""Whatever bytes are called a firmware: a run of them ends with a reason, never with a Python error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.machine.conftest import BOARDS
from tests.machine.firmware import Firmware

REASONS = {
    "exit", "main_returned", "idle_loop", "sleep_forever", "fault", "max_cycles", "breakpoint", "reset_loop",
    "unsupported",
}  # fmt: skip
HALFWORDS = st.integers(0, 0xFFFF)


def listing(halfwords: list[int]) -> str:
    return "Reset_Handler:\n" + "".join(f"    {each:04x}  .short\n" for each in halfwords)


@pytest.mark.parametrize("core", list(BOARDS))
@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
@given(halfwords=st.lists(HALFWORDS, min_size=1, max_size=40))
def test_random_code_ends_with_a_reason(core, halfwords, run):
    """70 programs on each core."""
    recording = run(Firmware(listing(halfwords), core=core), max_cycles=20_000)
    active_cycles = recording.total_cycles - recording.sleep_cycles

    assert recording.stop.reason in REASONS
    assert active_cycles == sum(node.self_cycles for node in recording.calls)
    assert active_cycles == sum(cycles for _, cycles in recording.reason_cycles)
