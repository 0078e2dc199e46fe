"""The reference of the Python API says what the docstrings say."""

from __future__ import annotations

import mcusim
from tests.doc_api import PAGE, page


def test_the_page_is_what_the_docstrings_say_now():
    """Stale? `python -m tests.doc_api` writes it."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_the_page_has_every_public_name():
    text = PAGE.read_text(encoding="utf-8")

    assert [name for name in mcusim.__all__ if f"`{name}`" not in text and f"mcusim.{name}" not in text] == []
