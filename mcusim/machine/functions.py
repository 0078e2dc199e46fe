"""The functions of a run as the native core numbers them: by symbol, by call, or inlined in another one."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.firmware.symbols import nameless
from mcusim.recording.recording import Function

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
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
    _starts: list[int] = field(default_factory=list)
    """The keys of `_by_addr`, sorted."""
    _named_addrs: list[int] = field(default_factory=list)
    """Where the user says that functions begin, and no symbol does; sorted."""

    def index_at(self, addr: int) -> int:
        """The function that holds `addr`, whatever is inlined there, or -1.

        Of code without a symbol only the first instruction is known to belong to a function.
        """
        symbol = self.symbols.function_at(addr)
        if symbol is None or self._gap_addr_in(symbol, addr) >= 0:
            return self._by_addr.get(addr, -1)
        return self.index_of(symbol.addr, symbol.name, symbol.source_file)

    def _gap_addr_in(self, symbol: Symbol, addr: int) -> int:
        """Where `symbol` ends before `addr`, because the user named another function in the middle of it; -1: not.

        What lies behind that may be more functions that its size covers.
        """
        inner = bisect_right(self._named_addrs, addr) - 1
        return self._named_addrs[inner] if inner >= 0 and self._named_addrs[inner] > symbol.addr else -1

    def entry_at(self, addr: int) -> int:
        """The function that begins at `addr`, made where no symbol does: what the user or the runtime says."""
        symbol = self.symbols.function_at(addr)
        if symbol is not None and symbol.addr == addr:
            return self.index_at(addr)
        if addr not in self._named_addrs:
            insort(self._named_addrs, addr)
        return self.anonymous(addr)

    def owner_at(self, addr: int) -> int:
        """The function that ran and holds `addr`, or -1; without a symbol, the last before it that was called."""
        symbol = self.symbols.function_at(addr)
        gap_addr = self.symbols.gap_start_at(addr) if symbol is None else self._gap_addr_in(symbol, addr)
        if symbol is not None and gap_addr < 0:
            return self._by_addr.get(symbol.addr, -1)
        last = bisect_right(self._starts, addr) - 1
        is_in_gap = last >= 0 and self._starts[last] >= gap_addr
        return self._by_addr[self._starts[last]] if is_in_gap else -1

    def index_of(self, addr: int, name: str, source_file: str = "") -> int:
        """The function that starts at `addr`, made on first use."""
        if addr not in self._by_addr:
            self._by_addr[addr] = len(self.functions)
            insort(self._starts, addr)
            self.functions.append(Function(name, addr, source_file))
        return self._by_addr[addr]

    def anonymous(self, addr: int) -> int:
        """A function without a symbol, found because it was called."""
        return self.index_of(addr, nameless(addr))

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

    def function_index_at(self, addr: int) -> int:
        """The function whose code is at `addr`, inlined or not, or -1."""
        return self.innermost_at(self.index_at(addr), addr)

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
