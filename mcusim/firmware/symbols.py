"""From address to function and from name to symbol; it knows no source lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

import cxxfilt

from mcusim.errors import UnknownNameError, unknown_name
from mcusim.firmware.image import Symbol, SymbolBinding, SymbolKind
from mcusim.firmware.names import is_fragment, last_part, split_clone, without_arguments, without_clone

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.firmware.image import Image

_MAX_MANGLED_LENGTH = 4096
_ADDRESS = re.compile(r"(?:0x|sub_)(?P<digits>[0-9a-f]{1,8})", re.IGNORECASE)
_RAM_START_ADDR, _RAM_END_ADDR = 0x2000_0000, 0x4000_0000
"""The SRAM region of the address map (Armv7-M ARM, B3.1): a file that is no ELF does not say what is copied there."""
_IN_FILE = re.compile(r"([^:]+):([^:].*)")
_BINDING_ORDER = {SymbolBinding.GLOBAL: 0, SymbolBinding.LOCAL: 1, SymbolBinding.WEAK: 2}
"""A weak name comes last: start-up files alias every interrupt handler weakly to a local Default_Handler."""


def demangle(linkage_name: str) -> str:
    """The C++ name, with "[clone …]" for what GCC appended; a C or unreadable name stays as it is."""
    mangled, clone = split_clone(linkage_name)
    if not mangled.startswith("_Z") or not mangled.isascii() or len(mangled) > _MAX_MANGLED_LENGTH:
        return linkage_name
    try:
        name = str(cxxfilt.demangle(mangled))
    except (cxxfilt.Error, UnicodeDecodeError):  # not a mangled name, or this system has no C++ library
        return linkage_name
    return f"{name} [clone {clone}]" if clone else name


def nameless(addr: int) -> str:
    """What a function without a symbol is called in reports."""
    return f"sub_{addr:08X}"


def address_of(name: str) -> int | None:
    """The address in "0x08001234" or "sub_08001234" (without the Thumb bit); None for what is no address."""
    found = _ADDRESS.fullmatch(name)
    return int(found["digits"], 16) & ~1 if found is not None else None


def base_name(symbol: Symbol) -> str:
    """The demangled name of the function that a clone or a fragment was made from."""
    return without_clone(symbol.name)


class SymbolTable:
    """The symbols of one image, ready for look-up."""

    def __init__(self, image: Image) -> None:
        self.symbols: tuple[Symbol, ...] = image.symbols
        self._limits = _code_limits(image)
        self._starts, self._owners = _ownership(self._functions(), self._limits)

    def function_at(self, addr: int) -> Symbol | None:
        """The function whose code is at `addr`; None in a gap between functions and outside code."""
        index = bisect_right(self._starts, addr) - 1
        return self._owners[index] if index >= 0 else None

    def named(self, addr: int) -> str:
        """`addr` for people: "function+0x1c", or the number where no function is known."""
        function = self.function_at(addr)
        if function is None:
            return f"0x{addr:08x}"
        offset = addr - function.addr
        return f"{function.name}+0x{offset:x}" if offset else function.name

    def find(self, name: str) -> Symbol:
        """The symbol that a user means by `name`: a linkage name, a demangled one, or one without arguments.

        "conv.cc:Eval" restricts the search to local symbols of one source file.

        Raises:
            UnknownNameError: no symbol has the name, or several have; the fix lists candidates.
        """
        in_file = _IN_FILE.fullmatch(name)
        pool, wanted = self.symbols, name
        if in_file is not None:
            pool = tuple(each for each in self.symbols if _is_file(each.source_file, in_file[1]))
            wanted = in_file[2]
        for part in _NAME_PARTS if in_file is None else (*_NAME_PARTS, lambda each: last_part(each.name)):
            found = [each for each in pool if part(each) == wanted]
            if found:
                return _only(name, found)
        raise self._unknown(name)

    def find_function(self, name: str) -> Symbol:
        """As `find`, and for "0x08001234" or "sub_08001234" the function that begins at that address.

        Where no symbol begins there, a function of size 0 is made up, called as the report calls it.

        Raises:
            UnknownNameError: as `find`; or the address holds no code.
        """
        addr = address_of(name)
        if addr is None or any(each.linkage_name == name for each in self.symbols):
            return self.find(name)
        known = self.function_at(addr)
        if known is not None and known.addr == addr:
            return known
        if not self._may_hold_code(addr):
            raise UnknownNameError(
                f"there is no code at '{name}'",
                why="the firmware's code is at "
                + ", ".join(f"0x{start:08X}-0x{end - 1:08X}" for start, end in self._limits[:4]),
                fix="give the address of a function, as the report shows it: sub_08001234",
            )
        return Symbol(nameless(addr), nameless(addr), addr, 0, SymbolKind.FUNCTION)

    def gap_start_at(self, addr: int) -> int:
        """Where the code without a symbol around `addr` begins; `addr` + 1 when a symbol covers it."""
        index = bisect_right(self._starts, addr) - 1
        if index < 0:
            return 0
        return self._starts[index] if self._owners[index] is None else addr + 1

    def _may_hold_code(self, addr: int) -> bool:
        in_image = any(start <= addr < end for start, end in self._limits)
        return in_image or _RAM_START_ADDR <= addr < _RAM_END_ADDR

    def _unknown(self, name: str) -> UnknownNameError:
        if not self.symbols:
            return UnknownNameError(
                f"no symbol called '{name}'",
                why="the firmware has no symbol table",
                fix="pass the ELF file as it was linked, before strip; or name a function by its address, as the "
                "report shows it: --roi sub_08001234",
            )
        wanted = last_part(name.rsplit(":", 1)[-1]).lower()
        same = {each.name for each in self.symbols if last_part(each.name).lower() == wanted}
        if same:
            shown = " or ".join(f"'{each}'" for each in sorted(same)[:3])
            return UnknownNameError(f"no symbol called '{name}'", fix=f"did you mean {shown}?")
        return unknown_name("symbol", name, (without_arguments(each.name) for each in self.symbols))

    def _functions(self) -> list[Symbol]:
        """One symbol per address that begins a function, the best name first."""
        functions: dict[int, Symbol] = {}
        candidates = (
            each for each in self.symbols if each.kind is SymbolKind.FUNCTION or self._is_code_label(each)
        )
        for symbol in sorted(candidates, key=_preference):
            functions.setdefault(symbol.addr, symbol)
        return list(functions.values())

    def _is_code_label(self, symbol: Symbol) -> bool:
        return symbol.kind is SymbolKind.LABEL and any(
            start <= symbol.addr < end for start, end in self._limits
        )


def _preference(symbol: Symbol) -> tuple[int, bool, int, bool, bool, int, int, str, str]:
    """Sorts by address, then the name to show first: functions, strong names, sized ones, plain spellings."""
    plain = symbol.linkage_name.lstrip("_")
    return (
        symbol.addr,
        symbol.kind is not SymbolKind.FUNCTION,
        _BINDING_ORDER[symbol.binding],
        symbol.size_bytes == 0,
        is_fragment(symbol.linkage_name),
        len(symbol.linkage_name) - len(plain),
        len(symbol.linkage_name),
        symbol.linkage_name,
        symbol.source_file,
    )


def _code_limits(image: Image) -> list[tuple[int, int]]:
    """Ranges that hold code: executable sections, or executable segments in a file without sections."""
    from_segments = [
        (each.addr, each.addr + len(each.data)) for each in image.segments if each.is_executable and each.data
    ]
    from_sections = [
        (each.addr, each.addr + each.size_bytes)
        for each in image.sections
        if any(start <= each.addr < end for start, end in from_segments)
    ]
    return sorted(from_sections or from_segments)


def _ownership(
    functions: list[Symbol], limits: list[tuple[int, int]]
) -> tuple[list[int], list[Symbol | None]]:
    """Boundaries and the function from each to the next; an inner function interrupts the outer one."""
    starts: list[int] = []
    owners: list[Symbol | None] = []
    open_functions: list[tuple[int, Symbol]] = []

    def close_until(addr: int) -> None:
        while open_functions and open_functions[-1][0] <= addr:
            end, _ = open_functions.pop()
            while open_functions and open_functions[-1][0] <= end:
                open_functions.pop()
            starts.append(end)
            owners.append(open_functions[-1][1] if open_functions else None)

    for symbol, end in _with_ends(functions, limits):
        close_until(symbol.addr)
        starts.append(symbol.addr)
        owners.append(symbol)
        open_functions.append((end, symbol))
    close_until(1 << 64)
    return starts, owners


def _with_ends(functions: list[Symbol], limits: list[tuple[int, int]]) -> list[tuple[Symbol, int]]:
    """Each function and where it ends; a function without a size ends where the next one or its section does.

    Labels inside a function (loops in assembly) are no functions. A local label begins one only in a gap.
    """
    kept: list[tuple[Symbol, int]] = []
    for symbol in functions:
        limit = next((end for start, end in limits if start <= symbol.addr < end), symbol.addr + 2)
        if symbol.kind is SymbolKind.LABEL and kept and symbol.addr < kept[-1][1]:
            is_in_sized = kept[-1][0].size_bytes > 0
            if is_in_sized or symbol.binding is SymbolBinding.LOCAL:
                continue
        if kept and not kept[-1][0].size_bytes and kept[-1][1] > symbol.addr:
            kept[-1] = (kept[-1][0], symbol.addr)
        kept.append((symbol, symbol.addr + symbol.size_bytes if symbol.size_bytes else limit))
    return kept


_NAME_PARTS: tuple[Callable[[Symbol], str], ...] = (
    lambda each: each.linkage_name,
    lambda each: each.name,
    lambda each: without_arguments(each.name) if not is_fragment(each.linkage_name) else "",
)


def _only(name: str, found: list[Symbol]) -> Symbol:
    """The one symbol, or the preferred one of several at the same address."""
    if len({each.addr for each in found}) == 1:
        return min(found, key=_preference)
    visible = [each for each in found if each.binding is not SymbolBinding.LOCAL]
    if len(visible) == 1 and visible[0].linkage_name == name:
        return visible[0]
    shown = "; ".join(
        f"{each.name} in {each.source_file or 'an unnamed file'} at 0x{each.addr:08x}" for each in found[:8]
    )
    first = found[0]
    fix = "use the full name with its arguments, or the linkage name"
    if first.source_file and len({each.source_file for each in found}) > 1:
        fix = f"put the file before it, for example '{first.source_file}:{last_part(first.name)}'"
    raise UnknownNameError(f"'{name}' is the name of {len(found)} symbols", why=f"they are {shown}", fix=fix)


def _is_file(source_file: str, wanted: str) -> bool:
    return bool(source_file) and (
        source_file == wanted or source_file.replace("\\", "/").endswith("/" + wanted)
    )
