"""What is left after a test run: the terminal's table, JUnit properties, recordings, a Markdown summary."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import mcusim
from mcusim.pytest_plugin.markdown import MARK, markdown
from mcusim.pytest_plugin.state import Row

pytest_plugins = ["pytester"]

TEST = """
@pytest.mark.mcusim_baseline
@pytest.mark.parametrize("number", range(4))
def test_it(mcusim_run, number):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")

def test_without(number=0):
    pass
"""


def properties(path):
    """Of each test case, by its name."""
    return {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in ElementTree.parse(path).iter("testcase")
    }


def test_the_terminal_shows_every_run(project):
    project.write_test(TEST)
    project.passes("--mcusim-update")
    project.write_firmware(conv=12)
    output = project.fails()

    assert "= mcusim: 4 firmware runs =" in output
    assert "+96 FAILED  164.0 µs  651 nJ      16 B     332 µs" in output
    assert output.count(" cached\n") == 3


def test_quiet_is_quiet(project):
    project.write_test(TEST)

    assert "firmware run" not in project.passes("-q", "--mcusim-update")


def test_junit_gets_the_numbers(project):
    project.write_test(TEST)
    project.passes("--mcusim-update", "--junitxml=it.xml")
    found = properties("it.xml")

    assert {} == found["test_without"]
    assert found["test_it[1]"] == {
        "mcusim_firmware": "firmware.elf",
        "mcusim_board": "nucleo_l4r5zi",
        "mcusim_cycles": "560",
        "mcusim_latency_ms": "0.14",
        "mcusim_energy_uj": "0.555324",
        "mcusim_peak_ram_bytes": "16",
        "mcusim_stack_bytes": "16",
        "mcusim_flash_bytes": "306",
        "mcusim_simulated_s": "0.000284",
        "mcusim_host_s": "0.0",  # an earlier test had run it
        "mcusim_baseline": "written",
    }
    assert float(found["test_it[0]"]["mcusim_host_s"]) > 0


def test_junit_tells_several_runs_of_a_test_apart(project):
    project.write_test("""
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")
    mcusim_run("firmware.elf", board="nucleo_f446re")
""")
    project.passes("--junitxml=it.xml")
    found = properties("it.xml")["test_it"]

    assert ["nucleo_l4r5zi", "nucleo_f446re"] == [found["mcusim_board"], found["mcusim2_board"]]


def test_workers_of_xdist_do_the_same(project):
    """Updates do not meet, and one process shows what all have measured."""
    pytest.importorskip("xdist")
    project.write_test(TEST)
    project.write_test(TEST, "test_more.py")
    parallel = ("-n", "2", "--junitxml=it.xml", "--mcusim-markdown=it.md", "--mcusim-record=runs")
    written = project.pytester.runpytest_subprocess(*project.loading, *parallel, "--mcusim-update")
    parts = sorted(path.name for path in project.baseline().parent.iterdir())

    assert written.ret == 0, written.stdout.str() + written.stderr.str()
    assert [f"test_it-{number}.json" for number in range(4)] == parts
    assert "mcusim: 8 firmware runs" in written.stdout.str()
    assert "560" == properties("it.xml")["test_it[3]"]["mcusim_cycles"]
    assert 8 == len(list((project.pytester.path / "runs").rglob("*.mcusim")))
    assert 8 == (project.pytester.path / "it.md").read_text(encoding="utf-8").count("nucleo_l4r5zi")
    project.passes()


def test_every_run_can_be_kept_as_a_recording(project):
    project.write_test(TEST.replace("range(4)", "range(1)"), "tests/test_it.py")
    project.passes("--rootdir=.", "--mcusim-update", "--mcusim-record=runs")
    path = project.pytester.path / "runs" / "tests" / "test_it" / "test_it-0.mcusim"

    assert 560 == mcusim.load(path).inference.cycles
    project.write_firmware(conv=12)
    project.fails("--rootdir=.", "--mcusim-record=runs")
    assert 656 == mcusim.load(path).inference.cycles


def test_what_is_no_recording_is_not_written_over(project):
    project.write_test(TEST.replace("range(4)", "range(1)"))
    path = project.pytester.path / "runs" / "test_it" / "test_it-0.mcusim"
    path.parent.mkdir(parents=True)
    path.write_text("mine")

    assert "exists and is no recording" in project.fails("--mcusim-update", "--mcusim-record=runs")
    assert "mine" == path.read_text()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--mcusim-record=test_it.py", "--mcusim-record: 'test_it.py' is not a folder"),
        ("--mcusim-markdown=test_it.py", "--mcusim-markdown: 'test_it.py' exists and is not an earlier summary"),
        ("--mcusim-markdown=absent/it.md", "--mcusim-markdown: cannot write 'absent/it.md'"),
        ("--mcusim-markdown=.", "--mcusim-markdown: cannot write '.'"),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_written_is_refused_before_any_test(project, option, message):
    project.write_test(TEST)

    assert message in project.refuses(option).replace(f"{project.pytester.path}/", "").replace(
        f"'{project.pytester.path}'", "'.'"
    )


def test_a_summary_that_can_no_longer_be_written_takes_nothing_else_away(project):
    (project.pytester.path / "out").mkdir()
    project.write_test(
        TEST.replace("range(4)", "range(1)").replace("number=0", "tmp_path")
        + """\
    import shutil
    shutil.rmtree("out")
"""
    )
    result = project.run("--mcusim-update", "--mcusim-markdown=out/it.md")
    output = result.stdout.str()

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    assert "--mcusim-markdown: cannot write" in output
    assert "2 passed" in output
    assert "mcusim: 1 firmware run" in output
    assert "Traceback" not in output + result.stderr.str()


def test_the_markdown_summary_names_the_kernel_and_may_be_written_again(project):
    project.write_test(TEST.replace("range(4)", "range(1)"))
    project.passes("--mcusim-update", "--mcusim-markdown=it.md")
    path = project.pytester.path / "it.md"
    first = path.read_text(encoding="utf-8")
    project.write_firmware(conv=12)
    project.fails("--mcusim-markdown=it.md")

    assert first.startswith(f"{MARK}\n### mcusim: 1 test passed\n")
    assert (
        path.read_text(encoding="utf-8")
        == f"""{MARK}
### mcusim: 1 of 1 test failed

- **`test_it.py::test_it[0]`**: +96 cycles in conv (484 → 580, +19.8 %), instructions executed +64, branch refills +32

| test | board | cycles | baseline | latency | energy | peak RAM | flash |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| ❌ `test_it.py::test_it[0]` | `nucleo_l4r5zi` | 656 | +96 FAILED | 164.0 µs | 651 nJ | 16 B | 306 B |
"""
    )


def row(**changes):
    values = {
        "test": "test_it.py::test_it", "outcome": "passed", "firmware": "a.elf", "board": "b", "region": "r",
        "cycles": 1, "latency_s": None, "energy_j": None, "peak_ram_bytes": 0, "stack_bytes": 0, "flash_bytes": 0,
        "simulated_s": 0.0, "host_s": 0.0, "baseline": "", "delta_cycles": None,
    }  # fmt: skip
    return Row(**(values | changes))


def test_markdown_fits_a_comment_however_many_tests_there_are():
    """GitHub refuses a comment of more than 65 536 characters."""
    text = markdown([row(test=f"test_it.py::test_{number:05}") for number in range(5000)])

    assert len(text) < 65_536
    assert text.rstrip().endswith("more rows")


def test_markdown_cannot_be_broken_by_a_name():
    text = markdown([row(test="t[`|`\n]", outcome="failed", headline="+1 cycles in <img> @all [x](y)")])

    assert "**`t['¦' ]`**: +1 cycles in \\<img\\> @\u200ball \\[x\\](y)" in text
    assert 1 == text.count("\n| ❌ ")


def test_nothing_that_was_run_is_said_to_be_nothing():
    assert f"{MARK}\n### mcusim: no firmware was run\n" == markdown([]).rstrip("\n") + "\n"
