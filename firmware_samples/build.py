"""Rebuilds the samples' ELFs byte for byte with one pinned compiler.

python firmware_samples/build.py                 builds every ELF in place
python firmware_samples/build.py NAME…           builds those of these samples
python firmware_samples/build.py --check [NAME…] builds elsewhere, compares bytes; exit code 1 if any differs
Exit code 2: the compiler is missing or another version.

A sample's [build] table has `model` (a TensorFlow Lite file, with `inputs` and `inputs_count`; the network as
mcusim build writes it), `sources` (C by hand), or both: a main program by hand around a network. `kernels` names
further files of common/nn; an [[elf]] may have further `sources` of its own. The program is started up and linked as
mcusim build does for the first board of each [[elf]]; C by hand in an ELF that HAND_WRITTEN names is linked with the
platform given there.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.append(str(ROOT.parent))  # a checkout need not be installed

from mcusim.board.load import load_board  # noqa: E402
from mcusim.codegen import boot2  # noqa: E402
from mcusim.codegen.build import network_of, target_of  # noqa: E402
from mcusim.codegen.compile import Job, compile_sources  # noqa: E402
from mcusim.codegen.emit import CSource, NetworkCode  # noqa: E402
from mcusim.codegen.firmware import CompileOptions, FirmwareCode, compile_firmware  # noqa: E402
from mcusim.codegen.flags import WARNING_FLAGS, compile_flags  # noqa: E402
from mcusim.codegen.inputs import input_data  # noqa: E402
from mcusim.codegen.link import LinkJob, link  # noqa: E402
from mcusim.codegen.main_program import main_program  # noqa: E402
from mcusim.codegen.request import BuildRequest, Inputs  # noqa: E402
from mcusim.codegen.toolchain import Toolchain, find_toolchain  # noqa: E402
from mcusim.errors import McusimError  # noqa: E402

COMPILER = "arm-none-eabi-gcc"
COMPILER_VERSION = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205"
LINKER_VERSION = "GNU ld (2.40-2+18+b1) 2.40"
INSTALL_HINT = "on Debian 12: apt-get install gcc-arm-none-eabi binutils-arm-none-eabi"
PLATFORM_SOURCES = ("startup.c", "memory.c", "print.c")
INCLUDES = ("common/nn", "common/platform")


@dataclass(frozen=True, slots=True)
class Target:
    """What the boards differ in: platform sources, linker script, interrupts of the chip."""

    sources: tuple[str, ...]
    linker_script: str
    interrupts_count: int
    symbols: tuple[tuple[str, int], ...] = ()
    """What the linker script asks for."""


def _generic(script: str, *sources: str, platform: str = "generic.c") -> Target:
    """It uses no interrupt; its console is semihosting, and it runs at the clock that the chip starts with."""
    return Target((platform, "console_semihosting.c", *sources), script, 32)


def _layout(
    flash_addr: int, ram_kib: int, *sources: str, ram_addr: int = 0x2000_0000, platform: str = "generic.c"
) -> Target:
    """The generic platform at these addresses, for every board whose memory has room for it there."""
    generic = _generic("layout.ld", *sources, platform=platform)
    if platform == "generic_m7.c":
        generic = _generic("layout.ld", "caches.c", *sources, platform=platform)
    symbols = (("FLASH_START", flash_addr), ("RAM_START", ram_addr), ("RAM_SIZE", ram_kib * 1024))
    return Target(generic.sources, generic.linker_script, generic.interrupts_count, symbols)


# Interrupt counts: RM0432 table 58 (STM32L4R5: 0..94), RP2040 datasheet 2.3.2 (26, table padded to 32).
HAND_WRITTEN = {
    "nucleo_l4r5zi.elf": Target(("nucleo_l4r5zi.c",), "nucleo_l4r5zi.ld", 95),
    "raspberry_pi_pico.elf": Target(("raspberry_pi_pico.c", boot2.SOURCE), "raspberry_pi_pico.ld", 32),
    "generic_m4.elf": _generic("generic.ld"),
    "generic_m3.elf": _generic("generic.ld"),
    "generic_m0plus.elf": _generic("generic.ld"),
    "m0plus_at_08000000.elf": _layout(0x0800_0000, 8),  # the STM32L053 has 8 KiB of RAM
    "m0plus_at_00002000.elf": _layout(0x0000_2000, 32),  # behind the boot loader of Arduino's SAMD21 boards
    "m3_at_08000000.elf": _layout(0x0800_0000, 16),  # the STM32L100 has 16 KiB of RAM
    "m4_at_00000000.elf": _layout(0x0000_0000, 64, "kinetis_flash_config.c"),
    "m4_at_00004000.elf": _layout(0x0000_4000, 64),  # behind the boot loader of Adafruit's SAMD51 boards
    "m4_at_0000c000.elf": _layout(
        0x0000_C000, 64, ram_addr=0x1000_0000
    ),  # behind SparkFun's; RAM: TCM of the Apollo3
    "m4_at_00010000.elf": _layout(0x0001_0000, 64),  # behind the boot loader of the Nano 33 BLE
    "m4_at_08000000.elf": _layout(0x0800_0000, 64),
    "m7_at_08000000.elf": _layout(0x0800_0000, 64, platform="generic_m7.c"),
    # Behind the boot loader of the Portenta H7.
    "m7_at_08040000.elf": _layout(0x0804_0000, 64, platform="generic_m7.c"),
    # Where NXP's layout of FlexSPI flash has the vector table; without the header that the boot ROM reads before it.
    "m7_at_60002000.elf": _layout(0x6000_2000, 64, platform="generic_m7.c"),
    "m33_at_00000000.elf": _layout(0x0000_0000, 64),
    "m33_at_08000000.elf": _layout(0x0800_0000, 64),
    "m33_at_10000000.elf": _layout(0x1000_0000, 64, "rp2350_image_def.c"),
}
CORES_WITH_FPU = ("cortex-m4", "cortex-m7", "cortex-m33")


class BuildError(Exception):
    """The build cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Elf:
    """One ELF of one sample."""

    sample: Path
    build: dict[str, Any]
    """The sample's [build] table; `sources` with those of this ELF alone."""
    file: str
    board: str
    """The first of its boards."""
    core: str

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.sample.name}/{self.file}"

    @property
    def path(self) -> Path:
        """Where it is committed."""
        return self.sample / self.file


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0].strip()


def toolchain_problem() -> str:
    """Why the ELFs cannot be rebuilt byte for byte here; empty if they can."""
    if shutil.which(COMPILER) is None:
        return f"{COMPILER} is not installed; {INSTALL_HINT}"
    version = _first_line(COMPILER, "--version")
    if version != COMPILER_VERSION:
        return f"found '{version}', but the ELFs are built with '{COMPILER_VERSION}'; {INSTALL_HINT}"
    linker = _first_line("arm-none-eabi-ld", "--version")
    if linker != LINKER_VERSION:
        return f"found '{linker}', but the ELFs are linked with '{LINKER_VERSION}'; {INSTALL_HINT}"
    return ""


class Builder:
    """Builds ELFs in a folder of its own; a source that several of them compile alike is compiled once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._toolchain: Toolchain = find_toolchain("gcc")
        self._kept: dict[str, bytes] = {}

    def build(self, elf: Elf, output: Path) -> None:
        """One ELF, at `output`."""
        if "model" not in elf.build and elf.file in HAND_WRITTEN:
            self._by_hand(elf, output)
        else:
            compile_firmware(
                _code(elf),
                load_board(elf.board),
                self._toolchain,
                output,
                CompileOptions(warns=True, kept=self._kept),
            )

    def _by_hand(self, elf: Elf, output: Path) -> None:
        target = HAND_WRITTEN[elf.file]
        has_fpu = elf.core in CORES_WITH_FPU
        flags = (*compile_flags(self._toolchain.kind, elf.core, has_fpu), *WARNING_FLAGS)
        includes = (*INCLUDES, (elf.sample / "src").relative_to(ROOT).as_posix())
        flags = (*flags, f"-DBOARD_IRQ_COUNT={target.interrupts_count}")
        job = Job(self._toolchain, flags, ROOT, "firmware_samples", includes)
        objects_folder = self.folder / f"{elf.sample.name}-{elf.file}-objects"
        objects_folder.mkdir()
        objects = compile_sources(job, _sources(elf, target), objects_folder, self._kept)
        for path in objects:
            if boot2.SOURCE in path.name:
                boot2.sign(path)
        options = ("-Lcommon/link", *(f"--defsym={name}={value:#x}" for name, value in target.symbols))
        linking = LinkJob(self._toolchain, elf.core, has_fpu, objects, ROOT, self.folder, options)
        linked = self.folder / "linked.elf"
        link(linking, target.linker_script, linked)
        output.write_bytes(linked.read_bytes())  # not the linker's file mode


def _code(elf: Elf) -> FirmwareCode:
    """The network and its inputs, then the C by hand, which may have a main program of its own."""
    files: list[CSource] = []
    kernels = [*elf.build.get("kernels", ())]
    if "model" in elf.build:
        network, inputs = _network(elf)
        files, kernels = [*network.files, *inputs], [*kernels, *network.kernel_sources]
    sources = [elf.sample / name for name in elf.build.get("sources", ())]
    headers = [
        path for folder in sorted({each.parent for each in sources}) for path in sorted(folder.glob("*.h"))
    ]
    by_hand = [
        CSource(path.relative_to(elf.sample).as_posix(), path.read_text(encoding="utf-8"))
        for path in (*sources, *headers)
    ]
    if any(Path(each.name).name == "main.c" for each in by_hand):
        files = [each for each in files if each.name != "main.c"]
    return FirmwareCode((*files, *by_hand), tuple(kernels))


def _network(elf: Elf) -> tuple[NetworkCode, tuple[CSource, ...]]:
    """As mcusim build makes it, with the first held-back inputs."""
    inputs = Inputs(elf.sample / elf.build["inputs"], count=elf.build["inputs_count"])
    request = BuildRequest(elf.sample / elf.build["model"], elf.board, elf.path, inputs)
    graph, network, _ = network_of(request, target_of(load_board(elf.board).chip))
    return network, main_program(graph, input_data(inputs, graph))


def _sources(elf: Elf, target: Target) -> tuple[str, ...]:
    platform = [f"common/platform/{name}" for name in (*PLATFORM_SOURCES, *target.sources)]
    kernels = [f"common/nn/{name}" for name in elf.build.get("kernels", ())]
    return tuple(platform + kernels + [f"{elf.sample.name}/{name}" for name in elf.build["sources"]])


def all_elfs(names: tuple[str, ...] = ()) -> list[Elf]:
    """Every committed ELF, or those of the samples of these names."""
    found = []
    for path in sorted(ROOT.glob("*/sample.toml")):
        if not names or path.parent.name in names:
            recipe = tomllib.loads(path.read_text(encoding="utf-8"))
            found += [_elf(path.parent, recipe["build"], row) for row in recipe.get("elf", [])]
    return found


def _elf(sample: Path, build: dict[str, Any], row: dict[str, Any]) -> Elf:
    if "sources" in row:
        build = {**build, "sources": [*build.get("sources", ()), *row["sources"]]}
    return Elf(sample, build, row["file"], row["boards"][0], row["core"])


def differing(elfs: list[Elf], folder: Path) -> list[str]:
    """Names of the ELFs whose rebuilt bytes (in `folder`) are not the committed ones."""
    names = []
    builder = Builder(folder)
    for elf in elfs:
        rebuilt = folder / f"{elf.sample.name}-{elf.file}"
        builder.build(elf, rebuilt)
        if not elf.path.is_file() or elf.path.read_bytes() != rebuilt.read_bytes():
            names.append(elf.name)
    return names


def _checked_names(names: list[str]) -> tuple[str, ...]:
    known = {path.parent.name for path in ROOT.glob("*/sample.toml")}
    strangers = sorted(set(names) - known)
    if strangers:
        raise BuildError(f"no sample called {', '.join(strangers)}; there are: {', '.join(sorted(known))}")
    return tuple(names)


def main() -> int:
    """Build or check, and say what was done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a sample; none: all of them")
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed ELFs, change nothing"
    )
    arguments = parser.parse_args()
    problem = toolchain_problem()
    if problem:
        raise BuildError(problem)
    elfs = all_elfs(_checked_names(arguments.names))
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.check:
            builder = Builder(Path(folder))
            for elf in elfs:
                builder.build(elf, elf.path)
                print(f"built {elf.name}", flush=True)
            return 0
        names = differing(elfs, Path(folder))
    for name in names:
        print(f"differs: {name}")
    print(f"{len(elfs) - len(names)} of {len(elfs)} ELFs are what the sources give")
    return 1 if names else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BuildError, McusimError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
