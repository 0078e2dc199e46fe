"""A parcel holds every file that its item names, and leaves no trace of where it was opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from mcusim import __version__
from mcusim.errors import DataFileError, UsageError
from mcusim.scenarios.parcels import own_identity, pack, unpacked


@dataclass(frozen=True)
class Job:
    firmware: Path
    board: str
    more: tuple[tuple[str, Path], ...] = ()


def contents_of(job):
    """What a worker sees in the files that the job names."""
    return tuple(Path(each).read_text(encoding="utf-8") for each in (job.firmware, job.board))


@pytest.fixture
def job(tmp_path):
    for name, text in (
        ("a.elf", "firmware"),
        ("boards/b.toml", 'chip = "../chips/c.toml"'),
        ("chips/c.toml", ""),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Job(tmp_path / "a.elf", str(tmp_path / "boards/b.toml"), (("x", tmp_path / "a.elf"),))


def test_the_files_travel_in_the_parcel(job, tmp_path):
    """They are gone from the disk when it is opened."""
    parcel = pack(job)
    for each in ("a.elf", "boards/b.toml", "chips/c.toml"):
        (tmp_path / each).unlink()

    assert ("firmware", 'chip = "../chips/c.toml"') == unpacked(parcel, contents_of)


def test_a_file_named_by_another_keeps_its_place_beside_it(job):
    assert "" == unpacked(pack(job), lambda each: (Path(each.board).parent / "../chips/c.toml").read_text())


def test_nothing_is_left_where_it_was_opened(job):
    places = unpacked(pack(job), lambda each: [each.firmware, each.board])

    assert [] == [each for each in places if Path(each).exists() and Path(each) != job.firmware]


def test_paths_of_the_worker_come_back_as_they_were_named(job):
    """In whatever dataclass or tuple the result has them."""
    assert (job, ("at " + job.board,)) == unpacked(pack(job), lambda each: (each, ("at " + each.board,)))


def test_an_error_names_the_users_file(job):
    error = unpacked(
        pack(job), lambda each: DataFileError("wrong", where=f"{each.board}: chip", why=each.board)
    )

    assert f"{job.board}: chip" == error.where
    assert job.board == error.why


def test_two_names_of_one_file_are_both_answered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.elf").write_text("once", encoding="utf-8")
    parcel = pack((Path("a.elf"), tmp_path / "a.elf"))

    assert 1 == len(parcel.contents)
    assert ["once", "once"] == unpacked(parcel, lambda each: [path.read_text() for path in each])


def test_a_name_that_is_no_file_stays_as_it_is(tmp_path):
    item = ("nucleo_f446re", tmp_path / "missing.elf", "missing.toml")

    assert item == pack(item).item
    assert () == pack(item).contents


def test_a_board_that_names_a_file_of_this_machine_is_refused(tmp_path):
    board = tmp_path / "b.toml"
    board.write_text(f'chip = "{tmp_path / "c.toml"}"', encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be used on other machines"):
        pack((str(board),))


def test_an_identity_says_version_and_content():
    assert __version__ == own_identity().version
    assert 64 == len(own_identity().sha256)
