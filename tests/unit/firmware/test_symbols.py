"""From addresses to functions, from names to symbols."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.errors import UnknownNameError
from mcusim.firmware.image import Image, Section, SectionKind, Segment, Symbol, SymbolBinding, SymbolKind
from mcusim.firmware.symbols import SymbolTable, base_name, demangle

START, END = 0x0800_0000, 0x0800_1000
FUNCTION, LABEL, OBJECT = SymbolKind.FUNCTION, SymbolKind.LABEL, SymbolKind.OBJECT
GLOBAL, LOCAL, WEAK = SymbolBinding.GLOBAL, SymbolBinding.LOCAL, SymbolBinding.WEAK


def symbol(name, offset, size_bytes=0, kind=FUNCTION, *, binding=GLOBAL, source_file=""):
    return Symbol(demangle(name), name, START + offset, size_bytes, kind, source_file, binding)


def table(*symbols: Symbol, sections: tuple[Section, ...] = ()) -> SymbolTable:
    segment = Segment(START, START, bytes(END - START), END - START, True, False)
    ordered = tuple(sorted(symbols, key=lambda each: (each.addr, each.linkage_name)))
    return SymbolTable(Image(Path("f.elf"), "", "", 0, 0, 0, 0, (segment,), sections, ordered))


def name_at(symbols: SymbolTable, offset: int) -> str | None:
    found = symbols.function_at(START + offset)
    return found.name if found else None


def test_a_function_reaches_to_its_last_byte_and_no_further():
    symbols = table(symbol("f", 0x10, 0x20))

    assert [name_at(symbols, each) for each in (0x0E, 0x10, 0x2E, 0x30)] == [None, "f", "f", None]


def test_a_function_without_a_size_reaches_to_the_next():
    symbols = table(symbol("memcpy", 0x10), symbol("g", 0x40, 8))

    assert [name_at(symbols, each) for each in (0x10, 0x3E, 0x40)] == ["memcpy", "memcpy", "g"]


def test_the_last_function_without_a_size_ends_with_its_section():
    section = Section(".text", START, START, 0x80, SectionKind.CODE)
    symbols = table(symbol("memcpy", 0x10), sections=(section,))

    assert [name_at(symbols, each) for each in (0x7E, 0x80)] == ["memcpy", None]


def test_a_function_inside_another_interrupts_it():
    """libgcc's __aeabi_dadd lies inside __aeabi_drsub."""
    symbols = table(symbol("outer", 0x10, 0x40), symbol("inner", 0x20, 0x10))

    assert [name_at(symbols, each) for each in (0x10, 0x20, 0x2E, 0x30, 0x4E, 0x50)] == [
        "outer",
        "inner",
        "inner",
        "outer",
        "outer",
        None,
    ]


def test_functions_that_overlap_each_keep_what_begins_in_them():
    """Seen by Hypothesis: a short function ended inside a later one and hid the one after that."""
    symbols = table(symbol("a", 2, 4), symbol("b", 4, 4), symbol("c", 6, 2), symbol("d", 8, 2))

    assert [name_at(symbols, each) for each in (2, 4, 6, 8, 10)] == ["a", "b", "c", "d", None]


@pytest.mark.parametrize("binding", [LOCAL, GLOBAL])
def test_a_label_inside_a_function_is_not_a_function(binding):
    symbols = table(symbol("f", 0x10, 0x20), symbol("loop", 0x18, 0, LABEL, binding=binding))

    assert name_at(symbols, 0x1A) == "f"


def test_a_local_label_in_a_function_without_a_size_is_not_a_function():
    symbols = table(symbol("memcpy", 0x10), symbol("loop", 0x18, 0, LABEL, binding=LOCAL))

    assert name_at(symbols, 0x1A) == "memcpy"


def test_a_label_outside_functions_is_one():
    """Assembly without .type directives."""
    symbols = table(symbol("f", 0x10, 8), symbol("Reset_Handler", 0x20, 0, LABEL))

    assert [name_at(symbols, each) for each in (0x1A, 0x22)] == [None, "Reset_Handler"]


def test_variables_are_not_functions():
    assert name_at(table(symbol("table", 0x10, 8, OBJECT)), 0x10) is None


def test_numbers_from_the_linker_are_not_functions():
    assert name_at(table(symbol("_Min_Heap_Size", 0x200, 0, SymbolKind.ABSOLUTE)), 0x200) is None


@pytest.mark.parametrize(
    ("preferred", "other"),
    [
        (symbol("memcpy", 0, 8), symbol("__aeabi_memcpy", 0, 8)),
        (symbol("strong", 0, 8), symbol("a_weak", 0, 8, binding=WEAK)),
        (symbol("Default_Handler", 0, 8, binding=LOCAL), symbol("ADC_IRQHandler", 0, 8, binding=WEAK)),
        (symbol("z_function", 0, 0), symbol("a_label", 0, 8, LABEL)),
        (symbol("z_sized", 0, 8), symbol("a_sizeless", 0, 0)),
        (symbol("global", 0, 8), symbol("a", 0, 8, binding=LOCAL)),
        (symbol("abs", 0, 8), symbol("labs", 0, 8)),
    ],
)
def test_of_several_names_the_plainest_definition_is_shown(preferred, other):
    assert name_at(table(preferred, other), 0) == preferred.name
    assert name_at(table(other, preferred), 0) == preferred.name


def test_an_address_is_named_with_its_offset():
    symbols = table(symbol("f", 0x10, 0x20))

    assert [symbols.named(START + each) for each in (0x10, 0x2C, 0x40)] == ["f", "f+0x1c", "0x08000040"]


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 30), st.sampled_from([FUNCTION, LABEL])), max_size=12
    )
)
def test_every_owner_contains_the_address_it_owns(places):
    symbols = table(
        *(symbol(f"f{index}", at * 2, size * 2, kind) for index, (at, size, kind) in enumerate(places))
    )

    for addr in range(START, START + 200, 2):
        owner = symbols.function_at(addr)
        if owner is not None:
            assert owner.addr <= addr
            assert not owner.size_bytes or addr < owner.addr + owner.size_bytes
    sized = [(at, size) for at, size, kind in places if kind is FUNCTION and size]
    assert all(symbols.function_at(START + at * 2) for at, _ in sized)


EVAL = "_ZN6tflite12_GLOBAL__N_14EvalEP13TfLiteContextP10TfLiteNode"
INVOKE = "_ZN6tflite16MicroInterpreter6InvokeEv"


@pytest.mark.parametrize(
    "name", [INVOKE, "tflite::MicroInterpreter::Invoke()", "tflite::MicroInterpreter::Invoke"]
)
def test_a_function_is_found_by_each_of_its_spellings(name):
    assert table(symbol(INVOKE, 0, 8), symbol("main", 8, 8)).find(name).linkage_name == INVOKE


def test_a_linkage_name_comes_before_a_name_without_arguments():
    """C's `run` and C++'s run(int) in one firmware."""
    symbols = table(symbol("_Z3runi", 0, 8), symbol("run", 8, 8))

    assert symbols.find("run").addr == START + 8


def test_a_variable_is_found_like_a_function():
    assert table(symbol("tensor_arena", 0x10, 4, OBJECT)).find("tensor_arena").kind is OBJECT


def test_the_clone_of_a_function_is_found_by_its_plain_name():
    """GCC's -fipa-cp and -fipa-sra rename the only copy that is left."""
    symbols = table(symbol("tm_run.constprop.0", 0, 8), symbol("tm_run.part.0", 8, 8))

    assert symbols.find("tm_run").linkage_name == "tm_run.constprop.0"


def test_a_name_of_several_local_functions_asks_for_the_file():
    symbols = table(
        symbol(EVAL, 0, 8, binding=LOCAL, source_file="conv.cc"),
        symbol(EVAL, 8, 8, binding=LOCAL, source_file="softmax.cc"),
    )

    with pytest.raises(UnknownNameError) as caught:
        symbols.find("tflite::(anonymous namespace)::Eval")

    assert "conv.cc" in caught.value.why
    assert "softmax.cc" in caught.value.why
    assert "'conv.cc:Eval'" in caught.value.fix


@pytest.mark.parametrize("name", ["softmax.cc:Eval", "softmax.cc:tflite::(anonymous namespace)::Eval"])
def test_the_file_tells_local_functions_apart(name):
    symbols = table(
        symbol(EVAL, 0, 8, binding=LOCAL, source_file="conv.cc"),
        symbol(EVAL, 8, 8, binding=LOCAL, source_file="micro/kernels/softmax.cc"),
    )

    assert symbols.find(name).addr == START + 8


def test_a_global_function_hides_local_ones_of_its_name():
    symbols = table(symbol("init", 0, 8, binding=LOCAL, source_file="a.c"), symbol("init", 8, 8))

    assert symbols.find("init").addr == START + 8


def test_overloads_are_ambiguous_without_arguments():
    symbols = table(symbol("_Z3runi", 0, 8), symbol("_Z3runf", 8, 8))

    with pytest.raises(UnknownNameError, match="name of 2 symbols"):
        symbols.find("run")
    assert symbols.find("run(float)").addr == START + 8


def test_aliases_at_one_address_are_not_ambiguous():
    """Constructors C1 and C2 have one demangled name and one address."""
    symbols = table(symbol("_ZN5ModelC1Ev", 0, 8), symbol("_ZN5ModelC2Ev", 0, 8))

    assert symbols.find("Model::Model").addr == START


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Invoke", "tflite::MicroInterpreter::Invoke()"),
        ("invoke", "Invoke()"),
        ("mian", "main"),
        ("conv_s9", "conv_s8"),
    ],
)
def test_an_unknown_name_gets_near_ones(name, suggestion):
    symbols = table(symbol(INVOKE, 0, 8), symbol("main", 8, 8), symbol("conv_s8", 16, 8))

    with pytest.raises(UnknownNameError) as caught:
        symbols.find(name)

    assert suggestion in caught.value.fix


def test_a_stripped_file_says_so():
    with pytest.raises(UnknownNameError) as caught:
        table().find("main")

    assert "no symbol table" in caught.value.why


@pytest.mark.parametrize(
    ("linkage_name", "name"),
    [
        ("main", "main"),
        ("memcpy.part.0", "memcpy.part.0"),
        (INVOKE, "tflite::MicroInterpreter::Invoke()"),
        (INVOKE + ".part.0", "tflite::MicroInterpreter::Invoke() [clone .part.0]"),
        ("_ZTVN6tflite13MicroAllocatorE", "_ZTVN6tflite13MicroAllocatorE"),  # 13 letters announced, 14 there
        ("_Znonsense", "_Znonsense"),
        ("_Z" + "9" * 5000, "_Z" + "9" * 5000),
    ],
)
def test_names_are_demangled_where_they_can_be(linkage_name, name):
    assert demangle(linkage_name) == name


@pytest.mark.parametrize(
    ("linkage_name", "base"),
    [
        ("conv.constprop.0.isra.0", "conv"),
        ("conv.part.0.cold", "conv"),
        ("conv.lto_priv.0", "conv"),
        ("counter.0", "counter"),
        (INVOKE + ".isra.0", "tflite::MicroInterpreter::Invoke()"),
        ("conv", "conv"),
    ],
)
def test_the_base_name_is_without_what_the_compiler_appended(linkage_name, base):
    assert base_name(symbol(linkage_name, 0)) == base


def test_an_address_is_a_function_of_its_own_where_no_symbol_begins():
    symbols = table(symbol("f", 0x10, 0x20))
    found = [
        symbols.find_function(each) for each in ("0x08000041", "sub_08000040", "sub_08000010", "0x20000101")
    ]

    assert [("sub_08000040", 0), ("sub_08000040", 0), ("f", 0x20), ("sub_20000100", 0)] == [
        (each.name, each.size_bytes) for each in found
    ]


def test_a_symbol_that_is_called_like_an_address_is_found_by_its_name():
    """Tools that name stripped code choose the same names, and their sizes count."""
    assert START + 0x20 == table(symbol("sub_08000010", 0x20, 4)).find_function("sub_08000010").addr


def test_no_function_begins_at_an_address_without_code():
    with pytest.raises(UnknownNameError, match="no code at"):
        table(symbol("f", 0x10, 0x20)).find_function("0x40023800")
