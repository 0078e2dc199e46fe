"""Rebuilds the stand-ins for boot ROMs byte for byte with one pinned compiler; needs no Python package.

python mcusim/machine/roms/build.py            builds every ROM in place
python mcusim/machine/roms/build.py --check    builds elsewhere, compares bytes; exit code 1 if any differs
Exit code 2: the compiler is missing or another version.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
COMPILER = "arm-none-eabi-gcc"
COMPILER_VERSION = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205"
CPUS = {"ama3b1kk": "cortex-m4", "rp2040": "cortex-m0plus", "rp2350": "cortex-m33"}
FLAGS = (
    "-mthumb",
    "-mfloat-abi=soft",
    "-std=c11",
    "-O2",
    "-g0",
    "-ffreestanding",
    "-fno-builtin",
    "-ffunction-sections",
    "-fno-tree-loop-distribute-patterns",  # else a loop that copies becomes a call of memcpy
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Werror",
    "-Wno-array-bounds",  # registers at fixed addresses
)
LINK_FLAGS = ("-nostdlib", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments", "-T", "rom.ld")


def toolchain_problem() -> str:
    """Why the ROMs cannot be rebuilt byte for byte here; empty if they can."""
    if shutil.which(COMPILER) is None:
        return f"{COMPILER} is not installed"
    version = subprocess.run((COMPILER, "--version"), capture_output=True, text=True, check=True).stdout
    first = version.splitlines()[0].strip()
    return "" if first == COMPILER_VERSION else f"found '{first}', not '{COMPILER_VERSION}'"


def build(name: str, target: Path) -> None:
    """Compile and link the ROM `name` into `target`."""
    folder = ROOT / name
    sources = sorted(each.name for each in (*folder.glob("*.S"), *folder.glob("*.c")) if each.name != "end.S")
    last = ["end.S"] if (folder / "end.S").is_file() else []
    compiler = [COMPILER, f"-mcpu={CPUS[name]}", *FLAGS]
    with tempfile.TemporaryDirectory() as objects:
        names = [Path(objects) / f"{each}.o" for each in (*sources, *last)]
        for source, made in zip((*sources, *last), names, strict=True):
            _run(name, [*compiler, "-c", "-o", str(made), source], folder)
        linked = [str(each) for each in names]
        _run(name, [*compiler, *LINK_FLAGS, "-o", str(target), *linked, "-lgcc"], folder)


def _run(name: str, command: list[str], folder: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise SystemExit(f"{name} does not build:\n{done.stderr}")


def differing(folder: Path) -> list[str]:
    """The ROMs whose new build in `folder` is not the one kept here."""
    names = []
    for name in CPUS:
        build(name, folder / f"{name}.elf")
        if (folder / f"{name}.elf").read_bytes() != (ROOT / name / f"{name}.elf").read_bytes():
            names.append(name)
    return names


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    problem = toolchain_problem()
    arguments = parser.parse_args()
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    if not arguments.check:
        for name in CPUS:
            build(name, ROOT / name / f"{name}.elf")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        names = differing(Path(folder))
    sys.stderr.writelines(f"{name}.elf differs from its sources\n" for name in names)
    return 1 if names else 0


if __name__ == "__main__":
    raise SystemExit(main())
