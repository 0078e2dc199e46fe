"""Option values with units."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from mcusim.cli import values


@pytest.mark.parametrize(
    ("text", "hertz"),
    [
        ("80MHz", 80_000_000),
        ("80 MHz", 80_000_000),
        ("80mhz", 80_000_000),
        ("80M", 80_000_000),
        ("32.768kHz", 32_768),
        ("64_000_000", 64_000_000),
        ("64e6", 64_000_000),
        ("0.5GHz", 500_000_000),
        ("16000000Hz", 16_000_000),
    ],
)
def test_clocks_are_read_as_people_write_them(text, hertz):
    assert values.clock_hz(text) == hertz


@pytest.mark.parametrize(("text", "volts"), [("3.3", 3.3), ("3.3V", 3.3), ("1800mV", 1.8), ("1.8 v", 1.8)])
def test_voltages_are_read_as_people_write_them(text, volts):
    assert values.supply_v(text) == pytest.approx(volts)


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("2s", 2.0), ("500ms", 0.5), ("20us", 2e-5), (".5", 0.5)]
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert values.seconds_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "count"), [("1000", 1000), ("1e6", 10**6), ("10M", 10**7), ("2k", 2000), ("1_0", 10)]
)
def test_counts_are_read_as_people_write_them(text, count):
    assert values.cycle_count(text) == count


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (values.clock_hz, "fast"),
        (values.clock_hz, ""),
        (values.clock_hz, "80MV"),
        (values.clock_hz, "80.0000001"),
        (values.clock_hz, "nan"),
        (values.clock_hz, "1e999"),
        (values.supply_v, "3,3"),
        (values.supply_v, "3.3A"),
        (values.seconds_s, "1min"),
        (values.cycle_count, "1.5"),
        (values.cycle_count, "0x10"),
        (values.symbol_and_file, "input"),
        (values.symbol_and_file, "=file"),
        (values.symbol_and_file, "input="),
    ],
)
def test_what_is_no_such_value_is_refused(read, text):
    with pytest.raises(ArgumentTypeError):
        read(text)


def test_a_file_may_have_an_equal_sign_in_its_name():
    assert values.symbol_and_file("g_input=a=b.bin") == ("g_input", Path("a=b.bin"))
