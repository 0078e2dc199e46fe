"""Two runs side by side as one page for a browser: what changed, where, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.comparison import words as say
from mcusim.render.html import changes
from mcusim.render.html.document import document
from mcusim.render.html.flame import change_data
from mcusim.render.html.headline import cards
from mcusim.render.html.page import notices, sleeps_mostly
from mcusim.render.html.reasons import palette_of
from mcusim.render.html.timeline import time_data
from mcusim.report.comparison import NOT_COMPARABLE, NOTE, PARTLY

if TYPE_CHECKING:
    from typing import Any

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.comparison import Comparison, Side
    from mcusim.report.profile_change import ProfileChange

TOTAL_OF_CARD = {
    "latency": "latency_ms",
    "cycles": "cycles",
    "ram": "peak_ram_bytes",
    "flash": "flash_bytes",
    "energy": "energy_uj",
}


def render(old: RecordedRun, new: RecordedRun, comparison: Comparison, change: ProfileChange) -> bytes:
    """The page; `comparison` and `change` are of these two runs."""
    data = {
        "flame": change_data(change),
        "old_time": time_data(old.history, old.report.supply_v),
        "new_time": time_data(new.history, new.report.supply_v),
        "functions": [],
        "reasons": {},
        "hides_sleep": sleeps_mostly(old.report) or sleeps_mostly(new.report),
    }
    palette = palette_of((*new.report.reasons, *old.report.reasons))
    histories = (old.history, new.history)
    values: dict[str, Any] = {
        "report": new.report,
        "headline": words.printable(say.headline(comparison)),
        "sides": [
            side_values("Old", comparison.old, old, cards(old.report, palette)),
            side_values("New", comparison.new, new, cards(new.report, palette)),
        ],
        "deltas": {name: changes.headline_delta(comparison, total) for name, total in TOTAL_OF_CARD.items()},
        "differences": _differences(comparison),
        "remarks": [say.difference_line(each) for each in comparison.differences if each.severity == NOTE],
        "energy_note": say.energy_note(comparison),
        "totals": changes.totals(comparison),
        "tables": _tables(comparison),
        "has_energy": change.old_j is not None and change.new_j is not None,
        "has_time": any(each.spans or each.ram or each.power for each in histories),
    }
    return document("comparison.html", data, **values)


def side_values(label: str, side: Side, run: RecordedRun, shown: tuple[object, ...]) -> dict[str, Any]:
    """What the template says of one of the runs."""
    return {
        "label": label,
        "title": words.printable(side.title),
        "conditions": words.printable(words.title(run.report)),
        "sha256": side.firmware.sha256,
        "version": side.mcusim_version,
        "cards": shown,
        "notices": notices(run.report),
        "stop": words.printable(words.stop(run.report)),
        "has_fault": run.report.stop.fault is not None,
    }


def _differences(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Class, label and text of each condition that makes numbers incomparable, the worst first."""
    looks = {NOT_COMPARABLE: ("not_comparable", "Not comparable"), PARTLY: ("warning", "Careful")}
    return [
        (*looks[each.severity], say.difference_line(each))
        for each in comparison.differences
        if each.severity in looks
    ]


def _tables(comparison: Comparison) -> list[tuple[str, str, Any]]:
    """Id, heading and table of each section; a table without rows says that nothing changed."""
    layers = changes.rows_table("layers-table", "Layers, per inference", comparison.layers, has_all=True)
    kernels = changes.rows_table(
        "kernels-table", "Kernels, mean per call of the measured region", comparison.kernels
    )
    functions = changes.rows_table("functions-table", "Functions, whole run", comparison.functions)
    contexts = changes.rows_table("contexts-table", "Tasks, handlers and sleep", comparison.contexts)
    return [
        ("layers", "Layers", layers),
        ("kernels", "Kernels", kernels),
        ("functions", "Functions", functions),
        ("reasons", "Stalls", changes.reasons_table(comparison)),
        ("contexts", "Tasks and interrupts", contexts),
        ("sections", "Memory", changes.sections_table(comparison)),
    ]
