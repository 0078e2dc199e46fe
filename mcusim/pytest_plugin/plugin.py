"""pytest's door to mcusim: options, fixtures and hooks; what they do is in the modules beside this one.

Loading it must cost other people's tests nothing, so everything heavy is imported when a test needs it.
PYTEST_DONT_REWRITE: there is no assert here, and pytest would warn where mcusim was imported before its plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from mcusim.errors import McusimError
from mcusim.pytest_plugin.options import MARKERS, Options, add_options, check_options, options_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcusim.pytest_plugin.fixtures import BaselineFixture, RunFixture, TestPlace
    from mcusim.pytest_plugin.markers import Marks
    from mcusim.pytest_plugin.state import Row, State

_OPTIONS = pytest.StashKey[Options]()
_RUNNER = pytest.StashKey[Any]()
_STATE = pytest.StashKey[Any]()
_MARKS = ("mcusim_budget", "mcusim_baseline")
_ATTRIBUTE = "mcusim_rows"
"""Of a test's report, as which xdist carries the rows of its runs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and ini settings."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers and look at the options."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    try:
        options = options_of(config)
        check_options(options)
    except McusimError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_OPTIONS] = options
    config.pluginmanager.register(_Collector(config), "mcusim_collector")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each board of mcusim_board, unless the test has its own parameters for it."""
    if "mcusim_board" not in metafunc.fixturenames or _is_parametrized(metafunc):
        return
    from mcusim.pytest_plugin.boards import boards_of

    options = metafunc.config.stash[_OPTIONS]
    mark = metafunc.definition.get_closest_marker("mcusim_boards")
    try:
        boards = boards_of(mark, options, metafunc.definition.nodeid)
    except McusimError as error:
        raise pytest.UsageError(str(error)) from error
    if boards:
        metafunc.parametrize("mcusim_board", boards, indirect=True)
        return
    reason = f"--mcusim-board leaves only {', '.join(options.chosen_boards)}, which this test does not name"
    left_out = pytest.param("", marks=pytest.mark.skip(reason=reason), id="left_out")
    metafunc.parametrize("mcusim_board", [left_out], indirect=True)


def _is_parametrized(metafunc: pytest.Metafunc) -> bool:
    for mark in metafunc.definition.iter_markers("parametrize"):
        given = mark.args[0] if mark.args else mark.kwargs.get("argnames", ())
        names = [each.strip() for each in given.split(",")] if isinstance(given, str) else given
        if "mcusim_board" in names:
            return True
    return False


@pytest.fixture
def mcusim_board(request: pytest.FixtureRequest) -> str:
    """The board of this test: each of @pytest.mark.mcusim_boards(...) or of the ini setting mcusim_boards in turn."""
    board: str = request.param
    return board


@pytest.fixture
def mcusim_run(request: pytest.FixtureRequest) -> RunFixture:
    """Run a firmware: report = mcusim_run("firmware.elf", board="nucleo_l4r5zi", ...)."""
    from mcusim.pytest_plugin.fixtures import RunFixture
    from mcusim.pytest_plugin.runs import Runner

    config = request.config
    runner = config.stash.setdefault(_RUNNER, Runner())
    return RunFixture(_place(request), config.stash[_OPTIONS], runner, _state(request.node))


@pytest.fixture
def mcusim_baseline(request: pytest.FixtureRequest) -> BaselineFixture:
    """Check a report against its committed baseline: mcusim_baseline.check(report)."""
    from mcusim.pytest_plugin.fixtures import BaselineFixture, BaselineJudge

    state = _state(request.node)
    judge = BaselineJudge(_place(request), request.config.stash[_OPTIONS], state)
    return BaselineFixture(judge, state, _fail)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check the markers before the test, and its runs after it."""
    marks = _marks(item) if any(map(item.get_closest_marker, _MARKS)) else None
    try:
        result = yield
        if marks is not None:
            _check(item, marks)
    finally:
        if _STATE in item.stash:
            _add_properties(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what the runs of a test measured into its report."""
    report = yield
    if report.when == "call" and _STATE in item.stash:
        from dataclasses import asdict

        rows = item.stash[_STATE].rows(item.nodeid, report.outcome)
        setattr(report, _ATTRIBUTE, [asdict(each) for each in rows])
    return report


class _Collector:
    """Gathers what the tests measured, in the process that shows it: workers of xdist send it as their reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._rows: list[Row] = []
        self._trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the rows of a report."""
        plain = getattr(report, _ATTRIBUTE, None)
        if plain:
            from mcusim.pytest_plugin.state import Row

            self._rows += [Row(**each) for each in plain]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the Markdown file; an error raised here would take the whole summary of pytest away."""
        target = self._config.stash[_OPTIONS].markdown
        if target is None or hasattr(self._config, "workerinput"):
            return
        from mcusim.pytest_plugin.markdown import write_markdown

        try:
            write_markdown(target, self._rows)
        except McusimError as error:
            self._trouble = str(error)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table of all runs; quiet with -q."""
        if self._trouble:
            terminalreporter.write_line(self._trouble, red=True)
        if self._rows and self._config.get_verbosity() >= 0:
            from mcusim.pytest_plugin.summary import table

            count = len(self._rows)
            terminalreporter.write_sep("=", f"mcusim: {count} firmware run{'s' if count > 1 else ''}")
            for line in table(self._rows):
                terminalreporter.write_line(line)


def _marks(item: pytest.Item) -> Marks:
    from mcusim.pytest_plugin.markers import marks_of

    try:
        return marks_of(item)
    except McusimError as error:
        pytest.fail(str(error), pytrace=False)


def _check(item: pytest.Item, marks: Marks) -> None:
    from mcusim.pytest_plugin.verdicts import failures

    state = item.stash.get(_STATE, None)
    text = failures(marks, state, _place_of(item, None), item.config.stash[_OPTIONS])
    if text:
        pytest.fail(text, pytrace=False)


def _add_properties(item: pytest.Item) -> None:
    from mcusim.pytest_plugin.summary import properties

    item.user_properties.extend(properties(item.stash[_STATE].rows(item.nodeid, "")))


def _state(item: pytest.Item) -> State:
    from mcusim.pytest_plugin.state import State

    state: State = item.stash.setdefault(_STATE, State())
    return state


def _place(request: pytest.FixtureRequest) -> TestPlace:
    options = request.config.stash[_OPTIONS]
    if "mcusim_board" in request.fixturenames:
        board: str | None = request.getfixturevalue("mcusim_board")
    else:
        board = options.default_boards[0] if len(options.default_boards) == 1 else None
    return _place_of(request.node, board)


def _place_of(item: pytest.Item, board: str | None) -> TestPlace:
    from mcusim.pytest_plugin.fixtures import TestPlace
    from mcusim.pytest_plugin.names import file_stem

    name = item.nodeid.partition("::")[2] or item.name
    return TestPlace(item.nodeid, item.path, item.config.rootpath, file_stem(name), board)


def _fail(text: str) -> NoReturn:
    __tracebackhide__ = True
    pytest.fail(text, pytrace=False)
