"""Reading the exports of instruments; the formats are those of the sources that the readers name."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.calibration.traces.read import FORMATS, read_trace
from mcusim.calibration.traces.trace import TraceError
from mcusim.errors import UnknownNameError


@pytest.fixture
def trace_of(tmp_path):
    """The trace in a file with this text."""

    def read(text, format_name="", rate_hz=None):
        path = tmp_path / "trace.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_trace(path, format_name, rate_hz)

    return read


def test_a_ppk2_export_has_milliseconds_microamperes_and_eight_channels(trace_of):
    trace = trace_of(
        "Timestamp(ms),Current(uA),D0-D7,D0,D1,D2,D3,D4,D5,D6,D7\n"
        "10.00,1234.567,10000001,1,0,0,0,0,0,0,1\n"
        "10.01,-0.250,01000000,0,1,0,0,0,0,0,0\n"
    )

    assert trace.format == "ppk2"
    np.testing.assert_allclose(trace.time_s, [0.010, 0.01001])
    np.testing.assert_allclose(trace.current_a, [1234.567e-6, -0.25e-6])
    assert trace.channels == ("D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7")
    levels = dict(trace.digital)
    assert [levels["D0"].tolist(), levels["D1"].tolist(), levels["D7"].tolist()] == [
        [True, False],
        [False, True],
        [True, False],
    ]


def test_ppk2_channels_are_read_from_the_packed_column_too(trace_of):
    trace = trace_of("Timestamp(ms),Current(uA),D0-D7\n0.00,1.000,10000001\n0.01,2.000,01000000\n")

    levels = dict(trace.digital)
    assert [levels[name].tolist() for name in ("D0", "D1", "D7")] == [
        [True, False],
        [False, True],
        [True, False],
    ]


def test_ppk2_channels_that_changed_within_a_sample_or_are_unknown_are_levels_all_the_same(trace_of):
    trace = trace_of(
        "Timestamp(ms),Current(uA),D0-D7,D0,D1,D2,D3,D4,D5,D6,D7\n"
        "0.00,-1.000,--------,-,-,-,-,-,-,-,-\n"
        "0.01,-2.000,X0000000,X,0,0,0,0,0,0,0\n"
    )

    np.testing.assert_allclose(trace.current_a, [-1e-6, -2e-6])
    assert dict(trace.digital)["D0"].tolist() == [False, True]


def test_a_ppk2_export_without_time_is_refused_by_name(trace_of):
    with pytest.raises(TraceError, match=r"no column Timestamp\(ms\)") as caught:
        trace_of("Current(uA),D0-D7\n1.0,00000000\n2.0,00000000\n")

    assert "'Timestamp'" in caught.value.fix


def test_a_joulescope_waveform_has_device_names_and_si_units(trace_of):
    trace = trace_of(
        "# time,JS220-001234.i,JS220-001234.v,JS220-001234.0\n"
        "0.000000000000000000e+00,1.500000000000000000e-02,3.0e+00,0.0e+00\n"
        "5.000000000000000000e-07,1.600000000000000000e-02,3.2e+00,1.0e+00\n"
    )

    assert (trace.format, trace.supply_v) == ("joulescope", pytest.approx(3.1))
    np.testing.assert_allclose(trace.current_a, [0.015, 0.016])
    assert dict(trace.digital)["D0"].tolist() == [False, True]


def test_joulescope_statistics_are_read_with_a_note_that_they_are_slow(trace_of):
    rows = "".join(f"{0.5 * place},0.399{place},4.745,1.895,0,0\n" for place in range(4))

    trace = trace_of("#time,current,voltage,power,charge,energy\n" + rows)

    assert (trace.format, len(trace.time_s)) == ("joulescope", 4)
    assert "statistics" in trace.notes[0]


def test_an_lpm01a_acquisition_is_mantissa_and_exponent_at_the_acknowledged_rate(trace_of):
    trace = trace_of(
        "PowerShield > ack format ascii_dec\r\nPowerShield > ack freq 5k\r\n"
        "6409-07\r\n1250-05\r\n2000-09\r\nPowerShield > Acquisition completed\r\n"
    )

    assert trace.format == "lpm01a"
    np.testing.assert_allclose(trace.time_s, [0, 0.0002, 0.0004])
    np.testing.assert_allclose(trace.current_a, [640.9e-6, 12.5e-3, 2e-6])


def acquisition(counts, stamps_s):
    """Samples with a time stamp before each batch."""
    text = ""
    for count, stamp_s in zip(counts, stamps_s, strict=True):
        text += (
            f"TimeStamp: {int(stamp_s):03d}s {round(stamp_s % 1 * 1000):03d}ms, buff 00%\n"
            + "1000-05\n" * count
        )
    return text


def test_an_lpm01a_acquisition_tells_its_rate_by_its_time_stamps(trace_of):
    trace = trace_of(acquisition([1000, 1000, 10], [0, 1, 2]))

    assert float(np.diff(trace.time_s).max()) == pytest.approx(0.001)


def test_samples_that_an_lpm01a_lost_leave_a_gap(trace_of):
    """1000 samples a second are acknowledged, but 2.1 s lie between the second and the third time stamp."""
    text = "ack freq 1000\n" + acquisition([1000, 1000, 10], [0, 1, 3.1])

    assert float(np.diff(trace_of(text).time_s).max()) == pytest.approx(1.101, abs=0.002)


def test_an_lpm01a_acquisition_without_a_rate_asks_for_it(trace_of):
    with pytest.raises(TraceError, match="sampling rate") as caught:
        trace_of("6409-07\n6410-07\n")

    assert "--trace-rate" in caught.value.fix
    np.testing.assert_allclose(trace_of("6409-07\n6410-07\n", rate_hz=1000).time_s, [0, 0.001])


def test_an_otii_export_has_main_current_in_amperes(trace_of):
    trace = trace_of('"Timestamp","Main current - Arc (A)"\n0.0,0.0125\n0.00025,0.0126\n')

    assert trace.format == "otii"
    np.testing.assert_allclose(trace.current_a, [0.0125, 0.0126])


def test_a_table_below_a_title_of_sts_program_is_an_lpm01a_trace(trace_of):
    trace = trace_of("STM32CubeMonitor-Power export\nTime (ms);Current (nA)\n0;12500000\n0.1;12600000\n")

    assert trace.format == "lpm01a"
    np.testing.assert_allclose(trace.current_a, [0.0125, 0.0126])


@pytest.mark.parametrize(
    ("heading", "row", "second_s", "second_a"),
    [
        ("time (ms),current (mA)", "2,5", 0.002, 0.005),
        ("time_s,current_a", "0.002,0.005", 0.002, 0.005),
        ("Time [us]\tI [µA]", "2000\t5000", 0.002, 0.005),
        ("Zeit;time (ms);current (mA)", "9;2,0;5,0", 0.002, 0.005),
        ("t_ms,i_ua,v_v", "2,5000,3.3", 0.002, 0.005),
    ],
)
def test_a_plain_table_takes_its_units_from_the_heading(trace_of, heading, row, second_s, second_a):
    """The fourth has semicolons and decimal commas."""
    first = row.translate(str.maketrans("123456789", "000000000"))

    trace = trace_of(f"{heading}\n{first}\n{row}\n")

    assert trace.format == "table"
    assert (trace.time_s[1], trace.current_a[1]) == (pytest.approx(second_s), pytest.approx(second_a))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("time (s),current\n0,1\n1,2\n", "names no unit of current"),
        ("time,current (mA)\n0,1\n1,2\n", "names no unit of time"),
        ("seconds since start,voltage (V)\n0,1\n1,2\n", "no reader knows"),
        ("0,1\n1,2\n", "no heading"),
        ("nothing here\n", "no table of numbers"),
        ("", "is empty"),
        (b"\x00\x01\x02" * 50, "binary"),
        ("time (s),current (A)\n0,1\n1,2\n2,oops\n", "not a row of numbers"),
        ("time (s),current (A)\n0,1\n1,2\n2\n", "not a row of numbers"),
        ("time (s),current (A)\n0,1\n", "fewer than two samples"),
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_what_to_do(trace_of, text, complaint):
    with pytest.raises(TraceError, match=complaint) as caught:
        trace_of(text)

    assert caught.value.fix


@pytest.mark.parametrize(
    ("rows", "line", "complaint"),
    [
        ("0,1\n1,2\n2,oops\n", 5, "'oops' in the column 'current (mA)' is no number"),
        ("0,1\n1,2\n\n2\n", 6, "it has 1 cell, the table has 2: '2'"),
        ("0,1\n# a remark\n1,\n2,3\n", 5, "the column 'current (mA)' is empty"),
        ("0,1\n1,NaN\n2,3\n", 4, "'NaN' in the column 'current (mA)' is no number"),
        ("0,nan\n1,2\n2,3\n", 3, "'nan' in the column 'current (mA)' is no number"),
        ("0,1\nfoo,bar\n2,3\n", 4, "'foo' in the column 'time (ms)' is no number"),
        ("0,1\n1,1_0\n2,3\n", 4, "'1_0' in the column"),
        ("0,1\n1,\x01\xff\n2,3\n", 4, "in the column 'current (mA)' is no number"),
    ],
)
def test_a_damaged_row_is_named_with_its_line_and_what_is_wrong(trace_of, rows, line, complaint):
    with pytest.raises(TraceError, match="not a row of numbers") as caught:
        trace_of(f"recorded on a Monday\ntime (ms),current (mA)\n{rows}".encode("latin-1"))

    assert caught.value.where.endswith(f": line {line}")
    assert complaint in caught.value.why


def test_a_damaged_row_of_a_ppk2_export_with_unknown_channels_is_named(trace_of):
    with pytest.raises(TraceError) as caught:
        trace_of("Timestamp(ms),Current(uA),D0\n0.00,1.0,X\n0.01,2.0,-\n0.02,,1\n")

    assert caught.value.where.endswith(": line 4")
    assert "'Current(uA)' is empty" in caught.value.why


def test_a_missing_file_and_an_unknown_format_are_named(trace_of, tmp_path):
    with pytest.raises(TraceError, match="cannot read the trace"):
        read_trace(tmp_path / "lost.csv")
    with pytest.raises(UnknownNameError, match="no trace format called 'ppk3'") as caught:
        trace_of("time (s),current (A)\n0,1\n1,2\n", "ppk3")

    assert "ppk2" in caught.value.fix
    assert FORMATS == ("ppk2", "joulescope", "otii", "lpm01a", "table")
