"""C++ and compiler-made names in parts: the plain function, its arguments, GCC clone suffixes; no look-up."""

from __future__ import annotations

import re

_CLONE = re.compile(r"(\.(?:part|constprop|isra|cold|lto_priv|localalias|llvm|str|__uniq)(?:\.\w+)*)+$")
"""Suffixes of functions that GCC and LLVM split or specialise (GCC internals, "IPA passes"; LLVM ThinLTO)."""
_NUMBER = re.compile(r"\.\d+$")
_CLONE_NOTE = re.compile(r"( \[clone [^]]*\])+$")
_NOTED = re.compile(r"\[clone ([^]]*)\]")
_FRAGMENT = re.compile(r"\.(part|cold)(\.|\]|$)")
_QUALIFIERS = re.compile(r"( const| volatile|&&?| noexcept)+$")


def split_clone(name: str) -> tuple[str, str]:
    """A linkage name and its clone suffix: "f.part.0" → ("f", ".part.0")."""
    match = _CLONE.search(name)
    if match is None:
        return name, ""
    return name[: match.start()], match.group()


def without_clone(name: str) -> str:
    """A linkage or demangled name without what the compiler appended."""
    return _NUMBER.sub("", split_clone(_CLONE_NOTE.sub("", name))[0])


def is_fragment(name: str) -> bool:
    """True for a piece of a function that is not entered at the function's beginning (.part, .cold)."""
    return _FRAGMENT.search(name) is not None


def without_arguments(name: str) -> str:
    """A demangled name without return type, arguments, clone: "void a::f<int>(int)" → "a::f<int>"."""
    return _without_signature(without_clone(name))


def short_name(name: str) -> str:
    """`without_arguments` with the clone's suffix, so that it stays apart from the function it was made from:
    "void a::f(int) [clone .part.0]" → "a::f.part.0".
    """
    note = _CLONE_NOTE.search(name)
    if note is None:
        return _without_signature(name)
    return _without_signature(name[: note.start()]) + "".join(_NOTED.findall(note.group()))


def last_part(name: str) -> str:
    """The unqualified name: "a::b::f" → "f"; template arguments stay."""
    bare = without_arguments(name)
    depth = 0
    for index in range(len(bare) - 1, 0, -1):
        character = bare[index]
        depth += (character in ">)") - (character in "<(")
        if depth == 0 and bare[index - 1 : index + 1] == "::":
            return bare[index + 1 :]
    return bare


def _without_signature(name: str) -> str:
    bare = _QUALIFIERS.sub("", name)
    if not bare.endswith(")"):
        return bare
    start = _opening_parenthesis(bare)
    if start <= 0:
        return bare
    bare = bare[:start]
    return bare if "operator" in bare else bare[_return_type_length(bare) :]


def _opening_parenthesis(name: str) -> int:
    """Index of the parenthesis that the last character closes; -1 when there is none."""
    depth = 0
    for index in range(len(name) - 1, -1, -1):
        depth += (name[index] == ")") - (name[index] == "(")
        if depth == 0:
            return index
    return -1


def _return_type_length(name: str) -> int:
    """Length of the "type " that the demangler puts before template functions."""
    depth = length = 0
    for index, character in enumerate(name):
        depth += (character in "<({") - (character in ">)}")
        if character == " " and depth == 0:
            length = index + 1
    return length
