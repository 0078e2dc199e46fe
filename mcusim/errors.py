"""Every error a user can act on; nothing here knows how it is shown."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """The process exit codes that the command line documents."""

    OK = 0
    BUDGET_EXCEEDED = 1
    WRONG_INPUT = 2
    FIRMWARE_FAULTED = 3
    LIMIT_REACHED = 4


class McusimError(Exception):
    """An error the user can act on: what happened, where, why, and what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.WRONG_INPUT

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.fix = what, where, why, fix

    def __str__(self) -> str:
        labelled = (("at", self.where), ("because", self.why), ("fix", self.fix))
        return "\n".join([self.what, *(f"  {label}: {text}" for label, text in labelled if text)])


class FirmwareFileError(McusimError):
    """The firmware file cannot be used: missing, damaged, or for another machine."""


class DataFileError(McusimError):
    """A board, chip, power-model or timing file is wrong; `where` names file and key."""


class UnknownNameError(McusimError):
    """A board, symbol or option value that does not exist; the fix names the nearest ones."""


class UsageError(McusimError):
    """Command-line options that contradict each other or the firmware."""


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> UnknownNameError:
    """An UnknownNameError that suggests the nearest known names."""
    candidates = sorted(set(known))
    near = get_close_matches(name, candidates, n=3)
    if near:
        fix = "did you mean " + " or ".join(f"'{each}'" for each in near) + "?"
    else:
        shown = ", ".join(candidates[:12]) + (", …" if len(candidates) > 12 else "")
        fix = f"use one of: {shown}" if candidates else f"there is no {kind} to choose from"
    return UnknownNameError(f"no {kind} called '{name}'", where=where, fix=fix)


def misspelling_of(key: str, names: Iterable[str]) -> str:
    """The one of `names` that looks like `key` with a slip ("sorce" of "source", not "min_v" of "max_v"), or empty."""
    return next((name for name in names if name != key and _is_slip(name, key)), "")


_SLIP_RATIO, _FIRST_WORD_RATIO = 0.82, 0.6  # keys of one table that are both right: fetch_exposed_ratio and
# fetch_exposed_prefetch_ratio 0.81; read_wait_cycles and write_wait_cycles 0.85, their first words 0.44


def _is_slip(name: str, key: str) -> bool:
    if sorted(name) == sorted(key):
        return True
    first = SequenceMatcher(None, name.partition("_")[0], key.partition("_")[0]).ratio()
    return first >= _FIRST_WORD_RATIO and SequenceMatcher(None, name, key).ratio() >= _SLIP_RATIO
