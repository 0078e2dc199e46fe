"""Turns one disassembled load, store or multiple transfer of core registers into an Instruction."""

from __future__ import annotations

from collections.abc import Callable

from mcusim.isa.instruction import PC, SP, Access, Branch, Instruction, Kind, Register
from mcusim.isa.operands import CORE_NUMBERS, MemoryOperand, core_mask, parse_list, parse_memory
from mcusim.isa.source import Source, made, unknown

_SIZES_BYTES = {"": 4, "b": 1, "h": 2, "sb": 1, "sh": 2}
_LOADS = {
    f"{start}{size}{end}": size
    for start, end, sizes in (
        ("ldr", "", ("", "b", "h", "sb", "sh")),
        ("ldr", "t", ("", "b", "h", "sb", "sh")),
        ("ldrex", "", ("", "b", "h")),
        ("lda", "", ("", "b", "h")),
        ("ldaex", "", ("", "b", "h")),
    )
    for size in sizes
}
_STORES = {
    f"{start}{size}{end}": size
    for start, end in (("str", ""), ("str", "t"), ("strex", ""), ("stl", ""), ("stlex", ""))
    for size in ("", "b", "h")
}


def access_of(memory: MemoryOperand, is_load: bool, size: str, words_count: int = 1) -> Access:
    """The Access of a memory operand; `size` is the b, h, sb or sh of the mnemonic."""
    return Access(
        is_load=is_load,
        base=memory.base,
        offset=0 if memory.is_post_indexed else memory.offset,
        size_bytes=_SIZES_BYTES[size],
        words_count=words_count,
        index=memory.index,
        index_shift=memory.index_shift,
        is_signed=size.startswith("s"),
        has_writeback=memory.has_writeback,
        writeback_offset=memory.offset if memory.has_writeback else 0,
    )


def address_mask(access: Access) -> int:
    """The registers an access computes its address from."""
    return (1 << access.base) | (1 << access.index if access.index >= 0 else 0)


def writeback_mask(access: Access) -> int:
    """The base register when the access updates it."""
    return 1 << access.base if access.has_writeback else 0


def load(source: Source) -> Instruction:
    """LDR of any size, literal and exclusive ones included."""
    memory = parse_memory(source.tokens[1:])
    if memory is None or source.tokens[0] not in CORE_NUMBERS:
        return unknown(source)
    access = access_of(memory, True, _LOADS[source.stem])
    loaded = 1 << CORE_NUMBERS[source.tokens[0]]
    branch = Branch.NONE
    if loaded >> PC & 1:
        # `ldr pc, [sp], #4` is encoding T3 of POP {PC} (ARMv7-M ARM, A7.7.99): a return, not a jump.
        is_pop = memory.base == SP and memory.is_post_indexed and memory.offset == 4
        branch = Branch.POP if is_pop else Branch.LOAD
    address = address_mask(access)
    return made(
        source,
        Kind.LOAD,
        branch=branch,
        access=access,
        reads_mask=address,
        writes_mask=loaded | writeback_mask(access),
        address_mask=address,
    )


def store(source: Source) -> Instruction:
    """STR of any size; an exclusive store also writes its status register."""
    status_count = 1 if source.stem.startswith(("strex", "stlex")) else 0
    memory = parse_memory(source.tokens[1 + status_count :])
    if memory is None or source.tokens[status_count] not in CORE_NUMBERS:
        return unknown(source)
    access = access_of(memory, False, _STORES[source.stem])
    address = address_mask(access)
    return made(
        source,
        Kind.STORE,
        access=access,
        reads_mask=address | core_mask(source.tokens[status_count : status_count + 1]),
        writes_mask=core_mask(source.tokens[:status_count]) | writeback_mask(access),
        address_mask=address,
    )


def double_transfer(source: Source) -> Instruction:
    """LDRD and STRD: two words."""
    memory = parse_memory(source.tokens[2:])
    data = core_mask(source.tokens[:2])
    if memory is None:
        return unknown(source)
    is_load = source.stem == "ldrd"
    access = access_of(memory, is_load, "", words_count=2)
    address = address_mask(access)
    return made(
        source,
        Kind.LOAD_MULTIPLE if is_load else Kind.STORE_MULTIPLE,
        operands=tuple(Register(CORE_NUMBERS[name]) for name in source.tokens[:2]),
        access=access,
        reads_mask=address | (0 if is_load else data),
        writes_mask=writeback_mask(access) | (data if is_load else 0),
        address_mask=address,
        registers_count=2,
    )


def block_access(is_load: bool, base: int, is_before: bool, words_count: int, has_writeback: bool) -> Access:
    """The access of a load or store multiple; `is_before` is the decrement-before form."""
    length = 4 * words_count
    change = -length if is_before else length
    return Access(
        is_load=is_load,
        base=base,
        offset=-length if is_before else 0,
        size_bytes=4,
        words_count=words_count,
        has_writeback=has_writeback,
        writeback_offset=change if has_writeback else 0,
    )


def multiple_transfer(source: Source) -> Instruction:
    """LDM, STM, PUSH, POP."""
    names = parse_list(source.tokens[-1])
    is_stack = source.stem in ("push", "pop")
    if not names or (not is_stack and len(source.tokens) != 2):
        return unknown(source)
    base_name = "sp!" if is_stack else source.tokens[0]
    is_load = source.stem in ("pop", "ldm", "ldmdb")
    is_before = source.stem in ("push", "stmdb", "ldmdb")
    base = CORE_NUMBERS.get(base_name.rstrip("!"))
    if base is None:
        return unknown(source)
    access = block_access(is_load, base, is_before, len(names), base_name.endswith("!"))
    data = core_mask(names)
    return made(
        source,
        Kind.LOAD_MULTIPLE if is_load else Kind.STORE_MULTIPLE,
        branch=Branch.POP if is_load and data >> PC & 1 else Branch.NONE,
        access=access,
        reads_mask=1 << base | (0 if is_load else data),
        writes_mask=writeback_mask(access) | (data if is_load else 0),
        address_mask=1 << base,
        registers_count=len(names),
    )


MEMORY_FORMS: dict[str, Callable[[Source], Instruction]] = {
    **dict.fromkeys(_LOADS, load),
    **dict.fromkeys(_STORES, store),
    **dict.fromkeys(("ldrd", "strd"), double_transfer),
    **dict.fromkeys(("push", "pop", "ldm", "stm", "ldmdb", "stmdb"), multiple_transfer),
}
