"""The build attributes of an Arm ELF: which architecture the code was compiled for.

"Addenda to, and Errata in, the ABI for the Arm Architecture", section 3 (build attributes).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_TAG_FILE = 1
_TAG_CPU_ARCH = 6
_TAG_CPU_ARCH_PROFILE = 7
_TAG_COMPATIBILITY = 32
_TAG_MVE_ARCH = 48
_STRING_TAGS = frozenset({4, 5})  # Tag_CPU_raw_name, Tag_CPU_name

_NAMES = {
    0: "pre-v4",
    1: "v4",
    2: "v4T",
    3: "v5T",
    4: "v5TE",
    5: "v5TEJ",
    6: "v6",
    7: "v6KZ",
    8: "v6T2",
    9: "v6K",
    10: "v7",
    11: "v6S-M",  # v6-M without SVC; every core of the family has the OS extension, so one name serves
    12: "v6S-M",
    13: "v7E-M",
    14: "v8-A",
    15: "v8-R",
    16: "v8-M.baseline",
    17: "v8-M.mainline",
    18: "v8.1-A",
    19: "v8.2-A",
    20: "v8.3-A",
    21: "v8.1-M.mainline",
    22: "v9-A",
}
"""Tag_CPU_arch values (same document, section 3.3.5.2)."""


@dataclass(frozen=True, slots=True)
class BuildAttributes:
    """What the compiler said about the target; `architecture` is "" when it said nothing."""

    architecture: str = ""
    profile: str = ""
    has_mve: bool = False
    """Tag_MVE_arch: the compiler may have used Helium."""

    @property
    def is_for_another_profile(self) -> bool:
        """True when the code is certainly not for a Cortex-M."""
        if self.profile in ("A", "R"):
            return True
        return bool(self.architecture) and not self.architecture.endswith(("-M", ".baseline", ".mainline"))


def read_attributes(data: bytes) -> BuildAttributes:
    """The file-wide attributes in an .ARM.attributes section; damage ends the reading, it is no error."""
    values = _file_attributes(data)
    profile = values.get(_TAG_CPU_ARCH_PROFILE, 0)
    letter = chr(profile) if profile in b"ARMS" else ""
    architecture = _NAMES.get(values.get(_TAG_CPU_ARCH, -1), "")
    if architecture == "v7":
        architecture = f"v7-{letter}" if letter in ("A", "R", "M") else "" if not letter else "v7"
    return BuildAttributes(architecture, letter, values.get(_TAG_MVE_ARCH, 0) > 0)


def _file_attributes(data: bytes) -> dict[int, int]:
    """Tag → number of the "aeabi" vendor's file-scope subsection."""
    if data[:1] != b"A":  # the format version
        return {}
    offset = 1
    while offset + 4 <= len(data):
        (length_bytes,) = struct.unpack_from("<I", data, offset)
        vendor, _, body = data[offset + 4 : offset + length_bytes].partition(b"\0")
        if vendor == b"aeabi":
            return _file_scope(body)
        offset += max(length_bytes, 4)
    return {}


def _file_scope(body: bytes) -> dict[int, int]:
    offset = 0
    while offset + 5 <= len(body):
        tag, size_bytes = body[offset], struct.unpack_from("<I", body, offset + 1)[0]
        if tag == _TAG_FILE:
            return _numbers(body[offset + 5 : offset + size_bytes])
        offset += max(size_bytes, 5)
    return {}


def _numbers(body: bytes) -> dict[int, int]:
    values: dict[int, int] = {}
    offset = 0
    while offset < len(body):
        tag, offset = _uleb128(body, offset)
        # Odd tags above 32 carry a string, even ones a number (section 3.2.2); 32 carries both.
        is_string = tag in _STRING_TAGS or (tag > _TAG_COMPATIBILITY and tag % 2 == 1)
        if not is_string:
            value, offset = _uleb128(body, offset)
            values.setdefault(tag, value)
        if is_string or tag == _TAG_COMPATIBILITY:
            end_offset = body.find(b"\0", offset)
            offset = end_offset + 1 if end_offset >= 0 else len(body)
    return values


def _uleb128(data: bytes, offset: int) -> tuple[int, int]:
    """The value at `offset` and the offset after it; a cut value ends at the end of the data."""
    value = shift_bits = 0
    while offset < len(data) and shift_bits < 70:  # a longer number is damage, and slow
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift_bits
        shift_bits += 7
        if byte < 0x80:
            break
    return value, offset
