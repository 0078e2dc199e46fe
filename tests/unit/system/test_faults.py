"""Fault reports: decoded bits, registers, backtrace, hints."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from mcusim.machine.exceptions import FaultKind
from mcusim.machine.fault_hints import FaultFacts, hint_for
from mcusim.machine.faults import CoreSnapshot, decoded_bits
from mcusim.machine.registers import BusError, Reg
from mcusim.machine.system.fault_bits import Cfsr, Hfsr

BL = (0xF000, 0xF800)  # bl .+4 (ARMv7-M ARM, A7.7.18, encoding T1)
BLX_R3 = (0x4798,)
NOP = (0xBF00,)


# --- decoding ---


def test_every_bit_is_named_with_its_meaning():
    lines = decoded_bits(int(Cfsr.PRECISERR | Cfsr.BFARVALID), int(Hfsr.FORCED))

    assert [line.split(":")[0] for line in lines] == ["CFSR.PRECISERR", "CFSR.BFARVALID", "HFSR.FORCED"]


def test_no_bit_is_forgotten():
    lines = decoded_bits(0xFFFFFFFF, 0xFFFFFFFF)

    assert len(lines) == len(Cfsr) + len(Hfsr)


def test_clear_registers_decode_to_nothing():
    assert decoded_bits(0, 0) == ()


# --- a scene with functions at 0x100-0x1FF (main), 0x200-0x2FF (mid), 0x300-0x3FF (leaf), 0x400-0x4FF (isr) ---


@dataclass
class Symbols:
    functions: dict[int, str] = field(
        default_factory=lambda: {0x100: "main", 0x200: "mid", 0x300: "leaf", 0x400: "isr"}
    )

    def function_at(self, addr):
        start = addr & ~0xFF
        return SimpleNamespace(addr=start) if start in self.functions else None

    def named(self, addr):
        return self.functions.get(addr & ~0xFF, f"0x{addr:08x}")


class Scene:
    def __init__(self, system):
        self.core, self.exceptions = system.core, system.model
        self.functions = SimpleNamespace(symbols=Symbols())
        self.core.flash[0x100:0x500] = bytes(0x400)
        self.words_read = []

    def word_at(self, addr):
        self.words_read.append(addr)
        try:
            return self.core.read_word(addr)
        except BusError:
            return None

    def reads_ram(self):
        return 0x20000000, 0x20004000

    def put_code(self, addr, *halfwords):
        for index, halfword in enumerate(halfwords):
            self.core.flash[addr + 2 * index : addr + 2 * index + 2] = halfword.to_bytes(2, "little")

    def call_from(self, addr, *instruction):
        """The return address of a call instruction at `addr`."""
        self.put_code(addr, *(instruction or BL))
        return addr + 2 * len(instruction or BL) | 1

    def push(self, *words):
        """Words on top of the stack, the last one highest."""
        sp = self.core.read(Reg.SP) - 4 * len(words)
        self.core.write(Reg.SP, sp)
        for index, word in enumerate(words):
            self.core.write_word(sp + 4 * index, word)

    def names(self, pc_addr):
        fault = CoreSnapshot.take(self.core, pc_addr).build(self, FaultKind.HARD, "test")
        return [frame.function for frame in fault.backtrace]


@pytest.fixture
def scene(system):
    return Scene(system)


def test_a_report_holds_all_registers_in_the_usual_order(scene):
    scene.core.write(Reg.R7, 77)
    fault = CoreSnapshot.take(scene.core, 0x310).build(scene, FaultKind.BUS, "read of nothing")
    names = [name for name, _ in fault.registers]

    assert names == [*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr", "msp", "psp"]
    assert dict(fault.registers)["r7"] == 77
    assert (fault.kind, fault.what, fault.pc_addr) == ("BusFault", "read of nothing", 0x310)


def test_a_report_shows_the_registers_from_before_exception_entry(scene):
    scene.core.write(Reg.R0, 5)
    snapshot = CoreSnapshot.take(scene.core, 0x310)
    scene.exceptions.raise_fault(FaultKind.BUS, Cfsr.PRECISERR, 0x10000000, 0x310)
    fault = snapshot.build(scene, FaultKind.HARD, "read")

    assert dict(fault.registers)["sp"] == 0x20001000
    assert (fault.bfar, fault.hfsr) == (0x10000000, Hfsr.FORCED)
    assert fault.decoded[0].startswith("CFSR.PRECISERR")


def test_an_unprivileged_task_shows_its_stack_pointer(scene):
    """MSP and PSP read as zero there."""
    scene.core.write(Reg.CONTROL, 3)
    fault = CoreSnapshot.take(scene.core, 0x310).build(scene, FaultKind.HARD, "test")

    assert dict(fault.registers)["psp"] == dict(fault.registers)["sp"] == 0x20002000


# --- backtrace ---


def test_lr_is_the_caller_of_a_leaf_function(scene):
    scene.core.write(Reg.LR, scene.call_from(0x210))

    assert scene.names(0x310) == ["leaf", "mid"]


def test_return_addresses_on_the_stack_follow(scene):
    scene.push(0x12345678, scene.call_from(0x180))
    scene.core.write(Reg.LR, scene.call_from(0x210))

    assert scene.names(0x310) == ["leaf", "mid", "main"]


def test_a_call_through_a_register_counts_too(scene):
    scene.core.write(Reg.LR, scene.call_from(0x210, *BLX_R3))

    assert scene.names(0x310) == ["leaf", "mid"]


def test_an_lr_left_by_a_call_that_is_over_is_not_a_caller(scene):
    scene.core.write(Reg.LR, scene.call_from(0x304))
    scene.push(scene.call_from(0x210))

    assert scene.names(0x310) == ["leaf", "mid"]


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (0x210, "even"),
        (0x231, "behind no call"),
        (0x20000101, "not in code"),
        (1, "too low"),
        (0xFFFFFFFF, "all"),
    ],
)
def test_other_words_on_the_stack_are_no_frames(scene, word, why):
    scene.put_code(0x22E, *NOP)
    scene.push(word)

    assert scene.names(0x310) == ["leaf"], why


def test_the_trace_goes_on_below_an_interrupt_handler(scene):
    """EXC_RETURN on the stack, then the frame with the interrupted PC, then the thread's own stack."""
    scene.push(scene.call_from(0x180))
    scene.push(0, 0, 0, 0, 0, 0, 0x220, 0x0100_0000)
    scene.push(4, 0xFFFFFFF9)

    assert scene.names(0x410) == ["isr", "mid", "main"]


def test_an_interrupted_leaf_function_shows_its_caller_from_the_frame(scene):
    scene.push(0, 0, 0, 0, 0, scene.call_from(0x210), 0x320, 0x0100_0000)
    scene.core.write(Reg.LR, 0xFFFFFFF9)

    assert scene.names(0x410) == ["isr", "leaf", "mid"]


def test_a_handler_over_a_task_continues_on_the_process_stack(scene):
    return_addr = scene.call_from(0x180)
    for index, word in enumerate((0, 0, 0, 0, 0, 0, 0x220, 0x0100_0000, return_addr)):
        scene.core.write_word(0x20001800 + 4 * index, word)
    scene.core.write(Reg.PSP, 0x20001800)
    scene.push(0xFFFFFFFD)

    assert scene.names(0x410) == ["isr", "mid", "main"]


def test_an_fp_frame_is_26_words_long(scene):
    scene.push(scene.call_from(0x180))
    scene.push(0, 0, 0, 0, 0, 0, 0x220, 0x0100_0000, *([0x211] * 18))
    scene.put_code(0x20E, *BLX_R3)
    scene.push(0xFFFFFFE9)

    assert scene.names(0x410) == ["isr", "mid", "main"]


def test_endless_recursion_is_cut(scene):
    first, second = scene.call_from(0x210), scene.call_from(0x180)
    scene.push(*[first, second] * 100)

    assert len(scene.names(0x310)) == 16


def test_an_overflowing_stack_still_shows_its_callers(scene):
    """SP is 64 bytes below RAM; the lowest word of RAM is a return address."""
    scene.core.write_word(0x20000000, scene.call_from(0x210))
    scene.core.write(Reg.SP, 0x20000000 - 64)

    assert scene.names(0x310) == ["leaf", "mid"]


def test_a_stack_pointer_into_nowhere_gives_the_pc_alone(scene):
    scene.core.write(Reg.SP, 0x10000000)

    assert scene.names(0x310) == ["leaf"]


def test_the_trace_never_reads_a_device(scene):
    """Reading a data register would take a byte out of it."""
    scene.core.write(Reg.SP, 0x40004000)
    scene.names(0x310)

    assert [addr for addr in scene.words_read if 0x40000000 <= addr < 0x60000000] == []


# --- hints ---


def _facts(system, **changes):
    defaults = {
        "pc_addr": 0x310,
        "sp": 0x20001000,
        "cfsr": Cfsr(0),
        "hfsr": Hfsr(0),
        "bfar_addr": 0,
        "ram_end_addr": 0x20004000,
        "is_bfar_mapped": False,
        "is_sp_mapped": True,
        "is_memory_above_sp": True,
        "variant": system.variant,
    }
    return FaultFacts(**{**defaults, **changes})


DATA = Cfsr.PRECISERR | Cfsr.BFARVALID


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cfsr": Cfsr.NOCP}, "CP10/CP11"),
        ({"sp": 0x1FFFFF80, "is_sp_mapped": False, "cfsr": DATA}, "stack overflow"),
        ({"sp": 0x20000010, "bfar_addr": 0x1FFFFFF0, "cfsr": DATA}, "stack overflow"),
        ({"cfsr": Cfsr.STKERR}, "stack overflow"),
        ({"sp": 0x10, "is_sp_mapped": False, "is_memory_above_sp": False, "cfsr": DATA}, "overwritten"),
        ({"sp": 0x20400000, "is_sp_mapped": False, "is_memory_above_sp": False}, "linked for a larger chip"),
        ({"cfsr": Cfsr.INVSTATE, "pc_addr": 0}, "null function pointer"),
        ({"cfsr": Cfsr.INVSTATE}, "Thumb bit"),
        ({"cfsr": Cfsr.IBUSERR, "pc_addr": 0xDEADBEEE}, "corrupted function pointer"),
        ({"cfsr": DATA, "bfar_addr": 0x14}, "null pointer"),
        ({"cfsr": DATA, "bfar_addr": 0x20005000}, "beyond this chip's RAM (ends at 0x20004000)"),
        ({"cfsr": DATA, "bfar_addr": 0x08001000, "is_bfar_mapped": True}, "read-only memory"),
        ({"cfsr": Cfsr.UNALIGNED}, "multiple of 4"),
        ({"cfsr": Cfsr.UNDEFINSTR}, "another core than cortex-m4"),
        ({"cfsr": Cfsr.INVPC}, "interrupt handler"),
        ({"cfsr": Cfsr.DIVBYZERO}, "division by zero"),
        ({"hfsr": Hfsr.VECTTBL}, "VTOR"),
    ],
)
def test_the_usual_causes_are_named(system, changes, expected):
    assert expected in hint_for(_facts(system, **changes))


def test_an_unexplained_fault_has_no_hint(system):
    assert hint_for(_facts(system, cfsr=DATA, bfar_addr=0x60000000)) == ""


def test_an_address_far_below_the_stack_is_no_overflow(system):
    assert hint_for(_facts(system, cfsr=DATA, bfar_addr=0x1FF00000)) == ""


def test_unaligned_access_on_cortex_m0_names_the_compiler_option(v6m):
    assert "-mno-unaligned-access" in hint_for(_facts(v6m, cfsr=Cfsr.UNALIGNED))


def test_a_core_without_fpu_is_told_to_use_soft_float(make_system):
    system = make_system("cortex-m3")

    assert "-mfloat-abi=soft" in hint_for(_facts(system, cfsr=Cfsr.NOCP))


def test_a_call_into_an_empty_boot_rom_says_how_to_build_without_it(make_system):
    """The Pico SDK looks its ROM routines up through a 16-bit pointer at 0x18 (RP2040 datasheet, section 2.8.3)."""
    system = make_system("cortex-m0plus", has_empty_boot_rom=True)

    assert "pico_set_mem_ops_implementation(TARGET compiler)" in hint_for(
        _facts(system, cfsr=Cfsr.IBUSERR, pc_addr=0xFFFE)
    )


@pytest.mark.parametrize(("pc_addr", "expected"), [(0, "null function pointer"), (0x2100_0000, "corrupted")])
def test_other_jumps_on_a_chip_with_a_boot_rom_keep_their_hint(make_system, pc_addr, expected):
    system = make_system("cortex-m0plus", has_empty_boot_rom=True)

    assert expected in hint_for(_facts(system, cfsr=Cfsr.IBUSERR, pc_addr=pc_addr))


def test_the_report_recognises_a_stack_that_left_ram(scene):
    """RAM starts at 0x20000000; the store that failed is just below it."""
    scene.core.write(Reg.MSP, 0x1FFFFFE0)
    snapshot = CoreSnapshot.take(scene.core, 0x310)
    scene.exceptions.raise_fault(FaultKind.BUS, Cfsr.PRECISERR, 0x1FFFFFE4, 0x310)

    assert "stack overflow" in snapshot.build(scene, FaultKind.HARD, "write").hint


def test_an_empty_stack_at_the_end_of_ram_is_no_overflow(scene):
    scene.core.write(Reg.MSP, 0x20004000)
    snapshot = CoreSnapshot.take(scene.core, 0x310)
    scene.exceptions.raise_fault(FaultKind.BUS, Cfsr.PRECISERR, 0x10, 0x310)

    assert "null pointer" in snapshot.build(scene, FaultKind.HARD, "write").hint
