"""The fixture mcusim_run: which file is run on which board, how often, and what an error looks like."""

from __future__ import annotations

import pytest

from mcusim.pytest_plugin.runs import fingerprint
from tests.machine.firmware import Firmware

pytest_plugins = ["pytester"]

RUN = 'mcusim_run("firmware.elf", board="nucleo_l4r5zi")'


def test_a_test_gets_the_report_of_its_firmware(project):
    """Two calls of 160 + 20 rounds of subs (1 cycle) and bne (2 to 4 when taken)."""
    project.write_test(f"""
def test_it(mcusim_run):
    report = {RUN}
    assert isinstance(report, mcusim.Report)
    assert report.inference.function == "mcusim_infer"
    assert report.inference.calls_count == 2
    assert 3 * 180 <= report.inference.cycles <= 5 * 180 + 50
    assert report.firmware.path == "firmware.elf"
""")

    assert "1 passed" in project.passes()


def test_a_firmware_is_looked_for_beside_the_test_and_then_in_the_root_folder(project):
    project.write_firmware("tests/beside.elf")
    project.write_test(
        """
def test_beside(mcusim_run):
    assert mcusim_run("beside.elf", board="nucleo_l4r5zi").firmware.path == "tests/beside.elf"

def test_root(mcusim_run):
    assert mcusim_run("firmware.elf", board="nucleo_l4r5zi").firmware.path == "firmware.elf"
""",
        "tests/test_it.py",
    )

    assert "2 passed" in project.passes("--rootdir=.")


def test_the_same_run_is_made_once_for_all_tests(project):
    """A copy of the file under another name is a run of its own: its report has another name."""
    project.write_firmware("copy.elf")
    project.write_test(f"""
def test_first(mcusim_run):
    first = {RUN}
    assert {RUN} is first

def test_second(mcusim_run):
    {RUN}

def test_copy(mcusim_run):
    assert mcusim_run("copy.elf", board="nucleo_l4r5zi").firmware.path == "copy.elf"
""")
    lines = project.passes().splitlines()

    took = [line.split()[-1] for line in lines if line.startswith("test_it.py::")]
    assert [False, True, False] == [each == "cached" for each in took]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"a": 1, "b": [2]}, {"b": (2,), "a": 1}, True),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": b"1"}, {"a": "1"}, False),
    ],
)
def test_runs_are_the_same_when_their_options_are(one, other, is_same):
    assert is_same == (fingerprint(one) == fingerprint(other))


def test_a_run_is_another_when_an_input_file_has_other_content(tmp_path):
    path = tmp_path / "input.bin"
    path.write_bytes(b"1")
    before = fingerprint({"inputs": {"x": path}})
    path.write_bytes(b"2")

    assert before != fingerprint({"inputs": {"x": path}})


def test_a_firmware_that_is_missing_is_named_with_the_folders_that_were_looked_in(project):
    project.write_test("""
def test_it(mcusim_run):
    mcusim_run("firmwre.elf", board="nucleo_l4r5zi")
""")
    output = project.fails()

    assert (
        f"""
mcusim_run = <mcusim_run of test_it.py::test_it>

    def test_it(mcusim_run):
>       mcusim_run("firmwre.elf", board="nucleo_l4r5zi")
E       mcusim.errors.FirmwareFileError: there is no firmware 'firmwre.elf'
E         because: it is not in {project.pytester.path}
E         fix: build it before the tests run, or correct the path

test_it.py:6: FirmwareFileError
"""
        in output
    ), "the test's line and the message, and nothing of mcusim's insides"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('mcusim_run("firmware.elf")', "no board for 'firmware.elf'"),
        ('mcusim_run("firmware.elf", "nucleo_l4r5")', "did you mean 'nucleo_l4r5zi'"),
        ('mcusim_run("firmware.elf", "nucleo_l4r5zi", regoin="x")', "no argument of mcusim.run() called 'regoin'"),
        ('mcusim_run("test_it.py", "nucleo_l4r5zi")', "this is a text file"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_call_is_explained(project, call, message):
    project.write_test(f"def test_it(mcusim_run):\n    {call}\n")

    assert message in project.fails()


def test_one_board_in_the_ini_file_is_the_default(project):
    project.pytester.makeini("[pytest]\nmcusim_boards = nucleo_l4r5zi\n")
    project.write_test("""
def test_it(mcusim_run):
    assert mcusim_run("firmware.elf").board == "nucleo_l4r5zi"
""")

    project.passes()


def test_a_firmware_that_faults_fails_its_test_unless_that_is_what_it_looks_at(project):
    """udf #0 (Armv7-M ARM, A7.7.194) escalates to a HardFault, whose handler here is an endless loop."""
    listing = "Reset_Handler:\n    de00        udf   #0\n    e7fe        b     .\n"
    (project.pytester.path / "fault.elf").write_bytes(Firmware(listing).elf())
    project.write_test("""
def test_strict(mcusim_run):
    mcusim_run("fault.elf", board="nucleo_l4r5zi", max_cycles=10_000)

def test_lenient(mcusim_run):
    report = mcusim_run("fault.elf", board="nucleo_l4r5zi", max_cycles=10_000, check=False)
    assert report.stop.reason != "idle_loop"
""")
    output = project.fails()

    assert "1 failed, 1 passed" in output
    assert "fault.elf did not run to its end" in output
    assert "nucleo_l4r5zi, pc 0x0800" in output


def test_an_array_and_a_file_may_be_fed_to_the_firmware(project):
    project.write_firmware("fed.elf", arena_bytes=4)
    (project.pytester.path / "four.bin").write_bytes(b"\1\2\3\4")
    project.write_test("""
def test_it(mcusim_run):
    for given in ([1, 2, 3, 4], "four.bin", b"\\1\\2\\3\\4"):
        if given == [1, 2, 3, 4]:
            given = __import__("numpy").array(given, dtype="uint8")
        report = mcusim_run("fed.elf", board="nucleo_l4r5zi", inputs={"arena": given}, outputs=["arena"])
        assert bytes(report.outputs["arena"].tobytes()) == b"\\1\\2\\3\\4"
""")

    project.passes()


def test_tests_of_unittest_can_use_the_fixture(project):
    project.write_test(f"""
import unittest

@pytest.mark.mcusim_budget(cycles=100)
class TestOld(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _runner(self, mcusim_run):
        self.mcusim_run = mcusim_run

    def test_it(self):
        self.{RUN}

class TestNew:
    @pytest.mark.mcusim_budget(cycles=100_000)
    def test_it(self, mcusim_run):
        {RUN}
""")
    output = project.fails()

    assert "1 failed, 1 passed" in output
    assert "FAILED test_it.py::TestOld::test_it - Failed: over budget:" in output


def test_what_a_test_expects_to_fail_may_fail(project):
    project.write_test(f"""
@pytest.mark.xfail(reason="too slow for now", strict=True)
@pytest.mark.mcusim_budget(cycles=100)
def test_it(mcusim_run):
    {RUN}
""")

    assert "1 xfailed" in project.passes()


def test_a_test_that_failed_by_itself_is_not_checked_as_well(project):
    project.write_test(f"""
@pytest.mark.mcusim_budget(cycles=100)
def test_it(mcusim_run):
    {RUN}
    assert 1 == 2
""")
    output = project.fails()

    assert "assert 1 == 2" in output
    assert "over budget" not in output
