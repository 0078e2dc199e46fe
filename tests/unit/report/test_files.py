"""Result files: whole or not at all, and never over the input."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcusim.errors import UsageError
from mcusim.report.files import check_target, write_whole


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "report.json"
    target.write_bytes(b"an older and longer report")

    write_whole(target, b"new", option="--json")

    assert target.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    """The disk fills up before the new file is complete."""
    target = tmp_path / "report.json"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(UsageError, match="cannot write") as caught:
        write_whole(target, b"new", option="--json")

    assert caught.value.why == "No space left on device"
    assert target.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_a_new_file_has_the_permissions_of_the_umask(tmp_path):
    """A temporary file's 0600 would hide the report from everybody else."""
    mask = os.umask(0o022)
    try:
        write_whole(tmp_path / "report.json", b"new", option="--json")
    finally:
        os.umask(mask)

    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.json").write_bytes(b"old")
    (tmp_path / "link.json").symlink_to("real.json")

    write_whole(tmp_path / "link.json", b"new", option="--json")

    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    """/dev/null, /dev/stdout and named pipes are no files to rename over."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write_whole(pipe, b"new", option="--json")

    assert os.read(reader, 10) == b"new"
    os.close(reader)


def test_a_folder_is_no_target(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        check_target(tmp_path, [], option="--json")


def test_a_missing_folder_is_found_before_the_run(tmp_path):
    with pytest.raises(UsageError, match="cannot write") as caught:
        check_target(tmp_path / "none" / "report.json", [], option="--json")

    assert "there is no folder" in caught.value.why


def test_the_firmware_is_no_target(tmp_path):
    """Also when it is spelled differently."""
    firmware = tmp_path / "fw.elf"
    firmware.write_bytes(b"ELF")

    with pytest.raises(UsageError, match="is a file that this run reads"):
        check_target(tmp_path / "." / "fw.elf", [firmware], option="--json")


def test_a_new_file_in_an_existing_folder_is_a_target(tmp_path):
    firmware = tmp_path / "fw.elf"
    firmware.write_bytes(b"ELF")

    check_target(tmp_path / "report.json", [firmware], option="--json")


def test_a_file_that_may_not_be_replaced_is_refused_and_a_device_is_not(tmp_path):
    """Writing to /dev/null destroys nothing."""
    existing = tmp_path / "report.csv"
    existing.write_text("precious")

    check_target(tmp_path / "new.csv", [], option="-o", may_replace=False)
    check_target(Path(os.devnull), [], option="-o", may_replace=False)
    check_target(existing, [], option="-o")
    with pytest.raises(UsageError, match="exists") as caught:
        check_target(existing, [], option="-o", may_replace=False)
    assert caught.value.fix == "name another file, or add --force"
