"""The composite action: GitHub's schemas accept it, its scripts do what its page says. `gh` is played by a script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doc_commands import fences

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[3]
ACTION = ROOT / ".github" / "actions" / "mcusim"
PAGE = ROOT / "docs" / "howto" / "ci.md"
MARK = "<!-- mcusim comment: mcusim -->\n"

GH = f"""#!{sys.executable}
import json, os, pathlib, sys

store = pathlib.Path(os.environ["FAKE_GITHUB"])
comments = json.loads(store.read_text())
command, path, *options = sys.argv[1:]
assert command == "api"
if os.environ.get("FAKE_ERROR") and "--method" in options:
    sys.exit("gh: " + os.environ["FAKE_ERROR"])
if "--paginate" in options:
    assert path == "repos/ann/kws/issues/7/comments?per_page=100"
    print(json.dumps(comments[:1]) + "\\n" + json.dumps(comments[1:]))  # two pages
    sys.exit()
body = json.load(sys.stdin)["body"]
if "POST" in options:
    assert path == "repos/ann/kws/issues/7/comments"
    comments.append({{"id": 100 + len(comments), "body": body, "user": {{"login": "github-actions[bot]"}}}})
else:
    assert "PATCH" in options
    number = int(path.removeprefix("repos/ann/kws/issues/comments/"))
    next(each for each in comments if each["id"] == number)["body"] = body
store.write_text(json.dumps(comments))
"""


class GitHub:
    """A pull request with comments, and the runner of a job for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "comments.json"
        self.event = {"pull_request": {"number": 7}}
        self.environment: dict[str, str] = {}
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(GH)
        (folder / "bin" / "gh").chmod(0o755)
        self.has([])

    def has(self, comments: list[tuple[str, str]]) -> None:
        rows = [
            {"id": 100 + number, "body": body, "user": {"login": login}}
            for number, (login, body) in enumerate(comments)
        ]
        self.store.write_text(json.dumps(rows))

    def bodies(self) -> list[str]:
        return [each["body"] for each in json.loads(self.store.read_text())]

    def comment(self, text: str | None) -> subprocess.CompletedProcess[str]:
        (self.folder / "event.json").write_text(json.dumps(self.event))
        if text is not None:
            (self.folder / "summary.md").write_text(text, encoding="utf-8")
        environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FAKE_GITHUB": str(self.store),
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "ann/kws",
            **self.environment,
        }
        command = [sys.executable, str(ACTION / "comment.py"), str(self.folder / "summary.md")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def github(tmp_path):
    return GitHub(tmp_path)


def test_the_first_run_comments_and_the_next_one_changes_that_comment(github):
    github.has([("ann", "Looks good.")])

    assert 0 == github.comment("first: +96 cycles in conv µ `$(rm)` \"'\n").returncode
    assert ["Looks good.", MARK + "first: +96 cycles in conv µ `$(rm)` \"'\n"] == github.bodies()
    assert 0 == github.comment("second\n").returncode
    assert ["Looks good.", MARK + "second\n"] == github.bodies()


def test_a_comment_of_somebody_else_with_our_mark_is_left_alone(github):
    github.has([("mallory", MARK + "all fine"), ("ann", "quoting\n" + MARK)])
    github.comment("now\n")

    assert [MARK + "all fine", "quoting\n" + MARK, MARK + "now\n"] == github.bodies()


def test_jobs_with_other_keys_have_other_comments(github):
    github.comment("m4\n")
    github.environment["COMMENT_KEY"] = "m33"
    github.comment("m33\n")

    assert [MARK + "m4\n", "<!-- mcusim comment: m33 -->\nm33\n"] == github.bodies()


@pytest.mark.parametrize(
    "said", ["Resource not accessible by integration (HTTP 403)", "Bad credentials (HTTP 401)"]
)
def test_a_fork_whose_token_may_only_read_fails_nothing(github, said):
    github.environment["FAKE_ERROR"] = said
    done = github.comment("now\n")

    assert (0, []) == (done.returncode, github.bodies())
    assert "::notice::the token may not write comments" in done.stdout


def test_any_other_refusal_is_shown(github):
    github.environment["FAKE_ERROR"] = "Validation Failed (HTTP 422)"
    done = github.comment("now\n")

    assert 1 == done.returncode
    assert "::error::gh: gh: Validation Failed (HTTP 422)" in done.stdout


def test_a_push_and_a_test_run_that_did_not_begin_comment_nothing(github):
    assert 0 == github.comment(None).returncode
    github.event = {"ref": "refs/heads/main"}

    assert 0 == github.comment("now\n").returncode
    assert [] == github.bodies()


def run_tests(project, folder: Path) -> subprocess.CompletedProcess[str]:
    """The action's script as a runner calls it, with this Python as the environment that the action makes."""
    binaries = folder / "mcusim-env" / "bin"
    binaries.mkdir(parents=True)
    for name, arguments in (("python", ""), ("mcusim", "-m mcusim")):
        path = binaries / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        path.chmod(0o755)
    environment = {
        **project.environment,
        "RUNNER_TEMP": str(folder),
        "TESTS": " ".join((*project.loading, "-q", "test_it.py")),
        "GITHUB_STEP_SUMMARY": str(folder / "step.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    command = ["bash", str(ACTION / "run_tests.sh")]
    return subprocess.run(
        command, env=environment, cwd=project.pytester.path, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="runners have bash")
@pytest.mark.parametrize(("limit", "code"), [(560, 0), (500, 1)])
def test_the_results_of_passing_and_failing_tests_are_kept(project, tmp_path_factory, limit, code):
    folder = tmp_path_factory.mktemp("runner")
    project.write_test(f"""
@pytest.mark.mcusim_budget(cycles={limit})
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")
""")
    done = run_tests(project, folder)
    results = folder / "mcusim-results"
    kept = sorted(path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file())

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"exit-code={code}\nresults={results}\n" == (folder / "output").read_text()
    assert [
        "junit.xml",
        "recordings/test_it/test_it.html",
        "recordings/test_it/test_it.mcusim",
        "summary.md",
    ] == kept
    assert (results / "summary.md").read_text() == (folder / "step.md").read_text()


def schema_problems(tmp_path: Path, schema: str, text: str) -> str:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is in the 'test' extra")
    path = tmp_path / "it.yml"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_githubs_schema_accepts_the_action(tmp_path):
    text = (ACTION / "action.yml").read_text(encoding="utf-8")

    assert "" == schema_problems(tmp_path, "github-actions", text)
    assert "" != schema_problems(
        tmp_path, "github-actions", text.replace("using: composite", "using: composed")
    )


def test_githubs_schema_accepts_the_pages_workflows_and_they_use_the_action(tmp_path):
    workflows = [fence.body for fence in fences(PAGE) if fence.language == "yaml"]

    assert len(workflows) >= 1
    assert [""] * len(workflows) == [
        schema_problems(tmp_path, "github-workflows", each) for each in workflows
    ]
    assert "/.github/actions/mcusim@" in workflows[0]
    assert "pull-requests: write" in workflows[0]
