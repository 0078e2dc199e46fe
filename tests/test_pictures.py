"""The committed pictures show what mcusim says today: by what is written in them, whatever matplotlib drew them.

Stale? Make them again:

    mcusim run digits_cnn -o digits_cnn.mcusim
    mcusim plot digits_cnn.mcusim --kind layers --force -o docs/pictures/layers.svg
    mcusim run sleep_between -o sleep_between.mcusim
    mcusim plot sleep_between.mcusim --kind power --force -o docs/pictures/power.svg
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from mcusim.cli.main import main
from mcusim.recorded.store import load
from mcusim.render.plots.kinds import panels_of
from mcusim.render.plots.picture import BarChart

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
MADE_OF = {"layers": "digits_cnn", "power": "sleep_between"}
_MOST_BYTES = 100 * 1024


@cache
def run_of(sample, folder):
    path = folder / f"{sample}.mcusim"
    assert 0 == main(["run", sample, "-o", str(path), "--quiet"])
    return load(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


def said_by(panel):
    """All words of a panel that hold data: names, numbers with units, small print."""
    yield from (each for each in (panel.title, panel.note, panel.x.title) if each)
    if isinstance(panel, BarChart):
        for bar in panel.bars:
            yield bar.label
            yield bar.words
    else:
        yield panel.y.title
        yield from (rule.label for rule in panel.rules)


@pytest.mark.parametrize("kind", MADE_OF)
def test_a_committed_picture_says_what_the_run_says(kind, folder):
    svg = (PICTURES / f"{kind}.svg").read_text(encoding="utf-8")
    written = {unescape(each) for each in re.findall(r"<text[^>]*>([^<]+)</text>", svg)}
    panels = panels_of(kind, (run_of(MADE_OF[kind], folder),))
    wanted = {words for panel in panels for words in said_by(panel) if words}

    assert set() == wanted - written


def test_every_committed_picture_is_checked_and_small():
    found = {each.stem: each.stat().st_size for each in PICTURES.iterdir()}

    assert set(MADE_OF) == set(found)
    assert [] == [name for name, size_bytes in found.items() if size_bytes > _MOST_BYTES]
