"""A recording's file: what goes in comes out, and whatever else is in a file is refused with a reason."""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcusim.errors import DataFileError
from mcusim.recorded import store
from mcusim.recorded.conditions import RunConditions, conditions_of
from mcusim.recorded.store import from_bytes, is_recording, load, to_bytes
from mcusim.recording.recording import ExecutedInstruction
from mcusim.report.source_line import SourceLine, SourceLines
from mcusim.report.what_if import parsed_setting

MANY = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def full_run(recorded_run):
    """With parts that the hand-made run lacks: instructions, sources, conditions and saved bytes."""
    code = (ExecutedInstruction(0x0800_0400, 2, "adds r0, #1", 3, 4, (("issue", 4), ("fetch", 2))),)
    recording = replace(recorded_run.recording, instructions=code, outputs={"g_out": b"\0\xff"})
    sources = SourceLines(("a.c",), ("int x;\n",), (SourceLine(0x0800_0400, 0, 1),))
    settings = (parsed_setting("flash.wait_states=2"), parsed_setting("flash.prefetch=off"))
    conditions = RunConditions("fw.elf", "board_a", supply_v=1.8, settings=settings)
    return replace(recorded_run, recording=recording, sources=sources, conditions=conditions)


def sealed(data: object) -> bytes:
    """A file with these contents and a right checksum: what only another version or an attacker writes."""
    body = zlib.compress(data if isinstance(data, bytes) else msgspec.msgpack.encode(data))
    return b"mcusim recording 1 %s\n%s" % (hashlib.sha256(body).hexdigest().encode(), body)


def builtins_of(run) -> dict:
    """The run as plain dictionaries, to be changed."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(run))


# --- what goes in comes out ---


def test_a_run_comes_out_of_its_file_as_it_went_in(full_run, tmp_path):
    path = tmp_path / "run.mcusim"
    path.write_bytes(to_bytes(full_run))

    assert full_run == load(path)
    assert is_recording(path)


def test_the_same_run_gives_the_same_bytes(full_run):
    assert to_bytes(full_run) == to_bytes(from_bytes(to_bytes(full_run)))


def test_a_name_that_is_no_text_is_stored_as_it_is_printed(full_run):
    """Linux's file names are bytes; Python holds those that are no UTF-8 as lone surrogates (PEP 383)."""
    firmware = replace(full_run.report.firmware, path="bad\udcff.elf")
    run = replace(full_run, report=replace(full_run.report, firmware=firmware))

    assert from_bytes(to_bytes(run)).report.firmware.path == r"bad\udcff.elf"


def test_source_code_can_be_left_out(full_run):
    shared = from_bytes(to_bytes(full_run.without_source_texts()))

    assert shared.sources == replace(full_run.sources, texts=("",))
    assert b"int x" not in msgspec.msgpack.encode(shared)


def test_conditions_make_the_request_they_came_from(run_request):
    """All that a report is worked out from; files and signals of the run are not needed again."""
    request = replace(
        run_request, clock_hz=80_000_000, supply_v=1.8, max_seconds=2.0, ignored=("flash-fetch",)
    )

    again = conditions_of(request).request(request.firmware)

    assert replace(request, firmware_label="build/firmware.elf") == again


# --- what is refused ---


@MANY
@given(data=st.data())
def test_flipped_bytes_are_noticed(full_run, data):
    """Wherever they are: the file is refused, or still means the same."""
    content = bytearray(to_bytes(full_run))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))

    try:
        found = from_bytes(bytes(content))
    except DataFileError:
        return
    assert full_run == found


@MANY
@given(data=st.data())
def test_a_half_written_file_is_noticed(full_run, data):
    content = to_bytes(full_run)

    with pytest.raises(DataFileError, match="damaged"):
        from_bytes(content[: data.draw(st.integers(0, len(content) - 1))])


def _paths(tree: object, path: tuple = ()) -> list[tuple]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(found for key, each in children for found in _paths(each, (*path, key)))]


@MANY
@given(data=st.data())
def test_wrong_values_behind_a_right_checksum_never_end_in_a_traceback(full_run, data):
    """As another version, or somebody with an editor, may write them."""
    tree = {"run": builtins_of(full_run)}
    *way, last = ("run", *data.draw(st.sampled_from(_paths(tree["run"]))))
    place = tree
    for step in way:
        place = place[step]
    place[last] = data.draw(
        st.none() | st.integers(-(2**63), 2**63) | st.text() | st.floats() | st.lists(st.none()) | st.binary()
    )

    try:
        from_bytes(sealed(tree["run"]))
    except DataFileError as error:
        assert error.why  # noqa: PT017 - most of the examples are refused, not all


@pytest.mark.parametrize(
    ("content", "what", "why"),
    [
        (b"", "damaged", "it is empty"),
        (b"mcusim rec", "damaged", "within its first line"),
        (b"mcusim recording x\n", "damaged", "makes no sense"),
        (b"mcusim recording 0 " + b"0" * 64 + b"\n", "damaged", "makes no sense"),
        (b"\x7fELF", "not a recording", "does not begin with"),
        (
            b"mcusim recording 2 " + b"0" * 64 + b"\n",
            "format 2",
            "newer mcusim; this one reads up to format 1",
        ),
        (b"mcusim recording 1 " + b"0" * 64 + b"\nbody", "damaged", "checksum does not match"),
        (sealed(b"\xc1"), "another version", "MessagePack"),  # 0xC1 is the byte that MessagePack never uses
        (sealed({"recording": 1}), "another version", "Expected `object`, got `int`"),
        (sealed(b"\x81\xa1x" + b"\x91" * 100_000), "another version", "recursion"),
    ],
)
def test_a_file_that_is_no_whole_recording_says_why(content, what, why):
    with pytest.raises(DataFileError, match=what) as caught:
        from_bytes(content, where="run.mcusim")

    assert why in caught.value.why
    assert caught.value.where == "run.mcusim"
    assert caught.value.fix


def test_data_behind_the_checksum_that_ends_early_is_damage(full_run):
    body = zlib.compress(msgspec.msgpack.encode(full_run))[:-5]
    content = b"mcusim recording 1 %s\n%s" % (hashlib.sha256(body).hexdigest().encode(), body)

    with pytest.raises(DataFileError, match="damaged") as caught:
        from_bytes(content)

    assert caught.value.why == "it ends too early"


def test_unpacking_is_bounded(full_run, monkeypatch):
    """A small file can unpack to any size: a gibibyte of zeros takes a mebibyte (RFC 1951 allows 1032 to 1)."""
    monkeypatch.setattr(store, "LARGEST_DATA_BYTES", len(msgspec.msgpack.encode(full_run)))
    assert full_run == from_bytes(sealed(full_run))

    with pytest.raises(DataFileError, match="too large"):
        from_bytes(sealed(bytes(store.LARGEST_DATA_BYTES + 1)))


def test_a_file_that_is_too_large_is_not_even_read(tmp_path, monkeypatch):
    path = tmp_path / "run.mcusim"
    path.write_bytes(b"mcusim recording 1 ")
    monkeypatch.setattr(store, "LARGEST_FILE_BYTES", 18)

    with pytest.raises(DataFileError, match="too large"):
        load(path)


@pytest.mark.parametrize(("part", "schema"), [("report", 0), ("recording", 2)])
def test_another_schema_is_another_version(full_run, part, schema):
    tree = builtins_of(full_run)
    tree[part]["schema"] = schema

    with pytest.raises(DataFileError, match="another version") as caught:
        from_bytes(sealed(tree))

    assert f"its {part} has schema {schema}, and this mcusim reads schema 1" == caught.value.why
    assert "read it with mcusim 0.1.0" in caught.value.fix  # the hand-made run's version


def test_a_key_of_a_later_version_is_no_harm(full_run):
    tree = builtins_of(full_run)
    tree["report"]["invented_later"] = 1

    assert full_run == from_bytes(sealed(tree))


@pytest.mark.parametrize(
    ("where", "value", "why"),
    [
        (("recording", "calls", 1, "function_index"), 7, "the function of a call is number 7 of 7"),
        (("recording", "calls", 1, "parent_index"), 1, "in its calls, number 1 comes before its parent"),
        (
            ("recording", "instructions", 0, "function_index"),
            -2,
            "the function of an instruction is number -2",
        ),
        (("recording", "functions", 0, "host_index"), 9, "the host of a function is number 9 of 7"),
        (("recording", "phases", 0, "clock_hz"), 0, "it has a clock of 0 Hz"),
        (("profile", "nodes", 2, "parent_index"), 5, "in its profile, number 2 comes before its parent"),
        (("sources", "lines", 0, "file_index"), 1, "the file of a line is number 1 of 1"),
        (("sources", "lines", 0, "file_index"), -1, "the file of a line is number -1 of 1"),
        (("sources", "texts"), [], "it has 1 source files and 0 texts"),
    ],
)
def test_parts_that_contradict_each_other_are_damage(full_run, where, value, why):
    """Each index is one that a view would follow to nowhere."""
    tree = builtins_of(full_run)
    *way, last = where
    place = tree
    for step in way:
        place = place[step]
    place[last] = value

    with pytest.raises(DataFileError, match="damaged") as caught:
        from_bytes(sealed(tree))

    assert why in caught.value.why


# --- what is no file to read ---


def test_a_missing_file_and_a_folder_cannot_be_read(tmp_path):
    for path in (tmp_path / "none.mcusim", tmp_path):
        assert not is_recording(path)
        with pytest.raises(DataFileError, match="cannot read the recording"):
            load(path)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read all files"
)
def test_a_file_without_permission_cannot_be_read(full_run, tmp_path):
    path = tmp_path / "run.mcusim"
    path.write_bytes(to_bytes(full_run))
    path.chmod(0)

    assert not is_recording(path)
    with pytest.raises(DataFileError, match="cannot read the recording") as caught:
        load(path)
    assert caught.value.why == "Permission denied"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    assert not is_recording(pipe)
