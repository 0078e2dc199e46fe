"""Places tensors and scratch memory in one arena, ahead of time; nothing here knows what operators compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.codegen.lower.call import Alias, Call

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import Lowered

_ALIGNMENT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Memory that one tensor (with what shares it) or one scratch area needs, from one step to another."""

    block_id: int
    """Tensor index; -1 - step for the scratch memory of a step."""
    name: str
    size_bytes: int
    first_index: int
    last_index: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and where it begins."""

    block: Block
    offset_bytes: int

    @property
    def end_bytes(self) -> int:
        """First byte after it."""
        return self.offset_bytes + self.block.size_bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is; offsets are from the arena's begin."""

    size_bytes: int
    placed: tuple[Placed, ...]
    offsets_bytes: dict[int, int]
    """By tensor index, also of tensors that share another's memory."""
    scratch_offsets_bytes: dict[int, int]
    """By step."""

    def alive_at(self, step: int) -> tuple[Placed, ...]:
        """What shares the arena at one step, largest first."""
        alive = [each for each in self.placed if each.block.first_index <= step <= each.block.last_index]
        return tuple(sorted(alive, key=lambda each: (-each.block.size_bytes, each.offset_bytes)))

    def fullest(self) -> tuple[Placed, ...]:
        """What is alive at the step that needs most."""
        last = max((each.block.last_index for each in self.placed), default=0)
        steps = (self.alive_at(step) for step in range(last + 1))
        return max(steps, key=lambda alive: sum(each.block.size_bytes for each in alive), default=())


def plan_of(graph: Graph, steps: tuple[tuple[Operator, Lowered], ...]) -> Plan:
    """The arena of the network.

    Largest blocks first, each at the lowest offset that is free while it lives (the greedy-by-size strategy of
    Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5).
    """
    owners = _owners(steps)
    blocks = [*_tensor_blocks(graph, steps, owners), *_scratch_blocks(steps)]
    placed: list[Placed] = []
    for block in sorted(blocks, key=lambda each: (-each.size_bytes, each.first_index, each.block_id)):
        placed.append(Placed(block, _lowest_free(block, placed)))
    offsets = {each.block.block_id: each.offset_bytes for each in placed}
    return Plan(
        _aligned(max((each.end_bytes for each in placed), default=0)),
        tuple(placed),
        {index: offsets[owner] for index, owner in _with_all(graph, owners).items() if owner in offsets},
        {-1 - key: offset for key, offset in offsets.items() if key < 0},
    )


def _owners(steps: tuple[tuple[Operator, Lowered], ...]) -> dict[int, int]:
    """Which tensor's memory a tensor that is only another view of it uses."""
    owners: dict[int, int] = {}
    for _, each in steps:
        if isinstance(each, Alias):
            owners[each.output_index] = owners.get(each.source_index, each.source_index)
    return owners


def _with_all(graph: Graph, owners: dict[int, int]) -> dict[int, int]:
    return {each.index: owners.get(each.index, each.index) for each in graph.tensors}


def _tensor_blocks(
    graph: Graph, steps: tuple[tuple[Operator, Lowered], ...], owners: dict[int, int]
) -> list[Block]:
    lives: dict[int, tuple[int, int]] = {}
    end = len(steps)

    def use(index: int, step: int) -> None:
        tensor = graph.tensors[owners.get(index, index)]
        if tensor.data is not None:
            return
        first, last = lives.get(tensor.index, (step, step))
        lives[tensor.index] = (min(first, step), max(last, step))

    for index in graph.inputs:
        use(index, -1)
    for step, (_, each) in enumerate(steps):
        used = (
            (*each.inputs, *each.outputs)
            if isinstance(each, Call)
            else (each.source_index, each.output_index)
        )
        for index in used:
            use(index, step)
    for index in graph.outputs:
        use(index, end)
    return [
        Block(index, graph.tensors[index].name, graph.tensors[index].size_bytes, first, last)
        for index, (first, last) in lives.items()
    ]


def _scratch_blocks(steps: tuple[tuple[Operator, Lowered], ...]) -> list[Block]:
    return [
        Block(-1 - step, f"scratch of {operator.name} {operator.index}", each.scratch_bytes, step, step)
        for step, (operator, each) in enumerate(steps)
        if isinstance(each, Call) and each.scratch_bytes
    ]


def _lowest_free(block: Block, placed: list[Placed]) -> int:
    others = [
        each
        for each in placed
        if each.block.first_index <= block.last_index and block.first_index <= each.block.last_index
    ]
    offset = 0
    for each in sorted(others, key=lambda each: each.offset_bytes):
        if offset + block.size_bytes <= each.offset_bytes:
            break
        offset = max(offset, _aligned(each.end_bytes))
    return offset


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES
