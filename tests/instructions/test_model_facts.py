"""Dynamic terms and constants of the cost models, and the tables they come from."""

from __future__ import annotations

from dataclasses import fields

import pytest

from mcusim.errors import DataFileError, UnknownNameError
from mcusim.isa.decode import decode_block
from mcusim.provenance import Basis
from mcusim.timing import CORES, cost_model, number_provenance
from mcusim.timing.cost import BlockContext, Reason
from mcusim.timing.numbers import (
    TABLES_PATH,
    DualIssueNumbers,
    LimitedDualIssueNumbers,
    PipelineNumbers,
    TableNumbers,
    read_table,
)


def decoded(encoding, addr=0x0800_0000):
    return decode_block(bytes.fromhex(encoding), addr)


# dividend, divisor, signed, cycles: compendium.i-0.nl, Cortex-M4 divider: 2 if an operand is 0; 3 if
# bits(n) < bits(d); else 5 + floor((bits(n) - bits(d)) / 4). The 12 is the maximum of Arm DDI0439 table 3-1.
DIVIDES = (
    (0, 5, False, 2),
    (5, 0, False, 2),
    (0, 0, True, 2),
    (5, 100, False, 3),
    (7, 7, False, 5),
    (0xFF, 0x1F, False, 5),
    (0xFF, 0xF, False, 6),
    (0xFFFF_FFFF, 1, False, 12),
    (0xFFFF_FFFF, 1, True, 5),  # -1 / 1: magnitudes
    (0x8000_0000, 0xFFFF_FFFF, True, 12),  # the largest magnitude by 1
    (0x8000_0000, 0xFFFF_FFFF, False, 5),
    (100, 0xFFFF_FFF0, True, 5),  # 7 bits by 5 bits
)


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m33"])
@pytest.mark.parametrize(("dividend", "divisor", "is_signed", "expected"), DIVIDES)
def test_a_divide_takes_cycles_by_the_distance_of_highest_bits(core, dividend, divisor, is_signed, expected):
    assert expected == cost_model(core).divide_cycles(dividend, divisor, is_signed)


def test_a_block_charges_the_shortest_divide():
    model = cost_model("cortex-m4")
    cost = model.block_cost((), decoded("b1fbf2f0"), BlockContext())  # udiv r0, r1, r2

    assert model.divide_base_cycles == 2 == cost.total_cycles


# encoding behind "it eq", cycles saved when skipped: every skipped instruction costs 1 (jnk0le/cortexm-AES kernels).
SKIPPED = (
    ("08bf0130", 0, 0, "addeq"),
    ("08bf0868", 1, 1, "ldreq"),
    ("08bf0860", 0, 0, "streq"),
    ("08bf8850", 1, 1, "streq, register offset"),
    ("08bf07c8", 3, 3, "ldmeq of three"),
    ("08bf01fb0230", 1, 0, "mlaeq"),
    ("08bfb1fbf2f0", 1, 1, "udiveq"),
    ("08bf7047", 0, 0, "bxeq"),
    ("08bf10bd", 2, 2, "popeq {r4, pc}"),
)


@pytest.mark.parametrize(("encoding", "m3", "m4", "name"), SKIPPED, ids=[row[3] for row in SKIPPED])
def test_a_skipped_instruction_costs_one_cycle(encoding, m3, m4, name):
    instruction = decoded(encoding)[1]

    assert m3 == cost_model("cortex-m3").skipped_cycles_saved(instruction)
    assert m4 == cost_model("cortex-m4").skipped_cycles_saved(instruction)


# M0, M0+: Arm interrupt latency table (quoted at andrewytf.wordpress.com, 2017). M3, M4: TI MSP432 manual (12, 12, 6).
# M33: assumed.
@pytest.mark.parametrize(
    ("core", "entry"),
    [("cortex-m0", 16), ("cortex-m0plus", 15), ("cortex-m3", 12), ("cortex-m4", 12), ("cortex-m33", 12)],
)
def test_exception_entry_takes_the_manuals_cycles(core, entry):
    assert entry == cost_model(core).exception_entry_cycles


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m33"])
def test_exception_return_and_tail_chaining_take_twelve_and_six(core):
    """TI MSP432 technical reference manual; assumed for the Cortex-M33, where the table says so."""
    model = cost_model(core)

    assert (model.exception_return_cycles, model.tail_chain_cycles) == (12, 6)


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4"])
def test_unaligned_data_costs_extra_bus_cycles(core):
    """pornin/arm-asm-notes, memory.md."""
    model = cost_model(core)

    assert (model.unaligned_word_cycles, model.unaligned_halfword_cycles) == ((1, 2), 1)


def test_reasons_name_what_cost_the_cycles():
    """ldr r0, [r1]; ldr r2, [r0]; push {r4-r7}: load stall, load stall, then one cycle a word."""
    cost = cost_model("cortex-m4").block_cost((), decoded("08680268f0b4"), BlockContext())

    stall = ((Reason.ISSUE, 1), (Reason.LOAD_USE, 1))
    assert (stall, stall, ((Reason.ISSUE, 1), (Reason.MULTI_CYCLE, 4))) == cost.reasons


def test_the_refill_belongs_to_the_branch_before():
    loop = decoded("0138fdd1")
    cost = cost_model("cortex-m4").block_cost(loop, loop, BlockContext())

    assert (cost.tail_cycles, cost.tail_reasons) == (1, ((Reason.BRANCH_REFILL, 1),))


def test_an_overlap_with_the_block_before_is_a_negative_tail():
    load = decoded("0868")
    cost = cost_model("cortex-m4").block_cost(load, decoded("1a68", 0x0800_0002), BlockContext())

    assert (cost.tail_cycles, cost.total_cycles + 1) == (-1, 2)


def test_an_unknown_core_names_the_nearest():
    with pytest.raises(UnknownNameError, match="no core called 'cortex-m4f'") as caught:
        cost_model("cortex-m4f")

    assert "'cortex-m4'" in caught.value.fix
    with pytest.raises(UnknownNameError):
        number_provenance("cortex-m4f")


KINDS = {
    "cortex-m0": TableNumbers,
    "cortex-m0plus": TableNumbers,
    "cortex-m3": PipelineNumbers,
    "cortex-m4": PipelineNumbers,
    "cortex-m33": LimitedDualIssueNumbers,
    "cortex-m7": DualIssueNumbers,
}


@pytest.mark.parametrize("core", CORES)
def test_every_number_has_a_basis_and_a_source(core):
    kind = KINDS[core]
    provenance = dict(number_provenance(core))

    assert {field.name for field in fields(kind)} == set(provenance)
    assert all(isinstance(each.basis, Basis) and len(each.source) > 8 for each in provenance.values())


def changed_table(tmp_path, old, new):
    text = (TABLES_PATH / "cortex_m0.toml").read_text()
    assert old in text
    path = tmp_path / "cortex_m0.toml"
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[store_cycles]", "[stroe_cycles]", "unknown key 'stroe_cycles'"),
        ("[store_cycles]\nvalue = 2", "[store_cycles]\nvalue = -2", "'value' is out of range"),
        ("[store_cycles]\nvalue = 2", '[store_cycles]\nvalue = "2"', "'value' must be an integer"),
        ('[store_cycles]\nvalue = 2\nbasis = "datasheet"', "[store_cycles]\nvalue = 2", "'basis' is missing"),
        ("[store_cycles]", "[stores_cycles]\nvalue = 1\n[store_cycles]", "unknown key 'stores_cycles'"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path, old, new, complaint):
    with pytest.raises(DataFileError, match=complaint):
        read_table(changed_table(tmp_path, old, new), TableNumbers)
