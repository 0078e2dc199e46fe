"""The fixture mcusim_board: one test for each board."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TEST = """
@pytest.mark.mcusim_boards("nucleo_l4r5zi", "nucleo_f446re")
def test_it(mcusim_run, mcusim_board):
    assert mcusim_run("firmware.elf").board == mcusim_board
"""


def test_a_test_runs_on_each_of_its_boards(project):
    project.write_test(TEST)
    output = project.passes("-v")

    assert "test_it.py::test_it[nucleo_l4r5zi] PASSED" in output
    assert "test_it.py::test_it[nucleo_f446re] PASSED" in output


def test_each_board_has_a_baseline_of_its_own(project):
    project.write_test(TEST.replace("def", "@pytest.mark.mcusim_baseline\ndef"))
    project.passes("--mcusim-update")

    assert project.baseline("test_it-nucleo_l4r5zi").exists()
    assert project.baseline("test_it-nucleo_f446re").exists()
    project.passes()


def test_a_budget_may_be_for_one_board(project):
    """On the F446 the same firmware takes other cycles."""
    project.write_test(
        TEST.replace("def", "@pytest.mark.mcusim_budget(cycles=1, board='nucleo_f446re')\ndef")
    )
    output = project.fails()

    assert "1 failed, 1 passed" in output
    assert "FAILED test_it.py::test_it[nucleo_f446re]" in output


def test_the_command_line_restricts_the_boards(project):
    project.write_test(TEST)
    output = project.passes("-v", "--mcusim-board=nucleo_f446re")

    assert "test_it[nucleo_f446re] PASSED" in output
    assert "nucleo_l4r5zi" not in output


def test_a_test_without_a_board_that_is_left_is_skipped_and_says_so(project):
    project.write_test(TEST)
    output = project.passes("-rs", "--mcusim-board=nucleo_u575zi_q")

    assert "1 skipped" in output
    assert "--mcusim-board leaves only nucleo_u575zi_q, which this test does not name" in output


def test_the_ini_file_has_the_boards_of_tests_without_marker(project):
    project.pytester.makeini("[pytest]\nmcusim_boards =\n    nucleo_l4r5zi\n    nucleo_f446re\n")
    project.write_test(TEST.replace('@pytest.mark.mcusim_boards("nucleo_l4r5zi", "nucleo_f446re")\n', ""))

    assert "2 passed" in project.passes()


def test_the_command_line_alone_is_enough(project):
    project.write_test(TEST.replace('@pytest.mark.mcusim_boards("nucleo_l4r5zi", "nucleo_f446re")\n', ""))

    assert "test_it[nucleo_f446re] PASSED" in project.passes("-v", "--mcusim-board", "nucleo_f446re")


def test_a_parametrization_of_the_tests_own_is_left_alone(project):
    project.write_test("""
@pytest.mark.parametrize("mcusim_board, most_cycles", [("nucleo_l4r5zi", 560)])
def test_it(mcusim_run, mcusim_board, most_cycles):
    assert mcusim_run("firmware.elf").inference.cycles <= most_cycles
""")

    project.passes()


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ('("nucleo_l4r5")', "did you mean 'nucleo_l4r5zi'"),
        ("()", "mcusim_boards takes names of boards"),
        ("(5)", "mcusim_boards takes names of boards"),
        ('(board="nucleo_l4r5zi")', "mcusim_boards takes names of boards"),
        (None, "no board for the fixture mcusim_board"),
    ],
)
def test_a_wrong_marker_is_explained(project, marker, message):
    line = f"@pytest.mark.mcusim_boards{marker}\n" if marker else ""
    project.write_test(f"{line}def test_it(mcusim_board):\n    pass\n")
    result = project.run()

    assert result.ret != pytest.ExitCode.OK
    assert message in result.stdout.str()
    assert "test_it.py::test_it" in result.stdout.str()


def test_a_board_that_does_not_exist_is_refused_before_any_test(project):
    project.write_test(TEST)

    assert "did you mean 'nucleo_l4r5zi'" in project.refuses("--mcusim-board=nucleo_l4r5z")
