"""The conventions that a script can check. Allow-lists name today's exceptions: they may only get shorter."""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import tomllib
from pathlib import Path

import pytest

from mcusim.provenance import Basis
from mcusim.shipped import shipped_dir
from mcusim.units import SUFFIXES
from tests.source_tree import PACKAGE, ROOT, code_lines, functions, parameters, sources

MODULES = sources()
FILE_LINES_MAX, FILE_LINES_LIMIT, FILE_LINES_MEDIAN = 350, 600, 150
FUNCTION_LINES_MAX, PARAMETERS_MAX = 40, 5

LONG_FILES = {"mcusim.machine.machine"}
LONG_FUNCTIONS = {"mcusim.machine.record.record"}
WIDE_FUNCTIONS: set[str] = set()
BROAD_EXCEPTS = {
    "mcusim.cli.main",  # the outermost line: whatever else escapes is our bug
    "mcusim.report.files",  # removes the half-written file, then raises again
}
MANUAL_NAMES = frozenset(
    {
        "pc",
        "sp",
        "lr",
        "psp",
        "msp",
        "r0",
        "xpsr",
        "exc_return",
        "cfsr",
        "hfsr",
        "dfsr",
        "bfar",
        "mmfar",
        "ccr",
        "scr",
        "cpacr",
        "fpccr",
        "fpdscr",
        "demcr",
        "calib",
    }
)
"""Registers as the Arm manuals call them: their content has no unit."""
UNITLESS_FIELDS = {
    "mcusim.board.schema.StartUpStep.value",  # of a register
    "mcusim.codegen.reference.Comparison.largest_difference",  # of outputs, in their own numbers
    "mcusim.codegen.reference.Difference.found",
    "mcusim.codegen.reference.Difference.wanted",
    "mcusim.codegen.request.Inputs.seed",
    "mcusim.isa.instruction.Access.base",
    "mcusim.isa.instruction.Access.index_shift",
    "mcusim.isa.instruction.Immediate.value",
    "mcusim.isa.instruction.Register.shift_amount",
    "mcusim.isa.instruction.Register.shift_register",
    "mcusim.isa.operands.MemoryOperand.base",
    "mcusim.isa.operands.MemoryOperand.index_shift",
    "mcusim.machine.devices.register_device.Register.reset_value",
    "mcusim.machine.devices.stm32.stm32h7_flash._Layout.access_control_reset",
    "mcusim.machine.devices.stm32.stm32h7_flash._Layout.sector_shift",
    "mcusim.machine.options.MachineOptions.max_seconds",
    "mcusim.machine.semihosting.Exit.status",
    "mcusim.machine.system.results.ReturnResult.tail_chained",
    "mcusim.machine.system.state.SystemState.prigroup",
    "mcusim.validation.points.Point.published",  # in the unit that the row names
    "mcusim.validation.run.Outcome.modelled",
    "mcusim.machine.system.systick.SysTickClock.core_divisor",
    "mcusim.power.schema.Estimate.high",
    "mcusim.power.schema.Estimate.low",
    "mcusim.power.schema.Estimate.value",
    "mcusim.recording.recording.Recording.region_cycles_max",
    "mcusim.recording.recording.Recording.region_cycles_min",
    "mcusim.recording.recording.Recording.schema",
    "mcusim.recording.recording.SatisfiedPoll.value",
    "mcusim.recording.recording.Stop.exit_status",
    "mcusim.report.built.ReferenceCheck.largest_difference",  # of outputs, in their own numbers
    "mcusim.report.quantity.Band.high",
    "mcusim.report.quantity.Band.low",
    "mcusim.report.quantity.Band.value",
    "mcusim.report.report.Poll.value",
    "mcusim.report.report.Report.schema",
    "mcusim.report.report.StopInfo.exit_status",
    "mcusim.report.report.Totals.instructions",
    "mcusim.report.request.RunRequest.max_seconds",
}

# --- files and functions ---


def test_every_module_says_what_it_is_for():
    assert [source.name for source in MODULES if not ast.get_docstring(source.tree)] == []


def test_files_are_short():
    long = {source.name for source in MODULES if source.lines_count > FILE_LINES_MAX}

    assert long == LONG_FILES
    assert [source.name for source in MODULES if source.lines_count > FILE_LINES_LIMIT] == []
    assert statistics.median(source.lines_count for source in MODULES) <= FILE_LINES_MEDIAN


def test_functions_are_short():
    long = {
        f"{source.name}.{name}"
        for source in MODULES
        for name, function in functions(source.tree)
        if code_lines(function) > FUNCTION_LINES_MAX
    }

    assert long == LONG_FUNCTIONS


def test_functions_have_few_parameters():
    wide = {
        f"{source.name}.{name}"
        for source in MODULES
        for name, function in functions(source.tree)
        if len(parameters(function)) > PARAMETERS_MAX
    }

    assert wide == WIDE_FUNCTIONS


def test_nothing_is_global_and_errors_are_caught_by_name():
    writes_globals = [
        source.name for source in MODULES for node in ast.walk(source.tree) if isinstance(node, ast.Global)
    ]
    broad = {
        source.name
        for source in MODULES
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    }

    assert writes_globals == []
    assert broad == BROAD_EXCEPTS


def test_a_docstring_does_not_count_as_code_and_self_not_as_a_parameter():
    text = 'class A:\n    def f(self, a, *, b):\n        """One\n\n        two."""\n        return a\n'
    ((name, function),) = functions(ast.parse(text))

    assert (name, code_lines(function), parameters(function)) == ("A.f", 2, ["a", "b"])


# --- data ---


def dataclasses_of(tree):
    """Each dataclass with the arguments of its decorator."""
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", []):
            text = ast.unparse(decorator)
            if isinstance(node, ast.ClassDef) and text.split("(")[0] == "dataclass":
                yield node, text


def test_data_is_frozen_and_slotted_and_state_lives_in_the_machine():
    """A value that changes behind its reader's back is only allowed where things happen over time."""
    mutable = [
        f"{source.name}.{node.name}"
        for source in MODULES
        if not source.name.startswith("mcusim.machine.")
        for node, decorator in dataclasses_of(source.tree)
        if "frozen=True" not in decorator
    ]
    unslotted = [
        f"{source.name}.{node.name}"
        for source in MODULES
        for node, decorator in dataclasses_of(source.tree)
        if "slots=True" not in decorator
    ]

    assert mutable == []
    assert unslotted == []


def is_number(annotation: str) -> bool:
    return annotation.removesuffix(" | None") in {"int", "float"}


def names_its_unit(field: str) -> bool:
    return field.rsplit("_", 1)[-1] in SUFFIXES or field in MANUAL_NAMES


def test_every_number_names_its_unit():
    """A number without a unit in its name is the start of a factor-1000 bug."""
    unitless = {
        f"{source.name}.{node.name}.{field.target.id}"
        for source in MODULES
        for node, _ in dataclasses_of(source.tree)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and is_number(ast.unparse(field.annotation))
        and not names_its_unit(field.target.id)
    }

    assert unitless == UNITLESS_FIELDS


@pytest.mark.parametrize(
    ("field", "is_fine"), [("clock_hz", True), ("clock", False), ("clock_mhz", False), ("cfsr", True)]
)
def test_the_unit_check_tells_names_with_units_from_names_without(field, is_fine):
    assert is_fine == names_its_unit(field)


# --- provenance ---

PART_OF_PARENT = {"points", "steps", "instruction_cache", "data_cache", "prefetch", "zero_wait"}
"""Tables that only structure the numbers of the table they stand in."""
WIRING = {"device_options", "options"}
"""What a board connects to a peripheral is a choice, not a measurement."""


def data_files() -> list[Path]:
    """Every TOML file with numbers about hardware."""
    own = [path for path in PACKAGE.rglob("*.toml") if "data" not in path.relative_to(PACKAGE).parts]
    shipped = [path for kind in ("boards", "power_models") for path in shipped_dir(kind).rglob("*.toml")]
    return sorted(own + shipped)


def unsourced(table: dict, where: str = "", parent: dict | None = None) -> list[str]:
    """Where in a table a number has no basis and source beside it."""
    found = []
    holder = table if parent is None else parent
    has_numbers = any(isinstance(each, int | float) and not isinstance(each, bool) for each in table.values())
    if has_numbers and not has_provenance(holder):
        found.append(where or "top")
    for key, value in table.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if isinstance(row, dict) and key not in WIRING:
                found += unsourced(row, f"{where}{key}.", holder if key in PART_OF_PARENT else None)
    return found


def has_provenance(table: dict) -> bool:
    bases = {each.value for each in Basis}
    return table.get("basis") in bases and len(str(table.get("source", "")).strip("?. ")) > 3


def with_devices_sourced(top: dict) -> dict:
    """The provenance of all [[device]] tables stands once, at the top."""
    shared = {"basis": top.get("devices_basis"), "source": top.get("devices_source", "")}
    return {**top, "device": [shared | row for row in top.get("device", [])]}


@pytest.mark.parametrize("path", data_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_number_in_a_data_file_says_where_it_is_from(path):
    assert unsourced(with_devices_sourced(tomllib.loads(path.read_text(encoding="utf-8")))) == []


GOOD_ROW = {"value": 2, "basis": "measured", "source": "the bench, Tuesday"}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"row": [GOOD_ROW, {"value": 2}]}, ["row."]),
        ({"row": [GOOD_ROW, GOOD_ROW | {"basis": "guessed"}]}, ["row."]),
        ({"row": [GOOD_ROW, GOOD_ROW | {"source": "?"}]}, ["row."]),
        ({"row": [{"points": [{"clock_mhz": 1}]}]}, ["row.points."]),
        ({"row": [{"points": [{"clock_mhz": 1}]} | GOOD_ROW]}, []),
        ({"row": {"name": "no numbers", "flag": True}}, []),
    ],
)
def test_a_number_without_a_source_is_found_behind_one_that_has_it(table, expected):
    assert expected == unsourced(table)


# --- what must not be committed ---

PRIVATE_PATH = re.compile(rb"(?<![\w.$}])/(?:home|root|work|Users|tmp)/[\w.-]+/|[A-Z]:\\\\?Users\\")


def tracked_files() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name.decode() for name in listed.split(b"\0") if name]


def test_no_tracked_file_names_a_directory_of_somebodys_machine():
    """Binaries included: debug information likes to keep the path of the build."""
    named = {
        str(path.relative_to(ROOT)): match[0]
        for path in tracked_files()
        if path.is_file() and (match := PRIVATE_PATH.search(path.read_bytes()))
    }

    assert named == {}


@pytest.mark.parametrize(
    ("text", "is_private"),
    [
        (b"see /ho" + b"me/ann/project", True),
        (b"C:\\Us" + b"ers\\ann", True),
        (b"https://example.org/home/page/", False),
        (b"framework/tests", False),
    ],
)
def test_the_path_check_tells_private_paths_from_others(text, is_private):
    assert is_private == bool(PRIVATE_PATH.search(text))
