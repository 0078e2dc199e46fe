"""docs/reference/python-api.md out of the docstrings of mcusim's public names.

python -m tests.doc_api        writes the page
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

from mcusim.api import comparison, evaluation, options, report, run
from mcusim.report import comparison as comparison_fields
from mcusim.report import evaluation as evaluation_fields
from mcusim.report import report as report_fields

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "python-api.md"
_HEAD = """\
# Python API

What `import mcusim` has, out of the docstrings (`python -m tests.doc_api` writes this page): `run`, `load`, `compare`,
`evaluate`, `Report`, `Comparison`, `Evaluation`, `McusimError` and `__version__`. How to use them:
[Python](../howto/python.md). Numbers are in SI units, names end in theirs.
Everything that can be wrong with an input is an `mcusim.McusimError`.
"""


def page() -> str:
    """The whole page."""
    parts = [
        _HEAD,
        _function("run", run.run),
        _options("RunOptions", options.RunOptions, "run"),
        _function("load", run.load),
        _function("compare", run.compare),
        _function("evaluate", evaluation.evaluate),
        _options("EvaluateOptions", evaluation.EvaluateOptions, "evaluate"),
        _class("Report", report.Report, report_fields.Report, "report-json.md"),
        _class("Comparison", comparison.Comparison, comparison_fields.Comparison, "compare-json.md"),
        _class("Evaluation", evaluation.Evaluation, evaluation_fields.Evaluation, ""),
    ]
    return "\n".join(parts)


def _function(name: str, function: object) -> str:
    signature = _unquoted(str(inspect.signature(function)))  # type: ignore[arg-type]
    return f"## mcusim.{name}\n\n```text\n{_wrapped(name + signature)}\n```\n\n{_text(function)}\n"


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 110, subsequent_indent="    ", break_long_words=False))


def _text(documented: object) -> str:
    """The docstring, its errors as a list."""
    text = inspect.getdoc(documented) or ""
    body, _, raises = text.partition("\nRaises:\n")
    lines = [f"- `{name}`: {why}" for name, why in _errors(raises)]
    return body.strip() + ("\n\nRaises:\n\n" + "\n".join(lines) if lines else "")


def _errors(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\n\s{5,}", " ", text)
    pairs = (line.strip().partition(": ") for line in joined.splitlines() if ": " in line)
    return [(name, why) for name, _, why in pairs]


def _options(name: str, cls: type, function: str) -> str:
    rows = "\n".join(f"| `{key}` | {_cell(text)} |" for key, _, text in _attributes(cls))
    return f"### Arguments of mcusim.{function} ({name})\n\n| argument | meaning |\n| --- | --- |\n{rows}\n"


def _class(name: str, cls: type, fields: type, json_page: str) -> str:
    more = f"; their parts are explained with the [JSON report]({json_page})" if json_page else ""
    rows = "\n".join(
        f"| `{key}` | `{_cell(kind)}` | {_cell(text)} |" for key, kind, text in _attributes(fields)
    )
    table = f"Fields{more}:\n\n| field | type | meaning |\n| --- | --- | --- |\n{rows}\n"
    members = "\n".join(_member(key, value) for key, value in vars(cls).items() if _is_public(key, value))
    return f"## mcusim.{name}\n\n{_text(cls)}\n\n{members}\n{table}"


def _is_public(name: str, value: object) -> bool:
    return not name.startswith("_") and (isinstance(value, property) or inspect.isfunction(value))


def _member(name: str, value: object) -> str:
    if isinstance(value, property):
        return f"### .{name}\n\n{_text(value)}\n"
    signature = _unquoted(str(inspect.signature(value)))  # type: ignore[arg-type]
    return f"### .{name}{re.sub('self, |self', '', signature)}\n\n{_text(value)}\n"


def _unquoted(signature: str) -> str:
    """Annotations without the quotes that they have in a module with postponed ones; defaults keep theirs."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)


def _attributes(cls: type) -> list[tuple[str, str, str]]:
    """Name, type and docstring of the annotated names of a class, in order."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(node, ast.ClassDef)
    found = []
    for place, each in enumerate(node.body):
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            after = node.body[place + 1] if place + 1 < len(node.body) else None
            is_doc = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            found.append((each.target.id, ast.unparse(each.annotation), after.value.value if is_doc else ""))
    return found


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
