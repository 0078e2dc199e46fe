"""What the disassembler says about one instruction, taken apart, and how an Instruction is made of it."""

from __future__ import annotations

from dataclasses import dataclass

from mcusim.isa.instruction import Condition, Instruction, Kind


def names(text: str) -> frozenset[str]:
    """The words of `text` as a set."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Source:
    """A disassembled instruction whose mnemonic has been taken apart."""

    stem: str
    """Mnemonic without condition, width, type and flag-setting s."""
    types: tuple[str, ...]
    """What followed the dots: "w", "f32", …"""
    tokens: tuple[str, ...]
    text: str
    size_bytes: int
    condition: Condition
    sets_flags: bool


def made(source: Source, kind: Kind, **fields: object) -> Instruction:
    """An Instruction at address 0 of this source and these further fields."""
    reads_flags = bool(fields.pop("reads_flags", False)) or source.condition is not Condition.AL
    sets_flags = bool(fields.pop("sets_flags", False)) or source.sets_flags
    return Instruction(
        addr=0,
        size_bytes=source.size_bytes,
        mnemonic=source.stem,
        text=source.text,
        kind=kind,
        condition=source.condition,
        reads_flags=reads_flags,
        sets_flags=sets_flags,
        **fields,  # type: ignore[arg-type]
    )


def unknown(source: Source) -> Instruction:
    """An instruction that no M-profile core of ours executes, or that the disassembler does not know."""
    return made(source, Kind.UNKNOWN)
