"""What the instruction timing tests share: reading the tables, and running blocks one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from mcusim.isa.decode import decode_block
from mcusim.timing import cost_model
from mcusim.timing.cost import BlockContext

BASE_ADDR = 0x0800_0000
Blocks = Sequence[tuple[int, str]]


@pytest.fixture(scope="session")
def cycles_of() -> Callable[..., int]:
    """Total of a chain of (offset, encoding) blocks, summed along its edges as the machine does."""

    def run(core: str, blocks: Blocks, flash_offsets: frozenset[int] = frozenset()) -> int:
        model = cost_model(core)
        context = BlockContext(frozenset(BASE_ADDR + offset for offset in flash_offsets))
        previous: tuple[object, ...] = ()
        total_cycles = 0
        for offset, encoding in blocks:
            block = decode_block(bytes.fromhex(encoding), BASE_ADDR + offset)
            total_cycles += model.block_cost(previous, block, context).total_cycles
            previous = block
        return total_cycles

    return run
