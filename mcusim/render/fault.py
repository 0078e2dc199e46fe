"""A fault report as lines of text: what happened, the decoded status bits, the backtrace, the registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.words import printable

if TYPE_CHECKING:
    from mcusim.report.report import BacktraceFrame, FaultInfo

_REGISTERS_PER_LINE = 4
_CFSR_BFARVALID, _CFSR_MMARVALID = 1 << 15, 1 << 7  # ARMv7-M ARM, B3.2.15


def fault_lines(fault: FaultInfo) -> tuple[str, ...]:
    """The report, most useful first."""
    lines = [f"{fault.kind}: {fault.what}", f"  at 0x{fault.pc_addr:08X}{_function_at(fault)}"]
    if fault.hint:
        lines.append(f"  hint: {fault.hint}")
    lines += ["", "Status", *(f"  {line}" for line in _status_lines(fault))]
    if fault.backtrace:
        lines += ["", "Backtrace", *(f"  {line}" for line in _backtrace_lines(fault.backtrace))]
    if fault.registers:
        lines += ["", "Registers", *(f"  {line}" for line in _register_lines(fault.registers))]
    return tuple(printable(line) for line in lines)


def _function_at(fault: FaultInfo) -> str:
    for frame in fault.backtrace[:1]:
        source = f", {frame.source}" if frame.source else ""
        return f" in {frame.function}{source}" if frame.function else source
    return ""


def _status_lines(fault: FaultInfo) -> list[str]:
    lines = [f"CFSR 0x{fault.cfsr:08X}  HFSR 0x{fault.hfsr:08X}", *fault.decoded]
    if fault.cfsr & _CFSR_BFARVALID:
        lines.append(f"BFAR  0x{fault.bfar:08X} (address of the bus fault)")
    if fault.cfsr & _CFSR_MMARVALID:
        lines.append(f"MMFAR 0x{fault.mmfar:08X} (address of the memory-management fault)")
    return lines


def _backtrace_lines(frames: tuple[BacktraceFrame, ...]) -> list[str]:
    return [
        f"#{index:<2} 0x{frame.addr:08X}  {frame.function or '?'}  {frame.source}".rstrip()
        for index, frame in enumerate(frames)
    ]


def _register_lines(registers: tuple[tuple[str, int], ...]) -> list[str]:
    cells = [f"{name:<5}0x{value:08X}" for name, value in registers]
    return [
        "  ".join(cells[start : start + _REGISTERS_PER_LINE])
        for start in range(0, len(cells), _REGISTERS_PER_LINE)
    ]
