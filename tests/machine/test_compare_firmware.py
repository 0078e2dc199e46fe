"""Comparisons of a program with variants of itself, compiled here: renamed, inlined, cloned, slower."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from mcusim.analysis.compare import compare
from mcusim.analysis.compare_profile import compare_profiles
from mcusim.report.request import RunRequest
from mcusim.session import recorded

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.comparison import Comparison, RowChange

SOURCE = """\
#include <stdint.h>
#define N 64
static int8_t weights[2 * N] = {1, 2, 3, 4};
static int8_t input[N] = {5, 6, 7, 8};
volatile int32_t result;

DOT int32_t dot(const int8_t *a, const int8_t *b, int count)
{
    int32_t sum = 0;
    for (int i = 0; i < count; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

__attribute__((noinline)) int32_t dense(int rows)
{
    int32_t total = 0;
    for (int row = 0; row < rows; ++row) {
        total += dot(weights + row, input, N) >> row;
    }
    return total;
}

__attribute__((noinline)) int32_t ACTIVATION(int32_t value)
{
    for (int i = 0; i < STEPS; ++i) {
        value = value > 100 ? value / 3 : value + 7;
        __asm volatile("" : "+r"(value));
    }
    return value;
}

__attribute__((noinline)) void infer(void)
{
    result = ACTIVATION(dense(8));
}

int main(void)
{
    for (int i = 0; i < 3; ++i) {
        infer();
    }
    return 0;
}

void Reset_Handler(void)
{
    main();
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
    (void *)0x20001000, (void *)Reset_Handler};
"""
SCRIPT = """\
MEMORY { flash (rx) : ORIGIN = 0x08000000, LENGTH = 64K  ram (rwx) : ORIGIN = 0x20000000, LENGTH = 16K }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > flash
    .data : { *(.data*) } > ram AT > flash
    .bss : { *(.bss*) *(COMMON) } > ram
}
"""
GCC = "arm-none-eabi-gcc"
NOT_INLINED = "__attribute__((noinline)) static"
BASE = {"DOT": NOT_INLINED, "ACTIVATION": "relu", "STEPS": "20"}

pytestmark = pytest.mark.skipif(shutil.which(GCC) is None, reason=f"needs {GCC}")


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """The run of a variant, made once."""
    folder: Path = tmp_path_factory.mktemp("variants")
    (folder / "net.c").write_text(SOURCE, encoding="utf-8")
    (folder / "net.ld").write_text(SCRIPT, encoding="utf-8")

    @cache
    def made(**changes: str) -> RecordedRun:
        elf = folder / f"{len(list(folder.iterdir()))}.elf"
        defines = [f"-D{name}={value}" for name, value in {**BASE, **changes}.items()]
        target = ["-mcpu=cortex-m4", "-mthumb", "-O2", "-g", "-nostdlib", "-ffreestanding"]
        command = [GCC, *target, *defines, "-T", "net.ld", "net.c", "-o", str(elf)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return recorded(RunRequest(elf, "generic_m4", roi="infer"))

    return made


def compared(old: RecordedRun, new: RecordedRun) -> Comparison:
    comparison = compare(old.report, new.report, (old.profile, new.profile))
    tree = compare_profiles(old.profile, new.profile, comparison)
    active = {"sleep", "other"}
    inference = comparison.total("cycles")

    # Whatever changed, everything adds up.
    assert inference.delta == pytest.approx(sum(row.delta_cycles for row in comparison.kernels))
    assert comparison.total("run_cycles").delta == sum(row.delta_cycles for row in comparison.functions)
    assert tree.new_cycles - tree.old_cycles == sum(node.delta_cycles for node in tree.nodes)
    assert all(
        row.delta_cycles == pytest.approx(sum(each.delta for each in row.reasons))
        for row in (*comparison.kernels, *comparison.functions)
        if row.kind not in active
    )
    backwards = compare(new.report, old.report, (new.profile, old.profile))
    assert _signs(comparison, 1) == _signs(backwards, -1)
    return comparison


def _signs(comparison: Comparison, sign: int) -> list:
    """All changes, turned round by `sign`; a renamed row has one name in each direction."""
    rows = (*comparison.kernels, *comparison.functions, *comparison.contexts)
    return [
        [(each.name, sign * each.delta) for each in comparison.totals if each.delta is not None],
        sorted((*sorted((row.name, row.old_name or row.name)), sign * row.delta_cycles) for row in rows),
        sorted((each.name, sign * each.delta) for each in comparison.reasons),
        sorted((each.memory, each.name, sign * each.delta_bytes) for each in comparison.sections),
    ]


def kernels(comparison: Comparison) -> dict[str, RowChange]:
    return {row.name: row for row in comparison.kernels}


def test_a_program_that_was_compiled_again_has_not_changed(run_of):
    comparison = compared(run_of(), run_of())

    assert comparison.is_unchanged
    assert () == comparison.differences


def test_a_renamed_function_is_found_by_what_it_costs_and_who_calls_it(run_of):
    """The machine code is the same but for its name, so not a cycle changes."""
    row = kernels(compared(run_of(), run_of(ACTIVATION="clamp")))["clamp"]

    assert ("renamed", "renamed from relu", 0) == (row.status, row.note, row.delta_cycles)


def test_an_inlined_function_is_found_in_its_caller(run_of):
    inlined = "__attribute__((always_inline)) static inline"

    rows = kernels(compared(run_of(), run_of(DOT=inlined)))

    (dot,) = (row for row in rows.values() if row.name.startswith("dot"))
    assert ("inlined", "probably inlined into dense", 0) == (dot.status, dot.note, dot.new_cycles)
    assert rows["dense"].delta_cycles > 0


def test_a_function_that_is_no_clone_any_more_is_the_same_function(run_of):
    """GCC makes dot.constprop.0 for the one count that dot() is called with, unless noclone forbids it."""
    rows = kernels(compared(run_of(), run_of(DOT="__attribute__((noinline, noclone)) static")))

    assert ("renamed", "dot.constprop.0", "was dot.constprop.0") == (
        rows["dot"].status,
        rows["dot"].old_name,
        rows["dot"].note,
    )


def test_a_slower_function_is_named_with_its_cycles_and_their_reasons(run_of):
    """25 instead of 20 times round the loop: a quarter more, mostly more instructions."""
    rows = kernels(compared(run_of(), run_of(STEPS="25")))

    assert {"relu"} == {name for name, row in rows.items() if row.status != "same"}
    assert 0.2 < rows["relu"].ratio < 0.3
    assert "issue" == rows["relu"].reasons[0].name
