"""An explanation of a function's cycles as text for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.json import run_head
from mcusim.render.words import printable, short_name
from mcusim.units import grouped

if TYPE_CHECKING:
    from mcusim.report.explanation import ExplainedBlock, ExplainedInstruction, Explanation, Reasons
    from mcusim.report.report import Report

_TEXT_WIDTH = 34


def explanation_text(explanation: Explanation, report: Report, hottest_count: int | None = None) -> str:
    """All blocks by address, or only the `hottest_count` that cost most; `report` is of the same run."""
    shown = _hottest(explanation.blocks, hottest_count)
    lines = [*words.heading(report), *_heading(explanation), ""]
    for block in shown:
        lines += [_block_line(block, explanation), *map(_instruction_line, block.instructions), ""]
    if len(shown) < len(explanation.blocks):
        rest = explanation.self_cycles - sum(block.cycles for block in shown)
        count = len(explanation.blocks) - len(shown)
        lines += [f"{count} more block{'s' * (count != 1)}, {grouped(rest)} cycles", ""]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def explanation_json(explanation: Explanation, report: Report) -> str:
    """The same as one JSON object; cycles are sums over the whole run."""
    data = {"schema": 1, **run_head(report), **asdict(explanation)}
    data["reasons"] = dict(explanation.reasons)
    for block in data["blocks"]:
        for instruction in block["instructions"]:
            instruction["reasons"] = dict(instruction["reasons"])
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _hottest(blocks: tuple[ExplainedBlock, ...], count: int | None) -> tuple[ExplainedBlock, ...]:
    if count is None:
        return blocks
    dearest = sorted(blocks, key=lambda block: (-block.cycles, block.addr))[:count]
    return tuple(sorted(dearest, key=lambda block: block.addr))


def _heading(explanation: Explanation) -> list[str]:
    calls = explanation.calls_count
    source = f" ({explanation.source_file})" if explanation.source_file else ""
    share = _percent(explanation.self_cycles, explanation.run_cycles)
    per_call = f", {grouped(round(explanation.self_cycles / calls))} per call" if calls else ""
    lines = [
        f"{printable(short_name(explanation.function))}{source}: {grouped(calls)} call{'' if calls == 1 else 's'}, "
        f"{grouped(explanation.self_cycles)} cycles of its own ({share} of the run){per_call}"
    ]
    width = max((len(_shown(reason)) for reason, _ in explanation.reasons), default=0)
    lines += [
        f"  {_shown(reason):{width}}  {grouped(cycles):>14}  {_percent(cycles, explanation.self_cycles):>7}"
        for reason, cycles in explanation.reasons
    ]
    return lines


def _block_line(block: ExplainedBlock, explanation: Explanation) -> str:
    share = _percent(block.cycles, explanation.self_cycles)
    source = f"  {printable(block.source)}" if block.source else ""
    times = "once" if block.count == 1 else f"{grouped(block.count)} times"
    return f"{block.addr:08x}  {times}, {grouped(block.cycles)} cycles, {share}{source}"


def _instruction_line(instruction: ExplainedInstruction) -> str:
    each = instruction.cycles / instruction.count if instruction.count else 0.0
    text = printable(instruction.text.replace("\t", " "))
    why = _why(instruction.reasons, instruction.count)
    return f"  {instruction.addr:08x}  {each:7.2f}  {text:{_TEXT_WIDTH}}  {why}"


def _why(reasons: Reasons, count: int) -> str:
    """Cycles per execution by reason; the one cycle of issuing goes without saying."""
    parts = []
    for reason, cycles in reasons:
        each = cycles / count if count else float(cycles)
        if abs(each) >= 0.005 and not (reason == "issue" and abs(each - 1) < 0.005):
            parts.append(f"{_shown(reason)} {each:.2f}".removesuffix(".00"))
    return ", ".join(parts)


def _shown(reason: str) -> str:
    return reason.replace("_", "-")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"
