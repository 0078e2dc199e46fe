"""C++ names in parts; the examples are spellings that c++filt prints."""

from __future__ import annotations

import pytest

from mcusim.firmware.names import is_fragment, last_part, short_name, without_arguments


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("main", "main"),
        ("tflite::MicroInterpreter::Invoke()", "tflite::MicroInterpreter::Invoke"),
        ("tflite::(anonymous namespace)::Eval(TfLiteContext*)", "tflite::(anonymous namespace)::Eval"),
        ("a::f(void (*)(int), char) const", "a::f"),
        ("void tflite::Copy<int, 3>(int const*)", "tflite::Copy<int, 3>"),
        ("std::pair<int, int> a::g<char>(std::vector<int>&)", "a::g<char>"),
        ("a::F::operator()(int) const", "a::F::operator()"),
        ("operator new(unsigned int)", "operator new"),
        ("a::F::operator bool() const", "a::F::operator bool"),
        ("main::{lambda(int)#1}::operator()(int) const", "main::{lambda(int)#1}::operator()"),
        ("a::f(int) [clone .part.0]", "a::f"),
        ("guard variable for main::r", "guard variable for main::r"),
        ("(odd", "(odd"),
        ("odd)", "odd)"),
        ("", ""),
    ],
)
def test_arguments_and_return_type_are_taken_off(name, bare):
    assert without_arguments(name) == bare


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("conv.constprop.0", "conv.constprop.0"),
        ("void a::f<int>(int) [clone .part.0]", "a::f<int>.part.0"),
        ("a::f(int) [clone .isra.0] [clone .part.1]", "a::f.isra.0.part.1"),
        ("void a::f<int>(int)", "a::f<int>"),
        ("main", "main"),
    ],
)
def test_a_short_name_keeps_what_the_compiler_appended(name, short):
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("tflite::(anonymous namespace)::Eval(TfLiteContext*)", "Eval"),
        ("a::g<b::c>(int)", "g<b::c>"),
        ("void a::Full<signed char>(a::Params const&, signed char*)", "Full<signed char>"),
        ("main", "main"),
        ("::f", "f"),
    ],
)
def test_the_last_part_is_without_namespaces(name, last):
    assert last_part(name) == last


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f.part.0", True),
        ("f.cold", True),
        ("f.part.0.cold", True),
        ("f.constprop.0", False),
        ("f.party", False),
        ("f", False),
    ],
)
def test_fragments_are_not_entered_at_the_beginning_of_their_function(name, expected):
    assert is_fragment(name) is expected
