"""A compiler is found in the documented order, and what is missing is said with what to install."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from mcusim.codegen import toolchain
from mcusim.codegen.toolchain import (
    CompilerKind,
    CompilerMissingError,
    cache_path,
    environment,
    find_toolchain,
)

GCC = {
    "-dumpmachine": "arm-none-eabi",
    "--version": "arm-none-eabi-gcc (Some 15:9.9) 13.2.1 20231009",
    "-print-file-name=include": "/x/include",
}
CLANG = {
    "--version": "Debian clang version 14.0.6",
    "--print-targets": "  Registered Targets:\n    thumb      - Thumb",
    "-print-resource-dir": "/y",
}
ZIG = {"version": "0.17.1", "env": '.{\n    .lib_dir = "/z/lib",\n}'}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Installs stand-ins that answer questions about themselves; nothing else is on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    def install(name, answers):
        cases = "".join(f"{key!r}) echo {text!r} ;;\n" for key, text in answers.items()).replace("\\n", "\n")
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}*) exit 1 ;;\nesac\n')
        path.chmod(0o755)
        return path

    return install


def test_gcc_comes_before_clang_and_clang_before_zig(programs):
    programs("zig", ZIG)
    first = find_toolchain()
    programs("clang", CLANG)
    programs("ld.lld", {})
    second = find_toolchain()
    programs("arm-none-eabi-gcc", GCC)
    third = find_toolchain()

    assert [CompilerKind.ZIG, CompilerKind.CLANG, CompilerKind.GCC] == [first.kind, second.kind, third.kind]
    assert ["zig 0.17.1", "clang 14.0.6", "arm-none-eabi-gcc 13.2.1"] == [
        first.version,
        second.version,
        third.version,
    ]
    assert [Path("/z/lib"), Path("/y/include"), Path("/x/include")] == [
        first.headers_path,
        second.headers_path,
        third.headers_path,
    ]


def test_clang_without_its_linker_or_without_arm_is_passed_over(programs):
    programs("zig", ZIG)
    programs("clang", CLANG)

    assert find_toolchain().kind is CompilerKind.ZIG
    programs("ld.lld", {})
    programs("clang", {**CLANG, "--print-targets": "  Registered Targets:\n    x86-64     - 64-bit X86"})
    assert find_toolchain().kind is CompilerKind.ZIG


def test_without_a_compiler_the_error_says_what_to_install_line_by_line(programs):
    with pytest.raises(CompilerMissingError) as caught:
        find_toolchain()

    lines = [line.strip() for line in str(caught.value).splitlines()]
    assert {
        "pip install 'mcusim[compile]'",
        "apt-get install gcc-arm-none-eabi",
        "apt-get install clang lld",
    } <= set(lines)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gcc", "apt-get install gcc-arm-none-eabi"),
        ("clang", "apt-get install clang lld"),
        ("zig", "pip install 'mcusim[compile]'"),
    ],
)
def test_a_compiler_named_but_missing_says_how_to_get_just_that_one(programs, name, hint):
    with pytest.raises(CompilerMissingError) as caught:
        find_toolchain(name)

    assert (f"the compiler '{name}' was not found", True) == (
        caught.value.what,
        caught.value.fix.startswith(hint),
    )


def test_a_compiler_may_be_named_by_its_path(programs):
    path = programs("my-gcc", GCC)

    found = find_toolchain(str(path))

    assert (CompilerKind.GCC, (str(path),)) == (found.kind, found.compiler)


def test_a_compiler_for_another_machine_is_refused(programs):
    path = programs("cc", {"-dumpmachine": "x86_64-linux-gnu", "--version": "cc (Debian 12.2.0) 12.2.0"})

    with pytest.raises(CompilerMissingError, match="does not compile for Cortex-M"):
        find_toolchain(str(path))


def test_a_path_of_nothing_is_refused(programs):
    with pytest.raises(CompilerMissingError, match="there is no compiler '/nowhere/gcc'"):
        find_toolchain("/nowhere/gcc")


def test_the_package_of_zig_is_found_where_python_finds_it(programs, monkeypatch, tmp_path):
    folder = tmp_path / "ziglang"
    folder.mkdir()
    shutil.move(programs("zig", ZIG), folder / "zig")
    spec = importlib.util.spec_from_loader("ziglang", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)

    assert ((str(folder / "zig"), "cc"), (str(folder / "zig"), "ld.lld")) == (
        find_toolchain().compiler,
        find_toolchain().linker,
    )


def test_zig_keeps_what_it_compiled_in_the_users_cache(programs, monkeypatch, tmp_path):
    programs("zig", ZIG)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ZIG_GLOBAL_CACHE_DIR", raising=False)
    monkeypatch.setenv("ZIG_LOCAL_CACHE_DIR", "/mine")

    variables = environment(find_toolchain())

    assert str(tmp_path / "cache" / "mcusim" / "zig") == variables["ZIG_GLOBAL_CACHE_DIR"]
    assert variables["ZIG_LOCAL_CACHE_DIR"] == "/mine"


def test_a_cache_that_cannot_be_written_is_replaced_by_a_temporary_one(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(toolchain.tempfile, "gettempdir", lambda: "/elsewhere")

    assert Path("/elsewhere/mcusim-cache") == cache_path()
