"""`mcusim boards check FILE` on boards, chips and power models; what `mcusim boards` says of power."""

from __future__ import annotations

import pytest

from mcusim.board.load import board_names, chip_names, load_board
from mcusim.cli.boards_describe import describe
from mcusim.cli.boards_power import full_clock_band
from mcusim.cli.main import main
from mcusim.power.load import power_model_names
from mcusim.shipped import shipped_dir

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
MODEL = """\
name = "my_power"
chips = ["my_chip"]
regulator = "ldo"
covers = "the chip"
[supply]
min_supply_v = 1.8
max_supply_v = 3.6
basis = "datasheet"
source = "DS"
[inference_scale]
ratio = 1.15
low_ratio = 0.8
high_ratio = 1.5
basis = "derived"
source = "a fit"
[idle_band]
low_ratio = 0.8
high_ratio = 1.5
basis = "assumed"
source = "a guess"
[[current]]
activity = "run"
supply_v = 3.3
basis = "measured"
source = "my meter"
points = [{ clock_mhz = 48, current_ma = 5 }]
"""
OPTIONS = '[device_options]\nbasis = "assumed"\nsource = "s"\n'
WRONG_OPTIONS = (
    ('[device_options.RCC]\nhse_hz = "8M"\n', "'hse_hz' must be an integer"),
    ("[device_options.RCC]\nhse_hz = -8\n", "'hse_hz' is out of range"),
    ("[device_options.RCC]\nhse_hz = true\n", "'hse_hz' must be an integer"),
    ("[device_options.RCC]\nhse_hz = 8e6\n", "use an integer"),
    ("[device_options.USART2]\nis_timed = 1\n", "'is_timed' must be true or false"),
    ("[device_options.USART2]\nbus = 1\n", "'bus' must be a text"),
)
"""As a run would find them, or would not."""


@pytest.fixture
def check(tmp_path, capsys):
    """What `boards check` says of a file with this text: (exit code, standard output, errors)."""

    def run(text: str, name: str = "mine.toml") -> tuple[int, str, str]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        code = main(["boards", "check", str(tmp_path / name)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.parametrize("name", chip_names())
def test_every_shipped_chip_file_can_be_checked_alone(check, name):
    text = (shipped_dir("boards") / "chips" / f"{name}.toml").read_text(encoding="utf-8")

    code, out, _ = check(text)

    assert (code, f"chip '{name}' is fine (core cortex-m" in out) == (0, True)


@pytest.mark.parametrize("name", power_model_names())
def test_every_shipped_power_model_can_be_checked_alone_and_is_for_shipped_chips(check, name):
    code, out, _ = check((shipped_dir("power_models") / f"{name}.toml").read_text(encoding="utf-8"))

    assert (code, f"power model '{name}' is fine (for " in out) == (0, True)
    assert "no shipped chip" not in out


def test_a_power_model_for_a_chip_of_one_s_own_is_fine_and_says_so(check):
    code, out, _ = check(MODEL)

    assert code == 0
    assert "power model 'my_power' is fine (for my_chip; no sleep modes)" in out
    assert "my_chip: no shipped chip is called so; your chip file has to have this 'name'" in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOARD.replace('model = "stm32f446re"', 'model = "rp2040"'), "is not for chip 'stm32f446re'"),
        (BOARD.replace("supply_v = 3.0", "supply_v = 1.5"), "1.5 V is outside the chip's supply range"),
        (BOARD + "[device_options.RCC]\nhse_hz = 8_000_000\n", "'basis' is missing"),
        (
            BOARD + '[device_options]\nbasis = "assumed"\nsource = "s"\n[device_options.RCC]\nhse_hx = 1\n',
            "did you mean 'hse_hz'",
        ),
        (
            BOARD + '[device_options]\nbasis = "assumed"\nsource = "s"\n[device_options.IWDG]\nlsi = 1\n',
            "did you mean 'lsi_hz'",
        ),
        (
            BOARD + '[device_options]\nbasis = "assumed"\nsource = "s"\n[device_options.PWR]\nx = 1\n',
            "'x'",
        ),
        *((BOARD + OPTIONS + line, message) for line, message in WRONG_OPTIONS),
        (BOARD.replace('"mine"', '"my board"'), "'my board' is not a board's name"),
        (BOARD.replace('"mine"', '"boards/mine"'), "'boards/mine' is not a board's name"),
        (BOARD.replace('"mine"', '"a,b"'), "'a,b' is not a board's name"),
        (MODEL.replace("high_ratio = 1.5", "high_ratio = 0.9", 1), "the band does not contain"),
        (MODEL.replace('source = "my meter"', ""), "'source' is missing"),
        ('title = "nothing"\n', "neither a board nor a chip nor a power model"),
        ("", "the data file is empty"),
        (BOARD.replace("power_model =", "power_modl ="), "did you mean 'power_model'?"),
        (
            BOARD.replace('power_model = "stm32f446re"', 'no_power_reasn = "none is published"'),
            "did you mean 'no_power_reason'?",
        ),
        (
            MODEL.replace("my_chip", "stm32l053r8")
            + '[[peripheral]]\nname = "usrt2"\ncurrent_ua = 1\nbasis = "datasheet"\nsource = "DS"\n',
            "did you mean 'usart2'",
        ),
        ('core = "cortex-m4"\n', "'clock' is missing"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(check, text, message):
    code, out, err = check(text)

    assert (code, out) == (2, "")
    assert message in err
    assert "fix: " in err
    assert "Traceback" not in err


def test_a_supply_outside_of_the_power_model_is_a_mistake_of_the_file(check):
    """The remedy is a line of the file, not an option of another command."""
    _, _, err = check(BOARD.replace("supply_v = 3.0", "supply_v = 1.5"))

    assert "mine.toml: [supply]: supply_v" in err
    assert "--supply" not in err


@pytest.mark.parametrize("name", board_names())
def test_the_description_of_a_board_fits_80_columns_and_names_each_source(name):
    lines = describe(load_board(name)).splitlines()

    assert [line for line in lines if len(line) > 80] == []
    assert any(line.startswith("  [1] ") for line in lines)


def test_the_list_fits_80_columns_and_says_how_well_each_board_is_known(capsys):
    assert main(["boards"]) == 0

    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if len(line) > 80] == []
    row = next(line.split() for line in out.splitlines() if line.startswith("nucleo_l4r5zi "))
    # 120 MHz, 640 KiB of RAM, 2 MiB of flash: DS12023; the bands: mcusim/analysis/error_bands.toml and the power model
    assert row[:5] == ["nucleo_l4r5zi", "M4", "120", "640K", "2M"]
    percent, basis = full_clock_band(load_board("nucleo_l4r5zi"))
    assert row[5:] == ["±5", "derived", f"±{percent:.0f}", basis.value]
    generic = next(line.split() for line in out.splitlines() if line.startswith("generic_m4 "))
    assert generic[-1] == "-"


def test_a_description_shows_currents_modes_wake_ups_peripherals_and_what_is_missing(capsys):
    """DS10693 (STM32F446), tables 23, 24, 26 and 36: 180 MHz 32 mA without and 46 mA with prefetch, standby 2.03 µA."""
    assert main(["boards", "nucleo_f446re"]) == 0

    out = capsys.readouterr().out
    power = out.partition("Power model stm32f446re\n")[2]
    lines = {" ".join(line.split()[:2]): line.split() for line in power.splitlines() if line.startswith("  ")}
    assert lines["run flash_prefetch"]
    assert "-46 " in power
    assert "standby" in power
    assert "0.00203" in power
    assert "325 µs" in power
    assert "regulator after reset: ldo" in power
    assert "Not in the power model" in power
    assert "usart2" in power
