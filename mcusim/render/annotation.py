"""An annotation as text for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mcusim.render import words
from mcusim.render.columns import GAP
from mcusim.render.json import run_head
from mcusim.render.words import printable, short_name
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.report.annotation import (
        AnnotatedFile,
        AnnotatedInstruction,
        AnnotatedLine,
        Annotation,
        Reasons,
    )
    from mcusim.report.report import Report

_CONTEXT_LINES = 2
_SMALLEST_SHARE_RATIO = 0.05
"""A stall that takes less of a line is not worth the eye."""
_ISSUE = "issue"
_TAB_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """How much to show."""

    hottest_count: int | None = None
    """Lines, of all files together; None: every line that ran."""
    has_disassembly: bool = False


def annotation_text(annotation: Annotation, report: Report, shown: Shown) -> str:
    """Each file with the lines that ran and some around them; `report` is of the same run."""
    wanted = _hottest(annotation, shown.hottest_count)
    left_out: list[AnnotatedLine] = []
    lines = [*words.heading(report), _heading(annotation), ""]
    for file in annotation.files:
        numbers = [each.line_number for each in file.lines if (file.name, each.line_number) in wanted]
        around = _with_context(numbers, file)
        left_out += [each for each in file.lines if each.line_number not in around]
        if numbers:
            lines += [*_file(file, around, annotation, shown), ""]
    lines += _rest(annotation, shown, left_out)
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def annotation_json(annotation: Annotation, report: Report) -> str:
    """All lines that ran as one JSON object; cycles and joules are sums over the whole run."""
    data = {"schema": 1, **run_head(report), **asdict(annotation)}
    data["files"] = [_file_data(each) for each in annotation.files]
    data["unplaced"] = [_instruction_data(each) for each in annotation.unplaced]
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _file_data(file: AnnotatedFile) -> dict[str, Any]:
    lines = [
        {
            "line": each.line_number,
            "text": _text_of(file, each.line_number),
            "count": each.count,
            "cycles": each.cycles,
            "energy_j": each.energy_j,
            "reasons": dict(each.reasons),
            "instructions": [_instruction_data(instruction) for instruction in each.instructions],
        }
        for each in file.lines
    ]
    is_known = bool(file.texts)
    return {
        "name": file.name,
        "has_text": is_known,
        "is_other_version": file.is_other_version,
        "cycles": file.cycles,
        "lines": lines,
    }


def _instruction_data(instruction: AnnotatedInstruction) -> dict[str, Any]:
    return {**asdict(instruction), "reasons": dict(instruction.reasons)}


def _hottest(annotation: Annotation, count: int | None) -> frozenset[tuple[str, int]]:
    """(file, line) of what is shown."""
    every = [(each, file.name) for file in annotation.files for each in file.lines]
    every.sort(key=lambda pair: (-pair[0].cycles, pair[1], pair[0].line_number))
    return frozenset((name, each.line_number) for each, name in every[:count])


def _heading(annotation: Annotation) -> str:
    cycles, run = annotation.cycles, annotation.run_cycles
    energy = "" if annotation.energy_j is None else f", {engineering(annotation.energy_j, 'J')}"
    if annotation.kind == "run":
        return f"The whole run: {grouped(cycles)} active cycles{energy}"
    share = f"{grouped(cycles)} cycles"
    if annotation.kind == "file":
        return f"{printable(annotation.name)}: {share}, {_percent(cycles, run)} of the run{energy}"
    calls = annotation.calls_count
    return (
        f"{printable(short_name(annotation.name))}: {grouped(calls)} call{'' if calls == 1 else 's'}, "
        f"{share} of its own ({_percent(cycles, run)} of the run){energy}"
    )


def _file(file: AnnotatedFile, numbers: Sequence[int], annotation: Annotation, shown: Shown) -> list[str]:
    """A heading, and a table whose last column is the source."""
    lines = [f"{printable(file.name)}: {grouped(file.cycles)} cycles", *_notes(file)]
    known = {each.line_number: each for each in file.lines}
    has_disassembly = shown.has_disassembly or not file.texts
    rows: list[tuple[str, ...]] = [_headings(annotation)]
    after: list[list[str]] = [[]]
    last = 0
    for number in numbers:
        if last and number > last + 1 and file.texts:
            after[-1].append("…")
        last = number
        line = known.get(number)
        source = printable(_text_of(file, number).expandtabs(_TAB_WIDTH))
        rows.append((*_cells(line, annotation), str(number), source))
        is_asm = line is not None and has_disassembly and number in numbers
        after.append(
            [_instruction(each) for each in line.instructions] if line is not None and is_asm else []
        )
    for row, more in zip(_aligned(rows), after, strict=True):
        lines += [row, *more]
    return lines


def _notes(file: AnnotatedFile) -> list[str]:
    if not file.texts:
        return ["  its text is not known (--source-dir DIR says where it is), so its instructions are shown"]
    if file.is_other_version:
        return ["  this is not the text that was compiled: code was made from lines behind its end"]
    return []


def _with_context(numbers: Sequence[int], file: AnnotatedFile) -> list[int]:
    """The lines around these, too, where the text is known; a single line is not left out between two."""
    if not file.texts or not numbers:
        return list(numbers)
    around = {
        near
        for number in numbers
        for near in range(number - _CONTEXT_LINES, number + _CONTEXT_LINES + 1)
        if near == number or 1 <= near <= len(file.texts)
    }
    around |= {number for number in range(1, max(around)) if number - 1 in around and number + 1 in around}
    return sorted(around)


def _headings(annotation: Annotation) -> tuple[str, ...]:
    energy = () if annotation.energy_j is None else ("energy",)
    return ("cycles", "share", "times", *energy, "most stalls", "line", "")


def _cells(line: AnnotatedLine | None, annotation: Annotation) -> tuple[str, ...]:
    has_energy = annotation.energy_j is not None
    if line is None:
        return ("",) * (5 if has_energy else 4)
    energy = (engineering(line.energy_j or 0.0, "J"),) if has_energy else ()
    share = _percent(line.cycles, annotation.cycles)
    return (grouped(line.cycles), share, grouped(line.count), *energy, _stall(line.reasons, line.cycles))


def _stall(reasons: Reasons, cycles: int) -> str:
    """The reason that takes most besides issuing, where it takes enough to matter."""
    for reason, amount in reasons:
        if reason != _ISSUE and cycles > 0 and amount / cycles >= _SMALLEST_SHARE_RATIO:
            return f"{_shown(reason)} {amount / cycles:.0%}"
    return ""


def _aligned(rows: list[tuple[str, ...]]) -> Iterable[str]:
    """All but the stalls and the source to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    left = len(widths) - 2
    for row in rows:
        cells = [
            cell.ljust(width) if column == left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row[:-1], widths, strict=True))
        ]
        yield f"{GAP.join(cells)}  {row[-1]}"


def _instruction(instruction: AnnotatedInstruction) -> str:
    each = instruction.cycles / instruction.count if instruction.count else 0.0
    text = printable(instruction.text.replace("\t", " "))
    stall = _stall(instruction.reasons, instruction.cycles)
    return f"    {instruction.addr:08x}  {grouped(instruction.count):>12} x {each:5.2f}  {text:34}  {stall}"


def _rest(annotation: Annotation, shown: Shown, left_out: Sequence[AnnotatedLine]) -> list[str]:
    """What the lines do not account for, so that everything shown sums to the heading's cycles."""
    lines = []
    if left_out:
        cycles = sum(each.cycles for each in left_out)
        count = len(left_out)
        lines.append(f"{grouped(count)} more line{'s' * (count != 1)}: {grouped(cycles)} cycles")
    if annotation.unplaced:
        cycles = sum(each.cycles for each in annotation.unplaced)
        why = "no debug information says where they are from (compile with -g)"
        lines.append(f"Instructions without a line: {grouped(cycles)} cycles; {why}")
        is_shown = shown.has_disassembly or not annotation.files
        lines += map(_instruction, _some(annotation.unplaced, shown.hottest_count) if is_shown else ())
    if annotation.exception_cycles:
        lines.append(f"Entry and return of exceptions: {grouped(annotation.exception_cycles)} cycles")
    return lines


def _some(
    instructions: tuple[AnnotatedInstruction, ...], count: int | None
) -> tuple[AnnotatedInstruction, ...]:
    hottest = sorted(instructions, key=lambda each: (-each.cycles, each.addr))[:count]
    return tuple(sorted(hottest, key=lambda each: each.addr))


def _text_of(file: AnnotatedFile, number: int) -> str:
    return file.texts[number - 1] if 1 <= number <= len(file.texts) else ""


def _shown(reason: str) -> str:
    return reason.replace("_", "-")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"
