"""Decodes Thumb machine code of M-profile cores into Instructions; the only module that knows Capstone.

Whether a core has an instruction is not decided here: the emulator faults on the ones it lacks.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import capstone

from mcusim.isa.data_forms import DATA_FORMS
from mcusim.isa.fp_forms import FP_FORMS
from mcusim.isa.instruction import PC, Access, Branch, Condition, Immediate, Instruction
from mcusim.isa.memory_forms import MEMORY_FORMS
from mcusim.isa.operands import split_operands
from mcusim.isa.source import Source, names, unknown
from mcusim.isa.system_forms import SYSTEM_FORMS

# CS_MODE_V8 adds VSEL, VMAXNM, VRINT and VCVTA of FPv5, and takes nothing away from ARMv6-M and ARMv7-M code.
_MODE = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
_DISASSEMBLER = capstone.Cs(capstone.CS_ARCH_ARM, _MODE)

_NOT_IN_IT_BLOCK = -1
_SUFFIXES = {"hs": Condition.CS, "lo": Condition.CC} | {
    each.name.lower(): each for each in Condition if each not in (Condition.CS, Condition.CC, Condition.AL)
}
_SUFFIX_BY_CONDITION = {condition: suffix for suffix, condition in _SUFFIXES.items()}
_FLAG_SETTERS = names("add sub rsb adc sbc and orr eor bic orn mvn mov lsl lsr asr ror rrx mul")
_FORMS = DATA_FORMS | MEMORY_FORMS | SYSTEM_FORMS | FP_FORMS
_SYNONYMS = {"addw": "add", "subw": "sub", "movw": "mov", "ldmia": "ldm", "stmia": "stm"}


def decode_block(code: bytes, addr: int) -> tuple[Instruction, ...]:
    """The instructions in `code`, which lies at `addr`.

    An instruction is conditional when an IT instruction of the same code covers it. What cannot be decoded
    becomes `Kind.UNKNOWN`; so does the first half of a 32-bit instruction that `code` cuts off.
    `operands` of ADR hold the absolute address.
    """
    found = []
    offset = 0
    it_state = 0
    while offset + 1 < len(code):
        halfword = code[offset] | code[offset + 1] << 8
        is_wide = halfword >> 11 >= 0b11101 and offset + 4 <= len(code)  # ARMv7-M ARM, A5.1
        size_bytes = 4 if is_wide else 2
        raw = code[offset : offset + size_bytes]
        predicate = it_state >> 4 if it_state & 0xF else _NOT_IN_IT_BLOCK
        found.append(_placed(_decoded(raw, predicate), addr + offset))
        it_state = _advanced(it_state)
        if halfword >> 8 == 0xBF and halfword & 0xF:
            it_state = halfword & 0xFF
        offset += size_bytes
    return tuple(found)


def _advanced(it_state: int) -> int:
    """ITAdvance() of the ARMv7-M ARM, A7.3.3."""
    return 0 if it_state & 0x7 == 0 else (it_state & 0xE0) | (it_state << 1 & 0x1F)


@lru_cache(maxsize=1 << 16)
def _decoded(raw: bytes, predicate: int) -> Instruction:
    """The instruction as it would be at address 0; `predicate` is the condition of its IT block, or -1."""
    lines = []
    if predicate != _NOT_IN_IT_BLOCK:
        # Behind an IT of the same condition, so that 16-bit instructions print as not setting the flags.
        it_halfword = bytes((0x08 | predicate << 4 & 0xF0, 0xBF))
        lines = list(_DISASSEMBLER.disasm_lite(it_halfword + raw, 0x1_0000_0000 - 2, 2))[1:]
    if not lines:
        lines = list(_DISASSEMBLER.disasm_lite(raw, 0, 1))
    condition = Condition(predicate) if 0 <= predicate < Condition.AL.value else Condition.AL
    if not lines or lines[0][1] != len(raw):
        text = f".inst 0x{int.from_bytes(raw, 'little'):0{2 * len(raw)}x}"
        return unknown(Source("", (), (), text, len(raw), condition, False))
    _, _, mnemonic, operand_text = lines[0]
    source = _taken_apart(mnemonic, operand_text, len(raw), condition)
    return _FORMS.get(source.stem, unknown)(source)


def _taken_apart(mnemonic: str, operand_text: str, size_bytes: int, condition: Condition) -> Source:
    """Mnemonic and operands separated from condition, width, data type and flag setting."""
    stem, *types = mnemonic.split(".")
    if condition is not Condition.AL:
        stem = stem.removesuffix(_SUFFIX_BY_CONDITION[condition])
    elif stem[0] == "b" and stem[1:] in _SUFFIXES:
        stem, condition = "b", _SUFFIXES[stem[1:]]
    elif stem.startswith("vsel"):
        stem = "vsel"
    sets_flags = stem.endswith("s") and stem[:-1] in _FLAG_SETTERS
    if sets_flags:
        stem = stem[:-1]
    return Source(
        stem=_SYNONYMS.get(stem, stem),
        types=tuple(types),
        tokens=split_operands(operand_text),
        text=f"{mnemonic} {operand_text}".rstrip(),
        size_bytes=size_bytes,
        condition=condition,
        sets_flags=sets_flags,
    )


def _placed(template: Instruction, addr: int) -> Instruction:
    """The instruction at `addr`: branch targets and ADR results become absolute."""
    operands, access = template.operands, template.access
    target_addr, text = template.target_addr, template.text
    if target_addr >= 0:
        target_addr = target_addr + addr & 0xFFFF_FFFF
        text = f"{text.rpartition('#')[0]}#{target_addr:#x}"
    elif template.branch is Branch.TABLE and addr & 2:
        access = _from_unaligned_pc(access)
    elif template.mnemonic == "adr":
        offset = operands[1]
        assert isinstance(offset, Immediate)
        operands = (operands[0], Immediate((addr + 4 & ~3) + offset.value & 0xFFFF_FFFF))
    return Instruction(
        addr,
        template.size_bytes,
        template.mnemonic,
        text,
        template.kind,
        template.branch,
        template.condition,
        operands,
        access,
        template.reads_mask,
        template.writes_mask,
        template.address_mask,
        template.fp_reads_mask,
        template.fp_writes_mask,
        template.fp_accumulator_mask,
        template.fp_class,
        template.is_double,
        template.sets_flags,
        template.reads_flags,
        template.registers_count,
        target_addr,
        template.changes_masks,
    )


def _from_unaligned_pc(access: Access | None) -> Access | None:
    """`tbb [pc, rm]` counts from the PC itself, `Access` from the aligned PC (ARMv7-M ARM, A7.7.185)."""
    return replace(access, offset=2) if access is not None and access.base == PC else access
