"""Turns a listing of hand-assembled Thumb code into an ELF file, so that tests of whole runs need no compiler.

A listing looks like what a disassembler prints. The hex is the firmware, the assembly beside it is for the reader:

    main:
        b510        push  {r4, lr}
        f7ff fffe   bl    other
        20000000    .word 0x20000000

Groups of four digits are halfwords, groups of eight are words. A label at the margin is a function unless it begins
with a dot or a digit; one that is called like an exception ("SysTick_Handler", "IRQ0_Handler") gets its vector.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from tests import elf_factory
from tests.elf_factory import LABEL, OBJECT, READ, WRITE, Elf, Name, Part

FLASH_ADDR, CODE_ADDR = 0x0800_0000, 0x0800_0100
RAM_ADDR, RAM_CODE_ADDR, STACK_ADDR = 0x2000_0000, 0x2000_1000, 0x2000_4000
_VECTORS_COUNT = (CODE_ADDR - FLASH_ADDR) // 4
_LINE = re.compile(r"\s+((?:[0-9a-f]{8}|[0-9a-f]{4})(?: (?:[0-9a-f]{8}|[0-9a-f]{4}))*)\s\s+\S")
_EXCEPTIONS = {
    "Reset": 1, "NMI": 2, "HardFault": 3, "MemManage": 4, "BusFault": 5, "UsageFault": 6, "SVC": 11, "PendSV": 14,
    "SysTick": 15,
}  # fmt: skip
_ARCHITECTURES = {"cortex-m0": 12, "cortex-m3": 10, "cortex-m4": 13, "cortex-m7": 13, "cortex-m33": 17}
"""Tag_CPU_arch (Addenda to the Arm ABI, 3.3.5.2): v6S-M, v7, v7E-M, v8-M.mainline."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The bytes of a listing and where its labels are, as offsets from its start."""

    code: bytes
    labels: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Firmware:
    """Vector table and `listing` at CODE_ADDR in flash, `ram_listing` at RAM_CODE_ADDR, variables from RAM_ADDR on."""

    listing: str
    variables: tuple[tuple[str, int], ...] = ()
    """Name and size in bytes, one after the other."""
    ram_listing: str = ""
    core: str = "cortex-m4"
    stack_addr: int = STACK_ADDR
    is_stripped: bool = False
    labels: tuple[tuple[str, int], ...] = ()
    """More symbols without type, for example the end of static data."""

    def elf(self) -> bytes:
        """The file."""
        code = parsed(self.listing)
        if "Default_Handler" not in dict(code.labels):
            at = ("Default_Handler", len(code.code))
            code = Listing(code.code + b"\xfe\xe7", (*code.labels, at))  # b .
        ram_code = parsed(self.ram_listing)
        names = [*_functions(code, CODE_ADDR, 1), *_functions(ram_code, RAM_CODE_ADDR, 2)]
        names += [Name(name, addr, 0, LABEL) for name, addr in self.labels]
        parts = [Part(".text", FLASH_ADDR, self._vectors(code) + code.code)]
        if ram_code.code:
            parts.append(Part(".ramcode", RAM_CODE_ADDR, ram_code.code))
        size_bytes = sum(size for _, size in self.variables)
        if size_bytes:
            parts.append(Part(".bss", RAM_ADDR, b"", memory_size_bytes=size_bytes, flags=READ | WRITE))
        addr = RAM_ADDR
        for name, size in self.variables:
            names.append(Name(name, addr, size, OBJECT, section_index=len(parts)))
            addr += size
        elf = Elf(
            tuple(parts),
            () if self.is_stripped else tuple(names),
            entry_addr=CODE_ADDR | 1,
            architecture_id=_ARCHITECTURES[self.core],
        )
        return elf_factory.to_bytes(elf)

    def addr(self, label: str) -> int:
        """Where a label of either listing is."""
        for code_addr, listing in ((CODE_ADDR, self.listing), (RAM_CODE_ADDR, self.ram_listing)):
            offset = dict(parsed(listing).labels).get(label)
            if offset is not None:
                return code_addr + offset
        raise KeyError(label)

    def _vectors(self, code: Listing) -> bytes:
        labels = dict(code.labels)
        words = [labels["Default_Handler"] + CODE_ADDR | 1] * _VECTORS_COUNT
        words[0] = self.stack_addr
        for number in (7, 8, 9, 10, 13):  # reserved (Armv7-M ARM, B1.5.2)
            words[number] = 0
        for name, offset in code.labels:
            number = vector_number(name)
            if number is not None:
                words[number] = CODE_ADDR + offset | 1
        return struct.pack(f"<{_VECTORS_COUNT}I", *words)


def vector_number(label: str) -> int | None:
    """The exception that a function of this name handles."""
    stem = label.removesuffix("_Handler")
    if stem == label:
        return None
    if stem.startswith("IRQ"):
        return 16 + int(stem[3:])
    return _EXCEPTIONS.get(stem)


def parsed(listing: str) -> Listing:
    """The bytes and labels of `listing`; a line that is neither is for the reader."""
    code = bytearray()
    labels = []
    for line in listing.splitlines():
        if line[:1].strip() and line.endswith(":"):
            labels.append((line[:-1], len(code)))
            continue
        found = _LINE.match(line)
        if found:
            for group in found[1].split():
                code += bytes.fromhex(group)[::-1]
    return Listing(bytes(code), tuple(labels))


def _functions(listing: Listing, start_addr: int, section_index: int) -> list[Name]:
    """One function symbol per label that is not local, each up to the next."""
    found = [(name, offset) for name, offset in listing.labels if name[0].isalpha() or name[0] == "_"]
    ends = [*(offset for _, offset in found), len(listing.code)][1:]
    return [
        Name(name, start_addr + offset | 1, end - offset, section_index=section_index)
        for (name, offset), end in zip(found, ends, strict=True)
    ]
