"""Made-up memory ports for the native core, and plain Python models of what they must do."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from tests.core.driver import Driver, Spec, step

FETCHES = 256
FLASH_ADDR, FLASH_BYTES = 0x0800_0000, 0x10000
RAM_ADDR, TCM_ADDR, RAM_BYTES = 0x2001_0000, 0x2000_0000, 0x10000
ACCESS, ALWAYS = 22, 255
LOAD_WORD, STORE_WORD = 4 | 256 | 1 << 16, 4 | 1 << 16
LOADER_ADDR, STORER_ADDR = 0x100, 0x200


def access_block(addr: int, how: int) -> Spec:
    """A block that is not in flash, with one access at the address in register 0."""
    return Spec(addr, registers=(0,), steps=step(ACCESS, ALWAYS, left=0, constant=how))


def code_block(addr: int, size_bytes: int = 4) -> Spec:
    """A block of instructions whose fetches can wait."""
    return Spec(addr, size_bytes, flags=FETCHES)


def make_driver(code_addrs=(), gap_cycles=lambda: 0) -> Driver:  # type: ignore[no-untyped-def]
    """Flash, RAM behind L1 and tightly coupled RAM; blocks take `gap_cycles()` each, asked when first seen."""
    specs = {addr: code_block(addr) for addr in code_addrs}
    specs |= {
        LOADER_ADDR: access_block(LOADER_ADDR, LOAD_WORD),
        STORER_ADDR: access_block(STORER_ADDR, STORE_WORD),
    }
    driver = Driver(specs, lambda _previous, _block: (0, gap_cycles()))
    driver.core.add_range(FLASH_ADDR, FLASH_ADDR + FLASH_BYTES, 0, True, 0, 0)
    driver.core.add_range(RAM_ADDR, RAM_ADDR + RAM_BYTES, 0, False, 0, 0, 6)
    driver.core.add_range(TCM_ADDR, TCM_ADDR + RAM_BYTES, 0, False, 0, 0, 0)
    return driver


def access(driver: Driver, addr: int, *, is_load: bool = True) -> None:
    """One data access."""
    driver.registers[0] = addr
    driver.run([LOADER_ADDR if is_load else STORER_ADDR])


@dataclass
class Lru:
    """Lines per set in order of use."""

    sets_count: int
    ways_count: int

    def __post_init__(self) -> None:
        self.sets: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(self.sets_count)]

    def has(self, line: int) -> bool:
        """Whether the line was there; it is now."""
        lines = self.sets[line % self.sets_count]
        was_there = line in lines
        lines.pop(line, None)
        lines[line] = None
        if len(lines) > self.ways_count:
            lines.popitem(last=False)
        return was_there

    def holds(self, line: int) -> bool:
        """Whether the line is there, without using it."""
        return line in self.sets[line % self.sets_count]
