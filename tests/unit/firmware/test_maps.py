"""Names out of linker maps and nm lists; the texts are laid out as the tools' manuals and public maps show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.firmware.image import SymbolBinding, SymbolKind
from mcusim.firmware.maps import read_names

GNU = """
Memory Configuration

Linker script and memory map

.text           0x08000000      0x200
 .text.helper   0x08000040       0x10 CMakeFiles/fw.dir/main.c.obj
 .text.startup  0x08000050       0x20 main.o
                0x08000050                main
 .text.a_function_with_a_long_name
                0x08000070       0x14 lib.a(far.o)
 .text          0x08000090       0x30 libm.a(sin.o)
                0x08000090                sinf
                0x080000a0                tflite::Eval(int)
 .rodata.str1.1 0x08000100        0x8 main.o
.bss            0x20000000       0x40
 .bss.buffer    0x20000000       0x20 main.o
                0x20000040                _ebss = .
                0x20000040                PROVIDE (end = .)
"""
ARM = """
Image Symbol Table

    Local Symbols

    Symbol Name                              Value     Ov Type        Size  Object(Section)

    helper                                   0x08000041   Thumb Code    16  main.o(.text.helper)
    .text.helper                             0x08000040   Section       16  main.o(.text.helper)

    Global Symbols

    main                                     0x08000051   Thumb Code    32  main.o(.text.main)
    buffer                                   0x20000000   Data          32  main.o(.bss.buffer)
"""
IAR = """
*** ENTRY LIST
***

Entry                      Address   Size  Type      Object
-----                      -------   ----  ----      ------
.iar.init_table$$Base   0x800'0100          --   Gb  - Linker created -
main                    0x800'0051   0x20  Code  Gb  main.o [1]
a_function_with_a_name_that_is_long
                        0x800'0071   0x14  Code  Lc  far.o [2]
?main                   0x800'0091         Code  Gb  cmain.o [4]
buffer                 0x2000'0000   0x20  Data  Gb  main.o [1]
"""
NM_POSIX = "main T 8000050 20\nbuffer B 20000000 20\n_estack A 20004000\n"
NM_SYSV = """
Name                  Value   Class        Type         Size     Line  Section

main                |08000050|   T  |              FUNC|00000020|     |.text
buffer              |20000000|   B  |            OBJECT|00000020|     |.bss
"""


def rows(text: str) -> list[tuple[int, str, int, str]]:
    found = read_names(Path("names"), text.encode())
    return [(each.addr, each.name, each.size_bytes, each.kind.value) for each in found]


def test_a_gnu_map_names_global_symbols_and_the_sections_of_static_ones():
    assert [
        (0x0800_0040, "helper", 0x10, "function"),
        (0x0800_0050, "main", 0, "function"),
        (0x0800_0070, "a_function_with_a_long_name", 0x14, "function"),
        (0x0800_0090, "sinf", 0, "function"),
        (0x0800_00A0, "tflite::Eval(int)", 0, "function"),
        (0x2000_0000, "buffer", 0x20, "object"),
        (0x2000_0040, "_ebss", 0, "absolute"),
        (0x2000_0040, "end", 0, "absolute"),
    ] == rows(GNU)


def test_the_object_file_of_a_static_function_is_its_source():
    helper = read_names(Path("fw.map"), GNU.encode())[0]

    assert ("main.c", SymbolBinding.LOCAL) == (helper.source_file, helper.binding)


def test_an_armlink_map_has_sizes_and_thumb_addresses():
    assert [
        (0x0800_0040, "helper", 16, "function"),
        (0x0800_0050, "main", 32, "function"),
        (0x2000_0000, "buffer", 32, "object"),
    ] == rows(ARM)


def test_an_iar_map_wraps_long_names_and_groups_digits():
    assert [
        (0x0800_0050, "main", 0x20, "function"),
        (0x0800_0070, "a_function_with_a_name_that_is_long", 0x14, "function"),
        (0x0800_0090, "?main", 0, "function"),
        (0x2000_0000, "buffer", 0x20, "object"),
    ] == rows(IAR)


@pytest.mark.parametrize("text", [NM_POSIX, NM_SYSV])
def test_the_other_formats_of_nm_are_read(text):
    expected = [(0x0800_0050, "main", 0x20, "function"), (0x2000_0000, "buffer", 0x20, "object")]

    assert expected == [row for row in rows(text) if row[3] != SymbolKind.ABSOLUTE.value]
