"""The committed ELFs are what the sources give, wherever they are built."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "firmware_samples"


def _build_module():
    spec = importlib.util.spec_from_file_location("samples_build", SAMPLES / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["samples_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


build = _build_module()
ELFS = [sample / elf["file"] for sample, _, elf in build.all_elfs()]


def test_a_missing_compiler_says_what_to_install():
    done = subprocess.run(
        [sys.executable, str(SAMPLES / "build.py"), "--check"],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "apt-get install gcc-arm-none-eabi" in done.stderr


def test_another_folder_gives_the_same_bytes_and_a_changed_elf_is_named(tmp_path):
    """Good first, bad second: one flipped byte in a copy is found, and only that."""
    problem = build.toolchain_problem()
    if problem:
        pytest.skip(problem)
    copy = tmp_path / "elsewhere" / "firmware_samples"
    shutil.copytree(SAMPLES, copy)
    damaged = copy / "digits_cnn" / "generic_m3.elf"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\xff")

    done = subprocess.run(
        [sys.executable, str(copy / "build.py"), "--check"], capture_output=True, text=True, check=False
    )

    named = [line for line in done.stdout.splitlines() if line.startswith("differs")]
    assert (done.returncode, named) == (1, ["differs: digits_cnn/generic_m3.elf"])


def test_there_is_an_elf_for_every_recipe():
    assert len(ELFS) >= 5
    assert [path.name for path in ELFS if not path.is_file()] == []


@pytest.mark.parametrize("path", ELFS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_elf_is_small_and_names_no_path_of_the_machine_that_built_it(path):
    data = path.read_bytes()
    paths = re.findall(rb"[\x20-\x7e]*/(?:home|root|tmp|work|usr|build|Users)/[\x20-\x7e]*", data)

    assert paths == []
    assert len(data) < 100_000
    assert b"kernels/conv2d_s8.c" in data or b"conv2d_s8.c" in data  # line tables are there


@pytest.mark.parametrize(
    ("data", "expected"),
    # CRC-32/MPEG-2 of "123456789" is 0x0376E6E7 (reveng catalogue of parametrised CRC algorithms)
    [(b"123456789", 0x0376E6E7), (b"", 0xFFFFFFFF)],
)
def test_the_boot_checksum_is_crc32_mpeg2(data, expected):
    assert expected == build.crc32_msb_first(data)


def test_the_second_stage_boot_of_the_pico_carries_its_checksum():
    """RP2040 datasheet 2.8.1.3.1: the last word of the first 256 bytes is the CRC of the 252 before it."""
    elffile = pytest.importorskip("elftools.elf.elffile")
    with (SAMPLES / "digits_cnn" / "raspberry_pi_pico.elf").open("rb") as stream:
        boot2 = elffile.ELFFile(stream).get_section_by_name(".boot2").data()

    assert len(boot2) == 256
    assert build.crc32_msb_first(boot2[:252]) == int.from_bytes(boot2[252:], "little")
