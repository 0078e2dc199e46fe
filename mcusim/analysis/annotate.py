"""What each line of source cost: the instructions of a recording, put together by the lines they were made from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mcusim.analysis.explain import explain
from mcusim.analysis.functions import CallTree
from mcusim.errors import UsageError, unknown_name
from mcusim.firmware.names import last_part, short_name
from mcusim.report.annotation import AnnotatedFile, AnnotatedInstruction, AnnotatedLine, Annotation
from mcusim.report.profile import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.recording.recording import ExecutedInstruction, Function
    from mcusim.report.annotation import Reasons
    from mcusim.report.explanation import Explanation

_Key = tuple[str, int]
"""Name and address of a function, as a ProfileNode has them."""


def annotate_function(run: RecordedRun, name: str) -> Annotation:
    """The function of that name: its own cycles, and those of what was inlined in it.

    Raises:
        UnknownNameError: no function of that name ran.
        UsageError: several have it, or it was inlined.
    """
    recording = run.recording
    wanted = _indexes_of(recording.functions, name)
    costs = CallTree(recording).by_function()
    instructions = [each for each in recording.instructions if each.function_index in wanted]
    cycles = sum(costs[index].self_cycles for index in wanted if index in costs)
    rates = _Rates(run)
    return _Lines(run, instructions, rates).annotation(
        "function",
        recording.functions[wanted[0]].name,
        calls_count=costs[wanted[0]].calls_count if wanted[0] in costs else 0,
        cycles=cycles,
        energy_j=rates.functions_j(wanted),
    )


def annotate_file(run: RecordedRun, name: str) -> Annotation:
    """All lines of a file, whatever function they were compiled into; `name` may be its last part.

    Raises:
        UnknownNameError: nothing of such a file ran.
        UsageError: several files are called so.
    """
    index = _file_index(run.sources.files, name)
    addrs = {each.addr for each in run.sources.lines if each.file_index == index}
    instructions = [each for each in run.recording.instructions if each.addr in addrs]
    rates = _Rates(run)
    return _Lines(run, instructions, rates).annotation(
        "file",
        run.sources.files[index],
        cycles=sum(each.cycles for each in instructions),
        energy_j=rates.sum_j(instructions),
    )


def annotate_run(run: RecordedRun) -> Annotation:
    """Every line that ran."""
    rates = _Rates(run)
    recording = run.recording
    return _Lines(run, recording.instructions, rates).annotation(
        "run",
        run.report.firmware.path,
        cycles=recording.total_cycles - recording.sleep_cycles,
        energy_j=rates.all_j(),
    )


def explain_recorded(run: RecordedRun, name: str) -> Explanation:
    """The blocks and instructions of the function of that name.

    Raises:
        UnknownNameError: no function of that name ran.
        UsageError: several have it, or it was inlined.
    """
    function = run.recording.functions[_indexes_of(run.recording.functions, name)[0]]
    place_of = {
        each.addr: f"{run.sources.files[each.file_index].rpartition('/')[2]}:{each.line_number}"
        for each in run.sources.lines
    }
    return explain(run.recording, name, function.addr, lambda addr: place_of.get(addr, ""))


class _Rates:
    """Joules per cycle of each function: an instruction draws the mean current of its function."""

    def __init__(self, run: RecordedRun) -> None:
        self._functions = run.recording.functions
        keys = {(each.name, each.addr): self._key(index) for index, each in enumerate(self._functions)}
        self._cycles: dict[_Key, int] = {}
        joules: dict[_Key, list[float]] = {}
        for node in run.profile.nodes:
            if node.kind == FUNCTION and node.self_j is not None:
                key = keys.get((node.name, node.addr), (node.name, node.addr))
                self._cycles[key] = self._cycles.get(key, 0) + node.self_cycles
                joules.setdefault(key, []).append(node.self_j)
        self._joules = {key: math.fsum(parts) for key, parts in joules.items()}
        self._is_known = run.profile.total_j is not None

    def instruction_j(self, instruction: ExecutedInstruction) -> float | None:
        """None without a power model."""
        if not self._is_known:
            return None
        key = self._key(instruction.function_index)
        cycles = self._cycles.get(key, 0)
        return instruction.cycles * self._joules[key] / cycles if cycles else 0.0

    def sum_j(self, instructions: Iterable[ExecutedInstruction]) -> float | None:
        """Of several."""
        return sum_of(self.instruction_j(each) for each in instructions)

    def functions_j(self, indexes: Iterable[int]) -> float | None:
        """Of functions, with their exceptions' entries and returns."""
        if not self._is_known:
            return None
        keys = dict.fromkeys(map(self._key, indexes))
        return math.fsum(self._joules.get(key, 0.0) for key in keys)

    def all_j(self) -> float | None:
        """Of all functions."""
        return math.fsum(self._joules.values()) if self._is_known else None

    def _key(self, index: int) -> _Key:
        """Of a function, or of the one that it was inlined in: the call tree may tell the two apart, and their
        instructions not.
        """
        if index >= 0 and self._functions[index].host_index >= 0:
            index = self._functions[index].host_index
        return (self._functions[index].name, self._functions[index].addr) if index >= 0 else ("(unknown)", 0)


class _Lines:
    """Instructions by file and line."""

    def __init__(self, run: RecordedRun, instructions: Sequence[ExecutedInstruction], rates: _Rates) -> None:
        self._sources, self._recording, self._rates = run.sources, run.recording, rates
        place_of = {each.addr: (each.file_index, each.line_number) for each in run.sources.lines}
        self._placed: dict[int, dict[int, list[ExecutedInstruction]]] = {}
        self._unplaced: list[ExecutedInstruction] = []
        for each in instructions:
            place = place_of.get(each.addr)
            if place is None:
                self._unplaced.append(each)
            else:
                self._placed.setdefault(place[0], {}).setdefault(place[1], []).append(each)
        self._total_cycles = sum(each.cycles for each in instructions)

    def annotation(
        self, kind: str, name: str, *, cycles: int, energy_j: float | None, calls_count: int = 0
    ) -> Annotation:
        """The lines of what costs `cycles`."""
        files = [self._file(index, lines) for index, lines in self._placed.items()]
        return Annotation(
            kind=kind,
            name=name,
            calls_count=calls_count,
            cycles=cycles,
            run_cycles=self._recording.total_cycles - self._recording.sleep_cycles,
            energy_j=energy_j,
            files=tuple(sorted(files, key=lambda each: (-each.cycles, each.name))),
            unplaced=tuple(self._instruction(each) for each in self._unplaced),
            exception_cycles=cycles - self._total_cycles,
        )

    def _file(self, index: int, lines: dict[int, list[ExecutedInstruction]]) -> AnnotatedFile:
        text = self._sources.texts[index] if index < len(self._sources.texts) else ""
        texts = tuple(text.splitlines())
        annotated = tuple(self._line(number, lines[number]) for number in sorted(lines))
        return AnnotatedFile(
            name=self._sources.files[index],
            texts=texts,
            is_other_version=bool(texts) and annotated[-1].line_number > len(texts),
            cycles=sum(each.cycles for each in annotated),
            lines=annotated,
        )

    def _line(self, number: int, instructions: list[ExecutedInstruction]) -> AnnotatedLine:
        counts: dict[int, int] = {}
        for each in instructions:
            counts[each.function_index] = max(counts.get(each.function_index, 0), each.count)
        return AnnotatedLine(
            line_number=number,
            count=sum(counts.values()),
            cycles=sum(each.cycles for each in instructions),
            energy_j=self._rates.sum_j(instructions),
            reasons=_summed(instructions),
            instructions=tuple(self._instruction(each) for each in instructions),
        )

    def _instruction(self, instruction: ExecutedInstruction) -> AnnotatedInstruction:
        index = instruction.function_index
        return AnnotatedInstruction(
            addr=instruction.addr,
            text=instruction.text,
            function=self._recording.functions[index].name if index >= 0 else "",
            count=instruction.count,
            cycles=instruction.cycles,
            energy_j=self._rates.instruction_j(instruction),
            reasons=_summed([instruction]),
        )


def sum_of(values: Iterable[float | None]) -> float | None:
    """Their sum; None where one of them is not known."""
    numbers = list(values)
    known = [each for each in numbers if each is not None]
    return math.fsum(known) if len(known) == len(numbers) else None


def _summed(instructions: Iterable[ExecutedInstruction]) -> Reasons:
    totals: dict[str, int] = {}
    for each in instructions:
        for reason, cycles in each.reasons:
            totals[reason] = totals.get(reason, 0) + cycles
    return tuple(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))


def _indexes_of(functions: Sequence[Function], name: str) -> list[int]:
    """The function, then what was inlined in it and is told apart in the call tree."""
    spellings = (
        lambda each: each.name,
        lambda each: f"{each.source_file}:{last_part(each.name)}",
        lambda each: short_name(each.name),
        lambda each: last_part(each.name),
    )
    matches: list[int] = []
    for spelling in spellings:
        matches = matches or [index for index, each in enumerate(functions) if spelling(each) == name]
    own = [index for index in matches if functions[index].host_index < 0]
    if len(own) > 1:
        names = sorted(f"{functions[index].source_file}:{last_part(functions[index].name)}" for index in own)
        raise UsageError(
            f"{len(own)} functions are called '{name}'",
            why=", ".join(dict.fromkeys(names)),
            fix="name the file as well: FILE:FUNCTION",
        )
    if own:
        return own + [index for index, each in enumerate(functions) if each.host_index == own[0]]
    if matches:
        host = functions[functions[matches[0]].host_index].name
        raise UsageError(
            f"'{name}' was inlined", why=f"its code is part of '{host}'", fix=f"name '{host}' instead"
        )
    error = unknown_name("function in this run", name, (each.name for each in functions))
    error.why = "the compiler may have inlined it, or the run ended before it was called"
    raise error


def _file_index(files: Sequence[str], name: str) -> int:
    wanted = name.replace("\\", "/")
    paths = [each.replace("\\", "/") for each in files]
    matches = [index for index, each in enumerate(paths) if each == wanted] or [
        index for index, each in enumerate(paths) if each.endswith(f"/{wanted}")
    ]
    if not matches:
        raise unknown_name("source file in this run", name, files)
    if len(matches) > 1:
        raise UsageError(
            f"{len(matches)} files are called '{name}'",
            why=", ".join(files[index] for index in matches),
            fix="name more of its path",
        )
    return matches[0]
