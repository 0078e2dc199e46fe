"""Decoding by hand-made encodings; expected operands and masks follow the ARMv7-M Architecture Reference Manual."""

from __future__ import annotations

import pytest

from mcusim.isa.decode import decode_block
from mcusim.isa.instruction import Access, Branch, Condition, FpClass, Immediate, Kind, Register, Shift

ADDR = 0x0800_0000
R0, R1, R2, R3 = (Register(number) for number in range(4))
SP, LR, PC = 13, 14, 15


def one(encoding, addr=ADDR):
    (instruction,) = decode_block(bytes.fromhex(encoding), addr)
    return instruction


# encoding, disassembly, mnemonic, operands in full form, registers read, registers written, sets the flags
DATA = (
    ("0130", "adds r0, #1", "add", (R0, R0, Immediate(1)), {0}, {0}, True),
    ("481c", "adds r0, r1, #1", "add", (R0, R1, Immediate(1)), {1}, {0}, True),
    ("401a", "subs r0, r0, r1", "sub", (R0, R0, R1), {0, 1}, {0}, True),
    ("8844", "add r8, r1", "add", (Register(8), Register(8), R1), {1, 8}, {8}, False),
    ("04b0", "add sp, #0x10", "add", (Register(SP), Register(SP), Immediate(16)), {SP}, {SP}, False),
    ("84b0", "sub sp, #0x10", "sub", (Register(SP), Register(SP), Immediate(16)), {SP}, {SP}, False),
    ("01a8", "add r0, sp, #4", "add", (R0, Register(SP), Immediate(4)), {SP}, {0}, False),
    ("7844", "add r0, pc", "add", (R0, R0, Register(PC)), {0, PC}, {0}, False),
    ("01f27b00", "addw r0, r1, #0x7b", "add", (R0, R1, Immediate(123)), {1}, {0}, False),
    ("a1f27b00", "subw r0, r1, #0x7b", "sub", (R0, R1, Immediate(123)), {1}, {0}, False),
    (
        "01ebe200",
        "add.w r0, r1, r2, asr #3",
        "add",
        (R0, R1, Register(2, Shift.ASR, 3)),
        {1, 2},
        {0},
        False,
    ),
    ("c1ebc200", "rsb r0, r1, r2, lsl #3", "rsb", (R0, R1, Register(2, Shift.LSL, 3)), {1, 2}, {0}, False),
    ("4842", "rsbs r0, r1, #0", "rsb", (R0, R1, Immediate(0)), {1}, {0}, True),
    ("8846", "mov r8, r1", "mov", (Register(8), R1), {1}, {8}, False),
    ("0120", "movs r0, #1", "mov", (R0, Immediate(1)), set(), {0}, True),
    ("41f23420", "movw r0, #0x1234", "mov", (R0, Immediate(0x1234)), set(), {0}, False),
    ("c1f23420", "movt r0, #0x1234", "movt", (R0, Immediate(0x1234)), {0}, {0}, False),
    ("4ff48030", "mov.w r0, #0x10000", "mov", (R0, Immediate(0x10000)), set(), {0}, False),
    ("6ff00000", "mvn r0, #0", "mvn", (R0, Immediate(0)), set(), {0}, False),
    ("c843", "mvns r0, r1", "mvn", (R0, R1), {1}, {0}, True),
    ("8840", "lsls r0, r1", "lsl", (R0, R0, R1), {0, 1}, {0}, True),
    ("c800", "lsls r0, r1, #3", "lsl", (R0, R1, Immediate(3)), {1}, {0}, True),
    ("0808", "lsrs r0, r1, #0x20", "lsr", (R0, R1, Immediate(32)), {1}, {0}, True),
    ("01fa02f0", "lsl.w r0, r1, r2", "lsl", (R0, R1, R2), {1, 2}, {0}, False),
    ("4fea0110", "lsl.w r0, r1, #4", "lsl", (R0, R1, Immediate(4)), {1}, {0}, False),
    ("4fea3100", "rrx r0, r1", "mov", (R0, Register(1, Shift.RRX, 1)), {1}, {0}, False),
    ("c841", "rors r0, r1", "ror", (R0, R0, R1), {0, 1}, {0}, True),
    ("4841", "adcs r0, r1", "adc", (R0, R0, R1), {0, 1}, {0}, True),
    ("8843", "bics r0, r1", "bic", (R0, R0, R1), {0, 1}, {0}, True),
    ("61ea0200", "orn r0, r1, r2", "orn", (R0, R1, R2), {1, 2}, {0}, False),
    ("4843", "muls r0, r1, r0", "mul", (R0, R1, R0), {0, 1}, {0}, True),
    ("01fb0230", "mla r0, r1, r2, r3", "mla", (R0, R1, R2, R3), {1, 2, 3}, {0}, False),
    ("01fb1230", "mls r0, r1, r2, r3", "mls", (R0, R1, R2, R3), {1, 2, 3}, {0}, False),
    ("a2fb0301", "umull r0, r1, r2, r3", "umull", (R0, R1, R2, R3), {2, 3}, {0, 1}, False),
    ("e2fb0301", "umlal r0, r1, r2, r3", "umlal", (R0, R1, R2, R3), {0, 1, 2, 3}, {0, 1}, False),
    ("b1fbf2f0", "udiv r0, r1, r2", "udiv", (R0, R1, R2), {1, 2}, {0}, False),
    ("c1f3c400", "ubfx r0, r1, #3, #5", "ubfx", (R0, R1, Immediate(3), Immediate(5)), {1}, {0}, False),
    ("61f3c700", "bfi r0, r1, #3, #5", "bfi", (R0, R1, Immediate(3), Immediate(5)), {0, 1}, {0}, False),
    ("6ff3c700", "bfc r0, #3, #5", "bfc", (R0, Immediate(3), Immediate(5)), {0}, {0}, False),
    ("0128", "cmp r0, #1", "cmp", (R0, Immediate(1)), {0}, set(), True),
    ("b0eb810f", "cmp.w r0, r1, lsl #2", "cmp", (R0, Register(1, Shift.LSL, 2)), {0, 1}, set(), True),
    ("c842", "cmn r0, r1", "cmn", (R0, R1), {0, 1}, set(), True),
    ("0842", "tst r0, r1", "tst", (R0, R1), {0, 1}, set(), True),
    ("90ea010f", "teq.w r0, r1", "teq", (R0, R1), {0, 1}, set(), True),
    ("c8b2", "uxtb r0, r1", "uxtb", (R0, R1), {1}, {0}, False),
    ("5ffa91f0", "uxtb.w r0, r1, ror #8", "uxtb", (R0, Register(1, Shift.ROR, 8)), {1}, {0}, False),
    ("08ba", "rev r0, r1", "rev", (R0, R1), {1}, {0}, False),
    ("b1fa81f0", "clz r0, r1", "clz", (R0, R1), {1}, {0}, False),
)


def mask(registers):
    return sum(1 << number for number in registers)


@pytest.mark.parametrize(
    ("encoding", "text", "mnemonic", "operands", "reads", "writes", "sets_flags"),
    DATA,
    ids=[row[1] for row in DATA],
)
def test_data_processing_has_its_full_form(*, encoding, text, mnemonic, operands, reads, writes, sets_flags):
    found = one(encoding)

    assert (found.text, found.mnemonic, found.operands) == (text, mnemonic, operands)
    assert (found.reads_mask, found.writes_mask) == (mask(reads), mask(writes))
    assert found.sets_flags is sets_flags
    assert (found.addr, found.size_bytes) == (ADDR, len(encoding) // 2)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("4841", True), ("4fea3100", True), ("0130", False), ("fed0", True), ("effc", False)],
)
def test_only_carry_and_condition_readers_read_the_flags(encoding, expected):
    """adcs, rrx and beq do; adds does not, nor the lone half of a 32-bit instruction."""
    assert one(encoding).reads_flags is expected


# encoding at an address, result of ADR: Align(PC, 4) + offset, PC = address + 4 (ARMv7-M ARM, A7.7.7)
@pytest.mark.parametrize(
    ("encoding", "addr", "expected"),
    [
        ("01a0", ADDR, ADDR + 8),
        ("01a0", ADDR + 2, ADDR + 8),
        ("aff20a00", ADDR + 2, ADDR + 4 - 10),
        ("0ff20800", ADDR, ADDR + 12),
    ],
    ids=["adr", "adr at 2 mod 4", "adr.w backwards", "adr.w"],
)
def test_adr_holds_the_absolute_address(encoding, addr, expected):
    found = one(encoding, addr)

    assert ("adr", (R0, Immediate(expected))) == (found.mnemonic, found.operands)


def load(base, offset=0, size_bytes=4, **more):
    return Access(True, base, offset, size_bytes, **more)


def store(base, offset=0, size_bytes=4, **more):
    return Access(False, base, offset, size_bytes, **more)


# encoding, text, kind, access, reads, writes
MEMORY = (
    ("0868", "ldr r0, [r1]", Kind.LOAD, load(1), {1}, {0}),
    ("4878", "ldrb r0, [r1, #1]", Kind.LOAD, load(1, 1, 1), {1}, {0}),
    ("885e", "ldrsh r0, [r1, r2]", Kind.LOAD, load(1, 0, 2, index=2, is_signed=True), {1, 2}, {0}),
    ("8856", "ldrsb r0, [r1, r2]", Kind.LOAD, load(1, 0, 1, index=2, is_signed=True), {1, 2}, {0}),
    ("0248", "ldr r0, [pc, #8]", Kind.LOAD, load(PC, 8), {PC}, {0}),
    ("5ff80800", "ldr.w r0, [pc, #-0x8]", Kind.LOAD, load(PC, -8), {PC}, {0}),
    (
        "51f82200",
        "ldr.w r0, [r1, r2, lsl #2]",
        Kind.LOAD,
        load(1, index=2, index_shift=2),
        {1, 2},
        {0},
    ),
    (
        "51f8040b",
        "ldr r0, [r1], #4",
        Kind.LOAD,
        load(1, has_writeback=True, writeback_offset=4),
        {1},
        {0, 1},
    ),
    (
        "51f8040d",
        "ldr r0, [r1, #-0x4]!",
        Kind.LOAD,
        load(1, -4, has_writeback=True, writeback_offset=-4),
        {1},
        {0, 1},
    ),
    (
        "41f8040f",
        "str r0, [r1, #4]!",
        Kind.STORE,
        store(1, 4, has_writeback=True, writeback_offset=4),
        {0, 1},
        {1},
    ),
    ("8850", "str r0, [r1, r2]", Kind.STORE, store(1, index=2), {0, 1, 2}, set()),
    ("d2e90201", "ldrd r0, r1, [r2, #8]", Kind.LOAD_MULTIPLE, load(2, 8, words_count=2), {2}, {0, 1}),
    (
        "e2e80201",
        "strd r0, r1, [r2], #8",
        Kind.STORE_MULTIPLE,
        store(2, words_count=2, has_writeback=True, writeback_offset=8),
        {0, 1, 2},
        {2},
    ),
    (
        "06c8",
        "ldm r0!, {r1, r2}",
        Kind.LOAD_MULTIPLE,
        load(0, words_count=2, has_writeback=True, writeback_offset=8),
        {0},
        {0, 1, 2},
    ),
    ("05c8", "ldm r0, {r0, r2}", Kind.LOAD_MULTIPLE, load(0, words_count=2), {0}, {0, 2}),
    (
        "20e90600",
        "stmdb r0!, {r1, r2}",
        Kind.STORE_MULTIPLE,
        store(0, -8, words_count=2, has_writeback=True, writeback_offset=-8),
        {0, 1, 2},
        {0},
    ),
    ("10e90600", "ldmdb r0, {r1, r2}", Kind.LOAD_MULTIPLE, load(0, -8, words_count=2), {0}, {1, 2}),
    (
        "10b5",
        "push {r4, lr}",
        Kind.STORE_MULTIPLE,
        store(SP, -8, words_count=2, has_writeback=True, writeback_offset=-8),
        {4, SP, LR},
        {SP},
    ),
    (
        "10bd",
        "pop {r4, pc}",
        Kind.LOAD_MULTIPLE,
        load(SP, words_count=2, has_writeback=True, writeback_offset=8),
        {SP},
        {4, SP, PC},
    ),
    ("51e8010f", "ldrex r0, [r1, #4]", Kind.LOAD, load(1, 4), {1}, {0}),
    ("42e80110", "strex r0, r1, [r2, #4]", Kind.STORE, store(2, 4), {1, 2}, {0}),
    ("31f9040e", "ldrsht r0, [r1, #4]", Kind.LOAD, load(1, 4, 2, is_signed=True), {1}, {0}),
    ("dfe800f0", "tbb [pc, r0]", Kind.BRANCH, load(PC, 0, 1, index=0), {0, PC}, {PC}),
    (
        "dfe810f0",
        "tbh [pc, r0, lsl #1]",
        Kind.BRANCH,
        load(PC, 0, 2, index=0, index_shift=1),
        {0, PC},
        {PC},
    ),
)


@pytest.mark.parametrize(
    ("encoding", "text", "kind", "access", "reads", "writes"), MEMORY, ids=[row[1] for row in MEMORY]
)
def test_a_memory_access_has_its_address_rule(*, encoding, text, kind, access, reads, writes):
    found = one(encoding)

    assert (found.text, found.kind, found.access) == (text, kind, access)
    assert (found.reads_mask, found.writes_mask) == (mask(reads), mask(writes))
    expected_address = {access.base} | ({access.index} if access.index >= 0 else set())
    assert found.address_mask == mask(expected_address)
    assert found.registers_count == access.words_count


def test_a_table_branch_at_2_mod_4_counts_from_the_pc_itself():
    """TBB uses PC, a literal load Align(PC, 4) (ARMv7-M ARM, A7.7.185 and A7.7.44)."""
    assert one("dfe800f0", ADDR + 2).access.offset == 2
    assert one("0248", ADDR + 2).access.offset == 8


# encoding, branch, condition, target offset from the instruction or None, writes LR
BRANCHES = (
    ("fee7", Branch.IMMEDIATE, Condition.AL, 0, False),
    ("fed0", Branch.IMMEDIATE, Condition.EQ, 0, False),
    ("fdd3", Branch.IMMEDIATE, Condition.CC, -2, False),
    ("3ff4feaf", Branch.IMMEDIATE, Condition.EQ, 0, False),
    ("fff7febf", Branch.IMMEDIATE, Condition.AL, 0, False),
    ("00f01ef8", Branch.LINK, Condition.AL, 0x40, True),
    ("10b1", Branch.IMMEDIATE, Condition.AL, 8, False),
    ("8047", Branch.LINK_REGISTER, Condition.AL, None, True),
    ("7047", Branch.REGISTER, Condition.AL, None, False),
    ("8746", Branch.REGISTER, Condition.AL, None, False),
    ("8744", Branch.REGISTER, Condition.AL, None, False),
    ("10bd", Branch.POP, Condition.AL, None, False),
    ("d0f800f0", Branch.LOAD, Condition.AL, None, False),
    ("5df804fb", Branch.POP, Condition.AL, None, False),  # ldr pc, [sp], #4 is POP {PC}, encoding T3
    ("dfe800f0", Branch.TABLE, Condition.AL, None, False),
)


@pytest.mark.parametrize(("encoding", "branch", "condition", "offset", "links"), BRANCHES)
def test_a_branch_knows_its_kind_and_target(*, encoding, branch, condition, offset, links):
    found = one(encoding)

    assert (found.branch, found.condition) == (branch, condition)
    assert found.target_addr == (-1 if offset is None else ADDR + offset)
    assert bool(found.writes_mask >> LR & 1) is links
    assert found.writes_mask >> PC & 1


def test_a_branch_prints_its_absolute_target():
    assert one("00f01ef8").text == "bl #0x8000040"


# encoding, text, kind
OTHERS = (
    ("00bf", "nop", Kind.NOP),
    ("aff30080", "nop.w", Kind.NOP),
    ("08bf", "it eq", Kind.IT),
    ("80f31088", "msr primask, r0", Kind.STATUS),
    ("eff31080", "mrs r0, primask", Kind.STATUS),
    ("72b6", "cpsid i", Kind.STATUS),
    ("bff35f8f", "dmb sy", Kind.BARRIER),
    ("bff36f8f", "isb sy", Kind.BARRIER),
    ("01df", "svc #1", Kind.EXCEPTION),
    ("00be", "bkpt #0", Kind.EXCEPTION),
    ("01de", "udf #1", Kind.EXCEPTION),
    ("30bf", "wfi", Kind.SLEEP),
    ("40bf", "sev", Kind.HINT),
    ("bff32f8f", "clrex", Kind.HINT),
    ("90f804f0", "pld [r0, #4]", Kind.HINT),
    ("21fb0230", "smlad r0, r1, r2, r3", Kind.MUL),
    ("c2fbc301", "smlald r0, r1, r2, r3", Kind.LONG_MLA),
    ("a2fb0301", "umull r0, r1, r2, r3", Kind.LONG_MUL),
    ("92fbf3f1", "sdiv r1, r2, r3", Kind.DIV),
    ("4cecb791", ".inst 0x91b7ec4c", Kind.UNKNOWN),
)


@pytest.mark.parametrize(("encoding", "text", "kind"), OTHERS, ids=[row[1] for row in OTHERS])
def test_an_instruction_has_its_kind(encoding, text, kind):
    found = one(encoding)

    assert (found.text, found.kind) == (text, kind)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("72b6", True), ("62b6", True), ("80f31088", True), ("80f31188", True), ("eff31080", False)],
)
def test_what_may_unmask_an_interrupt_says_so(encoding, expected):
    """CPS and MSR do, MRS does not."""
    assert one(encoding).changes_masks is expected


# encoding, text, class, FP reads, FP writes, addend, core reads, core writes
FP = (
    ("30ee810a", "vadd.f32 s0, s1, s2", FpClass.ARITHMETIC, {1, 2}, {0}, set(), 0, 0),
    ("a0ee810a", "vfma.f32 s0, s1, s2", FpClass.MULTIPLY_ACCUMULATE, {0, 1, 2}, {0}, {0}, 0, 0),
    ("b5ee400a", "vcmp.f32 s0, #0", FpClass.COMPARE, {0}, set(), set(), 0, 0),
    ("b4eee00a", "vcmpe.f32 s0, s1", FpClass.COMPARE, {0, 1}, set(), set(), 0, 0),
    ("bdeee00a", "vcvt.s32.f32 s0, s1", FpClass.ARITHMETIC, {1}, {0}, set(), 0, 0),
    ("baeece0a", "vcvt.f32.s32 s0, s0, #4", FpClass.ARITHMETIC, {0}, {0}, set(), 0, 0),
    ("00ee100a", "vmov s0, r0", FpClass.CORE_TRANSFER, set(), {0}, set(), 1, 0),
    ("10ee100a", "vmov r0, s0", FpClass.CORE_TRANSFER, {0}, set(), set(), 0, 1),
    ("51ec100b", "vmov r0, r1, d0", FpClass.CORE_TRANSFER_2, {0, 1}, set(), set(), 0, 3),
    ("41ec100a", "vmov s0, s1, r0, r1", FpClass.CORE_TRANSFER_2, set(), {0, 1}, set(), 3, 0),
    ("b0ee600a", "vmov.f32 s0, s1", FpClass.MOVE, {1}, {0}, set(), 0, 0),
    ("b0eee00a", "vabs.f32 s0, s1", FpClass.MOVE, {1}, {0}, set(), 0, 0),
    ("80ee810a", "vdiv.f32 s0, s1, s2", FpClass.DIVIDE, {1, 2}, {0}, set(), 0, 0),
    ("80fe810a", "vmaxnm.f32 s0, s1, s2", FpClass.ARITHMETIC, {1, 2}, {0}, set(), 0, 0),
    ("20fe810a", "vselge.f32 s0, s1, s2", FpClass.MOVE, {1, 2}, {0}, set(), 0, 0),
    ("f1ee10fa", "vmrs apsr_nzcv, fpscr", FpClass.STATUS, set(), set(), set(), 0, 0),
    ("e1ee100a", "vmsr fpscr, r0", FpClass.STATUS, set(), set(), set(), 1, 0),
)


@pytest.mark.parametrize(
    ("encoding", "text", "fp_class", "reads", "writes", "addend", "core_reads", "core_writes"),
    FP,
    ids=[row[1] for row in FP],
)
def test_an_fp_instruction_has_its_class_and_registers(
    *, encoding, text, fp_class, reads, writes, addend, core_reads, core_writes
):
    found = one(encoding)

    assert (found.text, found.kind, found.fp_class) == (text, Kind.FP, fp_class)
    assert (found.fp_reads_mask, found.fp_writes_mask) == (mask(reads), mask(writes))
    assert found.fp_accumulator_mask == mask(addend)
    assert (found.reads_mask, found.writes_mask) == (core_reads, core_writes)


# encoding, text, kind, words, FP mask, is double, offset, base update
FP_MEMORY = (
    ("90ed010a", "vldr s0, [r0, #4]", Kind.LOAD, 1, 0b1, False, 4, 0),
    ("10ed010b", "vldr d0, [r0, #-4]", Kind.LOAD_MULTIPLE, 2, 0b11, True, -4, 0),
    ("80ed000a", "vstr s0, [r0]", Kind.STORE, 1, 0b1, False, 0, 0),
    ("b0ec040a", "vldmia r0!, {s0, s1, s2, s3}", Kind.LOAD_MULTIPLE, 4, 0b1111, False, 0, 16),
    ("2ded048b", "vpush {d8, d9}", Kind.STORE_MULTIPLE, 4, 0xF << 16, True, -16, -16),
    ("bdec018a", "vpop {s16}", Kind.LOAD_MULTIPLE, 1, 1 << 16, False, 0, 4),
)


@pytest.mark.parametrize(
    ("encoding", "text", "kind", "words", "fp_mask", "is_double", "offset", "update"),
    FP_MEMORY,
    ids=[row[1] for row in FP_MEMORY],
)
def test_an_fp_access_counts_words(*, encoding, text, kind, words, fp_mask, is_double, offset, update):
    found = one(encoding)

    assert (found.text, found.kind, found.registers_count) == (text, kind, words)
    assert (found.access.words_count, found.access.offset, found.access.size_bytes) == (words, offset, 4)
    assert (found.access.has_writeback, found.access.writeback_offset) == (update != 0, update)
    moved = found.fp_writes_mask if found.access.is_load else found.fp_reads_mask
    assert (moved, found.is_double) == (fp_mask, is_double)
