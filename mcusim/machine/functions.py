"""The functions of a run as the native core numbers them: by symbol, by call, or inlined in another one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.recording.recording import Function

if TYPE_CHECKING:
    from mcusim.firmware.symbols import SymbolTable
    from mcusim.machine.options import InlinedCode


@dataclass(slots=True)
class FunctionTable:
    """Functions in the order they were first seen; the native core knows them by index."""

    symbols: SymbolTable
    functions: list[Function] = field(default_factory=list)
    _by_addr: dict[int, int] = field(default_factory=dict)
    _inlined: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    """By host: where functions are inlined in it (start, end, index), by address."""

    def index_at(self, addr: int) -> int:
        """The function that holds `addr`, whatever is inlined there, or -1."""
        symbol = self.symbols.function_at(addr)
        return -1 if symbol is None else self.index_of(symbol.addr, symbol.name, symbol.source_file)

    def index_of(self, addr: int, name: str, source_file: str = "") -> int:
        """The function that starts at `addr`, made on first use."""
        if addr not in self._by_addr:
            self._by_addr[addr] = len(self.functions)
            self.functions.append(Function(name, addr, source_file))
        return self._by_addr[addr]

    def known_index(self, addr: int) -> int:
        """The function that starts at `addr`, or -1 when it was not seen."""
        return self._by_addr.get(addr, -1)

    def anonymous(self, addr: int) -> int:
        """A function without a symbol, found because it was called."""
        return self.index_of(addr, f"sub_{addr:08X}")

    def is_entry(self, index: int, addr: int) -> bool:
        """Whether `addr` is the first instruction of function `index`."""
        return index >= 0 and self.functions[index].addr == addr

    def add_inlined(self, code: InlinedCode) -> int:
        """One place where a function is inlined, as a function of its own."""
        host = self.index_at(code.host_addr)
        index = len(self.functions)
        self.functions.append(Function(code.name, code.ranges[0][0], code.source_file, host))
        rows = self._inlined.setdefault(host, [])
        rows += [(start, end, index) for start, end in code.ranges]
        rows.sort()
        return index

    def innermost_at(self, index: int, addr: int) -> int:
        """The function inlined in function `index` at `addr`; itself where none is."""
        rows = self._inlined.get(index)
        if not rows:
            return index
        row = bisect_right(rows, (addr, 1 << 33, 0)) - 1
        return rows[row][2] if row >= 0 and addr < rows[row][1] else index

    def host_of(self, index: int) -> int:
        """The function that function `index` is inlined in, or -1."""
        return self.functions[index].host_index if index >= 0 else -1
