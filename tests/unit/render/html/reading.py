"""A page taken apart by the standard library's parser, as a browser would."""

from __future__ import annotations

import json
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class Page(HTMLParser):
    """Elements with their attributes, the text outside of scripts, what scripts and styles hold."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: list[tuple[str, dict[str, str | None], str]] = []
        self.headings: list[tuple[int, str]] = []
        self.open: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside in ("script", "style"):
            attributes = next(each for tag, each in reversed(self.elements) if tag == inside)
            self.raw.append((inside, attributes, data))
            return
        self.texts.append(data)
        if inside in ("h1", "h2", "h3"):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    @property
    def text(self) -> str:
        """What is read, with single blanks."""
        return " ".join(" ".join(self.texts).split())

    @property
    def data(self) -> dict:
        """What the scripts draw."""
        (text,) = (text for tag, attributes, text in self.raw if attributes.get("id") == "data")
        return json.loads(text)

    def ids(self) -> set[str]:
        return {attributes["id"] for _, attributes in self.elements if "id" in attributes}
