"""A hand-made run with what makes exports hard, for the tests of every format.

    thread          self cycles
      Reset_Handler         100
        main                700
          infer             200   2 calls
            conv           5000   layer 0 CONV_2D, 4 calls
              clamp         600   of conv.c, a tail call
              requantize    800
            fully_connected 900   layer 1 FULLY_CONNECTED, in RAM
              clamp         100   of fc.c
            ns::Pool…::run  400   layer 2, which has no operator
          requantize        100
          sort               50   recursive
            sort             30
          <[u8; 4] …>::area  20
    task worker
      (unknown code)         40
      worker                 60
    SysTick_Handler          60   24 of them belong to no instruction
                           9160   and 840 asleep

The fixtures of tests/unit/conftest.py give the board, its power model and the rest of the recording.
"""

from __future__ import annotations

from dataclasses import replace

from mcusim.analysis.build import build_run
from mcusim.board.schema import Board
from mcusim.firmware.image import Image
from mcusim.power.schema import PowerModel
from mcusim.recorded.run import RecordedRun
from mcusim.recording.recording import CallNode, Context, ExecutedInstruction, Function, Phase, Recording
from mcusim.report.history import History, HistorySpan, PowerPoint, RamPoint
from mcusim.report.network import LayerCost, Network
from mcusim.report.quantity import Band
from mcusim.report.request import RunRequest
from mcusim.report.source_line import SourceLine, SourceLines

POOL = "ns::Pool<int, 2>::run"
"""As it is shown."""
SHAPE = "<[u8; 4] as Shape>::area"
FUNCTIONS = (
    Function("Reset_Handler", 0x0800_0100, "startup.c"),
    Function("main", 0x0800_0200, "main.c"),
    Function("infer", 0x0800_0300, "net.c"),
    Function("conv", 0x0800_0400, "conv.c"),
    Function("fully_connected", 0x2000_0010, "fc.c"),
    Function("SysTick_Handler", 0x0800_0600, "main.c"),
    Function("requantize", 0x0800_0700, "quant.c"),
    Function("clamp", 0x0800_0800, "conv.c"),
    Function("clamp", 0x0800_0880, "fc.c"),
    Function(f"{POOL}(int*)", 0x0800_0900, "pool.cc"),
    Function("sort", 0x0800_0A00, "sort.c"),
    Function(SHAPE, 0x0800_0B00, "shape.rs"),
    Function("worker", 0x0800_0C00, "main.c"),
    Function("(unknown code)", 0),
)
_CALLS = (
    CallNode(13, -1, "thread", 0, 0),
    CallNode(0, -1, "thread", 1, 100),
    CallNode(1, 1, "", 1, 700),
    CallNode(2, 2, "", 2, 200),
    CallNode(3, 3, "", 4, 5000, layer_index=0),
    CallNode(7, 4, "", 8, 600, is_tail_call=True),
    CallNode(6, 4, "", 8, 800),
    CallNode(4, 3, "", 2, 900, layer_index=1),
    CallNode(8, 7, "", 2, 100),
    CallNode(9, 3, "", 2, 400, layer_index=2),
    CallNode(6, 2, "", 1, 100),
    CallNode(10, 2, "", 1, 50),
    CallNode(10, 11, "", 2, 30),
    CallNode(11, 2, "", 1, 20),
    CallNode(13, -1, "task worker", 0, 40),
    CallNode(12, -1, "task worker", 1, 60),
    CallNode(13, -1, "exception 15 SysTick", 0, 0),
    CallNode(5, -1, "exception 15 SysTick", 2, 60),
)
_START_UP = {1: 100, 2: 400}
"""Cycles of the nodes before the clock is set up."""
_INLINED = "lib/simd.h"


def _instruction(
    function_index: int, offset: int, count: int, *reasons: tuple[str, int]
) -> ExecutedInstruction:
    addr = FUNCTIONS[function_index].addr + offset if function_index >= 0 else 0x1FFF_0000
    return ExecutedInstruction(addr, 2, "nop", function_index, count, reasons)


_INSTRUCTIONS = (
    _instruction(-1, 0, 40, ("issue", 40)),
    _instruction(0, 0, 60, ("issue", 100)),
    _instruction(1, 0, 500, ("issue", 510), ("condition", -10)),
    _instruction(1, 2, 200, ("issue", 200)),
    _instruction(2, 0, 200, ("issue", 200)),
    _instruction(3, 0, 1000, ("issue", 1000), ("flash_fetch", 1000)),
    _instruction(3, 2, 2000, ("issue", 2000), ("load_use", 1000)),
    _instruction(5, 0, 36, ("issue", 36)),
    _instruction(6, 0, 900, ("issue", 900)),
    _instruction(7, 0, 600, ("issue", 600)),
    _instruction(8, 0, 100, ("issue", 100)),
    _instruction(9, 0, 400, ("issue", 400)),
    _instruction(10, 0, 80, ("issue", 80)),
    _instruction(11, 0, 20, ("issue", 20)),
    _instruction(12, 0, 60, ("issue", 60)),
    _instruction(4, 0, 900, ("issue", 900)),
)
_FILES = ("src/main.c", "src/conv.c", _INLINED)
_LINES = (
    SourceLine(0x0800_0200, 0, 10),
    SourceLine(0x0800_0202, 0, 12),
    SourceLine(0x0800_0400, 1, 5),
    SourceLine(0x0800_0402, 2, 77),
    SourceLine(0x0800_0600, 0, 30),
    SourceLine(0x0800_0800, 1, 2),
    SourceLine(0x0800_0C00, 0, 40),
)


def rich_recording(recording: Recording) -> Recording:
    """`recording` with the calls and instructions that the module's docstring draws."""
    reasons: dict[str, int] = {"exception": 24}
    for each in _INSTRUCTIONS:
        for reason, cycles in each.reasons:
            reasons[reason] = reasons.get(reason, 0) + cycles
    start_up = tuple(_START_UP.get(index, 0) for index in range(len(_CALLS)))
    rest = tuple(node.self_cycles - before for node, before in zip(_CALLS, start_up, strict=True))
    return replace(
        recording,
        functions=FUNCTIONS,
        calls=_CALLS,
        instructions=_INSTRUCTIONS,
        instructions_count=sum(each.count for each in _INSTRUCTIONS),
        reason_cycles=tuple(reasons.items()),
        contexts=(
            Context("thread", "thread", "thread", 1),
            Context("task worker", "worker", "task", 3),
            Context("exception 15 SysTick", "SysTick_Handler", "exception", 2),
        ),
        phases=(
            Phase(0, 16_000_000, 0, False, False, 500, 0, 0, False, start_up),
            Phase(500, 160_000_000, 5, True, True, 8660, 840, 0, False, rest),
        ),
    )


def rich_run(
    recording: Recording, image: Image, board: Board, power_model: PowerModel | None, request: RunRequest
) -> RecordedRun:
    """The run that the module's docstring draws."""
    run = build_run(rich_recording(recording), image, board, power_model, request)
    return replace(
        run,
        report=replace(run.report, network=_network()),
        history=HISTORY if power_model is not None else replace(HISTORY, power=()),
        sources=SourceLines(_FILES, ("",) * len(_FILES), _LINES),
    )


def _network() -> Network:
    rows = (
        ("CONV_2D", "conv", 6400),
        ("FULLY_CONNECTED", "fully_connected", 1000),
        ("", f"{POOL}(int*)", 400),
    )
    layers = tuple(
        LayerCost(
            index=index,
            kind="layer",
            operator=operator,
            name=name,
            kernel=name,
            source_file="",
            calls_count=1,
            cycles=cycles / 2,
            share_ratio=cycles / 8000,
            energy_j=Band(cycles * 1e-10, 0.0, 1.0, "datasheet"),
            macs_count=1000 if operator else None,
        )
        for index, (operator, name, cycles) in enumerate(rows)
    )
    return Network("TensorFlow Lite Micro", "infer", "", layers)


def _span(kind: str, name: str, begin_cycles: int, end_cycles: int, layer_index: int = -1) -> HistorySpan:
    """All of them are after the first 500 cycles, which take 31.25 µs at 16 MHz; then 160 MHz."""
    begin_s, end_s = (31.25e-6 + (each - 500) / 160e6 for each in (begin_cycles, end_cycles))
    return HistorySpan(kind, name, begin_s, end_s, begin_cycles, end_cycles, layer_index)


HISTORY = History(
    end_s=31.25e-6 + 9500 / 160e6,
    spans=(
        _span("inference", "infer", 1000, 5000),
        _span("layer", "0 CONV_2D", 1100, 4000, 0),
        _span("exception", "SysTick_Handler", 1200, 1230),
        _span("layer", "1 FULLY_CONNECTED", 4000, 5000, 1),
        _span("task", "worker", 5040, 5200),
        _span("exception", "DMA", 5100, 5180),
        _span("exception", "SysTick_Handler", 5120, 5150),
        _span("sleep", "sleep", 5400, 6240),
    ),
    lost_spans_count=3,
    ram=(RamPoint(0.0, 1200, 0, 0, 96), RamPoint(40e-6, 1200, 0, 96, 256)),
    power=(
        PowerPoint(0.0, 0.0066, 0.006, 0.008, "run from flash, 16 MHz"),
        PowerPoint(31.25e-6, 0.066, 0.06, 0.08, "run from flash, 160 MHz"),
        PowerPoint(61.875e-6, 0.0165, 0.015, 0.02, "sleep"),
        PowerPoint(67.125e-6, 0.066, 0.06, 0.08, "run from flash, 160 MHz"),
    ),
)
