"""Turns one disassembled floating-point instruction of FPv4-SP/FPv5 into an Instruction."""

from __future__ import annotations

from collections.abc import Callable

from mcusim.isa.instruction import SP, Access, FpClass, Instruction, Kind
from mcusim.isa.memory_forms import address_mask, block_access, writeback_mask
from mcusim.isa.operands import CORE_NUMBERS, core_mask, fp_mask, parse_list, parse_memory
from mcusim.isa.source import Source, made, names, unknown

_ACCUMULATING = names("vmla vmls vnmla vnmls vfma vfms vfnma vfnms")
_ARITHMETIC = names(
    "vadd vsub vmul vnmul vcvt vcvtr vcvtb vcvtt vcvta vcvtn vcvtp vcvtm vmaxnm vminnm "
    "vrinta vrintn vrintp vrintm vrintr vrintx vrintz"
)
_CLASSES: dict[str, FpClass] = (
    dict.fromkeys(_ACCUMULATING, FpClass.MULTIPLY_ACCUMULATE)
    | dict.fromkeys(_ARITHMETIC, FpClass.ARITHMETIC)
    | dict.fromkeys(("vabs", "vneg", "vsel"), FpClass.MOVE)
    | dict.fromkeys(("vcmp", "vcmpe"), FpClass.COMPARE)
    | dict.fromkeys(("vdiv", "vsqrt"), FpClass.DIVIDE)
)
_KEEPS_HALF = frozenset(("vcvtb", "vcvtt"))  # write one half of the destination, keep the other
_FLOAT_TYPES = frozenset(("f16", "f32", "f64"))


def _masks(tokens: tuple[str, ...]) -> int:
    mask = 0
    for token in tokens:
        mask |= fp_mask(token)
    return mask


def _is_double(source: Source) -> bool:
    return "f64" in source.types


def _arithmetic(source: Source) -> Instruction:
    """Data processing: the first operand is the result, unless it is a comparison."""
    result = fp_mask(source.tokens[0])
    if not result or not _FLOAT_TYPES.intersection(source.types):
        return unknown(source)  # an Advanced SIMD form, which no M-profile core has
    fp_class = _CLASSES[source.stem]
    reads, writes = _masks(source.tokens[1:]), result
    if fp_class is FpClass.COMPARE:
        reads, writes = reads | result, 0
    is_accumulating = fp_class is FpClass.MULTIPLY_ACCUMULATE
    if is_accumulating or source.stem in _KEEPS_HALF:
        reads |= result
    return made(
        source,
        Kind.FP,
        fp_class=fp_class,
        fp_reads_mask=reads,
        fp_writes_mask=writes,
        fp_accumulator_mask=result if is_accumulating else 0,
        is_double=_is_double(source),
        reads_flags=source.stem == "vsel",
    )


def _move(source: Source) -> Instruction:
    """VMOV between FP registers, from an immediate, or to and from core registers."""
    tokens = source.tokens
    core_count = sum(token in CORE_NUMBERS for token in tokens)
    if any(token.startswith("q") for token in tokens) or not _masks(tokens):
        return unknown(source)
    if core_count == 0:
        return made(
            source,
            Kind.FP,
            fp_class=FpClass.MOVE,
            fp_reads_mask=_masks(tokens[1:]),
            fp_writes_mask=fp_mask(tokens[0]),
            is_double=_is_double(source),
        )
    is_to_core = tokens[0] in CORE_NUMBERS
    return made(
        source,
        Kind.FP,
        fp_class=FpClass.CORE_TRANSFER_2 if core_count == 2 else FpClass.CORE_TRANSFER,
        reads_mask=0 if is_to_core else core_mask(tokens),
        writes_mask=core_mask(tokens) if is_to_core else 0,
        fp_reads_mask=_masks(tokens) if is_to_core else 0,
        fp_writes_mask=0 if is_to_core else _masks(tokens),
    )


def _status(source: Source) -> Instruction:
    """VMRS and VMSR; `vmrs apsr_nzcv, fpscr` copies the comparison's flags."""
    is_read = source.stem == "vmrs"
    core = core_mask(source.tokens)
    return made(
        source,
        Kind.FP,
        fp_class=FpClass.STATUS,
        reads_mask=0 if is_read else core,
        writes_mask=core if is_read else 0,
        sets_flags=is_read and not core,
    )


def _single_access(source: Source) -> Instruction:
    """VLDR and VSTR; a double moves two words, as a load or store multiple does."""
    data = fp_mask(source.tokens[0])
    memory = parse_memory(source.tokens[1:])
    if memory is None or not data:
        return unknown(source)
    is_load = source.stem == "vldr"
    words_count = data.bit_count()
    access = Access(is_load, memory.base, memory.offset, size_bytes=4, words_count=words_count)
    single = Kind.LOAD if is_load else Kind.STORE
    multiple = Kind.LOAD_MULTIPLE if is_load else Kind.STORE_MULTIPLE
    return made(
        source,
        single if words_count == 1 else multiple,
        access=access,
        reads_mask=address_mask(access),
        address_mask=address_mask(access),
        fp_reads_mask=0 if is_load else data,
        fp_writes_mask=data if is_load else 0,
        is_double=words_count == 2,
        registers_count=words_count,
    )


def _multiple_access(source: Source) -> Instruction:
    """VLDM, VSTM, VPUSH, VPOP; N counts words."""
    names = parse_list(source.tokens[-1])
    data = _masks(names)
    is_stack = source.stem in ("vpush", "vpop")
    base_name = "sp!" if is_stack else source.tokens[0]
    base = SP if is_stack else CORE_NUMBERS.get(base_name.rstrip("!"))
    if base is None or not data or any(name.startswith("q") for name in names):
        return unknown(source)
    is_load = source.stem in ("vpop", "vldmia", "vldmdb")
    words_count = data.bit_count()
    is_before = source.stem in ("vpush", "vldmdb", "vstmdb")
    access = block_access(is_load, base, is_before, words_count, base_name.endswith("!"))
    return made(
        source,
        Kind.LOAD_MULTIPLE if is_load else Kind.STORE_MULTIPLE,
        access=access,
        reads_mask=1 << base,
        writes_mask=writeback_mask(access),
        address_mask=1 << base,
        fp_reads_mask=0 if is_load else data,
        fp_writes_mask=data if is_load else 0,
        is_double=names[0].startswith("d"),
        registers_count=words_count,
    )


FP_FORMS: dict[str, Callable[[Source], Instruction]] = {
    **dict.fromkeys(_CLASSES, _arithmetic),
    **dict.fromkeys(("vmrs", "vmsr"), _status),
    **dict.fromkeys(("vldr", "vstr"), _single_access),
    **dict.fromkeys(("vldmia", "vldmdb", "vstmia", "vstmdb", "vpush", "vpop"), _multiple_access),
    "vmov": _move,
}
