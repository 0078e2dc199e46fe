"""Static RAM, peak RAM and flash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.memory import flash_use, is_reserved, memory_warnings, ram_use
from mcusim.firmware.image import Section, SectionKind, Symbol, SymbolKind
from mcusim.recording.recording import Memory, StackUse

NO_STACK = Memory((), 0, "none")


def test_static_ram_is_data_and_bss_without_the_reserved_stack(image, board):
    """.data 200 + .bss 1000; ._user_heap_stack (512) only reserves."""
    assert ram_use(image, board.chip, NO_STACK).static_bytes == 1200


def test_peak_is_static_plus_stack_plus_heap(image, board):
    """1200 static + 256 stack + 96 heap."""
    use = ram_use(image, board.chip, Memory((StackUse("main", 0x2000_1000, 0x2000_0F00),), 96, "sbrk"))

    assert (use.peak_stack_bytes, use.peak_heap_bytes, use.peak_bytes) == (256, 96, 1552)


def test_a_task_stack_inside_bss_counts_once(image, board):
    """A FreeRTOS task's stack is an array in .bss: it is stack use, but adds nothing to the peak."""
    inside = StackUse("task 0x200000C8", 0x2000_0200, 0x2000_0180)

    use = ram_use(image, board.chip, Memory((inside,), 0, "none"))

    assert (use.peak_stack_bytes, use.peak_bytes) == (128, 1200)
    assert use.stacks[0].is_in_static


def test_noinit_ram_is_static(image, board):
    """.noinit is not cleared, but it is taken."""
    section = Section(".noinit", 0x2000_2000, 0x2000_2000, 300, SectionKind.ZERO)
    image = replace(image, sections=(*image.sections, section))

    assert ram_use(image, board.chip, NO_STACK).static_bytes == 1500


def test_code_that_runs_from_ram_is_static_ram_and_flash(image, board):
    """.ramfunc occupies its RAM, and the flash that it is copied from."""
    section = Section(".ramfunc", 0x2000_3000, 0x0800_2100, 64, SectionKind.CODE)
    image = replace(image, sections=(*image.sections, section))

    assert ram_use(image, board.chip, NO_STACK).static_bytes == 1264
    assert flash_use(image, board.chip).used_bytes == 8392 + 64


def test_code_linked_to_ram_takes_no_flash(image, board):
    """A debugger loads it there; nothing is stored in flash."""
    image = replace(image, sections=(Section(".text", 0x2000_0000, 0x2000_0000, 4096, SectionKind.CODE),))

    assert flash_use(image, board.chip).used_bytes == 0
    assert ram_use(image, board.chip, NO_STACK).static_bytes == 4096


def test_flash_holds_code_constants_and_initial_values(image, board):
    """.text 0x1800 + .rodata 0x800 + .data 200; .bss takes none."""
    use = flash_use(image, board.chip)

    assert use.used_bytes == 0x1800 + 0x800 + 200
    assert tuple(section.name for section in use.sections) == (".text", ".rodata", ".data")


def test_a_file_without_section_headers_is_measured_by_its_segments(image, board):
    """The one segment has 0x2000 bytes."""
    assert flash_use(replace(image, sections=()), board.chip).used_bytes == 0x2000


def test_without_sections_the_variables_in_ram_are_static(image, board):
    """As an Intel HEX file with a list of names: 40 + 60 bytes in RAM; the table in flash takes none."""
    found = [
        Symbol(name, name, addr, count, SymbolKind.OBJECT)
        for name, addr, count in (("a", 0x2000_0000, 40), ("b", 0x2000_0040, 60), ("table", 0x0800_1000, 500))
    ]
    bare = replace(image, sections=(), symbols=tuple(found))

    use = ram_use(bare, board.chip, NO_STACK)

    assert use.static_bytes == 100
    assert any(
        "named variables cover (100 B)" in each
        for each in memory_warnings(use, flash_use(bare, board.chip), bare)
    )


def test_without_sections_a_segment_in_ram_is_static(image, board):
    """An ELF file whose section headers were stripped still says how much RAM is cleared: here 300 bytes."""
    segment = replace(image.segments[0], addr=0x2000_0000, data=b"", memory_size_bytes=300)
    bare = replace(image, sections=(), segments=(*image.segments, segment), symbols=())

    assert ram_use(bare, board.chip, NO_STACK).static_bytes == 300


def test_an_alias_adds_no_capacity(image, board):
    """Flash at 0 and at 0x08000000 is the same 512 KiB."""
    assert flash_use(image, board.chip).available_bytes == 512 * 1024


@pytest.mark.parametrize(
    "name",
    [
        "._user_heap_stack",
        ".heap",
        ".stack",
        ".stack_dummy",
        ".stack1_dummy",
        "CSTACK",
        "HEAP",
        "ARM_LIB_STACKHEAP",
    ],
)
def test_linker_reserved_sections_are_known(name):
    """As the linker scripts of STM32CubeIDE, CMSIS, Pico SDK, IAR and Arm Compiler name them."""
    assert is_reserved(name)


@pytest.mark.parametrize("name", [".bss", ".noinit", ".stack_protector_data", ".heap_objects", ".bss.stack"])
def test_sections_with_variables_are_not_taken_for_reserved(name):
    """Only whole names count."""
    assert not is_reserved(name)


def test_a_stack_that_grew_into_bss_is_a_warning(image, board):
    """The main stack starts above .bss (ends at 0x200004B0) and reached 0x20000400."""
    memory = Memory((StackUse("main", 0x2000_1000, 0x2000_0400),), 0, "sbrk")
    use = ram_use(image, board.chip, memory)

    (warning,) = memory_warnings(use, flash_use(image, board.chip), image)

    assert "stack 'main' grew down to 0x20000400, into section .bss" in warning


def test_more_ram_than_the_board_has_is_a_warning(image, board):
    """128 KiB are there, the heap alone has 128 KiB."""
    use = ram_use(image, board.chip, Memory((), 128 * 1024, "sbrk"))

    (warning,) = memory_warnings(use, flash_use(image, board.chip), image)

    assert "more than the board's 128.0 KiB" in warning


def test_malloc_without_a_known_heap_is_a_warning(image, board):
    """Peak RAM would silently lack it."""
    image = replace(
        image, symbols=(*image.symbols, Symbol("malloc", "malloc", 0x900, 2, SymbolKind.FUNCTION))
    )

    (warning,) = memory_warnings(ram_use(image, board.chip, NO_STACK), flash_use(image, board.chip), image)

    assert "peak RAM lacks the heap" in warning


def test_a_healthy_run_has_no_memory_warnings(image, board):
    """The hand-made run."""
    memory = Memory((StackUse("main", 0x2000_1000, 0x2000_0F00),), 96, "sbrk")

    assert memory_warnings(ram_use(image, board.chip, memory), flash_use(image, board.chip), image) == ()
