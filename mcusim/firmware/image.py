"""What an ELF file says, as plain data; no parsing here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class SymbolKind(Enum):
    """What a symbol names."""

    FUNCTION = "function"
    OBJECT = "object"
    LABEL = "label"
    ABSOLUTE = "absolute"
    """A number the linker defined (`_estack`, `_Min_Stack_Size`): an address or not."""


class SymbolBinding(Enum):
    """How far a symbol is visible."""

    LOCAL = "local"
    WEAK = "weak"
    GLOBAL = "global"


class SectionKind(Enum):
    """What a section holds in the running firmware."""

    CODE = "code"
    CONSTANT = "constant"
    DATA = "data"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Segment:
    """One PT_LOAD: bytes that a flash tool writes at `load_addr`; `addr` is where the code expects them."""

    addr: int
    load_addr: int
    data: bytes
    memory_size_bytes: int
    is_executable: bool
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One allocated section; `load_addr` differs from `addr` for initialised data kept in flash."""

    name: str
    addr: int
    load_addr: int
    size_bytes: int
    kind: SectionKind


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name at an address (Thumb bit cleared); `name` is demangled, `linkage_name` is as in the file."""

    name: str
    linkage_name: str
    addr: int
    size_bytes: int
    kind: SymbolKind
    source_file: str = ""
    binding: SymbolBinding = SymbolBinding.LOCAL


@dataclass(frozen=True, slots=True)
class Image:
    """A loadable firmware."""

    path: Path
    sha256: str
    architecture: str
    """What the build attributes say: "v6S-M", "v7-M", "v7E-M", "v8-M.baseline", "v8-M.mainline",
    "v8.1-M.mainline", or "" when they say nothing."""
    entry_addr: int
    vector_table_addr: int
    initial_sp_addr: int
    initial_pc_addr: int
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    build_id: str = ""
    has_mve: bool = False
    """The build attributes say that the code uses Helium, the vector extension of Armv8.1-M."""
    lines_path: Path | None = None
    """The ELF file that may have debug information about this image: the file itself, or that of --symbols."""
    layer_table: bytes = b""
    """What firmware that mcusim built says of its network, from a section that is not loaded; empty: it does not."""
    warnings: tuple[str, ...] = ()
    """What a reader of the report must know about the file."""
    misfit: str = ""
    """Why the firmware looks built for another board than the one that it is to run on; empty: it does not."""
