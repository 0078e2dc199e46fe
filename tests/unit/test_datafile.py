"""Every mistake in a data file is an error that names file, table, key and remedy."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mcusim.datafile import Table
from mcusim.errors import DataFileError
from mcusim.provenance import Basis, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable


class Colour(Enum):
    RED = "red"
    GREEN = "green"


GOOD = """
name = "a"
count = 0x2000_0000
ratio = 1.5
on = true
colour = "green"
addrs = [1, 0x10]
basis = "datasheet"
source = "DS1 Table 2"
[inner]
depth = 1
[[row]]
name = "first"
size = 1
[[row]]
name = "second"
size = 2
"""


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Table]:
    def load(text: str) -> Table:
        path = tmp_path / "data.toml"
        path.write_text(text, encoding="utf-8")
        return Table.load(path)

    return load


def read_all(table: Table) -> None:
    """What a loader of GOOD would read."""
    table.text("name")
    table.integer("count")
    table.number("ratio", maximum=10.0)
    table.boolean("on")
    table.choice("colour", Colour)
    table.integers("addrs")
    table.provenance()
    table.table("inner").integer("depth")
    for row in table.tables("row", minimum=1):
        row.text("name")
        row.integer("size", minimum=1)
    table.finish()


def test_a_good_file_gives_its_values(table):
    top = table(GOOD)

    assert top.text("name") == "a"
    assert top.integer("count") == 0x2000_0000
    assert top.number("ratio") == 1.5
    assert top.boolean("on") is True
    assert top.choice("colour", Colour) is Colour.GREEN
    assert top.integers("addrs") == (1, 16)
    assert top.provenance() == Provenance(Basis.DATASHEET, "DS1 Table 2")
    assert top.table("inner").integer("depth") == 1
    assert [row.text("name") for row in top.tables("row")] == ["first", "second"]


def test_an_absent_key_takes_its_default(table):
    top = table("other = 1")

    assert top.text("a", "") == ""
    assert top.integer("b", 7) == 7
    assert top.number("c", 0.5) == 0.5
    assert top.boolean("d", True) is True
    assert top.choice("e", Colour, Colour.RED) is Colour.RED
    assert top.scaled("f", 1000, 3) == 3
    assert top.optional_table("g") is None
    assert top.tables("h") == ()
    assert top.texts("i", ()) == ()
    assert top.integers("j", (1,)) == (1,)


def test_a_default_may_lie_outside_the_limits_of_what_the_file_may_say(table):
    """-1 for "no interrupt" is a default that a file cannot write."""
    assert table("other = 1").integer("irq_number", -1) == -1


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('name = "a"', "", "name", "'name' is missing"),
        ('name = "a"', 'name = ""', "name", "'name' is empty"),
        ('name = "a"', "name = 3", "name", "it is an integer (3)"),
        ("0x2000_0000", '"0x20000000"', "count", "without quotes"),
        ("0x2000_0000", "1.0", "count", "without a decimal point"),
        ("0x2000_0000", "true", "count", "must be an integer"),
        ("0x2000_0000", "-1", "count", "use a value from 0 to 0xffffffff"),
        ("0x2000_0000", "0x1_0000_0000", "count", "out of range"),
        ("ratio = 1.5", "ratio = nan", "ratio", "out of range"),
        ("ratio = 1.5", "ratio = 1e999", "ratio", "out of range"),
        ("ratio = 1.5", "ratio = true", "ratio", "must be a number"),
        ("ratio = 1.5", "ratio = 10.5", "ratio", "use a value from 0 to 10"),
        ("on = true", "on = 1", "on", "must be true or false"),
        ('colour = "green"', 'colour = "gren"', "colour", "did you mean 'green'?"),
        ('colour = "green"', 'colour = "xxx"', "colour", "use one of: red, green"),
        ("[1, 0x10]", '[1, "x"]', "addrs", "must be an integer"),
        ("[1, 0x10]", "[1, -1]", "addrs", "out of range"),
        ("[1, 0x10]", "1", "addrs", "must be a list"),
        ('basis = "datasheet"', "", "basis", "every number says how we know it"),
        ('basis = "datasheet"', 'basis = "guess"', "basis", "cannot be 'guess'"),
        ('source = "DS1 Table 2"', "", "source", "'source' is missing"),
        ('source = "DS1 Table 2"', 'source = "  "', "source", "'source' is empty"),
        ("[inner]", "[other]", "inner", "'inner' is missing"),
        ("[inner]", "[iner]", "iner", "did you mean 'inner'?"),
        ("depth = 1", "depht = 1", "[inner]: depht", "did you mean 'depth'?"),
        ('source = "DS1 Table 2"', 'sorce = "DS1 Table 2"', "sorce", "did you mean 'source'?"),
        ("depth = 1", "depth = 1\ndepht = 1", "[inner]: depht", "unknown key 'depht'"),
        ('name = "second"\nsize = 2', 'name = "second"', "[[row]] 2 'second': size", "'size' is missing"),
        ("size = 2", "size = 0", "[[row]] 2 'second': size", "out of range"),
        ("size = 2", "size = 2\nsise = 2", "[[row]] 2 'second': sise", "unknown key"),
        ("ratio = 1.5", "ratio = 1.5\nname2 = 1", "name2", "unknown key 'name2'"),
    ],
)
def test_a_mistake_is_named_with_its_place(table, old, new, where, message):
    """The rows on the second [[row]] also show that a good first row does not end the check."""
    assert GOOD.count(old) == 1
    read_all(table(GOOD))

    with pytest.raises(DataFileError) as caught:
        read_all(table(GOOD.replace(old, new)))

    assert caught.value.where.endswith(f"data.toml: {where}")
    assert message in str(caught.value)
    assert caught.value.fix


def test_an_unknown_key_gets_the_nearest_known_one(table):
    top = table("clock_mzh = 3")
    top.integer("clock_mhz", 0)

    with pytest.raises(DataFileError, match="did you mean 'clock_mhz'"):
        top.finish()


def test_too_few_rows_are_an_error(table):
    with pytest.raises(DataFileError, match=r"needs at least 1 \[\[row\]\]"):
        table("row = []").tables("row", minimum=1)


def test_a_scaled_number_is_exact(table):
    assert table("clock_mhz = 6.5").scaled("clock_mhz", 1_000_000) == 6_500_000


def test_a_scaled_number_that_is_not_whole_is_refused(table):
    with pytest.raises(DataFileError, match="not a whole number"):
        table("size_kib = 0.3").scaled("size_kib", 1024)


def test_a_free_table_takes_plain_values_and_refuses_the_rest(table):
    assert table('a = 1\nb = "x"\nc = true').scalars() == {"a": 1, "b": "x", "c": True}
    with pytest.raises(DataFileError, match="'d' is a list"):
        table("a = 1\nd = [1]").scalars()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = = 2\n", ": line 2, column 5"),
        ("a = 1\na = 2\n", ": line 2, column 6"),
        ("a = [1", ": end of document"),
        ("x = " + "[" * 5000, ""),
        ("x = " + "1" * 5000, ""),
    ],
)
def test_a_syntax_error_names_its_line(table, text, place):
    with pytest.raises(DataFileError, match="not valid TOML") as caught:
        table(text)

    assert caught.value.where.endswith(f"data.toml{place}")


def test_a_file_that_is_not_text_is_said_to_be_so(tmp_path):
    path = tmp_path / "data.toml"
    path.write_bytes(b"a = 1\n\xff\xfe")

    with pytest.raises(DataFileError, match="not UTF-8") as caught:
        Table.load(path)
    assert caught.value.where.endswith("byte 6")


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, name):
    with pytest.raises(DataFileError, match="cannot read the data file"):
        Table.load(tmp_path / name)


@pytest.mark.parametrize("text", ["", "\n", "# a remark\n"])
def test_an_empty_file_is_called_empty(table, text):
    with pytest.raises(DataFileError, match="the data file is empty") as caught:
        table(text)

    assert caught.value.where.endswith("data.toml")
    assert caught.value.fix


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("max_supply_v", "min_supply_v"),
        ("write_wait_cycles", "read_wait_cycles"),
        ("high_ratio", "low_ratio"),
        ("fetch_exposed_prefetch_ratio", "fetch_exposed_ratio"),
    ],
)
def test_a_key_that_is_read_later_is_no_misspelling_of_a_missing_one(table, there, missing):
    """Pairs of keys that the shipped files have in one table."""
    with pytest.raises(DataFileError, match=f"'{missing}' is missing"):
        table(f"{there} = 1").number(missing)
