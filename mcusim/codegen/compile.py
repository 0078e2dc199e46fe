"""Compiles C files for one core, two at a time, and says what a compiler objected to; linking is in link.py."""

from __future__ import annotations

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.codegen.toolchain import environment
from mcusim.errors import McusimError

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.codegen.toolchain import Toolchain

_WORKERS_COUNT = 2
_SHOWN_LINES_COUNT = 4
_MAX_SECONDS = 600.0
"""Of one run of a compiler or linker: building a run-time library takes Zig some ten seconds."""


class CompilationError(McusimError):
    """A compiler or linker refused what it was given, or could not be run."""


@dataclass(frozen=True, slots=True)
class Job:
    """Compiling for one core, in one folder."""

    toolchain: Toolchain
    flags: tuple[str, ...]
    """All but those that name folders."""
    folder: Path
    """Sources are named from here, and paths in debug information begin here."""
    prefix: str
    """What debug information says instead of `folder`: the same on every machine."""
    includes: tuple[str, ...] = ()
    """Folders of headers, named from `folder`."""


def compile_sources(
    job: Job, sources: tuple[str, ...], objects: Path, kept: dict[str, bytes] | None = None
) -> tuple[Path, ...]:
    """An object file in the folder `objects` for each of `sources`, in their order.

    `kept` has the object files of earlier calls: what was compiled from the same text, headers and flags is not
    compiled again.

    Raises:
        CompilationError: the compiler refused one of them; the first in their order is named.
    """
    headers = _headers_digest(job) if kept is not None else ""

    def compiled(source: str) -> Path:
        # By the source's name: where an assembler file names no source, the object's name gets into the ELF.
        target = objects / f"{source.replace('/', '_')}.o"
        key = _key(job, source, headers) if kept is not None else ""
        if kept is not None and key in kept:
            target.write_bytes(kept[key])
            return target
        run(job.toolchain, (*_command(job, source), "-o", str(target)), job.folder, source)
        if kept is not None:
            kept[key] = target.read_bytes()
        return target

    with ThreadPoolExecutor(_WORKERS_COUNT) as pool:
        return tuple(pool.map(compiled, sources))


def _command(job: Job, source: str) -> tuple[str, ...]:
    # Not every compiler hands the prefix on to its assembler; the little there is needs no line table.
    assembler = ("-g0",) if source.endswith(".S") else ()
    includes = (f"-I{each}" for each in job.includes)
    return (*job.toolchain.compiler, *job.flags, *path_flags(job), *includes, *assembler, "-c", source)


def _key(job: Job, source: str, headers: str) -> str:
    """What an object file follows from; the folder's own name does not get into it."""
    digest = hashlib.sha256((job.folder / source).read_bytes())
    names = (job.prefix, source, headers, *job.toolchain.compiler, *job.flags, *job.includes)
    digest.update("\0".join(names).encode())
    return digest.hexdigest()


def _headers_digest(job: Job) -> str:
    digest = hashlib.sha256()
    for path in (path for each in job.includes for path in sorted((job.folder / each).glob("*.h"))):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def path_flags(job: Job) -> tuple[str, ...]:
    """No path of this machine gets into the debug information."""
    return (
        f"-ffile-prefix-map={job.folder}={job.prefix}",
        f"-ffile-prefix-map={job.toolchain.headers_path}=toolchain",
    )


@dataclass(frozen=True, slots=True)
class Finished:
    """How a tool ended."""

    is_ok: bool
    printed: str
    said: str
    """What it says when it fails; warnings otherwise."""


def run(toolchain: Toolchain, command: tuple[str, ...], folder: Path, what: str) -> str:
    """What the command prints.

    Raises:
        CompilationError: it fails; `what` is what it worked on.
    """
    finished = attempt(toolchain, command, folder)
    if not finished.is_ok:
        raise refused(toolchain, what, finished.said)
    return finished.printed


def attempt(toolchain: Toolchain, command: tuple[str, ...], folder: Path) -> Finished:
    """Run the command.

    Raises:
        CompilationError: it cannot be run at all, or does not end.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(toolchain),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_MAX_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompilationError(
            f"{toolchain.version} cannot be run",
            where=command[0],
            why=str(error),
            fix="install the compiler again, or choose another with --compiler",
        ) from None
    said = done.stderr.strip() or f"it ended with code {done.returncode}"
    return Finished(done.returncode == 0, done.stdout, said)


def refused(toolchain: Toolchain, what: str, said: str) -> CompilationError:
    """The error for what a compiler or linker said about `what`: its first lines that matter."""
    lines = said.splitlines()
    errors = [place for place, line in enumerate(lines) if "error" in line.lower() or "undefined" in line]
    first = errors[0] if errors else 0
    shown = "\n           ".join(line.rstrip() for line in lines[first : first + _SHOWN_LINES_COUNT])
    return CompilationError(
        f"{toolchain.version} does not build {what}",
        where=" ".join(toolchain.compiler),
        why=shown,
        fix="try another compiler (--compiler gcc, clang or zig); keep the C with --keep-sources to look at it",
    )
