"""mcusim: latency, peak RAM and energy of unmodified Cortex-M firmware, without the board.

PYTEST_DONT_REWRITE: else pytest would warn in programs that import mcusim and then call pytest.main().
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.api.comparison import Comparison
    from mcusim.api.evaluation import Evaluation, evaluate
    from mcusim.api.report import Report
    from mcusim.api.run import compare, load, run
    from mcusim.errors import McusimError

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "Evaluation",
    "McusimError",
    "Report",
    "__version__",
    "compare",
    "evaluate",
    "load",
    "run",
]

_HOMES = {
    "Comparison": "mcusim.api.comparison",
    "Evaluation": "mcusim.api.evaluation",
    "McusimError": "mcusim.errors",
    "Report": "mcusim.api.report",
    "compare": "mcusim.api.run",
    "evaluate": "mcusim.api.evaluation",
    "load": "mcusim.api.run",
    "run": "mcusim.api.run",
}
"""Imported when they are first used: `mcusim --help` needs none of them."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'mcusim' has no attribute '{name}'")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
