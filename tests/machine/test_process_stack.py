"""Value programs know PSP where nothing in the block can have changed it: that is where switches of tasks save to."""

from __future__ import annotations

import pytest

from mcusim.isa.decode import decode_block
from mcusim.machine.value_compiler import compile_values
from mcusim.machine.values import Wanted

PSP = 17
MRS_R0_PSP, MSR_PSP_R1, PUSH_R4 = "eff30980", "81f30988", "10b4"
STMDB_R0_R4_R11 = "20e9f00f"
LDR_R2_FROM_R0 = "0268"


def _program(*encodings):
    return compile_values(
        decode_block(bytes.fromhex("".join(encodings)), 0x0800_0000), Wanted(every_access=True)
    )


def test_what_is_saved_below_psp_has_an_address():
    program = _program(MRS_R0_PSP, STMDB_R0_R4_R11)

    assert (0, (PSP,)) == (program.unresolved_count, program.registers)


@pytest.mark.parametrize("before", [MSR_PSP_R1, PUSH_R4], ids=["msr", "push"])
def test_psp_is_not_known_after_something_that_may_have_moved_it(before):
    """A push moves PSP where thread mode uses it."""
    assert 1 == _program(before, MRS_R0_PSP, LDR_R2_FROM_R0).unresolved_count
