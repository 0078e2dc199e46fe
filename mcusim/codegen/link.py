"""Links object files into an ELF, with the compiler's run-time library for what the core cannot do itself."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.codegen.compile import Finished, attempt, refused, run
from mcusim.codegen.flags import LINK_FLAGS, cpu_flags, zig_cpu, zig_target
from mcusim.codegen.toolchain import CompilerKind, cache_path, find_toolchain
from mcusim.errors import McusimError

if TYPE_CHECKING:
    from mcusim.codegen.toolchain import Toolchain

_OVERFLOW = re.compile(r"region [`'](\w+)'(?:: | )overflowed by (\d+) bytes")
_UNDEFINED = re.compile(r"(?:undefined symbol: |undefined reference to [`'])(\w+)")
_HELPER = re.compile(r"__aeabi_\w+|__\w+[sdt][if]\d?")
"""Names of run-time library functions: the Arm run-time ABI's and GCC's ("__clzsi2")."""
_SHOWN_NAMES_COUNT = 4


class MissingRuntimeError(McusimError):
    """The program needs functions that come with a compiler, and this compiler came without."""


class RegionOverflowError(McusimError):
    """The linked program is larger than flash or RAM."""

    def __init__(self, region: str, excess_bytes: int, what: str) -> None:
        super().__init__(
            f"the firmware does not fit: {region} is {excess_bytes} B too small",
            where=what,
            why="the linker placed code, weights and inputs in FLASH, and arena, variables and stack in RAM",
            fix="take a board with more memory (mcusim boards), a smaller network, or fewer inputs (--inputs-count)",
        )
        self.region, self.excess_bytes = region, excess_bytes


@dataclass(frozen=True, slots=True)
class LinkJob:
    """What one ELF is linked from."""

    toolchain: Toolchain
    core: str
    has_fpu: bool
    objects: tuple[Path, ...]
    folder: Path
    """The linker script is named from here."""
    scratch: Path
    """For what is needed only while linking."""
    options: tuple[str, ...] = ()
    """For the linker itself: search folders and symbols."""


def link(job: LinkJob, script: str, output: Path) -> None:
    """Link with the script at `script`, as named from the job's folder.

    Raises:
        RegionOverflowError: the program is too large.
        MissingRuntimeError: it needs run-time functions that are nowhere.
        CompilationError: the linker refuses it for another reason.
    """
    if job.toolchain.kind is CompilerKind.GCC:
        _check(job, _gcc_link(job, script, output, _gcc_runtime(job, job.toolchain)), script)
        return
    # Most programs for the larger cores need no run-time function; Zig takes ten seconds to compile its library.
    finished = _lld_link(job, script, output, None)
    if not finished.is_ok and (missing := _missing_helpers(finished.said)):
        finished = _lld_link(job, script, output, _runtime(job, missing))
    _check(job, finished, script)


def _check(job: LinkJob, finished: Finished, script: str) -> None:
    if finished.is_ok:
        return
    overflow = _OVERFLOW.findall(finished.said)
    if overflow:
        region, excess = max(overflow, key=lambda each: int(each[1]))
        raise RegionOverflowError(region, int(excess), script)
    raise refused(job.toolchain, "the whole program (linking)", finished.said)


def _gcc_link(job: LinkJob, script: str, output: Path, runtime: Path) -> Finished:
    cpu = cpu_flags(job.core, job.has_fpu, CompilerKind.GCC)
    options = [f"-Wl,{each}" for each in (*LINK_FLAGS, *job.options)]
    objects = [str(each) for each in job.objects]
    command = (*job.toolchain.linker, *cpu, "-nostdlib", *options, f"-Wl,-T,{script}", *objects, str(runtime))
    return attempt(job.toolchain, (*command, "-o", str(output)), job.folder)


def _lld_link(job: LinkJob, script: str, output: Path, runtime: Path | None) -> Finished:
    objects = [str(each) for each in (*job.objects, runtime) if each is not None]
    command = (*job.toolchain.linker, *LINK_FLAGS, "--error-limit=0", *job.options, "-T", script, *objects)
    return attempt(job.toolchain, (*command, "-o", str(output)), job.folder)


def _missing_helpers(said: str) -> tuple[str, ...]:
    """The undefined symbols, if a run-time library has them all."""
    names = dict.fromkeys(_UNDEFINED.findall(said))
    return tuple(names) if names and all(_HELPER.fullmatch(each) for each in names) else ()


def _runtime(job: LinkJob, missing: tuple[str, ...]) -> Path:
    if job.toolchain.kind is CompilerKind.ZIG:
        return _zig_runtime(job)
    own = _clang_runtime(job)
    if own is not None:
        return own
    gcc = shutil.which("arm-none-eabi-gcc")
    if gcc is not None:
        return _gcc_runtime(job, find_toolchain(gcc))
    shown = ", ".join(missing[:_SHOWN_NAMES_COUNT]) + (" …" if len(missing) > _SHOWN_NAMES_COUNT else "")
    raise MissingRuntimeError(
        f"this clang has no run-time library for the {job.core}",
        where=job.toolchain.compiler[0],
        why=f"the program needs {shown}, and clang came without libclang_rt.builtins for Arm",
        fix="use a compiler that has one: pip install 'mcusim[compile]' (--compiler zig), or apt-get install "
        "gcc-arm-none-eabi (--compiler gcc)",
    )


def _clang_runtime(job: LinkJob) -> Path | None:
    """What an embedded clang ships for just this core; Debian's has none for Arm."""
    cpu = cpu_flags(job.core, job.has_fpu, CompilerKind.CLANG)
    command = (*job.toolchain.compiler, *cpu, "--rtlib=compiler-rt", "-print-libgcc-file-name")
    found = Path(run(job.toolchain, command, job.folder, "nothing").strip())
    return _without_debug(job, found, "llvm-objcopy") if found.is_file() else None


def _gcc_runtime(job: LinkJob, gcc: Toolchain) -> Path:
    """A copy of libgcc without debug information, which names the folders that it was built in."""
    cpu = cpu_flags(job.core, job.has_fpu, CompilerKind.GCC)
    command = (*gcc.compiler, *cpu, "-print-libgcc-file-name")
    original = Path(run(gcc, command, job.folder, "libgcc").strip())
    return _without_debug(job, original, str(_beside(gcc.compiler[0], "objcopy")))


def _beside(compiler: str, tool: str) -> Path:
    """arm-none-eabi-gcc: arm-none-eabi-objcopy, in the same folder."""
    path = Path(compiler)
    return path.with_name(re.sub(r"gcc(?=[^/\\]*$)", tool, path.name))


def _without_debug(job: LinkJob, library: Path, objcopy: str) -> Path:
    copy = job.scratch / f"runtime-{hashlib.sha256(str(library).encode()).hexdigest()[:8]}.a"
    if not copy.exists():
        run(job.toolchain, (objcopy, "--strip-debug", str(library), str(copy)), job.folder, library.name)
    return copy


def _zig_runtime(job: LinkJob) -> Path:
    """Zig's run-time library for the core, compiled once and kept: its own link step would give it our paths."""
    cpu, target = zig_cpu(job.core, job.has_fpu), zig_target(job.core, job.has_fpu)
    version = job.toolchain.version.replace(" ", "-")
    kept = cache_path() / f"{version}-{target}-{cpu}.a"
    if kept.is_file():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = job.scratch / "compiler_rt.a"
    source = job.toolchain.headers_path / "compiler_rt.zig"
    flags = (
        "-target",
        target,
        f"-mcpu={cpu}",
        "-OReleaseFast",
        "-fstrip",
        "-fno-compiler-rt",
        "-fno-ubsan-rt",
    )
    sections = ("-ffunction-sections", "-fdata-sections", "--name", "compiler_rt")
    command = (job.toolchain.compiler[0], "build-lib", str(source), *flags, *sections, f"-femit-bin={fresh}")
    run(job.toolchain, command, job.folder, "its run-time library")
    unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
    shutil.copyfile(fresh, unfinished)
    unfinished.replace(kept)  # in one step: another build may look for it at this moment
    return kept
