"""One HTML file out of a template, our style sheets and scripts, and data; it may load nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mcusim.render import words
from mcusim.units import engineering, grouped, size

_FOLDER = Path(__file__).parent
_STYLES = ("page.css", "charts.css")
_HEAD_SCRIPT = "theme.js"
"""Runs before anything is drawn, so that a dark page does not flash white."""
_SCRIPTS = (
    "format.js",
    "tip.js",
    "tables.js",
    "tree.js",
    "flame.js",
    "axis.js",
    "lanes.js",
    "ram.js",
    "power.js",
    "charts.js",
)


_WITHIN_NUMBER = re.compile(r"(?<=\d) (?=\d{3}\b|%|[a-zA-Zµ]{1,3}\b(?<!to)(?<!at)(?<!on))")


@dataclass(frozen=True, slots=True)
class Asset:
    """A style sheet or script that stands in the page, and what lets the browser trust it."""

    text: str
    digest: str
    """As in a Content-Security-Policy: 'sha256-…'."""


def document(template: str, data: dict[str, Any], **values: object) -> bytes:
    """The page of `template`; `data` is what its scripts draw."""
    head_script = _asset(_HEAD_SCRIPT)
    styles, scripts = [_asset(name) for name in _STYLES], [_asset(name) for name in _SCRIPTS]
    text = (
        _environment()
        .get_template(template)
        .render(
            policy=_policy(styles, [head_script, *scripts]),
            styles=styles,
            head_script=head_script,
            scripts=scripts,
            data=embedded_json(data),
            **values,
        )
    )
    return text.encode("utf-8", errors="backslashreplace")  # names from a firmware may hold half characters


def fragment(template: str, **values: object) -> str:
    """A piece of a page."""
    return _environment().get_template(template).render(**values)


def embedded_json(data: dict[str, Any]) -> str:
    """JSON for the inside of a <script>: nothing in it can end the element or begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        engineering=engineering, grouped=grouped, size=size, printable=words.printable, unbroken=unbroken
    )
    return environment


def unbroken(text: str) -> str:
    """Numbers stay on one line with their unit: blanks within them do not break."""
    return _WITHIN_NUMBER.sub("\u00a0", text)


@cache
def _asset(name: str) -> Asset:
    text = (_FOLDER / "assets" / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Asset(text, f"'sha256-{digest}'")


def _policy(styles: list[Asset], scripts: list[Asset]) -> str:
    """Nothing from outside, and no script or style but those that stand here (W3C, Content Security Policy 3)."""
    allowed = (
        ("default-src", ["'none'"]),
        ("img-src", ["data:"]),
        ("style-src", [each.digest for each in styles]),
        ("script-src", [each.digest for each in scripts]),
        ("base-uri", ["'none'"]),
        ("form-action", ["'none'"]),
    )
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in allowed)
