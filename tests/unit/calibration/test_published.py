"""One measurement of the user's own firmware, on published results (MLPerf Tiny v0.5 to v1.3)."""

from __future__ import annotations

import pytest

from mcusim.calibration.fit import SAME_FIRMWARE_BAND_RATIO


@pytest.fixture(scope="module")
def script():
    """The script that prints the figures; it is not part of a source archive."""
    return pytest.importorskip("benchmarks.calibration")


def test_one_measurement_of_the_own_firmware_cuts_the_energy_error_to_a_third(script):
    """About 9 % with the mean of other submissions on the chip, about 3 % after scaling by the submission's own."""
    rows = [row for row in script.usable_rows(script.ROWS) if not row.chip.startswith(script.ACCELERATED)]

    before, after_all, after_one, everywhere = script.errors(rows)

    assert len(before.percents) >= 80
    assert before.mean_percent == pytest.approx(9.2, abs=0.5)
    assert after_all.mean_percent == pytest.approx(3.3, abs=0.3)
    assert after_one.mean_percent == pytest.approx(4.0, abs=0.3)
    within = [abs(each) <= 100 * SAME_FIRMWARE_BAND_RATIO for each in everywhere.percents]
    assert sum(within) / len(within) >= 0.9  # what the band of a calibrated current promises
