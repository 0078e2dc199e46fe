"""Wording and number formats that people read; shared by the text formats, no layout here."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mcusim.firmware import names
from mcusim.power.schema import TABLE_TEMP_C
from mcusim.report.stops import BAD_ENDS
from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from mcusim.report.quantity import Band
    from mcusim.report.report import Inference, KernelCost, Ram, Report

STOP_WORDS = {
    "exit": "the firmware exited",
    "main_returned": "main returned",
    "enough_calls": "enough calls were measured (--max-seconds for more)",
    "until": "the --until symbol was reached",
    "idle_loop": "endless loop that nothing could end",
    "sleep_forever": "sleeping with nothing that could wake it",
    "fault": "the firmware faulted",
    "max_cycles": "the --max-cycles limit was reached",
    "max_seconds": "the --max-seconds limit was reached",
    "breakpoint": "a breakpoint instruction without a debugger",
    "reset_loop": "the firmware keeps resetting the chip",
    "unsupported": "the firmware needs something that mcusim does not model",
    "strict_poll": "a loop waits for a bit that nothing models (--strict)",
}
_REASONS_SHOWN = 4

_EIGHTHS = " ▏▎▍▌▋▊▉"
_KIND_WORDS = {
    "between": "between the layers",
    "interrupts": "interrupts",
    "tasks": "other tasks",
    "sleep": "asleep (WFI/WFE)",
    "other": "outside the traced calls",
}


def printable(text: str) -> str:
    """`text` without characters that steer a terminal: firmware chooses its symbol names and output."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def title(report: Report) -> str:
    """One line: firmware, board, core, clock, supply, and temperature where it is not the tables'."""
    board = report.board_title or report.board
    clock = engineering(report.clock_hz, "Hz")
    return f"{report.firmware.path} on {board} ({report.core}, {clock}, {conditions(report)})"


def heading(report: Report) -> list[str]:
    """The lines above a view of a part of the run: its title, what was changed, and an end that is not its own."""
    lines = [title(report), *filter(None, [what_if(report)]), ""]
    if report.stop.reason in BAD_ENDS:
        lines += [f"The run did not end by itself: {stop(report)}", ""]
    return lines


def conditions(report: Report) -> str:
    """Supply voltage, and temperature where it is not that of the tables."""
    temp = "" if report.temp_c == TABLE_TEMP_C else f", {report.temp_c:g} °C"
    return f"{report.supply_v:g} V{temp}"


def what_if(report: Report) -> str:
    """What was changed for this run, and what that means for its numbers; empty when nothing was."""
    if not report.what_if:
        return ""
    changes = ", ".join(report.what_if)
    return f"Changed for this run: {changes}. A what-if: the chip as it is gives other numbers."


def region(inference: Inference) -> str:
    """What was measured, in words."""
    calls = inference.calls_count
    times = "once" if calls == 1 else f"{grouped(calls)} times"
    if inference.kind == "whole":
        return "the whole run, from reset to stop"
    if not inference.is_complete and calls == 0:
        was_reached = inference.cycles is not None or inference.kind != "function"
        state = "not finished when the run stopped" if was_reached else "without a complete call"
        return f"{inference.function}, {state}"
    if inference.kind == "pair":
        return f"{inference.function}, passed {times}"
    return f"{short_name(inference.function)}(), called {times}"


def latency(inference: Inference) -> str:
    """Mean latency with its band."""
    if inference.latency_s is None or inference.low_s is None or inference.high_s is None:
        return "not known: no complete call"
    low, high = engineering(inference.low_s, "s"), engineering(inference.high_s, "s")
    mean = engineering(inference.latency_s, "s", 4)
    return f"{mean}  ±{inference.cycles_error_percent:g} %  ({low} to {high})"


def cycles(report: Report) -> str:
    """Cycles per call with their spread, and cycles per instruction of the run."""
    inference = report.inference
    parts = ["not known" if inference.cycles is None else grouped(round(inference.cycles))]
    if inference.calls_count > 1 and inference.min_cycles is not None and inference.max_cycles is not None:
        parts.append(f"(min {grouped(inference.min_cycles)}, max {grouped(inference.max_cycles)})")
    if report.totals.instructions:
        ratio = report.totals.active_cycles / report.totals.instructions
        parts.append(f" CPI {ratio:.2f}")
    return " ".join(parts)


def reasons(report: Report) -> tuple[str, ...]:
    """Where the run's active cycles went, the largest shares first; nothing when there is only one reason."""
    total = sum(cycles for _, cycles in report.reasons)
    largest = sorted(report.reasons, key=lambda pair: (-pair[1], pair[0]))[:_REASONS_SHOWN]
    shown = [
        f"{name.replace('_', '-')} {cycles / total:.0%}"
        for name, cycles in largest
        if cycles / total >= 0.005
    ]
    return (", ".join(shown),) if len(shown) > 1 else ()


def ram(use: Ram) -> str:
    """Peak RAM and its parts."""
    heap = "unknown" if use.heap_source == "unknown" else size(use.peak_heap_bytes)
    stack = size(use.peak_stack_bytes)
    parts = f"{size(use.static_bytes)} static + {stack} stack + {heap} heap"
    share = f"  ({use.peak_bytes / use.available_bytes:.1%} of RAM)" if use.available_bytes else ""
    return f"{size(use.peak_bytes)} = {parts}{share}"


def flash(report: Report) -> str:
    """Flash used and its share."""
    use = report.flash
    if not use.available_bytes:
        return size(use.used_bytes)
    return (
        f"{size(use.used_bytes)}  ({use.used_bytes / use.available_bytes:.1%} of {size(use.available_bytes)})"
    )


def band_words(band: Band, unit: str) -> str:
    """A value with its band and basis."""
    low, high = engineering(band.low, unit), engineering(band.high, unit)
    return f"{engineering(band.value, unit)}  ({low} to {high}, {band.basis})"


def row_kind(kind: str) -> str:
    """What a row that completes a sum is called."""
    return _KIND_WORDS.get(kind, kind)


def bar(share_ratio: float, width: int) -> str:
    """A bar as long as its share of `width` characters."""
    eighths = round(min(max(share_ratio, 0.0), 1.0) * width * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def kernel_names(kernels: tuple[KernelCost, ...]) -> tuple[str, ...]:
    """Names for a table: without argument lists, with the source file where a name occurs twice."""
    short = [_KIND_WORDS.get(each.kind, short_name(each.name)) for each in kernels]
    uses = Counter(short)
    return tuple(
        f"{name} ({each.source_file.rsplit('/', 1)[-1]})" if uses[name] > 1 and each.source_file else name
        for name, each in zip(short, kernels, strict=True)
    )


def short_name(name: str) -> str:
    """A C++ name without arguments: "void ns::(anonymous namespace)::Eval<int>(int)" → "ns::…::Eval<int>"."""
    return names.short_name(name).replace("(anonymous namespace)", "…")


def stop(report: Report) -> str:
    """Why the run ended, and the reason's name in the JSON report."""
    reason = report.stop.reason
    return f"{report.stop.detail or STOP_WORDS.get(reason, reason)} ({reason})"


def variable(value: object) -> str:
    """A variable's value, long arrays cut."""
    if isinstance(value, tuple):
        shown = ", ".join(variable(each) for each in value[:16])
        return f"[{shown}{', …' if len(value) > 16 else ''}]"
    return "not a number" if value is None else str(value)


def cut(text: str, length: int) -> str:
    """A text's beginning, whole words; the JSON report has all of it."""
    if len(text) <= length:
        return text
    return text[: length - 2].rsplit(" ", 1)[0].rstrip(",;:") + " …"
