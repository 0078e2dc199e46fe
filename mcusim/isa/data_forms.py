"""Turns one disassembled core data-processing instruction into an Instruction with operands in full form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mcusim.isa.instruction import PC, Branch, Immediate, Instruction, Kind, Register, Shift
from mcusim.isa.operands import parse_data_operands
from mcusim.isa.source import Source, made, names, unknown

_COMPARES = names("cmp cmn tst teq")
_THREE_OPERANDS = names("add sub rsb adc sbc and orr eor bic orn lsl lsr asr ror mul qadd qsub")
_TWO_RESULTS = names(
    "umull smull umlal smlal umaal smlalbb smlalbt smlaltb smlaltt smlald smlaldx smlsld smlsldx"
)
_READS_DESTINATION = names("movt bfi bfc")
_CARRY_READERS = names("adc sbc")
_ALU = _COMPARES | names(
    "add sub rsb adc sbc and orr eor bic orn mvn mov movt lsl lsr asr ror adr clz rbit rev rev16 revsh "
    "uxtb uxth sxtb sxth uxtb16 sxtb16 uxtab uxtah sxtab sxtah uxtab16 sxtab16 ubfx sbfx bfi bfc "
    "ssat usat ssat16 usat16 pkhbt pkhtb sel usad8 usada8 qadd qsub qdadd qdsub "
    "sadd8 sadd16 ssub8 ssub16 sasx ssax qadd8 qadd16 qsub8 qsub16 qasx qsax "
    "shadd8 shadd16 shsub8 shsub16 shasx shsax uadd8 uadd16 usub8 usub16 uasx usax "
    "uqadd8 uqadd16 uqsub8 uqsub16 uqasx uqsax uhadd8 uhadd16 uhsub8 uhsub16 uhasx uhsax "
    "tt ttt tta ttat"
)
_MULTIPLIES = names(
    "mul smulbb smulbt smultb smultt smulwb smulwt smlabb smlabt smlatb smlatt smlawb smlawt "
    "smlad smladx smlsd smlsdx smmul smmulr smmla smmlar smmls smmlsr smuad smuadx smusd smusdx"
)
_DATA_KINDS: dict[str, Kind] = (
    dict.fromkeys(_ALU, Kind.ALU)
    | dict.fromkeys(_MULTIPLIES, Kind.MUL)
    | dict.fromkeys(_TWO_RESULTS, Kind.LONG_MLA)
    | dict.fromkeys(("umull", "smull"), Kind.LONG_MUL)
    | dict.fromkeys(("mla", "mls"), Kind.MLA)
    | dict.fromkeys(("udiv", "sdiv"), Kind.DIV)
)


def _registers_mask(operands: tuple[Register | Immediate, ...]) -> int:
    mask = 0
    for operand in operands:
        if isinstance(operand, Register):
            mask |= 1 << operand.number
    return mask


def _results_count(stem: str) -> int:
    if stem in _COMPARES:
        return 0
    return 2 if stem in _TWO_RESULTS else 1


def _full_form(source: Source) -> tuple[Register | Immediate, ...] | None:
    """Operands with an explicit destination: "adds r0, #1" reads (r0, r0, 1)."""
    operands = parse_data_operands(source.tokens)
    if operands and len(operands) == 2 and source.stem in _THREE_OPERANDS:
        return (operands[0], *operands)
    return operands


def _adr(source: Source, operands: tuple[Register | Immediate, ...]) -> Instruction:
    """`adr rd, label` with the offset from the aligned PC; `sub rd, pc, #n` is its negative form."""
    result, offset = operands[0], operands[-1]
    assert isinstance(offset, Immediate)
    if source.stem == "sub":
        offset = Immediate(-offset.value & 0xFFFF_FFFF)
    return made(
        replace(source, stem="adr"),
        Kind.ALU,
        operands=(result, offset),
        reads_mask=1 << PC,
        writes_mask=_registers_mask((result,)),
    )


def _is_adr(source: Source, operands: tuple[Register | Immediate, ...]) -> bool:
    if source.stem == "adr":
        return True
    return (
        source.stem in ("add", "sub")
        and len(operands) == 3
        and operands[1] == Register(PC)
        and isinstance(operands[2], Immediate)
    )


def data_processing(source: Source) -> Instruction:
    """Arithmetic, logic, multiplies, divides; a write of the PC makes it a branch."""
    operands = _full_form(source)
    if not operands or not isinstance(operands[0], Register):
        return unknown(source)
    if _is_adr(source, operands):
        return _adr(source, operands)
    results_count = _results_count(source.stem)
    writes = _registers_mask(operands[:results_count])
    reads = _registers_mask(operands[results_count:])
    kind = _DATA_KINDS[source.stem]
    if source.stem in _READS_DESTINATION or kind is Kind.LONG_MLA:
        reads |= writes
    has_rrx = any(isinstance(each, Register) and each.shift is Shift.RRX for each in operands)
    return made(
        source,
        kind,
        branch=Branch.REGISTER if writes >> PC & 1 else Branch.NONE,
        operands=operands,
        reads_mask=reads,
        writes_mask=writes,
        sets_flags=source.stem in _COMPARES,
        reads_flags=has_rrx or source.stem in _CARRY_READERS,
    )


def rotate_with_extend(source: Source) -> Instruction:
    """`rrx rd, rm` is `mov rd, rm, rrx`."""
    return data_processing(replace(source, stem="mov", tokens=(*source.tokens, "rrx")))


DATA_FORMS: dict[str, Callable[[Source], Instruction]] = dict.fromkeys(_DATA_KINDS, data_processing)
DATA_FORMS["rrx"] = rotate_with_extend
