"""The committed ELFs are what the sources give, wherever they are built."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mcusim
from mcusim.codegen.boot2 import Boot2Error, crc32_msb_first, sign

SAMPLES = Path(__file__).resolve().parents[3] / "firmware_samples"


def _build_module():
    spec = importlib.util.spec_from_file_location("samples_build", SAMPLES / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["samples_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


build = _build_module()
ELFS = [elf.path for elf in build.all_elfs()]


def run_build(script, *arguments):
    """With the package that the tests run on, wherever the script is."""
    command = [sys.executable, str(script), *arguments]
    variables = {**os.environ, "PYTHONPATH": str(Path(mcusim.__file__).resolve().parents[1])}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables)


@pytest.fixture
def _pinned_toolchain():
    problem = build.toolchain_problem()
    if problem:
        pytest.skip(problem)


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


@pytest.mark.usefixtures("_pinned_toolchain")
def test_every_committed_elf_is_what_the_sources_give():
    done = run_build(SAMPLES / "build.py", "--check")

    assert (f"{len(ELFS)} of {len(ELFS)} ELFs are what the sources give\n", 0) == (
        done.stdout,
        done.returncode,
    )


@pytest.mark.usefixtures("_pinned_toolchain")
@pytest.mark.parametrize(
    ("sample", "file"), [("digits_cnn", "generic_m3.elf"), ("activity", "nucleo_l4r5zi.elf")]
)
def test_another_folder_gives_the_same_bytes_and_a_changed_elf_is_named(sample, file, tmp_path):
    """C by hand and C from a model; good first, bad second: one flipped byte in a copy is found, and only that."""
    copy = tmp_path / "elsewhere" / "firmware_samples"
    shutil.copytree(SAMPLES, copy)
    damaged = copy / sample / file
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\xff")

    done = run_build(copy / "build.py", "--check", sample)

    named = [line for line in done.stdout.splitlines() if line.startswith("differs")]
    assert (done.returncode, named) == (1, [f"differs: {sample}/{file}"])


def test_an_unknown_sample_is_named_with_those_there_are():
    done = run_build(SAMPLES / "build.py", "--check", "no_such_sample")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no sample called no_such_sample; there are: " in done.stderr
    assert "digits_cnn" in done.stderr


def test_there_is_an_elf_for_every_recipe():
    assert len(ELFS) >= 5
    assert [path.name for path in ELFS if not path.is_file()] == []


@pytest.mark.parametrize("path", ELFS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_elf_is_small_and_names_no_path_of_the_machine_that_built_it(path):
    data = path.read_bytes()
    paths = re.findall(rb"[\x20-\x7e]*/(?:home|root|tmp|work|usr|build|Users)/[\x20-\x7e]*", data)

    assert paths == []
    assert len(data) < 700_000
    assert b"startup.c" in data  # line tables are there


@pytest.mark.parametrize(
    ("data", "expected"),
    # CRC-32/MPEG-2 of "123456789" is 0x0376E6E7 (reveng catalogue of parametrised CRC algorithms)
    [(b"123456789", 0x0376E6E7), (b"", 0xFFFFFFFF)],
)
def test_the_boot_checksum_is_crc32_mpeg2(data, expected):
    assert expected == crc32_msb_first(data)


def test_the_second_stage_boot_of_the_pico_carries_its_checksum():
    """RP2040 datasheet 2.8.1.3.1: the last word of the first 256 bytes is the CRC of the 252 before it."""
    elffile = pytest.importorskip("elftools.elf.elffile")
    with (SAMPLES / "digits_cnn" / "raspberry_pi_pico.elf").open("rb") as stream:
        boot2 = elffile.ELFFile(stream).get_section_by_name(".boot2").data()

    assert len(boot2) == 256
    assert crc32_msb_first(boot2[:252]) == int.from_bytes(boot2[252:], "little")


def test_a_second_stage_of_another_size_is_refused():
    """The boot ROM would not start it: any ELF without 256 bytes of .boot2 shows the message."""
    path = SAMPLES / "digits_cnn" / "generic_m3.elf"

    with pytest.raises(Boot2Error, match="not assembled to 256 bytes"):
        sign(path)
