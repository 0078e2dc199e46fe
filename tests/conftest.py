"""Options of the whole test suite."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]

if (
    str(REPOSITORY) not in sys.path
):  # firmware_samples and benchmarks; last, so that an installed mcusim stays first
    sys.path.append(str(REPOSITORY))

settings.register_profile("mcusim", deadline=None)  # a loaded machine is slower than any deadline
settings.load_profile("mcusim")


def pytest_addoption(parser: pytest.Parser) -> None:
    """--regen: golden files become what the simulator says now; look at the difference before you commit it."""
    parser.addoption("--regen", action="store_true", help="rewrite the golden files from this run")
