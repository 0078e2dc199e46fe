"""The formats that a stored run can be shown in; each is imported when it is wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun

FORMATS = {
    "text": "mcusim.render.text",
    "json": "mcusim.render.json",
    "csv": "mcusim.render.csv",
    "markdown": "mcusim.render.markdown",
    "html": "mcusim.render.html.page",
    "speedscope": "mcusim.render.exports.speedscope",
    "perfetto": "mcusim.render.exports.perfetto",
    "callgrind": "mcusim.render.exports.callgrind",
    "collapsed": "mcusim.render.exports.collapsed",
    "pprof": "mcusim.render.exports.pprof",
}
"""Each format and the module whose `render(run)` makes its bytes."""


def rendered(run: RecordedRun, format_name: str) -> bytes:
    """The run in one of FORMATS."""
    data: bytes = import_module(FORMATS[format_name]).render(run)
    return data
