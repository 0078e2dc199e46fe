"""Who called whom, guessed from LR and the stack without unwind tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.system.exc_return import has_basic_frame, is_on_process_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ARMV7M_EXC_RETURNS = frozenset((0xFFFFFFF1, 0xFFFFFFF9, 0xFFFFFFFD, 0xFFFFFFE1, 0xFFFFFFE9, 0xFFFFFFED))
_FRAME_BYTES, _FP_FRAME_BYTES = 0x20, 0x68
_FRAME_PC_OFFSET_BYTES = 0x18
_SCANNED_BYTES_MAX = 0x2000
_OVERFLOW_BYTES_MAX = 0x8000


@dataclass(frozen=True, slots=True)
class CoreState:
    """The registers that a backtrace starts from."""

    pc_addr: int
    lr: int
    sp: int
    psp: int


@dataclass(frozen=True, slots=True)
class CodeMap:
    """What is known about memory."""

    read_word: Callable[[int], int | None]
    """A word at a multiple of 4; None where there is no memory."""
    function_addr: Callable[[int], int | None]
    """Where the function around a code address starts; None outside code."""
    exc_returns: frozenset[int] = _ARMV7M_EXC_RETURNS
    """The values that lead over an exception frame on this core."""

    def is_return_addr(self, value: int) -> bool:
        """Odd, in code, and right behind a BL or BLX (ARMv7-M ARM, A7.7.18, A7.7.19)."""
        if not value & 1 or value < 5 or self.function_addr(value - 3) is None:
            return False
        before = self._halfword(value - 3)
        if before is not None and before & 0xFF87 == 0x4780:  # BLX Rm
            return True
        first = self._halfword(value - 5)
        if first is None or before is None:
            return False
        return first & 0xF800 == 0xF000 and before & 0xD000 == 0xD000  # BL

    def _halfword(self, addr: int) -> int | None:
        word = self.read_word(addr & ~3)
        return None if word is None else word >> 8 * (addr & 2) & 0xFFFF


def backtrace(state: CoreState, code: CodeMap, max_frames: int = 16) -> tuple[int, ...]:
    """Code addresses, innermost first: PC, then the last halfword of each call instruction.

    Stale return addresses below the live frames of a function may add frames that are not there.
    """
    frames = [state.pc_addr]
    if code.is_return_addr(state.lr) and not _is_stale(state, code):
        frames.append(state.lr - 3)
    for addr in _scan(state, code):
        if len(frames) >= max_frames:
            break
        if addr != frames[-1]:
            frames.append(addr)
    return tuple(frames[:max_frames])


def _is_stale(state: CoreState, code: CodeMap) -> bool:
    """LR still points into the running function itself: it was left there by a call that is over."""
    function_addr = code.function_addr(state.pc_addr)
    return function_addr is not None and function_addr == code.function_addr(state.lr - 3)


def _scan(state: CoreState, code: CodeMap) -> Iterator[int]:
    """Return addresses on the stack upwards from SP; an EXC_RETURN leads over an exception frame."""
    addr = _first_mapped(state.sp & ~3, code)
    end_addr = addr + _SCANNED_BYTES_MAX
    if state.lr in code.exc_returns and not _finds_exc_return(addr, end_addr, code):
        frame_addr = _frame_addr(state, state.lr, addr)
        yield from _interrupted(frame_addr, code)
        addr = frame_addr + _frame_bytes(state.lr)
        end_addr = addr + _SCANNED_BYTES_MAX
    while addr < end_addr:
        word = code.read_word(addr)
        if word is None:
            return
        addr += 4
        if word in code.exc_returns:
            frame_addr = _frame_addr(state, word, addr)
            yield from _interrupted(frame_addr, code)
            addr = frame_addr + _frame_bytes(word)
            end_addr = addr + _SCANNED_BYTES_MAX
        elif code.is_return_addr(word):
            yield word - 3


def _first_mapped(addr: int, code: CodeMap) -> int:
    """Where memory begins: an overflowing stack has left it, but its callers' frames are still there."""
    near = range(addr, addr + _OVERFLOW_BYTES_MAX, 4)
    return next((each for each in near if code.read_word(each) is not None), addr)


def _finds_exc_return(addr: int, end_addr: int, code: CodeMap) -> bool:
    for each in range(addr, end_addr, 4):
        word = code.read_word(each)
        if word is None:
            return False
        if word in code.exc_returns:
            return True
    return False


def _frame_addr(state: CoreState, exc_return: int, main_addr: int) -> int:
    return state.psp & ~3 if is_on_process_stack(exc_return) else main_addr


def _frame_bytes(exc_return: int) -> int:
    return _FRAME_BYTES if has_basic_frame(exc_return) else _FP_FRAME_BYTES


def _interrupted(frame_addr: int, code: CodeMap) -> Iterator[int]:
    """The PC of the interrupted code, then its LR when that is where it was called from."""
    pc_addr = code.read_word(frame_addr + _FRAME_PC_OFFSET_BYTES)
    if pc_addr is None or code.function_addr(pc_addr) is None:
        return
    yield pc_addr
    lr = code.read_word(frame_addr + _FRAME_PC_OFFSET_BYTES - 4)
    if lr is not None and code.is_return_addr(lr) and not _is_stale(CoreState(pc_addr, lr, 0, 0), code):
        yield lr - 3
