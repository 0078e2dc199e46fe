"""`mcusim boards` and `mcusim samples`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mcusim.board.load import board_names
from mcusim.board.schema import CacheSwitch, PrefetchSpec, WaitStates
from mcusim.cli import boards_describe
from mcusim.cli.main import main
from mcusim.errors import UnknownNameError
from mcusim.firmware.samples import find_sample, sample_names

BOARD = """\
name = "mine"
title = "My board"
chip = "stm32f446re"
power_model = "stm32f446re"

[supply]
supply_v = 3.0
basis = "datasheet"
source = "its schematic"
"""


def describe(board) -> str:
    """Of the hand-made board, whose power model is in no file; each paragraph on one line."""
    text = boards_describe.describe(replace(board, power_model="", no_power_reason="none was made"))
    return re.sub(r"\n {4,}", " ", text)


def test_all_boards_are_listed(capsys):
    assert main(["boards"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert set(board_names()) <= {line.split(" ")[0] for line in lines}


def test_a_board_is_described_with_the_sources_of_its_numbers(capsys):
    assert main(["boards", "nucleo_f446re"]) == 0

    out = capsys.readouterr().out
    assert "cortex-m4 with FPU" in out
    assert "flash: flash 0x08000000-0x0807FFFF, 512.0 KiB" in out
    assert "[1] datasheet: " in out


def test_a_description_names_every_region_with_its_source(board):
    """Each number of the hand-made board is from "made for the test"."""
    text = describe(board)

    # clock, supply, three regions, flash interface, its error band: all cite the first and only source
    assert len(re.findall(r"\[1\]$", text.partition("\nSources\n")[0], re.MULTILINE)) >= 7
    assert "  [1] datasheet: made for the test\n" in text
    assert "[2]" not in text.partition("Power")[0]
    assert "the test's flash: adds ±4 % to the error band of cycles" in text
    assert "alias: flash 0x00000000-0x0007FFFF, 512.0 KiB, alias of flash" in text
    assert "instruction cache: 64 lines of 16 bytes, fully associative" in text


def test_a_description_says_how_flash_waits_and_reads_ahead(board):
    assert board.chip.flash_interface is not None
    interface = replace(
        board.chip.flash_interface,
        wait_states=(
            WaitStates((4_200_000, 16_000_000, 160_000_000), board.chip.clock_provenance, 2.7, "range1"),
        ),
        wait_state_cycles=2,
        prefetch=PrefetchSpec(latency_cycles=4, hit_cycles=2, follows_hits=False),
    )
    text = describe(replace(board, chip=replace(board.chip, flash_interface=interface)))

    assert "  wait states by default: 0, 2 core cycles each\n" in text
    assert "highest clock with 0, 1, 2 … wait states:\n  - from 2.7 V in range1: 4.2, 16, 160 MHz" in text
    assert "prefetch after a missed or prefetched line: ready the wait states + 4 cycles later" in text
    assert "prefetch" not in describe(board)


def test_a_description_says_whose_caches_they_are(board):
    assert board.chip.flash_interface is not None
    interface = replace(board.chip.flash_interface, switch=CacheSwitch.CORE, waits_follow_clock=True)
    *regions, ram = board.chip.regions
    regions.append(replace(ram, line_fill_cycles=6))
    text = describe(
        replace(board, chip=replace(board.chip, flash_interface=interface, regions=tuple(regions)))
    )

    assert "the core's own caches, off after reset" in text
    assert "wait states: chosen by the hardware from the clock" in text
    assert "128.0 KiB, 6 cycles for a miss of the core's caches" in text


def test_a_misspelt_board_gets_a_suggestion(capsys):
    assert main(["boards", "nucleo_f446"]) == 2
    assert "did you mean 'nucleo_f446re'" in capsys.readouterr().err


def test_a_good_board_file_passes_the_check(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text(BOARD)

    assert main(["boards", "check", str(tmp_path / "mine.toml")]) == 0
    assert "board 'mine' is fine (chip stm32f446re, core cortex-m4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("supply_v = 3.0", "supply_v = 300.0"), "supply_v"),
        (('chip = "stm32f446re"', 'chip = "stm32f999"'), "stm32f999"),
        (('power_model = "stm32f446re"', 'power_model = "stm32f999"'), "stm32f999"),
        (('source = "its schematic"', ""), "'source' is missing"),
        (('title = "My board"', ""), "'title' is missing"),
        (('title = "My board"', 'title = "My board"\nclock = 7'), "unknown key 'clock'"),
    ],
)
def test_a_mistake_in_a_board_file_is_found(tmp_path, capsys, change, message):
    (tmp_path / "mine.toml").write_text(BOARD.replace(*change))

    assert main(["boards", "check", str(tmp_path / "mine.toml")]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [["check"], ["check", "board.json"], ["check", "none.toml"]])
def test_a_check_needs_a_board_file(words, capsys):
    assert main(["boards", *words]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_list_of_samples_fits_80_columns_and_names_all_boards(capsys):
    assert main(["samples"]) == 0

    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if len(line) > 80] == []
    for name in sample_names():
        assert f"\n  run      mcusim run {name} --board " in out
        assert [] == [board for board, _ in find_sample(name).elfs if board not in re.split(r"[\s,]+", out)]


def test_samples_are_listed_with_the_command_that_runs_them(capsys):
    assert main(["samples"]) == 0
    assert "mcusim run digits_cnn" in capsys.readouterr().out


@pytest.mark.parametrize("name", sample_names())
def test_every_sample_has_an_elf_for_a_known_board(name):
    """Else `mcusim run NAME` of the list would fail."""
    sample = find_sample(name)

    assert {board for board, _ in sample.elfs} <= set(board_names())
    assert all(path.is_file() for _, path in sample.elfs)


def test_an_unknown_sample_is_an_error_that_names_the_known_ones():
    with pytest.raises(UnknownNameError, match="no sample called 'digits'"):
        find_sample("digits")


def test_peripherals_that_do_nothing_are_not_called_modelled(capsys):
    assert 0 == main(["boards", "nucleo_l4r5zi"])
    modelled, _, idle = capsys.readouterr().out.partition("Peripherals that do nothing")

    assert "DMA2D" not in modelled.partition("Peripherals that are modelled")[2]
    assert "DMA2D" in idle
