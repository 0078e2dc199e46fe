"""Errors of groups of points."""

from __future__ import annotations

import pytest

from mcusim.errors import UsageError
from mcusim.validation.points import Point, Unit
from mcusim.validation.run import Outcome
from mcusim.validation.summary import group_errors


def _outcome(name: str, core: str, system: str, modelled: float | None) -> Outcome:
    point = Point(name, "f.elf", "b", 100.0, Unit.CYCLES, 5.0, "a paper")
    error = UsageError("did not run") if modelled is None else None
    return Outcome(point, core, system, modelled, band_percent=2.0, error=error)


def test_means_worst_and_band_are_per_core_and_per_memory_system() -> None:
    rows = group_errors(
        [
            _outcome("a", "cortex-m4", "", 101.0),
            _outcome("b", "cortex-m4", "art", 97.0),
            _outcome("c", "cortex-m4", "art", 110.0),
            _outcome("d", "cortex-m0", "", 100.0),
            _outcome("e", "cortex-m0", "", None),
        ]
    )
    assert [(row.core, row.memory_system, row.points_count) for row in rows] == [
        ("cortex-m0", None, 1),
        ("cortex-m4", None, 3),
        ("cortex-m4", "", 1),
        ("cortex-m4", "art", 2),
    ]
    of_m4 = rows[1]
    assert of_m4.mean_absolute_percent == pytest.approx((1 + 3 + 10) / 3)
    assert of_m4.mean_signed_percent == pytest.approx((1 - 3 + 10) / 3)
    assert (of_m4.worst_percent, of_m4.worst_name) == (pytest.approx(10.0), "c")
    assert (of_m4.outside_count, of_m4.in_band_count) == (1, 1)


@pytest.mark.parametrize(
    ("modelled", "unit", "is_in_band"),
    [
        (90.5, Unit.CYCLES, False),  # its band ends at 99.55
        (111.0, Unit.CYCLES, True),  # its band begins at 99.9
        (90.5, Unit.PER_SECOND, True),  # 11.05 ms, from 9.94 on: 100 a second are 10 ms
        (111.0, Unit.PER_SECOND, False),  # 9.01 ms, up to 9.91
    ],
)
def test_the_band_is_a_share_of_the_modelled_time(modelled: float, unit: Unit, is_in_band: bool) -> None:
    point = Point("a", "f.elf", "b", 100.0, unit, 5.0, "a paper")
    assert Outcome(point, "cortex-m4", "", modelled, band_percent=10.0).is_in_band is is_in_band


def test_a_point_that_was_not_measured_is_neither_inside_nor_counted() -> None:
    failed = _outcome("e", "cortex-m0", "", None)
    assert failed.error_percent is None
    assert not failed.is_inside
    assert group_errors([failed]) == ()
