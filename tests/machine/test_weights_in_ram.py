"""`--set weights=ram` against a build whose weights really are in RAM: the same code, one pointer differs."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcusim.board.load import load_board
from mcusim.errors import UsageError
from mcusim.firmware.image import Image, Segment
from mcusim.firmware.models import Model
from mcusim.machine.options import MovedData
from mcusim.machine.weights import check_peak, moved_to_ram, stretches_of_models
from mcusim.report.request import RunRequest
from mcusim.session import board_and_image, weights_of
from tests import elf_factory
from tests.elf_factory import OBJECT, READ, WRITE, Elf, Name, Part
from tests.machine.conftest import recorded
from tests.machine.firmware import parsed

WORDS = 8192
"""32 KiB: more than the largest of the caches holds."""
_CODE = """
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    480e        ldr   r0, [pc, #56]     @ the table in flash
    490f        ldr   r1, [pc, #60]     @ its copy in RAM
    4a0f        ldr   r2, [pc, #60]     @ words
.copy:
    c808        ldmia r0!, {r3}
    c108        stmia r1!, {r3}
    3a01        subs  r2, #1
    d1fb        bne   .copy
    2402        movs  r4, #2
.twice:
    480d        ldr   r0, [pc, #52]     @ the table that is used
    490e        ldr   r1, [pc, #56]     @ the activation in RAM
    4a0b        ldr   r2, [pc, #44]     @ words
    f000 f804   bl    inference
    3c01        subs  r4, #1
    d1f8        bne   .twice
    bd10        pop   {r4, pc}
    46c0        nop
inference:
    b530        push  {r4, r5, lr}
    2500        movs  r5, #0
.each:
    6803        ldr   r3, [r0]
    680c        ldr   r4, [r1]
    4363        muls  r3, r4
    18ed        adds  r5, r5, r3
    7883        ldrb  r3, [r0, #2]
    18ed        adds  r5, r5, r3
    3004        adds  r0, #4
    3a01        subs  r2, #1
    d1f6        bne   .each
    bd30        pop   {r4, r5, pc}
    46c0        nop
"""


@dataclass(frozen=True)
class Target:
    """A board, where things are on it, and the flash setting that makes its weights expensive."""

    board: str
    base_addr: int
    ram_addr: int
    """In the RAM that has most of the data: weights=ram chooses it."""
    architecture_id: int
    settings: tuple = ()
    vectors_at: int = 0


L4 = Target("nucleo_l4r5zi", 0x0800_0000, 0x2000_2000, 13, (("flash.wait_states", 5),))
U5 = Target(
    "nucleo_u575zi_q", 0x0800_0000, 0x2000_2000, 17,
    (("flash.wait_states", 4), ("flash.instruction_cache", True)),
)  # fmt: skip
F7 = Target(
    "stm32f746g_disco", 0x0800_0000, 0x2001_2000, 13,
    (("flash.wait_states", 7), ("flash.instruction_cache", True), ("flash.data_cache", True)),
)  # fmt: skip
PICO = Target("raspberry_pi_pico", 0x1000_0000, 0x2000_2000, 12, vectors_at=0x100)
TARGETS = [L4, U5, F7, PICO]
ids = [each.board for each in TARGETS]


def elf(target: Target, *, is_in_ram: bool, has_names: bool = True) -> bytes:
    listing = parsed(_CODE)
    start_addr = target.base_addr + target.vectors_at
    code_addr, table_addr = start_addr + 0x100, target.base_addr + 0x1_0000
    copy_addr, activation_addr = target.ram_addr, target.ram_addr - 0x20
    source_addr = copy_addr if is_in_ram else table_addr
    literals = struct.pack("<5I", table_addr, copy_addr, WORDS, source_addr, activation_addr)
    labels = dict(listing.labels)
    vectors = [target.ram_addr - 0x40, *[code_addr + labels["Reset_Handler"] | 1] * 63]
    text = bytes(target.vectors_at) + struct.pack("<64I", *vectors) + listing.code + literals
    names = [Name(name, code_addr + labels[name] | 1, 0) for name in ("Reset_Handler", "main", "inference")]
    if has_names:
        names.append(Name("weights", table_addr, 4 * WORDS, OBJECT, section_index=2))
    parts = (
        Part(".text", target.base_addr, text),
        Part(".rodata", table_addr, bytes(range(256)) * (WORDS // 64), flags=READ),
        Part(".bss", copy_addr, b"", memory_size_bytes=4 * WORDS, flags=READ | WRITE),
    )
    return elf_factory.to_bytes(
        Elf(parts, tuple(names), entry_addr=vectors[1], architecture_id=target.architecture_id)
    )


def calls(tmp_path, target: Target, *, is_in_ram=False, settings=(), **options) -> list[int]:
    """Cycles of the first inference, which finds the caches as the copying left them, and of the second."""
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf(target, is_in_ram=is_in_ram))
    settings = (*target.settings, *settings)
    recording = recorded(path, target.board, roi="inference", max_seconds=1.0, settings=settings, **options)
    return [each.end_cycles - each.begin_cycles for each in recording.region_calls]


@pytest.mark.parametrize("target", TARGETS, ids=ids)
def test_weights_as_if_in_ram_take_the_cycles_of_weights_in_ram(tmp_path, target):
    in_flash = calls(tmp_path, target)
    really = calls(tmp_path, target, is_in_ram=True)
    as_if = calls(tmp_path, target, settings=(("weights", "ram"),))

    assert 2 == len(really)
    assert in_flash[0] > really[0], "the setting must matter here"
    assert really == as_if


def test_weights_in_flash_is_what_the_firmware_does_anyway(tmp_path):
    assert calls(tmp_path, L4) == calls(tmp_path, L4, settings=(("weights", "flash"),))


@pytest.mark.parametrize("has_names", [True, False], ids=["variable", "nameless"])
def test_constants_that_the_inference_reads_are_its_weights(tmp_path, has_names):
    """The code's literals, which are read too, are too short for weights."""
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf(L4, is_in_ram=False, has_names=has_names))
    request = RunRequest(path, L4.board, roi="inference", max_seconds=1.0)

    assert ((0x0801_0000, 0x0801_8000),) == weights_of(request, *board_and_image(request))


def test_constants_that_only_the_start_up_code_reads_are_no_weights(tmp_path):
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf(L4, is_in_ram=True))

    with pytest.raises(UsageError, match="weights are not known") as caught:
        recorded(path, L4.board, roi="inference", max_seconds=1.0, settings=(("weights", "ram"),))
    assert "256 bytes" in caught.value.why


def test_a_model_is_moved_whole_and_one_in_ram_not_at_all():
    chip = load_board("nucleo_l4r5zi").chip
    models = [
        Model("a", (), 0x0800_8000, 0x1000),
        Model("b", (), 0x2000_0000, 0x1000),
        Model("c", (), 0x0800_0000),
    ]

    assert ((0x0800_8000, 0x0800_9000),) == stretches_of_models(models, chip)


def image_with_stack(sp_addr):
    segment = Segment(0x0800_0000, 0x0800_0000, bytes(64), 64, True, False)
    return Image(Path("x.elf"), "", "v7E-M", 0, 0x0800_0000, sp_addr, 0x0800_0040, (segment,), (), ())


F746 = "stm32f746g_disco"
"""ITCM 16 KB; DTCM 64 KB, and where it ends SRAM1 and SRAM2 of 256 KB (reference manual RM0385, table 3)."""


def test_weights_follow_the_firmwares_own_data():
    static = ((0x2001_0000, 0x2001_8000), (0x2000_0000, 0x2000_1000))
    stretches = ((0x0800_8000, 0x0801_0000), (0x0801_0000, 0x0802_4000))

    assert (
        MovedData(0x0800_8000, 0x8000, 0x2001_0000),
        MovedData(0x0801_0000, 0x1_4000, 0x2001_0000),
    ) == moved_to_ram(stretches, static, image_with_stack(0x2005_0000), load_board(F746))


def test_a_stretch_that_no_memory_holds_alone_lies_across_neighbours():
    """Without known data, from the begin of the RAM that the stack is in."""
    moved = moved_to_ram(((0x0800_0000, 0x0804_8000),), (), image_with_stack(0x2005_0000), load_board(F746))

    assert (
        MovedData(0x0800_0000, 0x1_0000, 0x2000_0000),
        MovedData(0x0801_0000, 0x3_8000, 0x2001_0000),
    ) == moved


def test_a_stretch_that_does_not_fit_beside_the_data_goes_elsewhere():
    """DTCM is full, and so is SRAM1: 8 KB fit into ITCM."""
    static = ((0x2000_0000, 0x2000_F800), (0x2001_0000, 0x2005_0000))
    moved = moved_to_ram(
        ((0x0800_0000, 0x0800_2000),), static, image_with_stack(0x2005_0000), load_board(F746)
    )

    assert (MovedData(0x0800_0000, 0x2000, 0),) == moved


def test_weights_that_fit_nowhere_are_refused_with_the_numbers():
    image, static = image_with_stack(0x2005_0000), ((0x2001_0000, 0x2001_0400),)

    with pytest.raises(UsageError, match="do not fit the RAM") as caught:
        moved_to_ram(((0x0800_0000, 0x0805_0000),), static, image, load_board(F746))
    assert (
        "they are 320.0 KiB; of 336.0 KiB in 3 pieces the firmware's data takes 1 024 B" == caught.value.why
    )
    assert caught.value.fix


def test_weights_must_leave_room_for_stack_and_heap():
    check_peak(700, 300, 1000, "b")
    with pytest.raises(UsageError, match="do not fit") as caught:
        check_peak(701, 300, 1000, "b")
    assert "701 B of weights and 300 B of data, stack and heap are more than 1 000 B" == caught.value.why


def test_stretches_known_from_an_earlier_run_are_taken_as_they_are(tmp_path):
    known = ((0x0801_0000, 0x0801_8000),)
    setting = (("weights", "ram"),)

    assert calls(tmp_path, L4, settings=setting) == calls(tmp_path, L4, settings=setting, weights=known)
    assert calls(tmp_path, L4, settings=setting) != calls(
        tmp_path, L4, settings=setting, weights=(replace_end(known[0]),)
    )


def replace_end(stretch):
    return stretch[0], stretch[1] - 0x800
