"""The screen says where the energy is from in at most six lines of 80 columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.render.energy import energy_lines
from mcusim.render.text import TextRenderer
from mcusim.report.quantity import Band
from mcusim.report.report import CurrentUse

RUN = CurrentUse(
    activity="run",
    execution="flash_prefetch",
    clock_hz=120_000_000,
    cycles=1000,
    current_a=Band(0.0257, 0.0215, 0.0307, "measured"),
    energy_j=Band(9e-4, 8e-4, 1e-3, "measured"),
    source="MLPerf Tiny v0.5-v1.2: mean of 43 results",
    regulator="ldo",
    voltage_range="range1",
)
SLEEP = replace(
    RUN,
    activity="sleep",
    execution="any",
    current_a=Band(0.005, 0.004, 0.006, "datasheet"),
    energy_j=Band(1e-4, 8e-5, 2e-4, "datasheet"),
)
STOP = replace(SLEEP, activity="stop", mode="stop2", energy_j=Band(2e-5, 1e-5, 3e-5, "datasheet"))


@pytest.fixture
def lines_of(report):
    """The lines of a report whose energy rests on these currents."""

    def lines(*currents: CurrentUse, **changes: object) -> tuple[str, ...]:
        energy = replace(report.energy, currents=currents, **changes)
        return energy_lines(replace(report, energy=energy))

    return lines


def test_the_first_lines_are_the_energy_and_the_current_that_it_rests_on(lines_of):
    first, current, *_ = lines_of(RUN)

    assert "1.56 µJ  (1.31 µJ to 2.01 µJ, datasheet)  at 3.3 V" == first
    assert (
        "Run from flash with prefetch: 25.7 mA (21.5 mA to 30.7 mA) at 120 MHz, LDO, range1, measured: "
        "MLPerf Tiny v0.5-v1.2: mean of 43 results"
    ) == current


def test_energy_of_several_states_is_split_by_name(lines_of):
    """900, 100 and 20 of 1020 µJ."""
    split = "Of it run 88%, sleep 10% at 5.00 mA, stop (stop2) 2% at 5.00 mA"

    assert split in lines_of(RUN, SLEEP, STOP)
    assert "Of it sleep 83%, stop (stop2) 17% at 5.00 mA" in lines_of(SLEEP, STOP)
    assert not any("Of it" in each for each in lines_of(RUN))


def test_a_share_that_does_not_fit_is_left_out(lines_of):
    """900, 900 and 100 of 1900 µJ; the third would make the line 86 characters long."""
    in_tcm = replace(RUN, execution="tcm")

    assert "Of it run from flash with prefetch 47%, run from TCM 47% at 25.7 mA" in lines_of(
        RUN, in_tcm, SLEEP
    )


def test_one_state_under_two_settings_is_one_share(lines_of):
    """What differs in peripherals or range only is added up, without a current that would be one of two."""
    other = replace(STOP, voltage_range="range2")

    assert "Of it sleep 71%, stop (stop2) 29%" in lines_of(SLEEP, STOP, other)


def test_another_temperature_is_named(report):
    (first, *_) = energy_lines(replace(report, temp_c=85.0))

    assert first.endswith("at 3.3 V, 85 °C")
    assert "3.3 V, 85 °C)" in TextRenderer().text(replace(report, temp_c=85.0)).splitlines()[0]


def test_peripherals_are_named_by_what_they_add(lines_of):
    with_some = replace(RUN, peripherals=(("adc1", 250e-6), ("tim2", 1e-6), ("usart2", 348e-6)))

    assert "Clocked peripherals: usart2 348 µA, adc1 250 µA, 1 more" in lines_of(with_some)
    assert "Clocked peripherals: lcd of unknown current" in lines_of(RUN, uncounted_peripherals=("lcd",))
    assert not any("peripherals" in each for each in lines_of(RUN))


@pytest.mark.parametrize(
    ("file", "shown"),
    [("mine.toml", "Model mine: the chip"), ("bench.toml", "Model mine (bench.toml): the chip")],
)
def test_the_power_model_is_named_with_its_file_where_that_has_another_name(lines_of, file, shown):
    assert shown in lines_of(RUN, model="mine", model_file=file, covers="the chip")


def test_the_longest_texts_take_six_lines_of_80_columns(report):
    """A derivation of five sentences belongs into the JSON report."""
    words = "word " * 80
    peripherals = tuple((f"peripheral{index}", 0.001) for index in range(20))
    energy = replace(
        report.energy,
        currents=(replace(RUN, source=words, peripherals=peripherals), SLEEP, STOP),
        covers=words,
        uncounted_peripherals=tuple(name for name, _ in peripherals),
    )
    shown = TextRenderer().text(replace(report, energy=energy)).splitlines()
    first = next(index for index, line in enumerate(shown) if line.startswith("Energy"))
    last = shown.index("", first)

    assert last - first <= 6
    assert all(len(line) <= 80 for line in shown[first:last])
    assert any(line.endswith("…") for line in shown[first:last])


def test_without_a_model_or_a_complete_call_there_is_one_line(report):
    inference = replace(report.inference, energy_j=None)

    assert ("not estimated: this board has no power model",) == energy_lines(replace(report, energy=None))
    assert ("not known: no complete call",) == energy_lines(replace(report, inference=inference))
