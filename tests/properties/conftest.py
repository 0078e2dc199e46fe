"""The fixtures of the machine's tests, for properties that hold for any firmware."""

from __future__ import annotations

from tests.machine.conftest import run, run_command  # noqa: F401 - fixtures
