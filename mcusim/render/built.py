"""Words for a firmware that was built from a model, and for how its outputs compare with the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.units import grouped, size

if TYPE_CHECKING:
    from mcusim.report.built import BuiltFrom, ReferenceCheck


def built_lines(built: BuiltFrom | None) -> list[tuple[str, str]]:
    """Label and text of each line; none for a firmware that was there."""
    if built is None:
        return []
    text = (
        f"by {built.compiler} for inputs {built.inputs}: "
        f"weights {size(built.weights_bytes)}, arena {size(built.arena_bytes)}"
    )
    check = built.reference
    return [("Built", text), *([("Reference", reference_words(check, built))] if check else [])]


def reference_words(check: ReferenceCheck, built: BuiltFrom) -> str:
    """What the comparison has shown."""
    wanted_count = built.inferences_count
    of = "" if check.compared_count == wanted_count else f" (of {grouped(wanted_count)})"
    ran = f"{grouped(check.compared_count)} inference{'s' * (check.compared_count != 1)}{of}"
    if not check.compared_count:
        return f"nothing to compare: the firmware finished none of {grouped(wanted_count)} inferences"
    if not check.differing_count:
        return f"outputs of {ran} equal TFLM's bit for bit"
    largest = "not a number" if check.largest_difference is None else f"{check.largest_difference:.3g}"
    if check.is_within_tolerance:
        return f"outputs of {ran} equal TFLM's to within {largest}: floats, summed in another order"
    return (
        f"outputs of {check.differing_count} of {ran} differ from TFLM's, by at most {largest}; {check.first}"
    )
