"""The comparison as people use it in Python: all typed fields of report/comparison.py, as text, Markdown and JSON."""

from __future__ import annotations

from dataclasses import fields
from html import escape

from mcusim.report.comparison import Comparison as Fields

_NOTEBOOK_WIDTH = 100


class Comparison(Fields):
    """What changed from one run to another: all fields are read-only; `print` shows what `mcusim compare` prints."""

    __slots__ = ()

    def __init__(self, found: Fields) -> None:
        super().__init__(**{each.name: getattr(found, each.name) for each in fields(found)})

    def __reduce__(self) -> tuple[type[Comparison], tuple[Fields]]:
        """Copies and pickles."""
        return (Comparison, (self.fields,))

    @property
    def fields(self) -> Fields:
        """The same without what this class adds."""
        return Fields(**{each.name: getattr(self, each.name) for each in fields(self)})

    def to_json(self) -> str:
        """Everything as JSON text (docs/reference/compare-json.md)."""
        from mcusim.render.comparison.json import comparison_json

        return comparison_json(self)

    def to_markdown(self) -> str:
        """A summary for a pull request."""
        from mcusim.render.comparison.markdown import comparison_markdown

        return comparison_markdown(self)

    def __str__(self) -> str:
        """What `mcusim compare` prints."""
        from mcusim.render.comparison.text import ComparisonText

        return ComparisonText().text(self)

    def __repr__(self) -> str:
        """One line: all fields would be pages."""
        cycles = self.total("cycles")
        change = "" if cycles.delta is None else f": {cycles.delta:+g} cycles"
        return f"<mcusim.Comparison {self.old.title} to {self.new.title}{change}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from mcusim.render.comparison.text import ComparisonText

        return (
            f'<pre style="line-height: 1.3">{escape(ComparisonText(width=_NOTEBOOK_WIDTH).text(self))}</pre>'
        )
