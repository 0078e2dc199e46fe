"""Puts network, main program, inference library and platform together: from C to an ELF for a board."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.codegen import boot2
from mcusim.codegen.compile import Job, compile_sources
from mcusim.codegen.emit import CSource
from mcusim.codegen.flags import WARNING_FLAGS, compile_flags
from mcusim.codegen.link import LinkJob, RegionOverflowError, link
from mcusim.codegen.memory_layout import linker_script, memory_layouts
from mcusim.codegen.platform import FOLDER as PLATFORM_FOLDER
from mcusim.codegen.platform import common_path, platform_of, text_of
from mcusim.codegen.request import Console
from mcusim.errors import McusimError
from mcusim.firmware.elf import load_image
from mcusim.firmware.image import SectionKind

if TYPE_CHECKING:
    from mcusim.board.schema import Board
    from mcusim.codegen.memory_layout import MemoryLayout
    from mcusim.codegen.toolchain import Toolchain
    from mcusim.firmware.image import Image, Section

LIBRARY_FOLDER = "nn"
LINKER_SCRIPT = "link.ld"
PREFIX = "firmware"
"""What debug information says instead of the folder of the build."""
_STACK_BYTES = 2048
_STACK_SHARE = 8
"""Of a small RAM the stack's reserve is this part."""


class OutputError(McusimError):
    """A file that the build makes cannot be written where it is wanted."""


@dataclass(frozen=True, slots=True)
class FirmwareCode:
    """What makes a firmware besides the board."""

    files: tuple[CSource, ...]
    """Generated: main program, network, inputs."""
    kernel_sources: tuple[str, ...] = ()
    """Files under firmware_samples/common/nn."""


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """How to compile."""

    console: Console = Console.SEMIHOSTING
    keep_sources: Path | None = None
    """Where to leave the C and the linker script."""
    warns: bool = False
    """Ask the compiler for warnings and take them for errors: for code and compilers that we tested together."""
    kept: dict[str, bytes] | None = None
    """Object files of earlier builds, for who builds many firmwares (compile.compile_sources)."""


@dataclass(frozen=True, slots=True)
class CompiledFirmware:
    """An ELF and what it takes of the chip."""

    path: Path
    compiler: str
    flash_bytes: int
    """Written to flash: code, constants, initial values of variables."""
    static_ram_bytes: int
    stack_reserve_bytes: int
    """The linker saw to it that at least this is left for the stack."""
    layout: MemoryLayout
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    """What a person must know before flashing a real board."""


def compile_firmware(
    code: FirmwareCode,
    board: Board,
    toolchain: Toolchain,
    output: Path,
    options: CompileOptions | None = None,
) -> CompiledFirmware:
    """Compile and link; the same code and compiler give the same bytes wherever it is done.

    Raises:
        CompilationError: compiler or linker refuse the program.
        MissingRuntimeError: the compiler lacks functions that the core needs.
        RegionOverflowError: the program is larger than the board's flash or RAM.
        DataFileError: the board has no flash or RAM that a program could be linked to.
        OutputError: a file cannot be written.
    """
    options = options or CompileOptions()
    layouts = memory_layouts(board)
    platform = platform_of(board, options.console)
    library = _library(code.kernel_sources)
    with tempfile.TemporaryDirectory(prefix="mcusim-build") as name:
        folder = Path(name).resolve()
        sources = folder / "src"
        _write((*code.files, *library, *platform.sources), sources)
        elf, layout = folder / "firmware.elf", layouts[0]
        try:
            objects = _compiled(sources, board, toolchain, options)
            job = LinkJob(toolchain, board.chip.core, board.chip.has_fpu, objects, sources, folder)
            layout = _linked(job, layouts, elf)
        finally:  # also of a program that a compiler refuses
            _keep(sources, options.keep_sources)
        image = load_image(elf)
        _write_output(elf, output)
    return CompiledFirmware(
        path=output,
        compiler=toolchain.version,
        flash_bytes=flash_bytes_of(image),
        static_ram_bytes=static_ram_bytes_of(image),
        stack_reserve_bytes=_stack_bytes(layout),
        layout=layout,
        sections=image.sections,
        notes=platform.notes,
    )


def flash_bytes_of(image: Image) -> int:
    """What is written to flash."""
    return sum(len(each.data) for each in image.segments)


def static_ram_bytes_of(image: Image) -> int:
    """Variables, initialised or zero."""
    kinds = (SectionKind.DATA, SectionKind.ZERO)
    return sum(each.size_bytes for each in image.sections if each.kind in kinds)


def _library(kernel_sources: tuple[str, ...]) -> tuple[CSource, ...]:
    """The kernels that are needed, and all headers: these include each other."""
    folder = common_path() / LIBRARY_FOLDER
    names = (*sorted(set(kernel_sources)), *sorted(path.name for path in folder.glob("*.h")))
    return tuple(CSource(f"{LIBRARY_FOLDER}/{name}", text_of(folder / name)) for name in names)


def _write(sources: tuple[CSource, ...], folder: Path) -> None:
    for each in sources:
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.text, encoding="utf-8", newline="\n")


def _compiled(folder: Path, board: Board, toolchain: Toolchain, options: CompileOptions) -> tuple[Path, ...]:
    flags = compile_flags(toolchain.kind, board.chip.core, board.chip.has_fpu)
    warnings = WARNING_FLAGS if options.warns else ("-w",)
    objects = folder.with_name("obj")
    objects.mkdir()
    paths = [each.relative_to(folder) for each in sorted(folder.rglob("*")) if each.suffix in {".c", ".S"}]
    built: list[Path] = []
    # The library cannot see the generated headers: its object files are the same in every firmware for a core.
    shared = (LIBRARY_FOLDER, PLATFORM_FOLDER)
    for includes, is_shared in ((shared, True), ((".", *shared), False)):
        job = Job(toolchain, (*flags, *warnings), folder, PREFIX, includes)
        names = tuple(each.as_posix() for each in paths if (each.parts[0] in shared) is is_shared)
        built += compile_sources(job, names, objects, options.kept)
    for each in built:
        if each.name.startswith(f"{PLATFORM_FOLDER}_{boot2.SOURCE}"):
            boot2.sign(each)
    return tuple(built)


def _linked(job: LinkJob, layouts: tuple[MemoryLayout, ...], elf: Path) -> MemoryLayout:
    """Link to the first layout whose RAM is large enough."""
    sections = text_of(common_path() / "link" / "sections.ld")
    for place, layout in enumerate(layouts, start=1):
        script = linker_script(layout, sections, _stack_bytes(layout))
        (job.folder / LINKER_SCRIPT).write_text(script, encoding="utf-8", newline="\n")
        try:
            link(job, LINKER_SCRIPT, elf)
        except RegionOverflowError as error:
            if error.region != "RAM" or place == len(layouts):
                raise
            continue
        break
    return layout


def _stack_bytes(layout: MemoryLayout) -> int:
    return min(_STACK_BYTES, layout.ram.size_bytes // _STACK_SHARE)


def _keep(sources: Path, folder: Path | None) -> None:
    if folder is None:
        return
    try:
        shutil.copytree(sources, folder, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise OutputError(
            "the C cannot be written",
            where=str(folder),
            why=_reason(error),
            fix="give --keep-sources another folder",
        ) from None


def _write_output(elf: Path, output: Path) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(elf.read_bytes())
    except OSError as error:
        raise OutputError(
            "the firmware cannot be written",
            where=str(output),
            why=_reason(error),
            fix="give -o another path",
        ) from None


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
