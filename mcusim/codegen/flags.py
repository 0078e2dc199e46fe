"""The options that each compiler wants for each core, so that all of them build the same firmware."""

from __future__ import annotations

from mcusim.codegen.toolchain import CompilerKind

CORE_FLAGS = {
    "cortex-m0": ("-mcpu=cortex-m0",),
    "cortex-m0plus": ("-mcpu=cortex-m0plus",),
    "cortex-m3": ("-mcpu=cortex-m3",),
    "cortex-m4": ("-mcpu=cortex-m4",),
    "cortex-m7": ("-mcpu=cortex-m7",),
    "cortex-m33": ("-mcpu=cortex-m33",),
}
FPU_FLAGS = {
    "cortex-m4": ("-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    # Single precision: what the STM32F746's FPU has; other M7s can do more, but no kernel computes in double.
    "cortex-m7": ("-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}
_ZIG_CPUS = {
    "cortex-m0": "cortex_m0",
    "cortex-m0plus": "cortex_m0plus",
    "cortex-m3": "cortex_m3",
    "cortex-m4": "cortex_m4",
    "cortex-m7": "cortex_m7",
    "cortex-m33": "cortex_m33+dsp",  # Zig's cortex_m33 is one without the DSP extension
}
# Zig's cores are ones without an FPU; alone with the hard-float ABI they call soft-float functions.
_ZIG_FPUS = {"cortex-m4": "+vfp4d16sp", "cortex-m7": "+fp_armv8d16sp", "cortex-m33": "+fp_armv8d16sp"}

LANGUAGE_FLAGS = (
    "-std=c11",
    "-O2",
    "-g",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-ffp-contract=off",  # a fused multiply-add rounds once: results would depend on the compiler and the core
)
WARNING_FLAGS = ("-Wall", "-Wextra", "-Wshadow", "-Wdouble-promotion", "-Werror")
LINK_FLAGS = ("--gc-sections", "--build-id=sha1", "--fatal-warnings")
_GCC_FLAGS = ("-fno-tree-loop-distribute-patterns",)  # else memcpy's own loop becomes a call of memcpy


def cpu_flags(core: str, has_fpu: bool, kind: CompilerKind) -> tuple[str, ...]:
    """Those that choose instructions and calling convention."""
    if kind is CompilerKind.ZIG:
        return ("-target", zig_target(core, has_fpu), f"-mcpu={zig_cpu(core, has_fpu)}")
    triple = ("--target=arm-none-eabi",) if kind is CompilerKind.CLANG else ()
    fpu = FPU_FLAGS.get(core, ()) if has_fpu else ("-mfloat-abi=soft",)
    return (*triple, "-mthumb", *CORE_FLAGS[core], *fpu)


def zig_target(core: str, has_fpu: bool) -> str:
    """Zig's triple."""
    return "thumb-freestanding-eabihf" if has_fpu and core in _ZIG_FPUS else "thumb-freestanding-eabi"


def zig_cpu(core: str, has_fpu: bool) -> str:
    """Zig's name of the core with its features."""
    return _ZIG_CPUS[core] + (_ZIG_FPUS.get(core, "") if has_fpu else "")


def compile_flags(kind: CompilerKind, core: str, has_fpu: bool) -> tuple[str, ...]:
    """All but include folders, warnings and the folders' names in debug information."""
    extra = _GCC_FLAGS if kind is CompilerKind.GCC else ("-fno-unwind-tables",)
    return (*cpu_flags(core, has_fpu, kind), *LANGUAGE_FLAGS, *extra)
