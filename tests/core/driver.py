"""Drives the native core without an emulator: blocks are announced by hand, registers come from a list."""

from __future__ import annotations

import ctypes
import struct
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mcusim.machine.native._core import Core
from mcusim.timing.cost import Reason

NO_BLOCK = 0xFFFF_FFFF
SP_ID, PSR_ID = 13, 16
_Hook = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)
_Stop = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_Read = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_int),
    ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32)),
    ctypes.c_int,
)


@dataclass(frozen=True)
class Spec:
    """What the test knows of a block."""

    addr: int
    size_bytes: int = 4
    flags: int = 0
    function: int = 0
    registers: tuple[int, ...] = ()
    steps: bytes = b""
    elapsed_cycles: tuple[int, ...] = ()
    """Body cycles before the instruction at each halfword; empty: none."""
    mispredict_saved_cycles: int = 0
    end_function: int | None = None
    """Of its last instruction, where that is another one."""


@dataclass
class Driver:
    """A core with made-up blocks; `cost` gives (tail, body) of a pair of blocks."""

    specs: dict[int, Spec]
    cost: Callable[[Spec | None, Spec], tuple[int, int]] = lambda _previous, _block: (0, 1)
    registers: list[int] = field(default_factory=lambda: [0] * 17)

    def __post_init__(self) -> None:
        self.order: list[Spec] = []
        self.stops_count = 0
        self._stop = _Stop(self._on_stop)
        self._read = _Read(self._on_read)
        pointers = [ctypes.cast(each, ctypes.c_void_p).value or 0 for each in (self._stop, self._read)]
        self.core = Core(0, *pointers, self._fill, SP_ID)
        hook_addr, self._user = self.core.hook()
        self._hook = _Hook(hook_addr)

    def _on_stop(self, _emulator: int) -> int:
        self.stops_count += 1
        return 0

    def _on_read(self, _emulator, ids, values, count) -> int:  # type: ignore[no-untyped-def]
        for i in range(count):
            values[i][0] = self.registers[ids[i]]
        return 0

    def _fill(self, previous: int, addr: int, size_bytes: int) -> None:
        index = self.core.find_block(addr, size_bytes)
        spec = self.specs[addr]
        if index < 0:
            ids = array("i", spec.registers).tobytes()
            index = self.core.add_block(
                addr, size_bytes, spec.flags, spec.function, 0, size_bytes // 2, 0, ids, spec.steps
            )
            if spec.end_function is not None:
                self.core.set_end_function(index, spec.end_function)
            self.order.append(spec)
        before = None if previous == NO_BLOCK else self.order[previous]
        tail_cycles, body_cycles = self.cost(before, spec)
        elapsed = array("H", spec.elapsed_cycles or [0] * (size_bytes // 2))
        self.core.add_edge(
            previous, index, tail_cycles, body_cycles, elapsed.tobytes(), spec.mispredict_saved_cycles
        )

    def reasons(self) -> dict[Reason, int]:
        """Run-time cycles by reason."""
        cycles = array("q")
        cycles.frombytes(self.core.reason_cycles())
        return {Reason(number): each for number, each in enumerate(cycles) if each}

    def run(self, addrs: Iterable[int]) -> None:
        """The emulator executes these blocks."""
        for addr in addrs:
            self._hook(None, addr, self.specs[addr].size_bytes, self._user)
            self.core.raise_pending()


def step(code: int, target: int = 0, left: int = 0, right: int = 0, constant: int = 0) -> bytes:
    """One step of a value program (Step in core.h)."""
    return struct.pack("<BBBBI", code, target, left, right, constant & 0xFFFF_FFFF)
