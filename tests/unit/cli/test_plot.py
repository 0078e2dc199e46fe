"""`mcusim plot`: pictures from recordings, nothing overwritten, clear words where there is nothing to draw."""

from __future__ import annotations

import pytest

from mcusim.cli import plot
from mcusim.cli.main import main
from mcusim.render.plots import kinds


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("plot") / "digits.mcusim"
    assert 0 == main(["run", "digits_cnn", "-o", str(path), "--quiet"])
    return str(path)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder that the test stands in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_kinds_of_the_command_are_those_of_the_pictures():
    """They are written twice so that `mcusim --help` loads no picture."""
    assert tuple(kinds.OF_ONE) == plot.OF_ONE
    assert tuple(kinds.OF_SEVERAL) == plot.OF_SEVERAL


def test_a_picture_is_written(recording, tmp_path):
    assert 0 == main(["plot", recording, "--kind", "layers", "-o", str(tmp_path / "layers.png")])
    assert (tmp_path / "layers.png").read_bytes().startswith(b"\x89PNG")


def test_an_existing_picture_stays_unless_asked(recording, tmp_path, capsys):
    target = tmp_path / "layers.svg"
    target.write_text("mine", encoding="utf-8")

    assert 2 == main(["plot", recording, "--kind", "layers", "-o", str(target)])
    assert "mine" == target.read_text(encoding="utf-8")
    assert "--force" in capsys.readouterr().err

    assert 0 == main(["plot", recording, "--kind", "layers", "-o", str(target), "--force"])
    assert "<svg" in target.read_text(encoding="utf-8")


def test_all_fills_a_folder_and_says_what_is_missing(recording, tmp_path, capsys):
    """digits_cnn is C code without a model in it: its shapes are not known."""
    folder = tmp_path / "pictures"

    assert 0 == main(["plot", recording, "--kind", "all", "--format", "svg", "-o", str(folder)])

    names = {"layers.svg", "layer-energy.svg", "stalls.svg", "ram.svg", "power.svg", "memory.svg"}
    assert names == {each.name for each in folder.iterdir()}
    assert "no roofline: multiplications are not known" in capsys.readouterr().out
    assert 2 == main(["plot", recording, "--kind", "all", "--format", "svg", "-o", str(folder)])


def test_several_recordings_are_compared(recording, tmp_path):
    arguments = ["plot", recording, recording, "--kind", "all", "-o", str(tmp_path / "both")]

    assert 0 == main(arguments)
    assert {"boards.png", "pareto.png"} == {each.name for each in (tmp_path / "both").iterdir()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kind", "layers"], "a picture needs a file"),
        (["--kind", "layers", "-o", "layers.jpg"], ".png, .svg or .pdf"),
        (["--kind", "boards", "-o", "boards.png"], "compares recordings"),
        (["--kind", "roofline", "-o", "roofline.png"], "shapes are read from the model"),
        (["--kind", "all", "-o", "missing/folder"], "there is no folder"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_and_leaves_nothing(arguments, words, recording, here, capsys):
    assert 2 == main(["plot", recording, *arguments])
    assert words in capsys.readouterr().err
    assert [] == list(here.iterdir())


def test_without_matplotlib_the_error_names_it(recording, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("mcusim.render.plots.picture.find_spec", lambda name: None)

    assert 2 == main(["plot", recording, "--kind", "layers", "-o", str(tmp_path / "layers.png")])
    assert "matplotlib is not installed" in capsys.readouterr().err
