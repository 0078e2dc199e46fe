"""Runs that get nowhere say why they may: another chip's firmware, or a register that nothing models."""

from __future__ import annotations

from dataclasses import replace

from mcusim.board.load import load_board
from mcusim.firmware.elf import load_image
from mcusim.machine.fit import placed_on
from mcusim.report.request import RunRequest
from mcusim.session import simulate
from tests.machine.firmware import Firmware

MISFIT = "nothing of this board is at 0x40023800 (RCC); the firmware looks built for nucleo_f446re"
FAULTS = Firmware(
    """
@ cortex-m4
Reset_Handler:
    de00        udf   #0
infer:
    4770        bx    lr
"""
)
HANGS = replace(FAULTS, listing=FAULTS.listing.replace("de00        udf   #0", "e7fe        b     ."))
READS_FOR_EVER = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f240 0310   movw  r3, #0x0010
    f2c4 0301   movt  r3, #0x4001
again:
    6818        ldr   r0, [r3]
    6018        str   r0, [r3]          @ more than a wait: the loop is not let through
    e7fc        b     again
infer:
    4770        bx    lr
"""
)


def stop_of(tmp_path, firmware, misfit="", **options):
    path = tmp_path / "firmware.elf"
    path.write_bytes(firmware.elf())
    board = load_board("generic_m4")
    image = replace(placed_on(load_image(path), board.chip), misfit=misfit)
    return simulate(RunRequest(path, "generic_m4", **{"max_cycles": 500_000, **options}), board, image).stop


def test_a_fault_of_firmware_for_another_board_names_that_board_first(tmp_path):
    fault = stop_of(tmp_path, FAULTS, MISFIT).fault

    assert fault.hint.startswith(f"{MISFIT}. If the board is right: the code was compiled for another core")


def test_the_hint_of_a_fault_stands_alone_on_the_right_board(tmp_path):
    assert stop_of(tmp_path, FAULTS).fault.hint.startswith("the code was compiled for another core")


def test_a_hang_before_the_inference_names_the_likely_board(tmp_path):
    stop = stop_of(tmp_path, HANGS, MISFIT, roi="infer")

    assert ("idle_loop", True) == (stop.reason, stop.detail.endswith(MISFIT))


def test_a_run_that_measured_something_says_nothing_of_other_boards(tmp_path):
    """Reset_Handler is what is measured: it runs."""
    stop = stop_of(tmp_path, HANGS, MISFIT, roi="Reset_Handler")

    assert MISFIT not in stop.detail


def test_a_loop_on_a_register_that_nothing_models_is_named_with_its_reads(tmp_path):
    stop = stop_of(tmp_path, READS_FOR_EVER, roi="infer")

    assert "max_cycles" == stop.reason
    assert "read 0x40010010" in stop.detail
    assert "which nothing models" in stop.detail


def test_a_few_reads_of_a_register_are_no_reason(tmp_path):
    stop = stop_of(tmp_path, READS_FOR_EVER, roi="infer", max_cycles=5000)

    assert "40010010" not in stop.detail
