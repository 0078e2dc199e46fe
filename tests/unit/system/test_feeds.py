"""What the user feeds: files of every kind, channels, and what is said about them."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from mcusim.errors import UnknownNameError, UsageError
from mcusim.machine.signals.feed_files import canonical_channel, load_feeds, load_numbers
from mcusim.machine.signals.feeds import Feed


def saved(path, array):
    np.save(path, array)
    return path


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_whole_numbers_of_any_type_are_taken_as_they_are(dtype, tmp_path):
    path = saved(tmp_path / "a.npy", np.array([[1, 2], [3, 100]], dtype=dtype))

    assert (1, 2, 3, 100) == load_numbers(path)


def test_fractions_are_refused_with_how_to_scale_them(tmp_path):
    with pytest.raises(UsageError, match="whole numbers") as caught:
        load_numbers(saved(tmp_path / "a.npy", np.array([0.0, 0.5])))

    assert "numpy.round" in caught.value.fix


@pytest.mark.parametrize(
    "array",
    [np.array([np.nan]), np.array(["a"]), np.array([1j]), np.array([])],
    ids=["nan", "text", "j", "none"],
)
def test_an_array_without_usable_numbers_is_refused(array, tmp_path):
    with pytest.raises(UsageError, match="--feed is"):
        load_numbers(saved(tmp_path / "a.npy", array))


def test_a_file_that_is_no_array_is_refused(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"hello")

    with pytest.raises(UsageError, match="not a NumPy array"):
        load_numbers(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n2\n-3\n", (1, 2, -3)),
        ("time,adc\n4,5\n6,7\n", (4, 6)),
        ("0x10\n1e2\n007\n\n5.0", (16, 100, 7, 5)),
    ],
    ids=["one column", "the first of two with headings", "other ways to write numbers"],
)
def test_the_first_column_of_a_csv_file_is_taken(text, expected, tmp_path):
    (tmp_path / "a.csv").write_text(text)

    assert expected == load_numbers(tmp_path / "a.csv")


def test_a_word_among_the_numbers_of_a_csv_file_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("1\nnan\n")

    with pytest.raises(UsageError) as caught:
        load_numbers(tmp_path / "a.csv")

    assert "'nan'" in caught.value.why


@pytest.mark.parametrize(
    ("width_bytes", "data", "expected"),
    [
        (1, b"\x00\xff", (0, 255)),
        (2, b"\xff\xff\x00\x01", (-1, 256)),
        (3, b"\x00\x00\x80\x01\x00\x00", (-(1 << 23), 1)),
    ],
)
def test_samples_of_a_wav_file_are_taken_as_they_are_stored(width_bytes, data, expected, tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width_bytes)
        file.setframerate(16_000)
        file.writeframes(data)

    assert expected == load_numbers(tmp_path / "a.wav")


def test_a_broken_wav_file_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")

    with pytest.raises(UsageError, match="not a PCM WAV file"):
        load_numbers(tmp_path / "a.wav")


def test_any_other_file_is_bytes_and_must_be_there(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x01\xff")

    assert (1, 255) == load_numbers(tmp_path / "a.bin")
    with pytest.raises(UsageError, match="cannot read"):
        load_numbers(tmp_path / "b.bin")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", b"hello"),
        ("a.npy", b"PK\x03\x04 cut off"),
        ("a.csv", b"\xff\xfe1\x00"),
        ("a.csv", b"1\ntwo\n"),
        ("a.wav", b"RIFF"),
        ("a.wav", b"RIFF\x24\x00\x00\x00WAVEfmt \x00"),
        ("a.wav", None),
        ("a.bin", None),
    ],
)
def test_whatever_is_wrong_with_a_file_there_is_a_way_out(name, content, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_numbers(tmp_path / name)

    assert str(tmp_path / name) == caught.value.where
    assert caught.value.fix


def test_an_archive_of_arrays_is_not_taken_for_one(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(UsageError, match="not a NumPy array") as caught:
        load_numbers(tmp_path / "a.npy")

    assert "numpy.save" in caught.value.fix


@pytest.mark.parametrize(
    ("written", "channel"),
    [("ADC1", "ADC1"), ("ADC1.05", "ADC1.5"), ("I2C1.0X68", "I2C1.0x68"), ("I2C1.0x8", "I2C1.0x08")],
)
def test_channels_are_written_in_one_way(written, channel):
    assert channel == canonical_channel(written)


def test_a_channel_that_is_no_number_is_refused():
    with pytest.raises(UsageError, match="no channel"):
        canonical_channel("ADC1.temp")


def test_unknown_devices_are_refused_with_those_that_can_be_fed(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x01")

    with pytest.raises(UnknownNameError) as caught:
        load_feeds((("ADC9", tmp_path / "a.bin"),), ("SPI1", "I2C1"))

    assert "I2C1, SPI1" in caught.value.fix


def test_a_channel_is_fed_once(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x01")

    with pytest.raises(UsageError, match="twice"):
        load_feeds((("ADC1.5", tmp_path / "a.bin"), ("ADC1.05", tmp_path / "a.bin")), ("ADC1",))


@pytest.mark.parametrize(
    ("taken_count", "words"),
    [(0, "not used"), (2, "2 of 3 numbers"), (3, "3 of 3"), (7, "began again 2 times")],
)
def test_what_became_of_a_feed_is_said(taken_count, words):
    feed = Feed((1, 2, 3))
    taken = [feed.take() for _ in range(taken_count)]

    assert taken == [1, 2, 3, 1, 2, 3, 1][:taken_count]
    assert words in feed.note("ADC1")
