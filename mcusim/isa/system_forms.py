"""Turns one disassembled branch, barrier, hint or status-register instruction into an Instruction."""

from __future__ import annotations

from collections.abc import Callable

from mcusim.isa.instruction import LR, PC, Branch, Instruction, Kind
from mcusim.isa.memory_forms import access_of, address_mask
from mcusim.isa.operands import CORE_NUMBERS, core_mask, parse_memory, value_of
from mcusim.isa.source import Source, made, unknown

_BIT_LR, _BIT_PC = 1 << LR, 1 << PC


def _immediate_branch(source: Source) -> Instruction:
    register, target = source.tokens[:-1], source.tokens[-1]
    if not target.startswith("#"):
        return unknown(source)
    is_link = source.stem == "bl"
    return made(
        source,
        Kind.BRANCH,
        branch=Branch.LINK if is_link else Branch.IMMEDIATE,
        reads_mask=core_mask(register),
        writes_mask=_BIT_PC | (_BIT_LR if is_link else 0),
        target_addr=value_of(target) & 0xFFFF_FFFF,
    )


def _register_branch(source: Source) -> Instruction:
    if source.tokens[0] not in CORE_NUMBERS:  # BLX to an immediate: no M-profile core has it
        return unknown(source)
    is_link = source.stem.startswith("blx")
    return made(
        source,
        Kind.BRANCH,
        branch=Branch.LINK_REGISTER if is_link else Branch.REGISTER,
        reads_mask=core_mask(source.tokens),
        writes_mask=_BIT_PC | (_BIT_LR if is_link else 0),
    )


def _table_branch(source: Source) -> Instruction:
    memory = parse_memory(source.tokens)
    if memory is None:
        return unknown(source)
    access = access_of(memory, True, source.stem[-1])
    mask = address_mask(access)
    return made(
        source,
        Kind.BRANCH,
        branch=Branch.TABLE,
        access=access,
        reads_mask=mask,
        writes_mask=_BIT_PC,
        address_mask=mask,
    )


def _status_access(source: Source) -> Instruction:
    is_read = source.stem == "mrs"
    special = source.tokens[-1] if is_read else source.tokens[0]
    core = core_mask(source.tokens)
    is_apsr = "apsr" in special or "xpsr" in special
    return made(
        source,
        Kind.STATUS,
        reads_mask=0 if is_read else core,
        writes_mask=core if is_read else 0,
        reads_flags=is_read and is_apsr,
        sets_flags=not is_read and is_apsr,
        changes_masks=not is_read,
    )


def _plain(kind: Kind) -> Callable[[Source], Instruction]:
    def form(source: Source) -> Instruction:
        return made(source, kind, changes_masks=source.stem.startswith("cps"))

    return form


def _preload(source: Source) -> Instruction:
    memory = parse_memory(source.tokens)
    mask = 0 if memory is None else address_mask(access_of(memory, True, ""))
    return made(source, Kind.HINT, reads_mask=mask, address_mask=mask)


_IT_STEMS = frozenset(
    "it" + a + b + c for a in ("", "t", "e") for b in ("", "t", "e") for c in ("", "t", "e")
)

SYSTEM_FORMS: dict[str, Callable[[Source], Instruction]] = {
    **dict.fromkeys(("b", "bl", "cbz", "cbnz"), _immediate_branch),
    **dict.fromkeys(("bx", "blx", "bxns", "blxns"), _register_branch),
    **dict.fromkeys(("tbb", "tbh"), _table_branch),
    **dict.fromkeys(("mrs", "msr"), _status_access),
    **dict.fromkeys(("cps", "cpsie", "cpsid"), _plain(Kind.STATUS)),
    **dict.fromkeys(("dmb", "dsb", "isb", "ssbb", "pssbb"), _plain(Kind.BARRIER)),
    **dict.fromkeys(("svc", "bkpt", "udf"), _plain(Kind.EXCEPTION)),
    **dict.fromkeys(("wfi", "wfe"), _plain(Kind.SLEEP)),
    **dict.fromkeys(("sev", "sevl", "yield", "hint", "dbg", "csdb", "clrex", "sg"), _plain(Kind.HINT)),
    **dict.fromkeys(("pld", "pldw", "pli"), _preload),
    **dict.fromkeys(_IT_STEMS, _plain(Kind.IT)),
    "nop": _plain(Kind.NOP),
}
