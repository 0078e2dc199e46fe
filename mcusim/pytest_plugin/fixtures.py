"""The objects behind the fixtures: what runs firmware in a test, and what checks a report against its baseline."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Unpack

from mcusim.errors import McusimError, UsageError
from mcusim.pytest_plugin import names
from mcusim.pytest_plugin.check import Baseline, CheckFailedError
from mcusim.pytest_plugin.markers import update_command
from mcusim.pytest_plugin.runs import Asked, Folders, Runner, check_end
from mcusim.pytest_plugin.state import State
from mcusim.pytest_plugin.tolerances import Tolerances, tolerances_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.api.options import RunOptions
    from mcusim.api.report import Report
    from mcusim.pytest_plugin.check import Verdict
    from mcusim.pytest_plugin.options import Options
    from mcusim.report.report import Report as Fields


@dataclass(frozen=True, slots=True)
class TestPlace:
    """Which test it is."""

    __test__ = False  # pytest would take the name for a test class

    nodeid: str
    file: Path
    root_dir: Path
    stem: str
    """Of its files' names."""
    board: str | None
    """Of the fixture mcusim_board, or the only one that the ini file names."""

    @property
    def relative_file(self) -> Path:
        """The test's file from pytest's root; its name alone where it is elsewhere."""
        is_below = self.file.is_relative_to(self.root_dir)
        return self.file.relative_to(self.root_dir) if is_below else Path(self.file.name)


class RunFixture:
    """The fixture mcusim_run: call it to run a firmware."""

    def __init__(self, place: TestPlace, options: Options, runner: Runner, state: State) -> None:
        self._place, self._options, self._runner, self._state = place, options, runner, state

    def __repr__(self) -> str:
        return f"<mcusim_run of {self._place.nodeid}>"

    def __call__(
        self,
        firmware: str | PathLike[str],
        board: str | PathLike[str] | None = None,
        *,
        check: bool = True,
        **options: Unpack[RunOptions],
    ) -> Report:
        """Run a firmware and return its report; the same run is not made twice.

        `firmware` and files in the options are looked for beside the test's file, then in pytest's root folder.
        `board` defaults to the fixture mcusim_board where the test has it. With `check=False` a firmware that faults
        or reaches a limit gives a report as well. The other options are those of `mcusim.run`.

        Raises:
            McusimError: firmware, board or an option is wrong; the firmware did not run to its end.
        """
        __tracebackhide__ = True
        try:
            return self._run(firmware, board, options, is_checked=check)
        except McusimError as error:
            raise error.with_traceback(None) from None  # the user's line and the message are enough

    def _run(
        self,
        firmware: str | PathLike[str],
        board: str | PathLike[str] | None,
        options: RunOptions,
        *,
        is_checked: bool,
    ) -> Report:
        folders = Folders(self._place.file.parent, self._place.root_dir)
        chosen = self._place.board if board is None else fspath(board)
        done = self._runner.run(Asked(fspath(firmware), chosen, {**options}), folders)
        self._state.add(done)
        if self._options.record_dir is not None:
            self._store(done.report, self._options.record_dir)
        if is_checked:
            check_end(done.report)
        return done.report

    def _store(self, report: Report, folder: Path) -> None:
        """One file per test and run: a later run of the same test takes its place, nothing else is written over."""
        from mcusim.recorded.store import is_recording, to_bytes
        from mcusim.report.files import write_whole

        runs = [each.report for each in self._state.different_runs()]
        index = next(place for place, each in enumerate(runs) if each is report)
        path = names.recording_path(folder, self._place.relative_file, self._place.stem, index)
        if path.exists() and not is_recording(path):
            raise UsageError(
                f"--mcusim-record: '{path}' exists and is no recording",
                why="it would be written over",
                fix="name another folder",
            )
        names.make_folder(path.parent, "--mcusim-record")
        write_whole(path, to_bytes(report.recorded), option="--mcusim-record")


class BaselineFixture:
    """The fixture mcusim_baseline: checks a report against the file that is committed beside the test."""

    def __init__(self, judge: BaselineJudge, state: State, fail: Callable[[str], NoReturn]) -> None:
        self._judge, self._state, self._fail = judge, state, fail

    def check(self, report: Fields, name: str = "", **tolerances: object) -> None:
        """Fail the test when the report differs from its baseline by more than the tolerances, which are those of
        the marker mcusim_baseline. A second check in one test needs a `name`, which its file gets too.

        With --mcusim-update it writes the baseline instead.
        """
        __tracebackhide__ = True
        try:
            self._judge.judge(report, name, tolerances_of(tolerances))
        except McusimError as error:
            self._state.headline = error.what.splitlines()[0]
            self._fail(str(error))


class BaselineJudge:
    """Checks reports against the baselines of one test."""

    def __init__(self, place: TestPlace, options: Options, state: State) -> None:
        self._place, self._options, self._state = place, options, state

    def judge(self, report: Fields, name: str, tolerances: Tolerances) -> Verdict:
        """Compare a report with the baseline of that name, or write it.

        Raises:
            McusimError: the check failed, or could not be made.
        """
        if not self._state.take_name(name):
            raise UsageError(
                "two baselines of one test with the same name",
                where=self._place.nodeid,
                fix="mcusim_baseline.check(report, name='…') gives the second a file of its own",
            )
        baseline = self._baseline(name, tolerances)
        try:
            verdict = baseline.check(report)
        except CheckFailedError as error:
            self._state.note_delta(report, error.delta_cycles)
            raise
        self._state.note(report, verdict)
        return verdict

    def judge_all(self, tolerances: Tolerances) -> list[str]:
        """Check every run of the test, the first by the test's name, the others with a number; what the failed say."""
        texts = []
        for index, done in enumerate(self._state.different_runs()):
            try:
                self.judge(done.report, names.numbered("", index).strip("."), tolerances)
            except McusimError as error:
                texts.append(str(error))
        return texts

    def _baseline(self, name: str, tolerances: Tolerances) -> Baseline:
        stem = f"{self._place.stem}.{names.file_stem(name)}" if name else self._place.stem
        path = names.baseline_path(self._place.file, stem)
        root = self._place.root_dir
        label = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        options = self._options
        command = update_command(self._place.nodeid)
        return Baseline(path, label, options.update, options.better, command, tolerances)
