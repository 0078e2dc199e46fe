"""Reads what the user feeds: NumPy arrays, CSV columns, WAV files, or the bytes of any other file.

Numbers are converter codes or data words as the chip's registers hold them; nothing is scaled. Floating-point numbers
are taken when all are whole, and refused otherwise: only the user knows the full scale.
"""

from __future__ import annotations

import csv
import math
import wave
from typing import TYPE_CHECKING

import numpy as np

from mcusim.errors import UsageError, unknown_name
from mcusim.machine.signals.feeds import Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_FIXES = {
    ".npy": "save an array of whole numbers with numpy.save, or call the file .bin to feed its bytes",
    ".csv": "put one whole number at the start of each line, or call the file .bin to feed its bytes",
    ".wav": "save it as PCM without compression, or call the file .bin to feed its bytes",
}


def load_feeds(feeds: tuple[tuple[str, Path], ...], devices: tuple[str, ...]) -> dict[str, Feed]:
    """The feeds by channel; `devices` are the names of what the board can be fed through.

    Raises:
        UsageError: a channel is named twice, or a file cannot be used.
        UnknownNameError: a channel is no device of the board.
    """
    loaded: dict[str, Feed] = {}
    for channel, path in feeds:
        name = canonical_channel(channel)
        device = name.partition(".")[0]
        if device not in devices:
            error = unknown_name("input", device, devices, where=f"--feed {channel}")
            error.why = f"this board can be fed through {', '.join(sorted(devices)) or 'nothing'}"
            raise error
        if name in loaded:
            raise UsageError(f"--feed names '{name}' twice", fix="put the data into one file")
        loaded[name] = Feed(load_numbers(path))
    return loaded


def canonical_channel(channel: str) -> str:
    """ "I2C1.0X68" and "I2C1.104" are I2C1.0x68 in hexadecimal, "ADC1.05" is ADC1.5."""
    device, dot, part = channel.partition(".")
    if not dot:
        return device
    try:
        number = int(part, 16) if part.lower().startswith("0x") else int(part)
    except ValueError:
        raise UsageError(
            f"'{channel}' is no channel",
            why=f"'{part}' is neither a number nor an address",
            fix="write it like ADC1.5 or I2C1.0x68",
        ) from None
    return f"{device}.{number:#04x}" if part.lower().startswith("0x") else f"{device}.{number}"


def load_numbers(path: Path) -> tuple[int, ...]:
    """The numbers of a file, at least one.

    Raises:
        UsageError: there is no such file, or it has no usable numbers.
    """
    readers: dict[str, Callable[[Path], Iterable[int | float]]] = {
        ".npy": _from_numpy,
        ".csv": _from_csv,
        ".wav": _from_wave,
    }
    try:
        numbers = list(readers.get(path.suffix.lower(), _from_bytes)(path))
    except OSError as error:
        raise UsageError(
            "cannot read the file of --feed",
            where=str(path),
            why=error.strerror or "",
            fix="check the path, as in --feed ADC1=samples.npy",
        ) from error
    if not numbers:
        raise UsageError("the file of --feed is empty", where=str(path), fix="give at least one number")
    broken = next((each for each in numbers if each != int(each)), None)
    if broken is not None:
        raise UsageError(
            "--feed needs whole numbers",
            where=str(path),
            why=f"{broken} is not one, and only you know the full scale",
            fix="save converter codes, for example numpy.round(volts / 3.3 * 4095).astype(numpy.uint16)",
        )
    return tuple(int(each) for each in numbers)


def _from_bytes(path: Path) -> Iterable[int]:
    return path.read_bytes()


def _from_numpy(path: Path) -> Iterable[int | float]:
    try:
        with path.open("rb") as file:
            if file.read(2) == b"PK":
                raise _unusable(path, "a NumPy array", "it is an archive (.npz)")
            file.seek(0)
            array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _unusable(path, "a NumPy array", str(error)) from error
    if array.dtype.kind not in "iufb":
        raise _unusable(path, "an array of numbers", f"its type is {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise _unusable(path, "an array of whole numbers", "it has infinite or missing values")
    numbers: list[int | float] = array.ravel().tolist()
    return numbers


def _from_csv(path: Path) -> Iterable[int | float]:
    """The first column; one line of headings may come before it."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            cells = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unusable(path, "a column of numbers", f"it is no text in UTF-8: {error}") from error
    if cells and _number(cells[0]) is None:
        del cells[0]
    numbers = []
    for cell in cells:
        number = _number(cell)
        if number is None:
            raise _unusable(path, "a column of numbers", f"'{cell}' is none")
        numbers.append(number)
    return numbers


def _number(text: str) -> int | float | None:
    """ "12", "0x0C", "12.0"; None for anything else."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _from_wave(path: Path) -> Iterable[int]:
    """Samples as they are stored: signed, but unsigned where they have 8 bits; channels alternate."""
    try:
        with wave.open(str(path), "rb") as file:
            width_bytes, data = file.getsampwidth(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise _unusable(path, "a PCM WAV file", str(error)) from error
    return [
        int.from_bytes(data[start : start + width_bytes], "little", signed=width_bytes > 1)
        for start in range(0, len(data), width_bytes)
    ]


def _unusable(path: Path, wanted: str, why: str) -> UsageError:
    return UsageError(
        f"the file of --feed is not {wanted}", where=str(path), why=why, fix=_FIXES[path.suffix.lower()]
    )
