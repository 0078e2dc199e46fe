"""Work for a machine that shares no disk with this one: an item with the files it names, and its result without."""

from __future__ import annotations

import os
import pickle
import tomllib
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mcusim import __version__
from mcusim.errors import McusimError, UsageError
from mcusim.shipped import shipped_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DATA_KINDS = ("boards", "power_models")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which mcusim this is; equal ones give equal results."""

    version: str
    sha256: str
    """Of its program and of its board and power model files."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """An item with the files it names."""

    item: Any
    contents: tuple[tuple[str, bytes], ...]
    """By place in a temporary folder, where files that name each other stay as they are to one another."""
    places: tuple[tuple[str, str], ...]
    """By the name that the item has for the file."""


@cache
def own_identity() -> Identity:
    """Of the mcusim that asks."""
    package = Path(__file__).resolve().parent.parent
    files = [
        (each.relative_to(package), each) for kind in ("py", "toml") for each in package.rglob(f"*.{kind}")
    ]
    files = [each for each in files if each[0].parts[0] != "data"]  # which a checkout has elsewhere
    for kind in _DATA_KINDS:
        folder = shipped_dir(kind)
        files += [(Path(kind) / each.relative_to(folder), each) for each in folder.rglob("*.toml")]
    whole = sha256()
    for name, path in sorted(files):
        whole.update(name.as_posix().encode() + b"\0" + sha256(path.read_bytes()).digest())
    return Identity(__version__, whole.hexdigest())


class OtherVersionError(UsageError):
    """Unlike other errors it is no result of an item: nothing here can be trusted."""


def check_identity(theirs: Identity, ours: Identity) -> None:
    """Raise an OtherVersionError where they are not equal."""
    if theirs == ours:
        return
    same_version = theirs.version == ours.version
    raise OtherVersionError(
        "a worker has another mcusim",
        why=(
            f"both say {ours.version}, but their program or board files differ"
            if same_version
            else f"it has {theirs.version}, this is {ours.version}: results could depend on who made them"
        ),
        fix=f"install the same mcusim {ours.version} on all workers",
    )


def pack(item: Any) -> Parcel:
    """The item with every file that a path in it, or the name of a .toml file, says.

    Raises:
        UsageError: a file cannot be read, or names another one by a path that only this machine has.
    """
    named = {str(value): Path(value).resolve() for value in _values(item) if _is_file(value)}
    everything = {*named.values(), *(other for path in named.values() for other in _companions(path))}
    if not everything:
        return Parcel(item, (), ())
    common = os.path.commonpath([path.parent for path in everything])
    place_of = {path: path.relative_to(common).as_posix() for path in sorted(everything)}
    contents = tuple((place, _content(path)) for path, place in place_of.items())
    return Parcel(item, contents, tuple((name, place_of[path]) for name, path in named.items()))


def unpacked(parcel: Parcel, work: Callable[[Any], Any]) -> Any:
    """What `work` makes of the item while its files are there; where they were is not in the result."""
    if not parcel.contents:
        return work(parcel.item)
    with TemporaryDirectory(prefix="mcusim-") as name:
        folder = Path(name).resolve()
        for place, content in parcel.contents:
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        there = {name: str(folder / place) for name, place in parcel.places}
        result = work(_replaced(parcel.item, lambda text: there.get(text, text)))
    back = {path: name for name, path in reversed(there.items())} | {f"{folder}{os.sep}": ""}
    return _without_folder(result, str(folder), back)


def _without_folder(result: Any, folder: str, back: dict[str, str]) -> Any:
    if isinstance(result, McusimError):
        for word in ("what", "where", "why", "fix"):
            setattr(result, word, _spelled(getattr(result, word), back))
        result.args = (result.what,)
        return result
    # Looking through a whole recording is slow, and only few results hold a path at all.
    if folder.encode() not in pickle.dumps(result):
        return result
    return _replaced(result, lambda text: _spelled(text, back))


def _spelled(text: str, back: dict[str, str]) -> str:
    for path in sorted(back, key=len, reverse=True):
        text = text.replace(path, back[path])
    return text


def _is_file(value: str | Path) -> bool:
    return (isinstance(value, Path) or value.endswith(".toml")) and Path(value).is_file()


def _values(value: Any) -> Iterator[str | Path]:
    """Every text and path in dataclasses and tuples."""
    if isinstance(value, str | Path):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _values(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _values(getattr(value, field.name))


def _replaced(value: Any, text_of: Callable[[str], str]) -> Any:
    """The same with other texts and paths."""
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, Path):
        path = Path(text_of(str(value)))
        return path if path != value else value
    if type(value) is tuple:
        elements = tuple(_replaced(each, text_of) for each in value)
        return elements if any(new is not old for new, old in zip(elements, value, strict=True)) else value
    if is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        new = {name: _replaced(each, text_of) for name, each in old.items()}
        changed = {name: each for name, each in new.items() if each is not old[name]}
        return replace(value, **changed) if changed else value
    return value


def _companions(path: Path) -> Iterator[Path]:
    """Files that a board file names: its chip, its power model."""
    if path.suffix != ".toml":
        return
    try:
        table = tomllib.loads(_content(path).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return  # whoever loads it says what is wrong
    for key, value in sorted(table.items()):
        if not isinstance(value, str) or not value.endswith(".toml"):
            continue
        if Path(value).is_absolute():
            raise UsageError(
                f"'{path}' cannot be used on other machines",
                why=f"its {key} is a file of this one: '{value}'",
                fix="name the file relative to the one that names it",
            )
        other = (path.parent / value).resolve()
        if other.is_file():
            yield other
            yield from _companions(other)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read '{path}'", why=error.strerror or str(error)) from error
