"""The one place where all parts meet: firmware + board + power model → run → Report."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.analysis.build import build_report, build_run
from mcusim.analysis.energy import check_model
from mcusim.analysis.explain import explain
from mcusim.analysis.fed import fed_inputs
from mcusim.analysis.memory import ram_use
from mcusim.analysis.power_settings import (
    check_power_settings,
    with_clock_range,
    with_power_settings,
    with_range_note,
)
from mcusim.analysis.registers import with_registers
from mcusim.analysis.sources import short_source, source_lines, with_sources
from mcusim.board.load import load_board
from mcusim.board.timing_file import load_timing, timed_board
from mcusim.errors import FirmwareFileError
from mcusim.firmware.inlined_layers import inlined_layers
from mcusim.firmware.lines import LineTable
from mcusim.firmware.load import load_firmware
from mcusim.firmware.models import find_models
from mcusim.firmware.recognise import recognise
from mcusim.firmware.rtos_layout import find_rtos
from mcusim.firmware.svd import RegisterNames
from mcusim.firmware.symbols import SymbolTable
from mcusim.firmware.variables import decoded_value, dtype_of, placed_symbol
from mcusim.machine.fit import check_fit, placed_on, target_of, with_likely_board
from mcusim.machine.layering import layering_of
from mcusim.machine.machine import Machine
from mcusim.machine.options import Layering, MachineOptions, Region, RegionKind
from mcusim.machine.record import record
from mcusim.machine.requested import function_named, options_of
from mcusim.machine.roms import with_boot_rom
from mcusim.machine.weights import check_peak, moved_to_ram, stretches_of_models, stretches_of_run
from mcusim.machine.wrappers import inner_dispatcher_addr
from mcusim.power.load import load_power_model
from mcusim.recorded.conditions import conditions_of
from mcusim.recording.recording import Memory, OutputType
from mcusim.render.vcd import vcd_bytes
from mcusim.report.files import write_whole
from mcusim.report.request import Progress, RunRequest
from mcusim.report.what_if import WEIGHTS, word

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcusim.board.schema import Board
    from mcusim.firmware.image import Image, Symbol
    from mcusim.firmware.recognise import Recognised
    from mcusim.machine.weights import Stretch
    from mcusim.power.schema import PowerModel
    from mcusim.recorded.conditions import RunConditions
    from mcusim.recorded.run import RecordedRun
    from mcusim.recording.recording import Recording
    from mcusim.report.explanation import Explanation
    from mcusim.report.report import Report

_CLEAN_ENDS = ("exit", "main_returned", "idle_loop", "sleep_forever", "breakpoint")


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that a run and its report are made from; everything is checked."""

    request: RunRequest
    board: Board
    image: Image
    power_model: PowerModel | None


def measure(request: RunRequest, progress: Callable[[Progress], None] | None = None) -> Report:
    """Run the firmware of `request` on its board and report latency, RAM and energy.

    Raises:
        McusimError: the firmware, the board or an option is wrong; a firmware that faults is not an error here:
            the report says so in `stop`.
    """
    ready = _ready(request)
    recording = _run(ready, progress)
    report = report_of(recording, ready.image, ready.board, ready.power_model, ready.request)
    return replace(report, inputs=fed_inputs(ready.request))


def recorded(request: RunRequest, progress: Callable[[Progress], None] | None = None) -> RecordedRun:
    """As `measure`: the report, with all that any view of the run shows.

    Raises:
        McusimError: as `measure`.
    """
    ready = _ready(request)
    recording = _run(ready, progress)
    run = run_of(recording, ready.image, ready.board, ready.power_model, ready.request)
    lines = LineTable(ready.image.lines_path or ready.image.path)
    sources = source_lines(recording, lines, request.firmware)
    report = replace(run.report, inputs=fed_inputs(ready.request))
    return replace(run, report=report, sources=sources, conditions=conditions_of(request))


def repriced(run: RecordedRun, conditions: RunConditions, firmware: Path) -> RecordedRun:
    """The same run under `conditions`, which may differ from its own in supply, temperature and power model: nothing
    is run. `firmware` is where its firmware is now.

    Raises:
        McusimError: it is another firmware, or the power model does not cover the conditions.
    """
    ready = _ready(conditions.request(firmware))
    sha256 = ready.image.sha256
    if sha256 != run.report.firmware.sha256:
        raise FirmwareFileError(
            f"'{firmware}' is not the firmware of this recording",
            why=f"its SHA-256 is {sha256[:16]}…, that of the recording's {run.report.firmware.sha256[:16]}…",
            fix="name the file that was run, or run this one: mcusim run FIRMWARE --board NAME -o FILE.mcusim",
        )
    priced = run_of(run.recording, ready.image, ready.board, ready.power_model, ready.request)
    report = replace(priced.report, built=run.report.built, inputs=run.report.inputs)
    return replace(priced, report=report, sources=run.sources, conditions=conditions)


def explain_function(request: RunRequest, name: str) -> tuple[Explanation, Report]:
    """Run the firmware of `request`: what each instruction of the function `name` cost, and the report of the run.

    Raises:
        McusimError: as `measure`; there is no such function, or it never ran.
    """
    ready = _ready(request)
    addr = function_named(SymbolTable(ready.image), name, "explain").addr
    recording = simulate(ready.request, ready.board, ready.image)
    report = report_of(recording, ready.image, ready.board, ready.power_model, ready.request)
    lines = LineTable(ready.image.lines_path or ready.image.path)
    return explain(recording, name, addr, lambda addr: short_source(lines, addr)), report


def _ready(request: RunRequest) -> _Ready:
    """What `request` names, loaded and checked before anything runs."""
    board, image = board_and_image(request)
    power_model = power_model_of(request, board)
    check_power_settings(request.settings, power_model, board)
    return _Ready(with_clock_range(request, power_model), board, image, power_model)


def _run(ready: _Ready, progress: Callable[[Progress], None] | None) -> Recording:
    """Run it, and write the files that are the run's own."""
    request = ready.request
    recording = simulate(request, ready.board, ready.image, progress)
    for symbol, path in request.outputs:
        if path is not None:
            write_whole(path, recording.outputs[symbol], option="--output")
    if request.signals.vcd is not None:
        write_whole(request.signals.vcd, vcd_bytes(recording), option="--vcd")
    return recording


def report_of(
    recording: Recording, image: Image, board: Board, power_model: PowerModel | None, request: RunRequest
) -> Report:
    """What a recording means under the conditions of `request`, which may differ from those it was made under in
    supply, temperature, regulator and power model: they change no cycle.

    Raises:
        McusimError: the power model does not cover the conditions, or the weights do not fit RAM.
    """
    priced = with_power_settings(recording, request.settings)
    return _finished(build_report(priced, image, board, power_model, request), recording, request, board)


def run_of(
    recording: Recording, image: Image, board: Board, power_model: PowerModel | None, request: RunRequest
) -> RecordedRun:
    """As `report_of`, with what the views show besides."""
    priced = with_power_settings(recording, request.settings)
    run = build_run(priced, image, board, power_model, request)
    report = _finished(run.report, recording, request, board)
    return replace(run, recording=recording, report=report)  # as it happened: it can be priced again


def _finished(report: Report, recording: Recording, request: RunRequest, board: Board) -> Report:
    """The report with the note on the voltage range; refuses weights that do not fit RAM."""
    check_peak(recording.weights_bytes, report.ram.peak_bytes, report.ram.available_bytes, board.name)
    return with_range_note(report, recording, request)


def power_model_of(request: RunRequest, board: Board) -> PowerModel | None:
    """The user's choice, else the board's; None where the board has none.

    Raises:
        DataFileError: the model is wrong, or for another chip.
        UsageError: supply, temperature or clock are outside what the chip works at.
    """
    name = request.power_model or board.power_model
    if not name:
        return None
    model = load_power_model(name)
    check_model(model, request, board)
    return model


def board_and_image(request: RunRequest) -> tuple[Board, Image]:
    """The board, and the firmware as it is on it.

    Raises:
        McusimError: one of them is wrong, or they do not fit each other.
    """
    board = load_board(request.board)
    if request.timing is not None:
        board = timed_board(board, load_timing(request.timing))
    target = target_of(board.chip)
    image = load_firmware(request.firmware, request.base_addr, request.symbols, target)
    image = placed_on(image, board.chip)
    check_fit(image, board)
    return board, with_likely_board(image, board)


def simulate(
    request: RunRequest, board: Board, image: Image, progress: Callable[[Progress], None] | None = None
) -> Recording:
    """Run the firmware and record what happened."""
    image = with_boot_rom(image, board.chip, request.rom)
    symbols = SymbolTable(image)
    lines = LineTable(image.lines_path or image.path)
    names = RegisterNames(request.svd, board.chip.name)
    reads = tuple((name, placed_symbol(symbols, name)) for name in request.reads)
    outputs = tuple((name, placed_symbol(symbols, name)) for name, _ in request.outputs)
    recognised = recognise(symbols, inference=request.inference, layer_patterns=request.layer_patterns)
    options = options_of(request, symbols, board, recognised, lines.variable_type)
    options = replace(options, layering=_layering(recognised, lines, request), rtos=find_rtos(symbols, lines))
    if word(request.settings, WEIGHTS) == "ram":
        places = request.weights or _weights(board, image, symbols, options)
        options = replace(options, moved_data=moved_to_ram(places, _static(image, board), image, board))
    machine = Machine(board, image, symbols, options)
    machine.run(_reporter(progress) if progress else None)
    if _was_guessed_wrong(machine, request):
        name = machine.options.region.name
        region = Region(RegionKind.MAIN, "main", machine.options.main_addr)
        machine = _repeated(machine, replace(machine.options, region=region))
        machine.host.warn(f"'{name}' looks like an inference function, but the firmware never called it")
        machine.run(_reporter(progress) if progress else None)
    inner_addr = _inside_wrapper(machine, recognised, request)
    if recognised is not None and inner_addr >= 0:
        layering = _layering(recognised.inside(inner_addr), lines, request)
        machine = _repeated(machine, replace(machine.options, layering=layering))
        machine.run(_reporter(progress) if progress else None)
    variables = tuple((name, _value_of(machine, lines, symbol)) for name, symbol in reads)
    saved = {name: machine.memory.read(symbol.addr, symbol.size_bytes) or b"" for name, symbol in outputs}
    recording = record(machine, variables, saved, machine.options.heap_start_addr)
    recording = replace(recording, output_types=_output_types(outputs, lines))
    return with_registers(with_sources(recording, lines), names)


def weights_of(request: RunRequest, board: Board, image: Image) -> tuple[Stretch, ...]:
    """Where the firmware's weights are in flash; may need a run."""
    symbols, lines = SymbolTable(image), LineTable(image.lines_path or image.path)
    recognised = recognise(symbols, inference=request.inference, layer_patterns=request.layer_patterns)
    options = replace(
        options_of(request, symbols, board, recognised, lines.variable_type),
        layering=_layering(recognised, lines, request),
    )
    return _weights(board, with_boot_rom(image, board.chip, request.rom), symbols, options)


def _weights(
    board: Board, image: Image, symbols: SymbolTable, options: MachineOptions
) -> tuple[Stretch, ...]:
    """Of the models in the image, else of the constants that the inferences of a run read."""
    runtime = options.layering.runtime if options.layering else ""
    found = stretches_of_models(find_models(image, runtime), board.chip)
    return found or stretches_of_run(board, image, symbols, options)


def _static(image: Image, board: Board) -> tuple[Stretch, ...]:
    sections = ram_use(image, board.chip, Memory((), 0, "none")).sections
    return tuple((each.addr, each.addr + each.size_bytes) for each in sections)


def _layering(recognised: Recognised | None, lines: LineTable, request: RunRequest) -> Layering | None:
    if recognised is None:
        return None
    return layering_of(recognised, inlined_layers(recognised, lines, request.layer_patterns))


def _repeated(machine: Machine, options: MachineOptions) -> Machine:
    """The same board and firmware again; what the user saw of the first run is not printed twice."""
    again = Machine(machine.board, machine.image, machine.functions.symbols, options)
    again.connections.skip_shown(machine.connections)
    return again


def _inside_wrapper(machine: Machine, recognised: Recognised | None, request: RunRequest) -> int:
    """The function whose callees are the layers, where the inference only wraps it; -1: it does not, or who knows."""
    is_open = recognised is not None and recognised.is_wrapper and not request.layer_patterns
    if recognised is None or not is_open or not request.needs_layers or request.signals.ptys:
        return -1
    return inner_dispatcher_addr(machine.core.nodes(), machine.functions.functions, recognised.inference.addr)


def _was_guessed_wrong(machine: Machine, request: RunRequest) -> bool:
    """The region was found by its name, and the firmware ended without having called it."""
    has_main = machine.options.main_addr >= 0
    is_guess = (
        request.roi is None
        and request.inference is None
        and machine.options.region.kind is RegionKind.FUNCTION
    )
    was_called = machine.core.watched(False)[0] or machine.core.watched(False)[5]
    return (
        is_guess
        and has_main
        and not was_called
        and machine.stop.reason in _CLEAN_ENDS
        and not request.signals.ptys
    )


def _output_types(outputs: tuple[tuple[str, Symbol], ...], lines: LineTable) -> tuple[OutputType, ...]:
    types = ((name, lines.variable_type(symbol.linkage_name, symbol.addr)) for name, symbol in outputs)
    return tuple(
        OutputType(name, dtype, kind.dims) for name, kind in types if kind and (dtype := dtype_of(kind))
    )


def _value_of(
    machine: Machine, lines: LineTable, symbol: Symbol
) -> int | float | str | tuple[int | float, ...]:
    data = machine.memory.read(symbol.addr, max(symbol.size_bytes, 4)) or b""
    return decoded_value(data, symbol, lines.variable_type(symbol.linkage_name, symbol.addr))


def _reporter(progress: Callable[[Progress], None]) -> Callable[[Machine], None]:
    started_s = time.perf_counter()
    last = Progress(0.0, 0, 0, 0.0)

    def report(machine: Machine) -> None:
        nonlocal last
        host_s = time.perf_counter() - started_s
        if host_s - last.host_s >= 0.1:  # ten updates a second are enough for the eye
            last = Progress(float(machine.now_s), machine.core.now, machine.core.instructions_count(), host_s)
            progress(last)

    return report
