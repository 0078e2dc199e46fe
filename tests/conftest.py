"""Options of the whole test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """--regen: golden files become what the simulator says now; look at the difference before you commit it."""
    parser.addoption("--regen", action="store_true", help="rewrite the golden files from this run")
