"""Short questions to a recording."""

from __future__ import annotations

from collections import Counter

from mcusim.recording.recording import CallNode, Recording


def name_of(recording: Recording, node: CallNode) -> str:
    """The node's function."""
    return recording.functions[node.function_index].name


def path_of(recording: Recording, node: CallNode) -> str:
    """Root label and functions from the root down: "thread/Reset_Handler/main"."""
    above = path_of(recording, recording.calls[node.parent_index]) if node.parent_index >= 0 else node.root
    return f"{above}/{name_of(recording, node)}"


def tree(recording: Recording) -> dict[str, int]:
    """Calls of every node that was called, by its path."""
    counts: Counter[str] = Counter()
    for each in recording.calls:
        if each.calls_count:
            counts[path_of(recording, each)] += each.calls_count  # a call and a tail call are two nodes
    return dict(counts)


def calls_of(recording: Recording, function: str) -> int:
    """How often a function was called, wherever from."""
    return sum(each.calls_count for each in recording.calls if name_of(recording, each) == function)


def self_cycles_of(recording: Recording, function: str) -> int:
    """Cycles of a function without its callees."""
    return sum(each.self_cycles for each in recording.calls if name_of(recording, each) == function)


def variable(recording: Recording, name: str) -> object:
    """What --read reported."""
    return dict(recording.variables)[name]


def log_of(recording: Recording, name: str = "log") -> list[int]:
    """The bytes that firmware appended to an array, without the zeros behind them."""
    value = variable(recording, name)
    assert isinstance(value, tuple)
    return [int(each) for each in bytes(int(each) for each in value).rstrip(b"\0")]


def exception_cycles(recording: Recording) -> int:
    """Cycles of exception entries, returns and frames."""
    return dict(recording.reason_cycles).get("exception", 0)
