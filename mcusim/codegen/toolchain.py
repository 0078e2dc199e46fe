"""Finds a C compiler for Cortex-M: arm-none-eabi-gcc, clang with lld, or the ziglang package; compiles nothing."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from mcusim.errors import McusimError

INSTALL_HINTS = (
    "pip install 'mcusim[compile]'",
    "apt-get install gcc-arm-none-eabi",
    "apt-get install clang lld",
)
_GCC, _CLANG, _LLD = "arm-none-eabi-gcc", "clang", "ld.lld"
_MAX_ANSWER_SECONDS = 60.0
"""A compiler that says nothing about itself for so long is none."""
_VERSION = re.compile(r"\b(\d+\.\d+(?:\.\d+)?)\b")


class CompilerMissingError(McusimError):
    """There is no compiler for Cortex-M, or the one that the user named is none."""


class CompilerKind(Enum):
    """Whose options a compiler understands."""

    GCC = "gcc"
    CLANG = "clang"
    ZIG = "zig"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler and the linker that goes with it, as commands."""

    kind: CompilerKind
    compiler: tuple[str, ...]
    linker: tuple[str, ...]
    """Of GCC the compiler again: it knows its own linker."""
    version: str
    """"arm-none-eabi-gcc 12.2.1"."""
    headers_path: Path
    """Where the compiler keeps its own headers: the path must not get into what it compiles."""


def find_toolchain(wanted: str = "") -> Toolchain:
    """The compiler that `wanted` names ("gcc", "clang", "zig" or a path), else the first that is installed.

    Raises:
        CompilerMissingError: there is none, or the one named cannot compile for Cortex-M.
    """
    if wanted:
        return _named(wanted)
    for find in (_found_gcc, _found_clang, _found_zig):
        toolchain = find()
        if toolchain is not None:
            return toolchain
    raise CompilerMissingError(
        "no compiler for Cortex-M was found",
        why=f"neither {_GCC} nor {_CLANG} with {_LLD} is on the PATH, and the ziglang package is not installed",
        fix="\n       ".join(("install one of them:", *INSTALL_HINTS)),
    )


def gcc_at(command: str) -> Toolchain | None:
    """GCC for bare-metal Arm; None if the command is another program."""
    machine = _answer(command, "-dumpmachine")
    if not re.fullmatch(r"arm-(\w+-)?eabi", machine) or "clang" in _answer(command, "--version"):
        return None
    version = _version_in(_answer(command, "--version"))
    headers = Path(_answer(command, "-print-file-name=include"))
    return Toolchain(CompilerKind.GCC, (command,), (command,), f"{_GCC} {version}", headers)


def clang_at(command: str) -> Toolchain | None:
    """Clang with the Arm back end, and lld; None if one of them is missing."""
    said = _answer(command, "--version")
    if "clang" not in said or not re.search(
        r"^\s*thumb\s", _answer(command, "--print-targets"), re.MULTILINE
    ):
        return None
    linker = shutil.which(_answer(command, f"--print-prog-name={_LLD}")) or shutil.which(_LLD)
    if linker is None:
        return None
    headers = Path(_answer(command, "-print-resource-dir")) / "include"
    return Toolchain(CompilerKind.CLANG, (command,), (linker,), f"clang {_version_in(said)}", headers)


def zig_at(command: str) -> Toolchain | None:
    """Zig, which has clang, lld and a run-time library in one program; None if the command is another program."""
    version = _answer(command, "version")
    if not _VERSION.match(version):
        return None
    library = re.search(r'\.?lib_dir"?\s*[=:]\s*"([^"]+)"', _answer(command, "env"))
    folder = (
        Path(library.group(1).replace("\\\\", "\\")) if library else Path(command).resolve().parent / "lib"
    )
    return Toolchain(CompilerKind.ZIG, (command, "cc"), (command, _LLD), f"zig {version}", folder)


def environment(toolchain: Toolchain) -> dict[str, str]:
    """What the toolchain's programs run in: English messages, and for Zig a cache that outlives the build."""
    variables = {**os.environ, "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
    if toolchain.kind is CompilerKind.ZIG:
        folder = str(cache_path() / "zig")
        for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
            variables.setdefault(name, folder)
    return variables


def cache_path() -> Path:
    """The user's folder for what can be made again: run-time libraries compiled once for each core."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = Path(base) / "mcusim"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that is read-only, or none at all
        return Path(tempfile.gettempdir()) / "mcusim-cache"
    return path


def _named(wanted: str) -> Toolchain:
    by_name = {"gcc": _found_gcc, "clang": _found_clang, "zig": _found_zig}
    if wanted in by_name:
        toolchain = by_name[wanted]()
        if toolchain is None:
            raise CompilerMissingError(
                f"the compiler '{wanted}' was not found",
                why=_WHY_NOT[wanted],
                fix=f"{_HINT_OF[wanted]}, or leave --compiler out to take any that is installed",
            )
        return toolchain
    command = shutil.which(wanted)
    if command is None:
        raise CompilerMissingError(
            f"there is no compiler '{wanted}'",
            why="it is neither 'gcc', 'clang' or 'zig' nor a program",
            fix="give one of these names or the path of a compiler, or leave --compiler out",
        )
    for at in (gcc_at, clang_at, zig_at):
        toolchain = at(command)
        if toolchain is not None:
            return toolchain
    raise CompilerMissingError(
        f"'{wanted}' does not compile for Cortex-M",
        where=command,
        why="it is neither GCC for arm-none-eabi, nor clang with the Arm back end and lld, nor Zig",
        fix="\n       ".join(("install one of them:", *INSTALL_HINTS)),
    )


_HINT_OF = dict(zip(("zig", "gcc", "clang"), INSTALL_HINTS, strict=True))
_WHY_NOT = {
    "gcc": f"there is no {_GCC} on the PATH",
    "clang": f"clang needs its Arm back end and {_LLD}; both must be on the PATH",
    "zig": "the ziglang package is not installed, and there is no zig on the PATH",
}


def _found_gcc() -> Toolchain | None:
    command = shutil.which(_GCC)
    return gcc_at(command) if command else None


def _found_clang() -> Toolchain | None:
    command = shutil.which(_CLANG)
    return clang_at(command) if command else None


def _found_zig() -> Toolchain | None:
    """The package's program itself: starting Python for each file would only cost time."""
    package = importlib.util.find_spec("ziglang")
    folders = list(package.submodule_search_locations or ()) if package else []
    command = next(
        (found for each in folders if (found := shutil.which("zig", path=each))), shutil.which("zig")
    )
    return zig_at(command) if command else None


def _answer(*command: str) -> str:
    """What the program says; empty if it fails or does not run at all."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_MAX_ANSWER_SECONDS,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _version_in(text: str) -> str:
    """GCC's first line may have the distribution's version in brackets before its own."""
    first = re.sub(r"\([^)]*\)", "", text.partition("\n")[0])
    found = _VERSION.search(first)
    return found.group(1) if found else ""
