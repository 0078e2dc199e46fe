"""What clocked peripherals add to currents that were taken with all of them off."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.power.schema import Activity
from mcusim.provenance import weakest

if TYPE_CHECKING:
    from mcusim.power.schema import CurrentEstimate, PowerModel, PowerState

# Datasheets print what a peripheral adds that has its clock on; one that works draws more. How much is assumed.
_LOW_RATIO, _HIGH_RATIO = 0.7, 1.5


def with_peripherals(
    estimate: CurrentEstimate, model: PowerModel, state: PowerState, over_ldo_ratio: float
) -> CurrentEstimate:
    """`estimate` of the chip's own rows and the peripherals that firmware has clocked.

    Inference rows have those of the measured firmware already. A benchmark row is multiplied by what inference draws
    over the benchmark, which was measured with firmware's peripherals on: only what exceeds that share is added.

    Args:
        over_ldo_ratio: the current from the regulator in use over that from the LDO, which the tables are taken with.
    """
    rows = [each for each in model.peripherals if each.name in state.peripherals]
    drawn = [
        (each.name, (each.current_a + each.a_per_hz * state.clock_hz) * estimate.table_ratio * over_ldo_ratio)
        for each in rows
    ]
    drawn_a = math.fsum(current_a for _, current_a in drawn)
    added_a = max(0.0, drawn_a - _share_of_scale_a(estimate, model, state))
    if added_a == 0:
        return estimate
    return replace(
        estimate,
        value_a=estimate.value_a + added_a,
        low_a=estimate.low_a + added_a * _LOW_RATIO,
        high_a=estimate.high_a + added_a * _HIGH_RATIO,
        basis=weakest([estimate.basis, *(each.provenance.basis for each in rows)]),
        sources=tuple(dict.fromkeys((*estimate.sources, *(each.provenance.source for each in rows)))),
        peripherals=tuple(
            (name, current_a * added_a / drawn_a) for name, current_a in drawn if current_a > 0
        ),
    )


def _share_of_scale_a(estimate: CurrentEstimate, model: PowerModel, state: PowerState) -> float:
    """What the factor of inference over benchmark has put on the rows; 0 asleep, or where inference draws less."""
    if state.activity is not Activity.RUN or model.inference_scale_ratio <= 1.0:
        return 0.0
    return estimate.value_a * estimate.table_ratio * (1 - 1 / model.inference_scale_ratio)
