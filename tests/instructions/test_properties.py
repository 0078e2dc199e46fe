"""What must hold for any code: costs add up, reasons explain them, and cutting into blocks loses little."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.isa.decode import decode_block
from mcusim.isa.instruction import Branch, Kind
from mcusim.timing import CORES, cost_model
from mcusim.timing.cost import BlockContext, Reason

BASE_ADDR = 0x0800_0000


def _pool(name, column):
    found = set()
    for line in (Path(__file__).parent / name).read_text().splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if not line.startswith("#") and cells[column] != "-":
            raw = bytes.fromhex(cells[2])
            offset = 0
            for each in decode_block(raw, 0):
                if each.kind is not Kind.IT and not each.is_conditional and each.branch is Branch.NONE:
                    found.add(raw[offset : offset + each.size_bytes])
                offset += each.size_bytes
    return sorted(found)


POOLS = {
    "cortex-m0": _pool("cortex_m0_m0plus.csv", 3),
    "cortex-m0plus": _pool("cortex_m0_m0plus.csv", 4),
    "cortex-m3": _pool("cortex_m3_m4.csv", 3),
    "cortex-m4": _pool("cortex_m3_m4.csv", 4),
    "cortex-m33": _pool("cortex_m33.csv", 3),
    "cortex-m7": _pool("cortex_m7.csv", 3),
}
DUAL_ISSUE = ("cortex-m33", "cortex-m7")


@st.composite
def cut_code(draw, core, smallest=1):
    """Straight-line code of the core, as encodings grouped into blocks of at least `smallest` instructions."""
    blocks_count = draw(st.integers(1, 5))
    one = st.sampled_from(POOLS[core])
    return [draw(st.lists(one, min_size=smallest, max_size=smallest + 6)) for _ in range(blocks_count)]


def costs(core, blocks, flash_addrs=frozenset()):
    model, context = cost_model(core), BlockContext(flash_addrs)
    previous, addr, found = (), BASE_ADDR, []
    for encodings in blocks:
        code = b"".join(encodings)
        block = decode_block(code, addr)
        found.append(model.block_cost(previous, block, context))
        previous, addr = block, addr + len(code)
    return found


def total(core, blocks):
    return sum(cost.total_cycles for cost in costs(core, blocks))


@pytest.mark.parametrize("core", CORES)
def test_reasons_sum_to_cycles(core):
    @settings(max_examples=60, deadline=None)
    @given(cut_code(core))
    def check(blocks):
        for cost in costs(core, blocks):
            assert cost.instruction_cycles == tuple(sum(n for _, n in each) for each in cost.reasons)
            assert cost.tail_cycles == sum(n for _, n in cost.tail_reasons)
            assert all(n for each in (*cost.reasons, cost.tail_reasons) for _, n in each)

    check()


@pytest.mark.parametrize("core", [core for core in CORES if core not in DUAL_ISSUE])
def test_every_instruction_that_issues_costs_at_least_one_cycle(core):
    @settings(max_examples=60, deadline=None)
    @given(cut_code(core))
    def check(blocks):
        found = costs(core, blocks)
        assert all(cycles >= 1 for cost in found for cycles in cost.instruction_cycles)
        assert all(dict(each)[Reason.ISSUE] == 1 for cost in found for each in cost.reasons)
        # A tail of -1 takes back the bus phase of the load before it: no chain of edges costs less than its issues.
        assert sum(map(len, blocks)) <= sum(cost.total_cycles for cost in found)

    check()


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m0plus"])
def test_cutting_code_changes_nothing_without_state(core):
    @settings(max_examples=40, deadline=None)
    @given(cut_code(core))
    def check(blocks):
        assert total(core, [[each for block in blocks for each in block]]) == total(core, blocks)

    check()


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m33", "cortex-m7"])
def test_cutting_code_into_blocks_loses_little(core):
    """Only the block before is remembered: a cut loses at most two cycles (docs/concepts/timing.md).

    For blocks of three instructions and more, and without VDIV and VSQRT, whose 14 cycles can outlast them.
    """
    divides = {each for each in POOLS[core] if decode_block(each, 0)[0].mnemonic in ("vdiv", "vsqrt")}

    @settings(max_examples=150, deadline=None)
    @given(cut_code(core, smallest=3))
    def check(blocks):
        whole = [[each for block in blocks for each in block if each not in divides]]
        cut = [[each for each in block if each not in divides] for block in blocks]
        cut = [block for block in cut if block]
        if cut:
            assert abs(total(core, whole) - total(core, cut)) <= 2 * (len(cut) - 1)

    check()


def test_the_same_arguments_give_the_same_cost():
    block = decode_block(bytes.fromhex("0868024380b5"), BASE_ADDR)
    model = cost_model("cortex-m4")
    first = model.block_cost(block, block, BlockContext())
    model.block_cost((), block, BlockContext())

    assert first == model.block_cost(block, block, BlockContext())
