"""Finding an RTOS's running thread: from debug information, from known layouts, and not at all in nonsense."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mcusim.firmware.elf import load_image
from mcusim.firmware.lines import LineTable
from mcusim.firmware.rtos_layout import RtosLayout, find_rtos, known_rtoses
from mcusim.firmware.symbols import SymbolTable
from mcusim.machine.tasks.rtos import ThreadReader
from tests import dwarf_factory as dwarf
from tests.dwarf_factory import Entry
from tests.elf_factory import OBJECT, Name, firmware_bytes

RAM_ADDR, RAM_BYTES = 0x2000_0000, 0x1000
CURRENT_ADDR, THREAD_ADDR, TEXT_ADDR = RAM_ADDR + 0x20, RAM_ADDR + 0x100, RAM_ADDR + 0x300
STACK_ADDR, SP_ADDR = RAM_ADDR + 0x400, RAM_ADDR + 0x500
TAG_MEMBER, AT_MEMBER_LOCATION = 0x0D, 0x38


class Ram:
    """Words and texts that a test puts into memory."""

    def __init__(self) -> None:
        self._bytes = bytearray(RAM_BYTES)

    def put(self, addr: int, value: int | str) -> None:
        data = value.encode() + b"\0" if isinstance(value, str) else struct.pack("<I", value)
        self._bytes[addr - RAM_ADDR : addr - RAM_ADDR + len(data)] = data

    def read(self, addr: int, size_bytes: int) -> bytes | None:
        offset = addr - RAM_ADDR
        return (
            bytes(self._bytes[offset : offset + size_bytes])
            if 0 <= offset <= RAM_BYTES - size_bytes
            else None
        )


@pytest.fixture
def ram() -> Ram:
    return Ram()


def member(name: str, offset: int, type_key: str) -> Entry:
    return Entry(
        TAG_MEMBER,
        (
            (dwarf.AT_NAME, dwarf.FORM_STRING, name),
            (dwarf.AT_TYPE, dwarf.FORM_REF4, type_key),
            (AT_MEMBER_LOCATION, dwarf.FORM_DATA1, offset),
        ),
        name,
    )


def structure(name: str, *members: Entry) -> Entry:
    size = (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 120)
    return Entry(dwarf.TAG_STRUCT, ((dwarf.AT_NAME, dwarf.FORM_STRING, name), size), name, members)


def typed(tag: int, key: str, type_key: str) -> Entry:
    return Entry(tag, ((dwarf.AT_TYPE, dwarf.FORM_REF4, type_key),), key)


WORD = dwarf.named(
    dwarf.TAG_BASE,
    "unsigned",
    (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 4),
    (dwarf.AT_ENCODING, dwarf.FORM_DATA1, 7),
)
TCB = structure("tcb", member("pxStack", 12, "unsigned"), member("pcTaskName", 20, "unsigned"))
TCB_POINTER = (WORD, TCB, typed(dwarf.TAG_POINTER, "to tcb", "tcb"), typed(dwarf.TAG_VOLATILE, "v", "to tcb"))
KERNEL = (
    WORD,
    structure("info", member("start", 0, "unsigned"), member("size", 4, "unsigned")),
    structure("k_thread", member("stack_info", 40, "info"), member("name", 72, "unsigned")),
    typed(dwarf.TAG_POINTER, "to thread", "k_thread"),
    structure("cpu", member("nested", 0, "unsigned"), member("current", 16, "to thread")),
    typed(dwarf.TAG_ARRAY, "two cpus", "cpu"),
    structure("z_kernel", member("cpus", 4, "two cpus")),
)


def found(tmp_path: Path, symbol: str, entries: tuple[Entry, ...] = (), *more: Name) -> RtosLayout:
    """What is found in a firmware with one variable of an RTOS, and debug information about it if any."""
    path = tmp_path / "firmware.elf"
    names = (Name(symbol, CURRENT_ADDR, 4, OBJECT), *more)
    debug = dwarf.sections(4, (dwarf.Row(0, 1), dwarf.Row(2, None)), entries) if entries else ()
    path.write_bytes(firmware_bytes(names=names, extra_sections=debug))
    layout = find_rtos(SymbolTable(load_image(path)), LineTable(path))
    assert layout is not None
    return layout


def test_freertos_without_debug_information_is_laid_out_as_usual(tmp_path, ram):
    """tasks.c: pxStack is word 12 of the TCB, the name follows (one core, no MPU)."""
    reader = ThreadReader(found(tmp_path, "pxCurrentTCB"), ram.read)
    ram.put(CURRENT_ADDR, THREAD_ADDR)
    ram.put(THREAD_ADDR + 48, STACK_ADDR)
    ram.put(THREAD_ADDR + 52, "IDLE")

    thread = reader.current(SP_ADDR)

    assert thread is not None
    assert (THREAD_ADDR, "IDLE", STACK_ADDR, -1) == (
        thread.addr,
        thread.name,
        thread.stack_start_addr,
        thread.stack_end_addr,
    )


@pytest.mark.parametrize(
    ("name", "stack_addr"),
    [("\x01\x02", STACK_ADDR), ("", STACK_ADDR), ("IDLE", SP_ADDR + 4), ("IDLE", 0)],
)
def test_a_layout_that_makes_no_sense_is_not_believed(tmp_path, ram, name, stack_addr):
    reader = ThreadReader(found(tmp_path, "pxCurrentTCB"), ram.read)
    ram.put(CURRENT_ADDR, THREAD_ADDR)
    ram.put(THREAD_ADDR + 48, stack_addr)
    ram.put(THREAD_ADDR + 52, name)

    assert reader.current(SP_ADDR) is None


def test_before_the_scheduler_runs_there_is_no_thread(tmp_path, ram):
    assert ThreadReader(found(tmp_path, "pxCurrentTCB"), ram.read).current(SP_ADDR) is None


def test_debug_information_tells_the_members_of_this_build(tmp_path, ram):
    """volatile pointer to the structure: pxStack at 12, pcTaskName at 20."""
    entries = (*TCB_POINTER, dwarf.variable("pxCurrentTCB", CURRENT_ADDR, "v"))
    reader = ThreadReader(found(tmp_path, "pxCurrentTCB", entries), ram.read)
    ram.put(CURRENT_ADDR, THREAD_ADDR)
    ram.put(THREAD_ADDR + 12, STACK_ADDR)
    ram.put(THREAD_ADDR + 20, "audio")

    thread = reader.current(SP_ADDR)

    assert thread is not None
    assert ("audio", STACK_ADDR) == (thread.name, thread.stack_start_addr)


def test_members_of_members_and_of_arrays_are_found(tmp_path, ram):
    """cpus[0].current is at 4 + 16, stack_info.size at 40 + 4."""
    entries = (*KERNEL, dwarf.variable("_kernel", CURRENT_ADDR, "z_kernel"))
    reader = ThreadReader(found(tmp_path, "_kernel", entries), ram.read)
    ram.put(CURRENT_ADDR + 20, THREAD_ADDR)
    ram.put(THREAD_ADDR + 40, STACK_ADDR)
    ram.put(THREAD_ADDR + 44, 0x180)
    ram.put(THREAD_ADDR + 72, "main")

    thread = reader.current(SP_ADDR)

    assert thread is not None
    assert ("main", STACK_ADDR + 0x180) == (thread.name, thread.stack_end_addr)


def test_a_thread_object_without_a_name_is_called_like_its_variable(tmp_path, ram):
    """Zephyr's K_THREAD_DEFINE(blink, ...) makes _k_thread_obj_blink."""
    own = Name("_k_thread_obj_blink", THREAD_ADDR, 100, OBJECT)
    reader = ThreadReader(found(tmp_path, "_kernel", (), own), ram.read)
    ram.put(CURRENT_ADDR + 8, THREAD_ADDR)

    thread = reader.current(SP_ADDR)

    assert thread is not None
    assert "blink" == thread.name


def test_rtx_threads_are_known_by_their_mark_and_named_by_a_pointer(tmp_path, ram):
    """rtx_os.h: curr at 20 of osRtxInfo; id 0xF1, name at 4, stack_mem at 48, stack_size at 52."""
    reader = ThreadReader(found(tmp_path, "osRtxInfo"), ram.read)
    ram.put(CURRENT_ADDR + 20, THREAD_ADDR)
    ram.put(THREAD_ADDR + 4, TEXT_ADDR)
    ram.put(TEXT_ADDR, "osRtxIdleThread")
    ram.put(THREAD_ADDR + 48, STACK_ADDR)
    ram.put(THREAD_ADDR + 52, 0x200)

    assert reader.current(SP_ADDR) is None
    ram.put(THREAD_ADDR, 0x1F1)
    thread = reader.current(SP_ADDR)

    assert thread is not None
    assert ("osRtxIdleThread", STACK_ADDR + 0x200) == (thread.name, thread.stack_end_addr)


def test_a_name_given_after_the_first_run_is_found_later(tmp_path, ram):
    own = Name("_k_thread_obj_x", RAM_ADDR + 0x900, 100, OBJECT)
    entries = (*KERNEL, dwarf.variable("_kernel", CURRENT_ADDR, "z_kernel"))
    reader = ThreadReader(found(tmp_path, "_kernel", entries, own), ram.read)
    ram.put(CURRENT_ADDR + 20, THREAD_ADDR)
    ram.put(THREAD_ADDR + 40, STACK_ADDR)
    ram.put(THREAD_ADDR + 44, 0x180)
    thread = reader.current(SP_ADDR)
    assert thread is not None
    assert "" == reader.name_of(thread)

    ram.put(THREAD_ADDR + 72, "late")

    assert "late" == reader.name_of(thread)


def test_the_data_files_are_read():
    assert ["FreeRTOS", "RTX5", "ThreadX", "Zephyr"] == [each.rtos for each in known_rtoses()]
