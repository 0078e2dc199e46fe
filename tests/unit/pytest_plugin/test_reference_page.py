"""docs/reference/pytest-plugin.md against the plugin: nothing that it knows is missing there."""

from __future__ import annotations

import re

import pytest

from mcusim.pytest_plugin import budgets, options, plugin
from tests.doc_commands import ROOT

PAGE = (ROOT / "docs" / "reference" / "pytest-plugin.md").read_text(encoding="utf-8")


class Declared:
    """Collects what the plugin tells pytest's parser."""

    def __init__(self):
        self.options = []
        self.settings = []

    def getgroup(self, *_):
        return self

    def addoption(self, name, **_):
        self.options.append(name)

    def addini(self, name, *_, **__):
        self.settings.append(name)


def missing(names):
    return [name for name in names if not re.search(rf"(?<![-\w]){re.escape(name)}(?![-\w])", PAGE)]


def test_the_page_has_every_option_and_setting():
    declared = Declared()
    options.add_options(declared)

    assert len(declared.options) >= 6
    assert [] == missing([*declared.options, *declared.settings])


def test_the_page_has_every_fixture():
    fixtures = [name for name in vars(plugin) if name.startswith("mcusim_")]

    assert sorted(fixtures) == ["mcusim_baseline", "mcusim_board", "mcusim_run"]
    assert [] == missing(fixtures)


@pytest.mark.parametrize("marker", [text.partition("(")[0] for text in options.MARKERS])
def test_the_page_has_every_marker(marker):
    assert [] == missing([marker])


def test_the_page_has_every_keyword_of_the_markers():
    assert [] == missing([*budgets.QUANTITIES, "kernel", "layer", "board", "at", "better"])
