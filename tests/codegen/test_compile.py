"""C becomes an ELF for a board that does the same whichever compiler made it; what goes wrong is said."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mcusim.board.load import load_board
from mcusim.codegen import compile as compile_module
from mcusim.codegen.compile import CompilationError
from mcusim.codegen.emit import CSource
from mcusim.codegen.firmware import CompileOptions, FirmwareCode, OutputError, compile_firmware
from mcusim.codegen.graph import ElementType, Graph, Tensor
from mcusim.codegen.link import MissingRuntimeError, RegionOverflowError
from mcusim.codegen.main_program import main_program
from mcusim.codegen.request import Console
from mcusim.codegen.toolchain import CompilerMissingError, find_toolchain
from mcusim.firmware.elf import load_image
from mcusim.report.request import RunRequest
from mcusim.session import measure

BOARD_OF_CORE = {
    "cortex-m0": "nucleo_f072rb",
    "cortex-m0plus": "raspberry_pi_pico",
    "cortex-m3": "nucleo_f103rb",
    "cortex-m4": "nucleo_f446re",
    "cortex-m7": "stm32f746g_disco",
    "cortex-m33": "nucleo_u575zi_q",
}
COMPILERS = ("gcc", "clang", "zig")
WITH_DSP_AND_FPU = ("cortex-m4", "cortex-m7", "cortex-m33")

ARITHMETIC = """
#if defined(__ARM_FEATURE_DSP) + defined(__ARM_FP) != 2 * EXTENSIONS
#error not the instructions that the core has
#endif
#include <stdint.h>
#include "board.h"
#include "line.h"

volatile int32_t least = INT32_MIN, seven = 7;
volatile int64_t wide = -5000000000;
volatile float half = 1.5f;
uint8_t from[70], to[70];

int main(void)
{
    union { float number; uint32_t bits; } sum;

    board_init();
    for (int32_t i = 0; i < 70; ++i) {
        from[i] = (uint8_t)i;
    }
    __builtin_memcpy(to, from, (uint32_t)seven * 5u);
    sum.number = half * half + 1.0f;
    line_text("values:");
    line_number(least);
    line_number(least / seven);
    line_unsigned((uint32_t)to[34] + to[35]);
    line_bits(sum.bits, 8);
    line_bits((uint64_t)(wide * 3), 16);
    line_end();
    board_finish();
}
"""
PRINTED = "values: -2147483648 -306783378 34 0x40500000 0xfffffffc81ee2a00"
"""INT32_MIN / 7 towards zero; bytes 34 and 35 of 35 copied; 1.5² + 1 = 3.25; -15e9 in two's complement."""


def toolchain(name):
    """The compiler; the test is skipped where it is not installed."""
    try:
        return find_toolchain(name)
    except CompilerMissingError as error:
        pytest.skip(str(error))


def built(text, board, compiler, output, options=None):
    code = FirmwareCode((CSource("main.c", text),))
    return compile_firmware(code, load_board(board), toolchain(compiler), output, options)


def printed_on(elf, board):
    report = measure(RunRequest(elf, board, max_seconds=2.0, needs_layers=False))
    assert report.stop.reason == "exit"
    return report.console.splitlines()


def static_array(size_bytes):
    return f'#include "board.h"\nvolatile char big[{size_bytes}];\nint main(void) {{ big[1] = 1; board_finish(); }}\n'


# --- the same on every core, from every compiler ---


@pytest.fixture(scope="module")
def arithmetic(tmp_path_factory):
    """Builds the program for a core, once for all tests that look at it."""

    @cache
    def build(compiler, core):
        output = tmp_path_factory.mktemp("arithmetic") / "fw.elf"
        return built(program_for(core), BOARD_OF_CORE[core], compiler, output, CompileOptions(warns=True))

    return build


def program_for(core):
    """With a check that the compiler may use what the core has: Zig's cortex_m33 is without SIMD unless asked."""
    return f"#define EXTENSIONS {int(core in WITH_DSP_AND_FPU)}\n{ARITHMETIC}"


@pytest.mark.parametrize("core", BOARD_OF_CORE)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_program_for_this_core_prints_what_c_says(compiler, core, arithmetic):
    firmware = arithmetic(compiler, core)

    assert [PRINTED] == printed_on(firmware.path, BOARD_OF_CORE[core])
    assert load_board(BOARD_OF_CORE[core]).chip.core == core


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_same_program_gives_the_same_bytes_in_another_folder(compiler, arithmetic, tmp_path, monkeypatch):
    first = arithmetic(compiler, "cortex-m4").path
    (tmp_path / "another place").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "another place"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZIG_LOCAL_CACHE_DIR", str(tmp_path / "zig"))

    options = CompileOptions(warns=True)
    second = built(program_for("cortex-m4"), "nucleo_f446re", compiler, tmp_path / "b.elf", options).path

    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m0plus"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_an_elf_names_no_folder_of_this_machine(compiler, core, arithmetic):
    data = arithmetic(compiler, core).path.read_bytes()
    folders = {tempfile.gettempdir(), str(Path.home()), "/usr/", "/opt/", "/home/", "/build/"}

    assert [] == [each for each in folders if each.encode() in data]
    assert b"main.c" in data  # line tables are there


def test_sizes_are_those_of_the_elf(tmp_path):
    firmware = built(static_array(1000), "nucleo_f446re", "gcc", tmp_path / "fw.elf")
    image = load_image(firmware.path)

    assert sum(len(each.data) for each in image.segments) == firmware.flash_bytes
    assert 1000 <= firmware.static_ram_bytes < 1100
    assert 2048 == firmware.stack_reserve_bytes
    assert "arm-none-eabi-gcc" in firmware.compiler
    assert 0x0800_0000 == image.vector_table_addr
    assert 0x2002_0000 == image.initial_sp_addr  # the end of SRAM1 + SRAM2, 128 KiB: RM0390


def test_without_a_console_nothing_is_printed_and_the_program_ends_asleep(tmp_path):
    firmware = built(
        program_for("cortex-m4"), "nucleo_f446re", "gcc", tmp_path / "fw.elf", CompileOptions(Console.NONE)
    )
    report = measure(RunRequest(firmware.path, "nucleo_f446re", max_seconds=2.0, needs_layers=False))

    assert ("", "sleep_forever") == (report.console, report.stop.reason)


def test_kept_object_files_are_used_until_something_that_they_were_made_from_changes(tmp_path, monkeypatch):
    text = '#include "board.h"\n#include "line.h"\n#include "value.h"\nint main(void)\n{\n    board_init();\n'
    text += '    line_text("value");\n    line_number(VALUE);\n    line_end();\n    board_finish();\n}\n'
    board, gcc, kept, compiled = load_board("nucleo_f446re"), toolchain("gcc"), {}, []
    run = compile_module.run
    monkeypatch.setattr(compile_module, "run", lambda *given: compiled.append(given[-1]) or run(*given))

    def build(value):
        compiled.clear()
        files = (CSource("main.c", text), CSource("value.h", f"#define VALUE {value}\n"))
        compile_firmware(FirmwareCode(files), board, gcc, tmp_path / "fw.elf", CompileOptions(kept=kept))
        return printed_on(tmp_path / "fw.elf", "nucleo_f446re"), sorted(compiled)

    first, of_first = build(1)
    again, of_again = build(1)
    other, of_other = build(2)

    assert [["value 1"], ["value 1"], ["value 2"]] == [first, again, other]
    assert {"main.c", "platform/startup.c"} <= set(of_first)
    assert [[], ["main.c"]] == [of_again, of_other]


# --- the main program around a network ---


def test_the_main_program_copies_all_inputs_and_prints_every_type_of_output(tmp_path):
    """A network by hand: outputs are its inputs with one operation each, so that a mixed-up tensor shows."""
    kinds = ("INT8", "INT16", "FLOAT32", "INT64", "BOOL", "UINT8")
    tensors = [Tensor(index, kind, (2,), ElementType[kind]) for index, kind in enumerate(kinds)]
    graph = Graph("by hand", tuple(tensors), (), tuple(range(6)), tuple(range(6)))
    declared = [
        f"#define NETWORK_INPUT_{place}_BYTES {2 * each.element.dtype.itemsize}\n"
        f"#define NETWORK_OUTPUT_{place}_ELEMENTS_COUNT 2\n"
        f"extern {each.element.c_name} g_input{suffix}[2], g_output{suffix}[2];\n"
        for place, each in enumerate(tensors)
        for suffix in [f"_{place}" if place else ""]
    ]
    header = "#include <stdint.h>\n" + "".join(declared) + "void mcusim_infer(void);\n"
    defined = "".join(
        line[len("extern ") :] + "\n" for each in declared for line in each.splitlines() if "extern" in line
    )
    copied = "".join(
        f"    for (int i = 0; i < 2; ++i) g_output{suffix}[i] = g_input{suffix}[i];\n"
        for suffix in ("", "_1", "_2", "_3", "_4", "_5")
    )
    network = (
        f'#include "network.h"\n{defined}void mcusim_infer(void)\n{{\n{copied}    g_output[0] -= 1;\n}}\n'
    )
    runs = (
        ([-127, 5], [-300, 7], [1.0, -0.5], [-1, 1 << 40], [True, False], [255, 1]),
        ([0, 127], [32767, -32768], [0.0, 3.25], [0, 2], [False, True], [0, 128]),
    )
    data = tuple(
        tuple(
            np.array(values, each.element.dtype).tobytes() for each, values in zip(tensors, run, strict=True)
        )
        for run in runs
    )
    files = (CSource("network.h", header), CSource("network.c", network), *main_program(graph, data))

    firmware = compile_firmware(
        FirmwareCode(files),
        load_board("nucleo_g071rb"),
        toolchain("gcc"),
        tmp_path / "fw.elf",
        CompileOptions(warns=True),
    )

    assert [
        "output 0: -128 5",
        "output 1: -300 7",
        "output 2: 0x3f800000 0xbf000000",
        "output 3: 0xffffffffffffffff 0x0000010000000000",
        "output 4: 1 0",
        "output 5: 255 1",
        "output 0: -1 127",
        "output 1: 32767 -32768",
        "output 2: 0x00000000 0x40500000",
        "output 3: 0x0000000000000000 0x0000000000000002",
        "output 4: 0 1",
        "output 5: 0 128",
    ] == printed_on(firmware.path, "nucleo_g071rb")


# --- what goes wrong ---


def test_data_that_does_not_fit_tightly_coupled_memory_goes_to_the_larger_ram(tmp_path):
    small = built(static_array(60_000), "stm32f746g_disco", "gcc", tmp_path / "small.elf")
    large = built(static_array(100_000), "stm32f746g_disco", "gcc", tmp_path / "large.elf")

    assert [("dtcm",), ("dtcm", "sram1", "sram2")] == [small.layout.ram.names, large.layout.ram.names]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_too_much_data_is_said_in_bytes(compiler, tmp_path):
    """128 KiB of RAM less 2 KiB for the stack; the platform's own variables come on top of the array."""
    with pytest.raises(RegionOverflowError) as caught:
        built(static_array(128 * 1024), "nucleo_f446re", compiler, tmp_path / "fw.elf")

    assert "RAM" == caught.value.region
    assert 2048 <= caught.value.excess_bytes < 2048 + 200
    assert f"RAM is {caught.value.excess_bytes} B too small" in str(caught.value)
    assert not (tmp_path / "fw.elf").exists()


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_too_much_code_is_said_in_bytes(compiler, tmp_path):
    table = f"const char big[{64 * 1024}] = {{1}};\nvolatile int place;\n"
    text = f'#include "board.h"\n{table}int main(void) {{ return big[place]; }}\n'

    with pytest.raises(RegionOverflowError) as caught:
        built(text, "nucleo_l053r8", compiler, tmp_path / "fw.elf")  # 64 KiB of flash

    assert ("FLASH", True) == (caught.value.region, 100 < caught.value.excess_bytes < 4000)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_what_the_compiler_objects_to_is_shown_with_its_line_and_the_c_is_kept(compiler, tmp_path):
    options = CompileOptions(keep_sources=tmp_path / "kept")

    with pytest.raises(CompilationError) as caught:
        built(
            "int main(void)\n{\n    return unknown_name;\n}\n",
            "nucleo_f446re",
            compiler,
            tmp_path / "fw.elf",
            options,
        )

    assert re.search(r"main\.c:3:\d+: error: .*unknown_name", caught.value.why)
    assert "does not build main.c" in caught.value.what
    assert "--compiler" in caught.value.fix
    assert "unknown_name" in (tmp_path / "kept" / "main.c").read_text()


def test_clang_without_a_run_time_library_names_what_is_missing(tmp_path, monkeypatch):
    clang = toolchain("clang")
    text = '#include "board.h"\nvolatile int a = 7, b = 3;\nint main(void) { a /= b; board_finish(); }\n'
    monkeypatch.setattr("mcusim.codegen.link._clang_runtime", lambda _job: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingRuntimeError) as caught:
        compile_firmware(
            FirmwareCode((CSource("main.c", text),)), load_board("nucleo_l053r8"), clang, tmp_path / "fw.elf"
        )

    assert "__aeabi_idiv" in caught.value.why
    assert "pip install 'mcusim[compile]'" in caught.value.fix


def test_an_output_that_cannot_be_written_is_an_error_with_its_path(tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError, match="cannot be written") as caught:
        built(static_array(4), "nucleo_f446re", "gcc", tmp_path / "folder")

    assert str(tmp_path / "folder") == caught.value.where
