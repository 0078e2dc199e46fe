"""Where a run is interrupted to look at the clock must not show in what it recorded."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcusim.machine import machine
from mcusim.render.json import JsonRenderer
from mcusim.report.request import RunRequest
from mcusim.session import measure
from tests.machine.busy import BUSY
from tests.machine.conftest import recorded
from tests.machine.test_tasks import preemptive


class Slices:
    """Stands in for the length of a slice: every use is another length."""

    def __init__(self, lengths_cycles: list[int]) -> None:
        self._lengths = itertools.cycle(lengths_cycles)

    def __radd__(self, now_cycles: int) -> int:
        return now_cycles + next(self._lengths)


@pytest.fixture(scope="module")
def elf(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("slicing") / "firmware.elf"
    path.write_bytes(BUSY.elf())
    return path


@pytest.mark.parametrize(
    "board", ["generic_m4", "nucleo_l4r5zi", "generic_m7", "nucleo_h743zi", "generic_m33"]
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(lengths_cycles=st.lists(st.integers(0, 400), min_size=1, max_size=12).filter(any))
def test_any_slicing_gives_the_same_recording(elf, board, lengths_cycles):
    """Stopping before a block must neither lose nor repeat it; a length of 0 stops at the very next block."""
    whole = recorded(elf, board)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "_SLICE_CYCLES", Slices(lengths_cycles))
        sliced = recorded(elf, board)

    assert whole == sliced
    assert whole.timeline.spans
    assert whole.timeline.ram


@pytest.mark.parametrize("board", ["generic_m4", "nucleo_l4r5zi"])
def test_slicing_does_not_show_in_when_tasks_and_handlers_ran(tmp_path, board):
    """Nor in how deep their stacks were in each step."""
    path = tmp_path / "tasks.elf"
    path.write_bytes(preemptive().elf())
    whole = recorded(path, board, max_cycles=60_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "_SLICE_CYCLES", Slices([1000, 77, 333, 0, 5]))
        sliced = recorded(path, board, max_cycles=60_000)

    assert {"task", "exception"} <= {each.kind for each in whole.timeline.spans}
    assert whole == sliced


def test_two_runs_give_the_same_bytes(elf):
    request = RunRequest(elf, "nucleo_l4r5zi", reads=("words", "ticks"), touched_ram=True)

    assert JsonRenderer().render(measure(request)) == JsonRenderer().render(measure(request))
