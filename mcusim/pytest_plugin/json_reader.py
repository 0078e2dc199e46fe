"""Reads values out of a parsed baseline so that every mistake in it names file and key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcusim.errors import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.report.quantity import Number


class JsonObject:
    """One object of the file."""

    def __init__(self, path: Path, label: str, values: dict[str, object]) -> None:
        self.path, self.label, self._values = path, label, values

    @classmethod
    def load(cls, path: Path) -> JsonObject:
        """The object that the file holds.

        Raises:
            DataFileError: it cannot be read, or is not JSON.
        """
        try:
            data = json.loads(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise damaged(path, "", error.strerror or str(error)) from error
        except (ValueError, RecursionError) as error:  # ValueError: bad UTF-8, bad JSON, a conflict's marks
            raise damaged(path, "", f"it is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise damaged(path, "", "it holds no object")
        return cls(path, "", data)

    def error(self, key: str, why: str) -> DataFileError:
        """What is wrong with a key."""
        return damaged(self.path, ".".join(part for part in (self.label, key) if part), why)

    def has(self, key: str) -> bool:
        """Whether there is a value other than null."""
        return self._values.get(key) is not None

    def names(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(self._values)

    def number(self, key: str) -> Number:
        """A number that is not negative."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise self.error(key, "a number from 0 is expected")
        return value

    def signed(self, key: str) -> Number:
        """A number."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
            raise self.error(key, "a number is expected")
        return value

    def whole(self, key: str) -> int:
        """An integer that is not negative."""
        value = self.number(key)
        if not isinstance(value, int):
            raise self.error(key, "a whole number is expected")
        return value

    def signed_whole(self, key: str) -> int:
        """An integer: a correction takes cycles back."""
        value = self.signed(key)
        if not isinstance(value, int):
            raise self.error(key, "a whole number is expected")
        return value

    def boolean(self, key: str) -> bool:
        """True or false."""
        value = self._values.get(key)
        if not isinstance(value, bool):
            raise self.error(key, "true or false is expected")
        return value

    def text(self, key: str) -> str:
        """A text, which may be empty."""
        value = self._values.get(key)
        if not isinstance(value, str):
            raise self.error(key, "a text is expected")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        items = self._items(key)
        if not all(isinstance(each, str) for each in items):
            raise self.error(key, "texts are expected")
        return tuple(str(each) for each in items)

    def child(self, key: str) -> JsonObject:
        """An object within."""
        value = self._values.get(key)
        if not isinstance(value, dict):
            raise self.error(key, "an object is expected")
        return JsonObject(self.path, ".".join(part for part in (self.label, key) if part), value)

    def children(self, key: str) -> tuple[JsonObject, ...]:
        """A list of objects."""
        found = []
        for index, each in enumerate(self._items(key)):
            if not isinstance(each, dict):
                raise self.error(f"{key}[{index}]", "an object is expected")
            found.append(JsonObject(self.path, f"{key}[{index}]", each))
        return tuple(found)

    def _items(self, key: str) -> list[object]:
        value = self._values.get(key)
        if not isinstance(value, list):
            raise self.error(key, "a list is expected")
        return value


def damaged(path: Path, key: str, why: str) -> DataFileError:
    """The error of a file that is no baseline."""
    return DataFileError(
        "this baseline is damaged",
        where=f"{path}: {key}" if key else str(path),
        why=why,
        fix="take it back from version control, or write it again: pytest --mcusim-update",
    )
