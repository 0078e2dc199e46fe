"""A start-up sequence loads as it is written, and every mistake in one names its place and remedy."""

from __future__ import annotations

import re

import pytest

from mcusim.board.load import load_board
from mcusim.board.schema import StartUp, StartUpStep, StepKind
from mcusim.errors import DataFileError
from mcusim.provenance import Basis, Provenance
from mcusim.shipped import shipped_dir

CHIP = re.sub(
    r"^\[start_up\]\n.*?^\]\n",
    "",
    (shipped_dir("boards") / "chips" / "stm32l4r5zi.toml").read_text(encoding="utf-8"),
    flags=re.MULTILINE | re.DOTALL,
)
BOARD = """
name = "mine"
title = "My board"
chip = "mychip.toml"
no_power_reason = "a test"
[supply]
supply_v = 3.3
basis = "measured"
source = "my meter"
"""
GOOD = """
[start_up]
clock_hz = 80_000_000
basis = "datasheet"
source = "RM0432"
steps = [
  { write = 0x4002_1058, value = 0x1000_0000, note = "RCC_APB1ENR1.PWREN" },
  { modify = 0x4002_2000, mask = 0x0F, value = 4, note = "FLASH_ACR: 4 wait states" },
  { wait = 0x4002_2000, mask = 0x0F, value = 4, size_bytes = 1, note = "until they are taken over" },
]
"""


@pytest.fixture
def load(tmp_path):
    """Loads a board whose own file and whose chip file end as given."""

    def load(of_chip: str = "", of_board: str = ""):
        (tmp_path / "mychip.toml").write_text(CHIP + of_chip, encoding="utf-8")
        (tmp_path / "mine.toml").write_text(BOARD + of_board, encoding="utf-8")
        return load_board(str(tmp_path / "mine.toml")).chip.start_up

    return load


def test_the_three_kinds_of_step_load_in_their_order(load):
    expected = StartUp(
        clock_hz=80_000_000,
        steps=(
            StartUpStep(
                StepKind.WRITE, 0x4002_1058, 0xFFFF_FFFF, 0x1000_0000, "RCC_APB1ENR1.PWREN", size_bytes=4
            ),
            StartUpStep(StepKind.MODIFY, 0x4002_2000, 0x0F, 4, "FLASH_ACR: 4 wait states", size_bytes=4),
            StartUpStep(StepKind.WAIT, 0x4002_2000, 0x0F, 4, "until they are taken over", size_bytes=1),
        ),
        provenance=Provenance(Basis.DATASHEET, "RM0432"),
    )

    assert expected == load(GOOD)


def test_a_chip_without_the_table_stays_at_its_reset_clock(load):
    assert load() is None


def test_the_board_s_sequence_replaces_its_chip_s(load):
    """The board knows which oscillators it has."""
    start_up = load(GOOD, GOOD.replace("80_000_000", "16_000_000"))

    assert start_up is not None
    assert start_up.clock_hz == 16_000_000


def test_a_byte_write_has_all_bits_of_a_byte(load):
    start_up = load(GOOD.replace("value = 0x1000_0000", "value = 0x10, size_bytes = 1"))

    assert start_up is not None
    assert start_up.steps[0].mask == 0xFF


MISTAKES = [
    ("80_000_000", "120_000_001", "above the highest clock", "[start_up]: clock_hz"),
    ("write = 0x4002_1058", "write = 0x4002_1059", "not a multiple of 4", "[[steps]] 1: write"),
    ("wait = 0x4002_2000", "wait = 0x4FFF_0000", "no device of the chip", "[[steps]] 3: wait"),
    ("wait = 0x4002_2000", "wait = 0x2000_0000", "no device of the chip", "[[steps]] 3: wait"),
    (
        "mask = 0x0F, value = 4, note",
        "mask = 0x03, value = 4, note",
        "bits that 'mask' has not",
        "[[steps]] 2: value",
    ),
    ("size_bytes = 1", "size_bytes = 3", "no 3 bytes", "[[steps]] 3: size_bytes"),
    ("value = 0x1000_0000", "value = 0x1000_0000, mask = 1", "a write has no mask", "[[steps]] 1: mask"),
    ("write = 0x4002_1058", "wirte = 0x4002_1058", "unknown key 'wirte'", "[[steps]] 1: wirte"),
    ("write = 0x4002_1058", "write = 0x4002_1058, wait = 1", "one of the keys", "[[steps]] 1"),
    (', note = "RCC_APB1ENR1.PWREN"', "", "'note' is missing", "[[steps]] 1: note"),
    ("mask = 0x0F, value = 4, size", "value = 4, size", "'mask' is missing", "[[steps]] 3: mask"),
    ('basis = "datasheet"', "", "'basis' is missing", "[start_up]: basis"),
    ('source = "RM0432"', "", "'source' is missing", "[start_up]: source"),
    ("clock_hz = 80_000_000", "clock_hz = 80_000_000\nclock = 1", "unknown key 'clock'", "[start_up]: clock"),
]


@pytest.mark.parametrize(("right", "wrong", "what", "where"), MISTAKES)
def test_a_mistake_is_found_where_it_is(load, right, wrong, what, where):
    assert right in GOOD

    with pytest.raises(DataFileError, match=what.replace("[", r"\[")) as caught:
        load(GOOD.replace(right, wrong, 1))

    assert where in caught.value.where


def test_a_sequence_without_steps_stays_at_the_reset_clock(load):
    steps = GOOD[GOOD.index("steps") :]
    with pytest.raises(DataFileError, match="has no steps"):
        load(GOOD.replace(steps, ""))

    start_up = load(GOOD.replace(steps, "").replace("80_000_000", "4_000_000"))
    assert start_up is not None
    assert start_up.steps == ()


def test_the_core_s_system_control_space_may_be_set(load):
    """Start-up code sets CPACR and CCR, which no chip file lists."""
    start_up = load(GOOD.replace("write = 0x4002_1058", "write = 0xE000_ED88"))

    assert start_up is not None
    assert start_up.steps[0].addr == 0xE000_ED88
