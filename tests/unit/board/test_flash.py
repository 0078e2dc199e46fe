"""Memory models of a chip file: what may be left out, what it means then, and what does not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.board.load import load_board, memory_system_names
from mcusim.board.schema import CacheSwitch, FetchModel, FlashInterface, PrefetchSpec, ZeroWaitSpec
from mcusim.cli.main import main
from mcusim.errors import McusimError

BOARD = """
name = "mine"
title = "My board"
chip = "mychip.toml"
no_power_reason = "not measured"
[supply]
supply_v = 3.3
basis = "measured"
source = "my meter"
"""

M7 = """
name = "mychip"
core = "cortex-m7"
has_fpu = true
has_bit_band = false
interrupts_count = 40
priority_bits = 4
boot_addrs = [0x0800_0000]
basis = "datasheet"
source = "DS1"
[clock]
reset_clock_mhz = 16
max_clock_mhz = 216
basis = "datasheet"
source = "DS1"
[[region]]
name = "flash"
medium = "flash"
start_addr = 0x0800_0000
size_kib = 128
basis = "datasheet"
source = "DS1"
[[region]]
name = "ram"
medium = "sram"
start_addr = 0x2000_0000
size_kib = 32
line_fill_cycles = 6
basis = "datasheet"
source = "DS1"
[[flash_interface]]
regions = ["flash"]
granule_bytes = 32
caches_data = true
switch = "core"
miss_overhead_cycles = 4
wait_states = [{ limits_mhz = [30, 60, 90, 120, 150, 180, 210, 216], basis = "datasheet", source = "a table" }]
memory_system = "stm32f7_l1"
basis = "derived"
source = "a fit"
instruction_cache = { lines_count = 128, line_bytes = 32, ways_count = 2 }
data_cache = { lines_count = 128, line_bytes = 32, ways_count = 4 }
"""

WAIT_STATES = next(line for line in M7.splitlines() if line.startswith("wait_states"))

M4 = (
    M7.replace("cortex-m7", "cortex-m4")
    .replace("line_fill_cycles = 6\n", "")
    .replace('switch = "core"\n', "reset_instruction_cache_on = false\nreset_data_cache_on = true\n")
    .replace("miss_overhead_cycles = 4\n", "reset_prefetch_on = true\n")
) + "prefetch = { latency_cycles = 1, hit_cycles = 2, follows_hits = true }\n"

M0PLUS = (
    M7.replace("cortex-m7", "cortex-m0plus")
    .replace("has_fpu = true", "has_fpu = false")
    .replace("interrupts_count = 40", "interrupts_count = 32")
    .replace("line_fill_cycles = 6\n", "")
    .replace('switch = "core"\n', 'model = "walk"\nreset_instruction_cache_on = true\n')
    .replace("granule_bytes = 32\ncaches_data = true", "granule_bytes = 8\ncaches_data = false")
    .replace(
        "lines_count = 128, line_bytes = 32, ways_count = 2",
        "lines_count = 4, line_bytes = 8, ways_count = 0",
    )
    .replace("data_cache = { lines_count = 128, line_bytes = 32, ways_count = 4 }\n", "")
)


def load(folder: Path, chip: str):
    (folder / "mychip.toml").write_text(chip, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(BOARD, encoding="utf-8")
    return load_board(str(path))


def interface_of(folder: Path, chip: str) -> FlashInterface:
    interface = load(folder, chip).chip.flash_interface
    assert interface is not None
    return interface


def test_caches_of_the_core_itself_are_off_after_reset_and_ram_goes_through_them(tmp_path):
    """ARMv7-M ARM, B3.2.8: CCR.IC and CCR.DC reset to 0; nothing about them need be said in the file."""
    board = load(tmp_path, M7)
    interface = board.chip.flash_interface
    assert interface is not None

    assert interface.switch is CacheSwitch.CORE
    assert (interface.reset_instruction_cache_on, interface.reset_data_cache_on) == (False, False)
    assert [region.line_fill_cycles for region in board.chip.regions] == [0, 6]


def test_a_limit_of_the_wait_states_is_read_into_hertz(tmp_path):
    limits_hz = interface_of(tmp_path, M7.replace("[30, 60,", "[4.2, 60,")).wait_state_limits_hz

    assert limits_hz[:2] == (4_200_000, 60_000_000)
    assert len(limits_hz) == 8


def test_a_file_that_says_nothing_of_the_new_models_means_the_old_ones(tmp_path):
    old = M4.replace(M4[M4.index("prefetch = {") :], "").replace(WAIT_STATES, "")
    interface = interface_of(
        tmp_path, old.replace('memory_system = "stm32f7_l1"', "fetch_exposed_ratio = 0.7")
    )

    assert (interface.model, interface.switch) == (FetchModel.LINES, CacheSwitch.INTERFACE)
    assert (interface.prefetch, interface.wait_state_limits_hz, interface.memory_system) == (None, (), "")
    assert (interface.waits_follow_clock, interface.wait_state_cycles) == (False, 1)
    assert interface.fetch_exposed_prefetch_ratio == 0.7  # no prefetch: nothing makes it less


def test_the_share_of_exposed_wait_states_must_be_said_where_only_it_describes_a_miss(tmp_path):
    old = M4.replace(M4[M4.index("prefetch = {") :], "")

    with pytest.raises(McusimError, match="'fetch_exposed_ratio' is missing"):
        load(tmp_path, old)


def test_what_zero_wait_states_cost_is_read(tmp_path):
    new = M4 + "zero_wait = { new_line_cycles = 1, is_shared_with_data = true }\n"
    assert interface_of(tmp_path, M4).zero_wait is None
    assert interface_of(tmp_path, new).zero_wait == ZeroWaitSpec(1, True)


@pytest.mark.parametrize("chip", [M7, M4, M0PLUS], ids=["core", "prefetch", "walk"])
def test_a_miss_is_exposed_in_full_where_the_model_says_how_it_is_hidden(tmp_path, chip):
    assert interface_of(tmp_path, chip).fetch_exposed_ratio == 1.0


def test_reading_ahead_is_described_by_three_facts(tmp_path):
    assert interface_of(tmp_path, M4).prefetch == PrefetchSpec(1, 2, True)


def test_word_by_word_fetching_is_read(tmp_path):
    interface = interface_of(tmp_path, M0PLUS)

    assert (interface.model, interface.reset_prefetch_on) == (FetchModel.WALK, False)


def test_wait_states_may_follow_the_clock_and_take_several_core_cycles(tmp_path):
    interface = interface_of(
        tmp_path,
        M7.replace('switch = "core"', 'switch = "core"\nwaits_follow_clock = true\nwait_state_cycles = 2'),
    )

    assert (interface.waits_follow_clock, interface.wait_state_cycles) == (True, 2)


WAITS = ": [[flash_interface]] 'default': [[wait_states]]"
LIMITS = ": [[flash_interface]] 1: [[wait_states]] 1: limits_mhz"


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        (
            (M7, "210, 216]", "210]"),
            f"{WAITS}: limits_mhz",
            "it ends at 210 MHz (6 wait states), max_clock_mhz is 216",
        ),
        (
            (M7, "60, 90,", "90, 60,"),
            f"{WAITS} at any supply: limits_mhz",
            "the clock limit with 2 wait states is not above the one with 1",
        ),
        ((M7, "60, 90,", "60, 60, 90,"), f"{WAITS} at any supply: limits_mhz", "60 MHz follows 60 MHz"),
        ((M7, "60, 90,", "0, 90,"), LIMITS, "out of range"),
        ((M7, "60, 90,", '"60", 90,'), LIMITS, "without quotes"),
        (
            (
                M7,
                WAIT_STATES,
                "waits_follow_clock = true",
            ),
            ": [[flash_interface]] 'default': waits_follow_clock",
            "nothing says how",
        ),
        (
            (M7, '"stm32f7_l1"', '"stm32f7_l2"'),
            ": [[flash_interface]] 1: memory_system",
            "did you mean 'stm32f7_l1'",
        ),
        (
            (M7, "cortex-m7", "cortex-m4"),
            ": [[flash_interface]] 'default': switch",
            "a cortex-m4 has no caches of its own",
        ),
        (
            (M7, M7[M7.index("instruction_cache") :], ""),
            ": [[flash_interface]] 'default': caches_data",
            "the caches say otherwise",
        ),
        (
            (M0PLUS, "cortex-m0plus", "cortex-m3"),
            ": [[flash_interface]] 'default': model",
            "does not fetch word by word",
        ),
        (
            (M4, "size_kib = 32", "size_kib = 32\nline_fill_cycles = 6"),
            ": [[region]] 'ram': line_fill_cycles",
            "does not have",
        ),
        (
            (M7, "size_kib = 128", "size_kib = 128\nline_fill_cycles = 6"),
            ": [[region]] 'flash': line_fill_cycles",
            "a flash interface says what a miss in region 'flash' costs",
        ),
        (
            (M7, "ways_count = 4", "ways_count = 256"),
            ": [[flash_interface]] 'default': data_cache: ways_count",
            "a cache of 128 lines has 256 ways",
        ),
        (
            (M7, "ways_count = 4", "ways_count = 6"),
            ": [[flash_interface]] 'default': data_cache: ways_count",
            "cannot be split into 6 ways",
        ),
        (
            (M7, "granule_bytes = 32", "granule_bytes = 64"),
            ": [[flash_interface]] 'default': instruction_cache: line_bytes",
            "smaller than a granule",
        ),
        (
            (M7, 'switch = "core"', 'switch = "cpu"'),
            ": [[flash_interface]] 1: switch",
            "'switch' cannot be 'cpu'",
        ),
        (
            (M4, "reset_data_cache_on = true\n", ""),
            ": [[flash_interface]] 1: reset_data_cache_on",
            "is missing",
        ),
        ((M4, "reset_prefetch_on = true\n", ""), ": [[flash_interface]] 1: reset_prefetch_on", "is missing"),
        ((M4, "hit_cycles = 2, ", ""), ": [[flash_interface]] 1: [prefetch]: hit_cycles", "is missing"),
        (
            (M7, 'switch = "core"', 'switch = "core"\nwait_state_cycles = 0'),
            ": [[flash_interface]] 1: wait_state_cycles",
            "out of range",
        ),
    ],
)
def test_a_memory_model_that_fits_nothing_is_refused_with_its_place(tmp_path, change, where, message):
    chip, old, new = change
    assert chip.count(old) == 1

    with pytest.raises(McusimError) as caught:
        load(tmp_path, chip.replace(old, new))

    assert caught.value.where.endswith(f"mychip.toml{where}")
    assert message in str(caught.value)
    assert caught.value.fix


def test_a_switch_of_the_core_s_caches_needs_caches(tmp_path):
    bare = M7[: M7.index("instruction_cache")].replace("caches_data = true", "caches_data = false")

    with pytest.raises(McusimError, match="the core's own caches are not described"):
        load(tmp_path, bare)


def test_the_second_interface_is_checked_like_the_first(tmp_path):
    second = M7[M7.index("[[flash_interface]]") :].replace(
        "[[flash_interface]]", '[[flash_interface]]\nname = "b"'
    )

    load(tmp_path, M7 + second)
    with pytest.raises(McusimError, match=r"'b': \[\[wait_states\]\]: limits_mhz"):
        load(tmp_path, M7 + second.replace("210, 216]", "210]"))


def test_boards_check_finds_a_table_that_does_not_cover_the_clock(tmp_path, capsys):
    """What an author of a board file runs; exit code 2, and the message says what, where, why and what to do."""
    (tmp_path / "mychip.toml").write_text(M7.replace("210, 216]", "210]"), encoding="utf-8")
    (tmp_path / "mine.toml").write_text(BOARD, encoding="utf-8")

    assert main(["boards", "check", str(tmp_path / "mine.toml")]) == 2

    err = capsys.readouterr().err
    assert "the wait-state table does not cover the chip's clock" in err
    assert "limits_mhz" in err
    assert "fix: add the missing wait states, or correct max_clock_mhz" in err


def test_a_chip_may_name_every_memory_system_that_has_a_band(tmp_path):
    assert {"unknown", "stm32l4_art", "stm32u5_icache"} <= set(memory_system_names())
    for name in memory_system_names():
        assert interface_of(tmp_path, M7.replace("stm32f7_l1", name)).memory_system == name
