"""A battery's life as text on one screen, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
import textwrap
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Any

from mcusim.render.energy import current_words
from mcusim.render.words import bar, cut, printable, short_name
from mcusim.report.battery import BATTERY_SCHEMA_VERSION
from mcusim.units import engineering

if TYPE_CHECKING:
    from mcusim.report.battery import BatteryLife, BatteryShare, IntervalLife
    from mcusim.report.quantity import Band

_WIDTH = 80
_BAR_WIDTH = 12
_LABEL = 11
_SOURCE_LENGTH = 130
"""Of a current and its source, two lines; the JSON has all of it."""
_C_PER_MAH = 3.6
_DAY_S = 86_400.0
_YEAR_S = 365.25 * _DAY_S
_MONTH_S = _YEAR_S / 12
_SHOWN_INTERVALS_S = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, _DAY_S, 7 * _DAY_S)
_ROWS_SHOWN = 6
_SHOWN_SHELF_S = 20 * _YEAR_S
"""Other things end a battery that would lose its charge more slowly."""
_CHOSEN_BY = {
    "option": "as asked for",
    "firmware": "as the firmware did in this run",
    "assumed": "the deepest that keeps RAM, as the firmware did not sleep in between in this run",
}
_FED = {
    "direct": "wired directly",
    "linear": "through a linear regulator (assumed)",
    "switching": "through a switching regulator",
}


def battery_text(life: BatteryLife) -> str:
    """One screen: life, what the charge goes into, the sleep current with its source, life at other intervals."""
    lines = [
        f"{printable(life.firmware.path)} on {life.board_title or life.board}, one inference every "
        f"{duration(life.interval_s)}",
        "",
    ]
    if life.what_if:
        lines += [*_wrapped(f"Changed for this run: {', '.join(life.what_if)}."), ""]
    lines += _facts(life)
    lines += ["", *_share_table(life), "", *_interval_table(life)]
    if life.warnings:
        lines += ["", "Warnings", *(line for each in life.warnings for line in _item(each))]
    if life.notes:
        lines += ["", "Notes", *(line for each in life.notes for line in _item(each))]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def battery_json(life: BatteryLife) -> str:
    """All of it as one JSON object in SI base units."""
    data: dict[str, Any] = {"schema": BATTERY_SCHEMA_VERSION, **asdict(life)}
    data["running"]["peripherals"] = dict(data["running"]["peripherals"])
    for row in data["curve"]:
        row["shares"] = dict(row["shares"])
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def battery_csv(life: BatteryLife) -> str:
    """Life against interval: one row per interval, SI base units."""
    buffer = StringIO()
    names = [name for name, _ in life.curve[0].shares] if life.curve else []
    writer = csv.writer(buffer, lineterminator="\n")
    columns = (
        "interval_s",
        "average_a",
        "average_low_a",
        "average_high_a",
        "life_s",
        "life_low_s",
        "life_high_s",
    )
    writer.writerow([*columns, *(f"{name.replace('-', '_')}_share_ratio" for name in names)])
    for row in life.curve:
        bands = (each for band in (row.average_a, row.life_s) for each in (band.value, band.low, band.high))
        numbers = (row.interval_s, *bands, *(share for _, share in row.shares))
        writer.writerow(f"{number:.6g}" for number in numbers)
    return buffer.getvalue()


def duration(value_s: float) -> str:
    """A time for people: "6.40 ms", "45 s", "3.5 min", "5 h", "12 days", "4.2 months", "1.8 years"."""
    unit = _unit_of(value_s)
    if unit is None:
        return engineering(value_s, "s").replace(".00 ", " ").replace(".0 ", " ")
    return f"{_digits(value_s / unit[0])} {unit[1]}"


def duration_span(band: Band) -> str:
    """Both ends of a time, in the unit of its value: "9.6 to 19 months"."""
    unit = _unit_of(band.value)
    if unit is None:
        return f"{duration(band.low)} to {duration(band.high)}"
    return f"{_digits(band.low / unit[0])} to {_digits(band.high / unit[0])} {unit[1]}"


def _unit_of(value_s: float) -> tuple[float, str] | None:
    """Seconds and name of the unit that people use for such a time; None: seconds with a prefix."""
    if value_s < 60 * 0.9995:
        return None
    units = (
        (3600.0, 60.0, "min"),
        (2 * _DAY_S, 3600.0, "h"),
        (2 * _MONTH_S, _DAY_S, "days"),
        (2 * _YEAR_S, _MONTH_S, "months"),
    )
    return next(
        ((unit_s, word) for limit_s, unit_s, word in units if value_s < limit_s * 0.9995), (_YEAR_S, "years")
    )


def _digits(value: float) -> str:
    """Two significant digits, three from 100 on: a battery's life is not known better."""
    if value >= 10:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}".removesuffix(".0")


def _facts(life: BatteryLife) -> list[str]:
    battery, feeding, inference = life.battery, life.feeding, life.inference_j
    efficiency = f" at {feeding.efficiency_ratio:.0%}" if feeding.kind == "switching" else ""
    usable = battery.usable_c.value / battery.capacity_c
    facts = [
        ("Life", _life_words(life.life_s)),
        ("Average", f"{_band(life.average_a, 'A')} out of the battery"),
        (
            "Battery",
            f"{battery.title}: {battery.capacity_c / _C_PER_MAH:g} mAh at {battery.nominal_v:g} V, "
            f"{usable:.0%} usable",
        ),
        ("", f"{_FED[feeding.kind]}{efficiency}; the chip runs at {feeding.supply_v:g} V ({feeding.why})"),
        (
            "Inference",
            f"{short_name(life.function)}: {engineering(life.inference_s.value, 's')}, {_band(inference, 'J')}",
        ),
        ("", cut(current_words(life.running), _SOURCE_LENGTH)),
        (
            "In between",
            f"{_state(life)}: {_band(life.sleep.current_a, 'A')}, {_CHOSEN_BY[life.sleep.chosen_by]}",
        ),
        ("", f"from {life.sleep.source}"),
        ("Wake-up", _wake_up(life)),
    ]
    if life.wake_up.source:
        facts.append(("", cut(f"from {life.wake_up.source}", _SOURCE_LENGTH)))
    return [line for label, text in facts for line in _labelled(label, text)]


def _state(life: BatteryLife) -> str:
    return "busy waiting" if life.sleep.activity == "run" else printable(life.sleep.mode)


def _wake_up(life: BatteryLife) -> str:
    if not life.wake_up.source:
        return "not counted"
    return f"{engineering(life.wake_up.duration_s, 's')}, {_band(life.wake_up.energy_j, 'J')}"


def _life_words(band: Band) -> str:
    return f"{duration(band.value)}  ({duration_span(band)}, {band.basis})"


def _band(band: Band, unit: str) -> str:
    value, low, high = (engineering(each, unit) for each in (band.value, band.low, band.high))
    return f"{value} ({band.basis})" if low == high else f"{value} ({low} to {high}, {band.basis})"


def _share_table(life: BatteryLife) -> list[str]:
    rows: list[tuple[str, ...]] = [("Where the charge goes", "each time", "average", "share", "")]
    shown = [share for share in life.shares if share.current_a.value > 0]
    rows += [_share_row(share) for share in sorted(shown, key=lambda share: -share.share_ratio)]
    return _aligned(rows)


def _share_row(share: BatteryShare) -> tuple[str, ...]:
    energy = engineering(share.energy_j.value, "J") if share.energy_j else ""
    average = engineering(share.current_a.value, "A")
    name = "in between" if share.name == "sleep" else share.name
    return name, energy, average, f"{share.share_ratio:.1%}", bar(share.share_ratio, _BAR_WIDTH)


def _interval_table(life: BatteryLife) -> list[str]:
    rows: list[tuple[str, ...]] = [("One inference every", "average", "life", "band", "awake", "")]
    for row in _rows_shown(life):
        share = sum(ratio for name, ratio in row.shares if name in {"inference", "wake-up"})
        is_beyond = row.life_s.value > life.battery.shelf_life_s
        mark = ("<" if row.interval_s == life.interval_s else " ") + ("*" if is_beyond else "")
        average = engineering(row.average_a.value, "A")
        rows.append(
            (
                duration(row.interval_s),
                average,
                duration(row.life_s.value),
                duration_span(row.life_s),
                f"{share:.1%}",
                mark,
            )
        )
    lines = _aligned(rows)
    if life.wake_up.duration_s:
        lines.append("awake: the share of inference and wake-up together")
    if any(line.endswith("*") for line in lines):
        lines.append(f"* longer than the battery's shelf life of {duration(life.battery.shelf_life_s)}")
    longest = life.sleep_only_s
    lines += _wrapped(
        f"never: {_life_words(longest)}" if longest else "never: for ever, as nothing draws current"
    )
    for crossing in life.crossings:
        lines += _wrapped(_crossing_words(crossing.share_ratio, crossing.interval_s, life))
    if life.self_discharge_only_s is not None and life.self_discharge_only_s < _SHOWN_SHELF_S:
        lines += _wrapped(
            f"On the shelf, self-discharge alone empties it in {duration(life.self_discharge_only_s)}."
        )
    return lines


def _crossing_words(share_ratio: float, interval_s: float | None, life: BatteryLife) -> str:
    share = "half" if share_ratio == 0.5 else f"{share_ratio:.0%}"
    awake = "Being awake takes" if life.wake_up.duration_s else "Inference takes"
    if interval_s is None:
        return f"{awake} more than {share} of the charge at every interval."
    if interval_s <= life.inference_s.value + life.wake_up.duration_s:
        return f"{awake} less than {share} of the charge at every interval."
    return f"{awake} {share} of the charge at one every {duration(interval_s)}, less when rarer."


def _rows_shown(life: BatteryLife) -> list[IntervalLife]:
    """The user's interval, and the round ones nearest to it."""
    near = sorted(
        (
            row
            for row in life.curve
            if any(abs(row.interval_s - each) < 1e-9 * each for each in _SHOWN_INTERVALS_S)
        ),
        key=lambda row: max(row.interval_s / life.interval_s, life.interval_s / row.interval_s),
    )[:_ROWS_SHOWN]
    own = [row for row in life.curve if row.interval_s == life.interval_s]
    return sorted({row.interval_s: row for row in (*near, *own)}.values(), key=lambda row: row.interval_s)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """The first and the last column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)),
        ]
        lines.append("  ".join((*cells, row[-1])).rstrip())
    return lines


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=label.ljust(_LABEL),
        subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH, break_on_hyphens=False)


def _item(text: str) -> list[str]:
    return textwrap.wrap(
        printable(text), _WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
