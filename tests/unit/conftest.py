"""A hand-made run whose every number can be added up on paper, for the tests of analysis, report, render and cli.

Cortex-M4, code in wait-stated flash but for `fully_connected` in RAM. Two inferences of 4000 active cycles; SysTick
interrupts the second for 30 cycles and it sleeps for 170, so the calls take 4000 and 4200 cycles.

    node                     self cycles   of them at 16 MHz
    Reset_Handler                  100          100
      main                         900          400
        infer            2 calls   200
          conv           4 calls  6000
            requantize   8 calls   800
          fully_connected 2 calls 1000
        requantize       1 call    100
    SysTick_Handler      2 calls    60
                                  9160 active + 840 asleep = 10000
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.analysis.build import build_report, build_run
from mcusim.board.schema import Board, CacheSpec, Chip, FlashInterface, Medium, MemoryRegion
from mcusim.firmware.image import Image, Section, SectionKind, Segment, Symbol, SymbolKind
from mcusim.power.schema import Activity, CurrentPoint, Execution, PowerModel
from mcusim.provenance import Basis, Provenance
from mcusim.recorded.run import RecordedRun
from mcusim.recording.recording import (
    Call,
    CallNode,
    Function,
    Memory,
    Phase,
    Recording,
    StackUse,
    Stop,
)
from mcusim.report.report import Report
from mcusim.report.request import RunRequest

HERE = Provenance(Basis.DATASHEET, "made for the test")


BANDS = """
[[core]]
name = "cortex-m4"
title = "Cortex-M4"
programs_count = 5
mean_error_percent = 1.0
worst_error_percent = 2.0
error_percent = 3.0
basis = "measured"
source = "made for the test"
[[memory_system]]
name = "hand_made"
title = "the test's flash"
programs_count = 0
error_percent = 4.0
basis = "datasheet"
source = "made for the test"
"""
"""Bands of the hand-made board, so that better figures of the shipped ones change no expectation here."""


@pytest.fixture(scope="session")
def bands_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bands of the hand-made board as a file."""
    file = tmp_path_factory.mktemp("bands") / "error_bands.toml"
    file.write_text(BANDS, encoding="utf-8")
    return file


@pytest.fixture
def image() -> Image:
    """200 bytes of .data, 1000 of .bss, 512 reserved for stack and heap; code and constants in flash."""
    functions = (
        ("Reset_Handler", 0x0800_0100),
        ("main", 0x0800_0200),
        ("infer", 0x0800_0300),
        ("conv", 0x0800_0400),
        ("fully_connected", 0x2000_0010),
        ("SysTick_Handler", 0x0800_0600),
        ("requantize", 0x0800_0700),
    )
    return Image(
        path=Path("build/firmware.elf"),
        sha256="ab" * 32,
        architecture="v7E-M",
        entry_addr=0x0800_0100,
        vector_table_addr=0x0800_0000,
        initial_sp_addr=0x2000_1000,
        initial_pc_addr=0x0800_0100,
        segments=(Segment(0x0800_0000, 0x0800_0000, bytes(0x2000), 0x2000, True, False),),
        sections=(
            Section(".text", 0x0800_0000, 0x0800_0000, 0x1800, SectionKind.CODE),
            Section(".rodata", 0x0800_1800, 0x0800_1800, 0x0800, SectionKind.CONSTANT),
            Section(".data", 0x2000_0000, 0x0800_2000, 200, SectionKind.DATA),
            Section(".bss", 0x2000_00C8, 0x2000_00C8, 1000, SectionKind.ZERO),
            Section("._user_heap_stack", 0x2000_04B0, 0x2000_04B0, 512, SectionKind.ZERO),
        ),
        symbols=tuple(Symbol(name, name, addr, 0x80, SymbolKind.FUNCTION) for name, addr in functions),
        build_id="0102",
    )


@pytest.fixture
def board(bands_file: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    """512 KiB flash, 128 KiB RAM; the memory system adds 4 % to the error of cycles."""
    monkeypatch.setattr("mcusim.analysis.timing_error.error_bands_file", lambda: bands_file)
    interface = FlashInterface(
        region_names=("flash",),
        granule_bytes=16,
        instruction_cache=CacheSpec(64, 16, 0),
        data_cache=None,
        is_unified=False,
        caches_data=False,
        fetch_exposed_ratio=0.7,
        fetch_exposed_prefetch_ratio=0.3,
        miss_overhead_cycles=0,
        provenance=HERE,
        memory_system="hand_made",
    )
    chip = Chip(
        name="chip_a",
        core="cortex-m4",
        has_fpu=True,
        has_bit_band=True,
        regions=(
            MemoryRegion("flash", Medium.FLASH, 0x0800_0000, 512 * 1024, HERE),
            MemoryRegion("alias", Medium.FLASH, 0x0000_0000, 512 * 1024, HERE, alias_of="flash"),
            MemoryRegion("sram", Medium.SRAM, 0x2000_0000, 128 * 1024, HERE),
        ),
        devices=(),
        flash_interface=interface,
        reset_clock_hz=16_000_000,
        max_clock_hz=160_000_000,
        interrupts_count=32,
        boot_addrs=(0x0800_0000,),
        clock_provenance=HERE,
    )
    return Board("board_a", "Board A", chip, 3.3, HERE, "chip_a", "boards/board_a.toml")


@pytest.fixture
def power_model() -> PowerModel:
    """Currents in round numbers; true ones are 0.9 to 1.2 times the table's."""

    def point(activity: Activity, execution: Execution, clock_hz: int, current_a: float) -> CurrentPoint:
        source = f"table {activity.value} {execution.value}"
        provenance = Provenance(Basis.DATASHEET, source)
        mode = "" if activity is Activity.RUN else activity.value
        return CurrentPoint(
            activity, execution, clock_hz, 3.3, current_a, provenance, 1.0, 0.9, 1.2, mode=mode
        )

    return PowerModel(
        name="chip_a",
        chips=("chip_a",),
        regulator="ldo",
        min_supply_v=1.7,
        max_supply_v=3.6,
        supply_provenance=HERE,
        points=(
            point(Activity.RUN, Execution.FLASH, 16_000_000, 0.002),
            point(Activity.RUN, Execution.FLASH, 160_000_000, 0.016),
            point(Activity.RUN, Execution.FLASH_PREFETCH, 160_000_000, 0.020),
            point(Activity.RUN, Execution.FLASH_UNCACHED, 160_000_000, 0.018),
            point(Activity.RUN, Execution.RAM, 160_000_000, 0.010),
            point(Activity.SLEEP, Execution.ANY, 160_000_000, 0.005),
            point(Activity.STOP, Execution.ANY, 0, 0.0001),
        ),
        inference_scale_ratio=1.0,
        inference_scale_low_ratio=0.9,
        inference_scale_high_ratio=1.2,
        scale_provenance=HERE,
    )


@pytest.fixture
def recording() -> Recording:
    """The run that the module's docstring draws."""
    return Recording(
        schema=1,
        tool_version="0.1.0",
        board_name="board_a",
        firmware_sha256="ab" * 32,
        total_cycles=10_000,
        sleep_cycles=840,
        instructions_count=8_000,
        functions=(
            Function("Reset_Handler", 0x0800_0100, "startup.c"),
            Function("main", 0x0800_0200, "main.c"),
            Function("infer", 0x0800_0300, "net.c"),
            Function("conv", 0x0800_0400, "kernels/conv.c"),
            Function("fully_connected", 0x2000_0010, "kernels/fc.c"),
            Function("SysTick_Handler", 0x0800_0600, "main.c"),
            Function("requantize", 0x0800_0700, "kernels/quant.c"),
        ),
        calls=(
            CallNode(0, -1, "thread", 1, 100),
            CallNode(1, 0, "", 1, 900),
            CallNode(2, 1, "", 2, 200),
            CallNode(3, 2, "", 4, 6000),
            CallNode(6, 3, "", 8, 800),
            CallNode(4, 2, "", 2, 1000),
            CallNode(5, -1, "exception 15 SysTick", 2, 60),
            CallNode(6, 1, "", 1, 100),
        ),
        blocks=(),
        reason_cycles=(("issue", 7_000), ("flash_fetch", 2_160)),
        phases=(
            Phase(0, 16_000_000, 0, False, False, 500, 0, 0, False, (100, 400, 0, 0, 0, 0, 0, 0)),
            Phase(
                500, 160_000_000, 5, True, True, 8660, 840, 0, False, (0, 500, 200, 6000, 800, 1000, 60, 100)
            ),
        ),
        region_name="infer",
        region_kind="function",
        region_calls_count=2,
        region_cycles=8_200,
        region_calls=(Call(1_000, 5_000), Call(5_200, 9_400, sleep_cycles=170)),
        memory=Memory((StackUse("main", 0x2000_1000, 0x2000_0F00),), 96, "sbrk"),
        console=(("USART2", "digit 0: 0\r\n"), ("USART2", "accuracy 10/10\n")),
        variables=(("g_best", 7), ("g_scores", (0.25, 0.75))),
        unmodelled=(),
        polls=(),
        counters=(("exceptions_taken", 2),),
        warnings=(),
        stop=Stop("exit", "semihosting exit", 0x0800_0204),
        region_cycles_min=4_000,
        region_cycles_max=4_200,
    )


@pytest.fixture
def run_request() -> RunRequest:
    """What the user asked for: the calls of infer()."""
    return RunRequest(Path("build/firmware.elf"), "board_a", roi="infer")


@pytest.fixture
def report(
    recording: Recording, image: Image, board: Board, power_model: PowerModel, run_request: RunRequest
) -> Report:
    """The report of the hand-made run."""
    return build_report(recording, image, board, power_model, run_request)


@pytest.fixture
def recorded_run(
    recording: Recording, image: Image, board: Board, power_model: PowerModel, run_request: RunRequest
) -> RecordedRun:
    """The hand-made run with its report, calling-context tree and history, as it is stored."""
    return build_run(recording, image, board, power_model, run_request)
