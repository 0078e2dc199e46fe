"""Rebuilds the samples' ELFs byte for byte with one pinned compiler; needs no Python package.

python firmware_samples/build.py            builds every ELF in place
python firmware_samples/build.py --check    builds elsewhere, compares bytes; exit code 1 if any differs
Exit code 2: the compiler is missing or another version.
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
COMPILER = "arm-none-eabi-gcc"
COMPILER_VERSION = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205"
LINKER_VERSION = "GNU ld (2.40-2+18+b1) 2.40"
INSTALL_HINT = "on Debian 12: apt-get install gcc-arm-none-eabi binutils-arm-none-eabi"

CPU_FLAGS = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus",),
    "cortex-m3": ("-mcpu=cortex-m3",),
    "cortex-m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    # Single precision: what the STM32F746's FPU has; the others' can do more.
    "cortex-m7": ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}
COMMON_FLAGS = (
    "-mthumb",
    "-std=c11",
    "-O2",
    "-g",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-tree-loop-distribute-patterns",  # else memcpy's own loop becomes a call of memcpy
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wdouble-promotion",
    "-Werror",
)
LINK_FLAGS = (
    "-nostdlib",
    "-Wl,--gc-sections",
    "-Wl,--build-id=sha1",
    "-Wl,--fatal-warnings",
    "-Lcommon/link",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What the boards differ in: platform sources, linker script, interrupts of the chip."""

    sources: tuple[str, ...]
    linker_script: str
    interrupts_count: int
    symbols: tuple[tuple[str, int], ...] = ()
    """What the linker script asks for."""


def _layout(
    flash_addr: int, ram_kib: int, *sources: str, ram_addr: int = 0x2000_0000, platform: str = "generic.c"
) -> Target:
    """The generic platform at these addresses, for every board whose memory has room for it there.

    It uses no interrupt; its console is semihosting, and it runs at the clock that the chip starts with.
    """
    symbols = (("FLASH_START", flash_addr), ("RAM_START", ram_addr), ("RAM_SIZE", ram_kib * 1024))
    return Target((platform, *sources), "layout.ld", 32, symbols)


# Interrupt counts: RM0432 table 58 (STM32L4R5: 0..94), RP2040 datasheet 2.3.2 (26, table padded to 32).
TARGETS = {
    "nucleo_l4r5zi.elf": Target(("nucleo_l4r5zi.c",), "nucleo_l4r5zi.ld", 95),
    "raspberry_pi_pico.elf": Target(("raspberry_pi_pico.c", "rp2040_boot2.S"), "raspberry_pi_pico.ld", 32),
    "generic_m4.elf": Target(("generic.c",), "generic.ld", 32),
    "generic_m3.elf": Target(("generic.c",), "generic.ld", 32),
    "generic_m0plus.elf": Target(("generic.c",), "generic.ld", 32),
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
PLATFORM_SOURCES = ("startup.c", "memory.c", "print.c")


class BuildError(Exception):
    """The build cannot start or a tool failed; the message says what to do."""


def _output_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise BuildError(f"{command[0]} failed:\n{done.stderr}")
    return done.stdout


def toolchain_problem() -> str:
    """Why the ELFs cannot be rebuilt byte for byte here; empty if they can."""
    if shutil.which(COMPILER) is None:
        return f"{COMPILER} is not installed; {INSTALL_HINT}"
    version = _output_of(COMPILER, "--version").splitlines()[0].strip()
    if version != COMPILER_VERSION:
        return f"found '{version}', but the ELFs are built with '{COMPILER_VERSION}'; {INSTALL_HINT}"
    linker = _output_of("arm-none-eabi-ld", "--version").splitlines()[0].strip()
    if linker != LINKER_VERSION:
        return f"found '{linker}', but the ELFs are linked with '{LINKER_VERSION}'; {INSTALL_HINT}"
    return ""


def crc32_msb_first(data: bytes) -> int:
    """The RP2040 boot ROM's checksum: polynomial 0x04C11DB7, start all ones, no inversion (2.8.1.3.1)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
            crc &= 0xFFFFFFFF
    return crc


def _path_flags() -> list[str]:
    """No path of this machine gets into the debug information."""
    headers = Path(_output_of(COMPILER, "-print-file-name=include").strip())
    return [
        f"-ffile-prefix-map={ROOT}=firmware_samples",
        f"-ffile-prefix-map={headers}=toolchain",
        f"-Wa,--debug-prefix-map={ROOT}=firmware_samples",  # the compiler does not pass it on for .S files
    ]


def _boot2_checksum(source: Path, flags: list[str], folder: Path) -> int:
    """Assembles the second stage once without its checksum and computes it."""
    unsigned, raw = folder / "boot2.o", folder / "boot2.bin"
    _output_of(COMPILER, *flags, "-DBOOT2_CRC32=0", "-c", str(source.relative_to(ROOT)), "-o", str(unsigned))
    _output_of("arm-none-eabi-objcopy", "-O", "binary", "-j", ".boot2", str(unsigned), str(raw))
    return crc32_msb_first(raw.read_bytes()[:252])


def _libgcc_without_debug_information(cpu: list[str], folder: Path) -> str:
    """A copy of the compiler's support library; the original names the folders it was built in."""
    original = _output_of(COMPILER, *cpu, "-mthumb", "-print-libgcc-file-name").strip()
    copy = str(folder / "libgcc.a")
    _output_of("arm-none-eabi-objcopy", "--strip-debug", original, copy)
    return copy


def _sources(sample: Path, recipe: dict[str, Any], target: Target) -> list[Path]:
    platform = [ROOT / "common/platform" / name for name in (*PLATFORM_SOURCES, *target.sources)]
    kernels = sorted((ROOT / "common/kernels").glob("*.c"))
    return platform + kernels + [sample / name for name in recipe["build"]["sources"]]


class Builder:
    """Builds ELFs in a folder of its own; a source that several of them compile alike is compiled once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects: dict[tuple[str, ...], str] = {}
        self._path_flags = _path_flags()

    def build(self, sample: Path, recipe: dict[str, Any], elf: dict[str, Any], output: Path) -> None:
        """One ELF of one sample, at `output`."""
        target = TARGETS[elf["file"]]
        cpu = list(CPU_FLAGS[elf["core"]])
        flags = [*cpu, *COMMON_FLAGS, *self._path_flags, f"-DBOARD_IRQ_COUNT={target.interrupts_count}"]
        flags += ["-Icommon/kernels", "-Icommon/platform", f"-I{(sample / 'src').relative_to(ROOT)}"]
        sources = enumerate(_sources(sample, recipe, target))
        objects = [self._compiled(source, flags, f"{index}.o") for index, source in sources]
        objects.append(_libgcc_without_debug_information(cpu, self.folder))
        link = [*cpu, "-mthumb", *LINK_FLAGS]
        link += [f"-Wl,--defsym={name}={value:#x}" for name, value in target.symbols]
        link += [f"-Wl,-T,{target.linker_script}"]
        linked = self.folder / "out.elf"
        _output_of(COMPILER, *link, *objects, "-o", str(linked))
        output.write_bytes(linked.read_bytes())

    def _compiled(self, source: Path, flags: list[str], name: str) -> str:
        """The object file of `source`, from an earlier ELF where the flags are the same.

        Its name gets into the ELF where the source is assembler and says none.
        """
        if source.name == "rp2040_boot2.S":
            flags = [*flags, f"-DBOOT2_CRC32=0x{_boot2_checksum(source, flags, self.folder):08x}"]
        key = (str(source.relative_to(ROOT)), *flags)
        if key not in self._objects:
            path = self.folder / str(len(self._objects)) / name
            path.parent.mkdir()
            _output_of(COMPILER, *flags, "-c", key[0], "-o", str(path))
            self._objects[key] = str(path)
        return self._objects[key]


def all_elfs() -> list[tuple[Path, dict[str, Any], dict[str, Any]]]:
    """(sample folder, its sample.toml, one [[elf]] table) of every committed ELF."""
    found = []
    for path in sorted(ROOT.glob("*/sample.toml")):
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [(path.parent, recipe, elf) for elf in recipe["elf"]]
    return found


def differing(folder: Path) -> list[str]:
    """Names of the ELFs whose rebuilt bytes (in `folder`) are not the committed ones."""
    names = []
    builder = Builder(folder)
    for sample, recipe, elf in all_elfs():
        committed, rebuilt = sample / elf["file"], folder / f"{sample.name}-{elf['file']}"
        builder.build(sample, recipe, elf, rebuilt)
        if not committed.is_file() or committed.read_bytes() != rebuilt.read_bytes():
            names.append(f"{sample.name}/{elf['file']}")
    return names


def main() -> int:
    """Build or check, and say what was done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed ELFs, change nothing"
    )
    arguments = parser.parse_args()
    problem = toolchain_problem()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    if arguments.check:
        with tempfile.TemporaryDirectory() as folder:
            names = differing(Path(folder))
        for name in names:
            print(f"differs: {name}")
        print(f"{len(all_elfs()) - len(names)} of {len(all_elfs())} ELFs are what the sources give")
        return 1 if names else 0
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(Path(folder))
        for sample, recipe, elf in all_elfs():
            builder.build(sample, recipe, elf, sample / elf["file"])
            print(f"built {sample.name}/{elf['file']}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BuildError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
