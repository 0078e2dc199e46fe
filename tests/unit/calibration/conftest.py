"""A trace on disk, and one run of the bundled sample for all tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcusim.calibration.recorded import recorded_run
from mcusim.report.request import RunRequest
from mcusim.shipped import shipped_dir
from tests.trace_factory import Bench, ppk2_text


@pytest.fixture
def ppk2(tmp_path):
    """Writes a PPK2 export of a bench."""

    def write(bench: Bench, *, has_pin: bool = False, keep=None) -> Path:
        time_s, current_a, active = bench.samples()
        kept = np.ones(len(time_s), dtype=bool) if keep is None else keep(time_s)
        path = tmp_path / "ppk2.csv"
        levels = active if has_pin else np.zeros(len(time_s), dtype=bool)
        path.write_text(ppk2_text(time_s[kept], current_a[kept], levels[kept]), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def sample_request() -> RunRequest:
    """The bundled sample on the board that its power model was measured on."""
    elf = shipped_dir("firmware_samples") / "digits_cnn" / "nucleo_l4r5zi.elf"
    return RunRequest(elf, "nucleo_l4r5zi", needs_layers=False)


@pytest.fixture(scope="session")
def sample_run(sample_request):
    """That sample, run once."""
    return recorded_run(sample_request)
