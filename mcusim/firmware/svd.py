"""Names of registers and bits out of CMSIS-SVD files: the user's, or one that an installed package brings.

Format: "CMSIS-SVD Description (*.svd) Format", Arm, version 1.3. The file is parsed by svd2py; here addresses are
looked up in what it found.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from mcusim.errors import DataFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAX_FILE_BYTES = 64 << 20
"""The largest that vendors publish (i.MX RT1170) have a third of this."""
_PACKAGED = ("pyocd", "debug/svd/svd_data.zip")
"""pyOCD 0.46: its package, and where in it the files are."""
_UNREADABLE = (ParseError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
_VALUES = re.compile(rb"<enumeratedValues\b[^>]*/>|<enumeratedValues\b.*?</enumeratedValues>", re.DOTALL)
"""Nobody asks for them here, they are most of a file, and svd2py 2.0 stumbles over values like #1x. It also overlooks
elements that have no white space before their first child."""
_BITS, _ALL_BITS = 32, 0xFFFF_FFFF


def bit_names(mask: int) -> tuple[str, ...]:
    """ "bit 17" for each set bit, the lowest first; nothing when it is not clear which bit matters."""
    bits = [bit for bit in range(_BITS) if mask >> bit & 1]
    return tuple(f"bit {bit}" for bit in bits) if len(bits) < _BITS else ()


class RegisterNames:
    """Names for addresses of one chip."""

    def __init__(self, path: Path | None, chip: str) -> None:
        """`path` is read now; without one a file for `chip` is looked for when a name is first wanted.

        Raises:
            DataFileError: `path` cannot be read, or is no SVD file.
        """
        self._chip = chip
        self._peripherals: list[dict[str, Any]] | None = None if path is None else _peripherals(path)

    def register_at(self, word_addr: int, mask: int = _ALL_BITS) -> str:
        """ "RCC.CR", or an empty text; of several registers in the word, the first that has bits of `mask`."""
        return next((name for name, _, _ in self._in_word(word_addr, mask)), "")

    def bits_of(self, word_addr: int, mask: int) -> tuple[str, ...]:
        """The names of the fields in `mask` of the word at `word_addr`, numbers for bits that have none."""
        named: list[str] = []
        rest_mask = mask
        for _, register, shift_bits in self._in_word(word_addr, mask) if bit_names(mask) else ():
            for name, field_mask in _fields(register):
                if field_mask << shift_bits & mask:
                    named.append(name)
                    rest_mask &= ~(field_mask << shift_bits)
        return (*named, *bit_names(rest_mask))

    def _in_word(self, word_addr: int, mask: int) -> Iterator[tuple[str, dict[str, Any], int]]:
        """Name, description and first bit of each register in a word (some are a byte) with bits of `mask`."""
        for shift_bits in range(0, _BITS, 8):
            found = self._find(word_addr + shift_bits // 8)
            if found and found[2] == 0:
                size_bits = _number(found[1], "size", _BITS)
                if ((1 << size_bits) - 1) << shift_bits & mask:
                    yield found[0], found[1], shift_bits

    def _find(self, addr: int) -> tuple[str, dict[str, Any], int] | None:
        """Name and description of the register at `addr`, and how many bytes into it that is."""
        if self._peripherals is None:
            self._peripherals = _packaged(self._chip)
        for peripheral in self._peripherals:
            offset = addr - _number(peripheral, "baseAddress")
            if any(0 <= offset - start < size for start, size in _blocks(peripheral)):
                found = _register_in(_dict(peripheral, "registers"), offset)
                if found:
                    return f"{peripheral.get('name', '?')}.{found[0]}", found[1], found[2]
        return None


def _peripherals(path: Path) -> list[dict[str, Any]]:
    from svd2py import SvdParser
    from svd2py.derive import DerivedFromError

    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise _unusable(path, f"it is larger than {_MAX_FILE_BYTES >> 20} MiB")
        with tempfile.TemporaryDirectory() as scratch:
            reduced = Path(scratch) / "device.svd"
            reduced.write_bytes(_VALUES.sub(b"", path.read_bytes()).replace(b"><", b">\n<"))
            device = SvdParser().convert(reduced)["device"]
        found = _list(_dict(device, "peripherals"), "peripheral")
        if not found:
            raise _unusable(path, "it describes no peripherals")
        for each in found:
            _number(each, "baseAddress")
    except OSError as error:
        raise DataFileError(
            "the SVD file cannot be read",
            where=str(path),
            why=error.strerror or "",
            fix="check the path of --svd",
        ) from None
    except (*_UNREADABLE, DerivedFromError) as error:
        raise _unusable(path, _words_of(error)) from None
    return found


def _words_of(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no <{error.args[0]}>" if error.args else "an element is missing"
    if isinstance(error, ParseError):
        return f"it is no XML: {error}"
    return f"what it describes is not understood: {error}"[:160]


def _unusable(path: Path, why: str) -> DataFileError:
    return DataFileError(
        "this is not a usable CMSIS-SVD file",
        where=str(path),
        why=why,
        fix="pass the .svd file of the chip, from its CMSIS pack (Keil) or cmsis-svd-data",
    )


def _packaged(chip: str) -> list[dict[str, Any]]:
    """The peripherals of the SVD file for `chip` that an installed package has; none where there is none."""
    package, inside = _PACKAGED
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        try:
            with zipfile.ZipFile(Path(folder) / inside) as archive, tempfile.TemporaryDirectory() as scratch:
                name = best_name(archive.namelist(), chip)
                return _peripherals(Path(archive.extract(name, scratch))) if name else []
        except (
            OSError,
            zipfile.BadZipFile,
            DataFileError,
        ):  # nobody asked for this file: then there are no names
            return []
    return []


def best_name(names: Iterable[str], chip: str) -> str:
    """The file for `chip`: its name begins like the chip's (an "x" in it is any digit); the longest wins."""
    fitting = [name for name in names if _fits(Path(name).stem.lower(), chip.lower())]
    return max(fitting, key=lambda name: (len(Path(name).stem.rstrip("xX")), name), default="")


def _fits(stem: str, chip: str) -> bool:
    family = re.match(r"[a-z]+", stem)
    start = family.end() if family else 0  # letters before the first digit are meant as they are ("max32660")
    pattern = re.escape(stem[:start]) + re.escape(stem[start:].rstrip("x")).replace("x", "[0-9]")
    return re.match(pattern, chip) is not None or re.match(rf"{re.escape(chip)}(_|$)", stem) is not None


def _blocks(peripheral: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Offset and size of what the peripheral covers; 4 KiB where the file does not say."""
    blocks = peripheral.get("addressBlock") or [{"offset": 0, "size": 0x1000}]
    for block in blocks:
        if isinstance(block, dict):
            yield _number(block, "offset"), _number(block, "size")


def _register_in(parent: dict[str, Any], offset: int) -> tuple[str, dict[str, Any], int] | None:
    """Name and description of the register at `offset` of a peripheral or cluster, and the offset in it."""
    for register in _list(parent, "register"):
        place = _place(register, offset, _number(register, "size", _BITS) // 8)
        if place is not None:
            return place[0], register, place[1]
    for cluster in _list(parent, "cluster"):
        place = _place(cluster, offset, 1 << 32)
        if place is not None:
            found = _register_in(cluster, place[1])
            if found:
                return f"{place[0]}.{found[0]}", found[1], found[2]
    return None


def _place(element: dict[str, Any], offset: int, size_bytes: int) -> tuple[str, int] | None:
    """The element's name with its index, and the offset in it, when `offset` is in it or in one of its copies."""
    offset -= _number(element, "addressOffset")
    name = str(element.get("name", "?"))
    count, step = _number(element, "dim"), _number(element, "dimIncrement")
    if not count or not step:
        return (name, offset) if 0 <= offset < size_bytes else None
    index = offset // step
    if not 0 <= index < count or offset % step >= size_bytes:
        return None
    return name.replace("%s", _index_name(str(element.get("dimIndex") or ""), index)), offset % step


def _index_name(indexes: str, index: int) -> str:
    """ "A,B,C" or "3-6" name the copies; without, they are counted."""
    names = indexes.split(",")
    if len(names) > index and len(names) > 1:
        return names[index].strip()
    span = re.fullmatch(r"\s*(\d+)\s*-\s*\d+\s*", indexes)
    return str(int(span[1]) + index if span else index)


def _fields(register: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Name and mask of each field of a register."""
    for field in _list(_dict(register, "fields"), "field"):
        low, width = _number(field, "bitOffset"), _number(field, "bitWidth", 1)
        if "lsb" in field:
            low, width = _number(field, "lsb"), _number(field, "msb") - _number(field, "lsb") + 1
        span = re.fullmatch(r"\[(\d+):(\d+)\]", str(field.get("bitRange", "")))
        if span:
            low, width = int(span[2]), int(span[1]) - int(span[2]) + 1
        if 0 <= low < _BITS and 0 < width <= _BITS:
            yield str(field.get("name", "?")), (1 << width) - 1 << low


def _number(element: dict[str, Any], key: str, default: int = 0) -> int:
    value = element.get(key, default)
    return value if isinstance(value, int) else default


def _dict(element: dict[str, Any], key: str) -> dict[str, Any]:
    value = element.get(key)
    return value if isinstance(value, dict) else {}


def _list(element: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = element.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
