"""Reads the commands and their output out of README and docs, runs them in this process, and can write fresh output.

    python -m tests.doc_commands        replaces every shown output by what the commands print now, and the tables of
                                        options, error bands, runtimes and energies by what program and data files say
    python -m tests.doc_commands PAGE…  the same for these pages only

Blocks marked `console` hold `$ mcusim …` lines, each followed by what it prints (or by nothing). Blocks marked `sh`
hold bare commands. `| head -N`, `| tail -N`, `| grep TEXT` and `| grep -AN TEXT` are understood, and `# exit code N` at
the end of a line says that the command ends with N. A block marked `toml title=FILE` (or csv, srec, xml) is a file that
the page's commands may name, one marked `python title=FILE` a script that is run first, beside the sample's
firmware.elf.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from mcusim.analysis.timing_error import error_bands
from mcusim.cli.main import main
from mcusim.shipped import shipped_dir
from tests.doc_energies import with_energies
from tests.doc_options import with_options
from tests.doc_runtimes import with_runtimes

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(r"^```(\S*)[ ]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BANDS_MARKS = ("<!-- bands of mcusim/analysis/error_bands.toml -->", "<!-- end of bands -->")
_FILE_ENDINGS = (".toml", ".csv", ".s19", ".svd")
_MADE_ENDINGS = (*_FILE_ENDINGS, ".hex", ".bin", "activity.elf", ".mcusim")
_WRITING_OPTIONS = ("--json", "--input", "--output", "--uart-out", "--vcd", "--uart-pty", "-o")
_EXIT_CODE = re.compile(r"\s+# exit code (\d+)$")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block of a page."""

    page: Path
    line_number: int
    language: str
    title: str
    body: str
    body_start: int
    """Offset of the body in the page."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a block and what the page shows of its output."""

    command: str
    exit_code: int
    shown: str
    """Empty when the page shows nothing."""


def pages() -> list[Path]:
    """README and every page below docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def fences(page: Path) -> list[Fence]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Fence(
            page,
            text.count("\n", 0, match.start()) + 1,
            match[1],
            match[2].removeprefix("title="),
            match[3],
            match.start(3),
        )
        for match in _FENCE.finditer(text)
    ]


def steps(fence: Fence) -> list[Step]:
    """The mcusim commands of a `console` or `sh` block."""
    lines = fence.body.splitlines(keepends=True)
    if fence.language == "sh":
        return [_step(line.rstrip("\n"), "") for line in lines if line.startswith("mcusim ")]
    found: list[Step] = []
    if fence.language == "console":
        starts = [index for index, line in enumerate(lines) if line.startswith("$ ")] + [len(lines)]
        for start, end in pairwise(starts):
            command = lines[start].removeprefix("$ ").rstrip("\n")
            if command.startswith("mcusim "):
                found.append(_step(command, "".join(lines[start + 1 : end])))
    return found


def _step(command: str, shown: str) -> Step:
    said = _EXIT_CODE.search(command)
    return Step(_EXIT_CODE.sub("", command), int(said[1]) if said else 0, shown)


def prepare(folder: Path, page: Path) -> None:
    """Put the files that a page's commands name into `folder`."""
    sample = shipped_dir("firmware_samples") / "digits_cnn"
    shutil.copy(sample / "nucleo_l4r5zi.elf", folder / "firmware.elf")
    shutil.copy(sample / "raspberry_pi_pico.elf", folder / "pico.elf")
    model = shipped_dir("firmware_samples") / "activity"
    shutil.copy(model / "model.tflite", folder / "activity.tflite")
    shutil.copy(model / "test_inputs.npy", folder / "activity.npy")
    shutil.copy(model / "test_labels.npy", folder / "activity_labels.npy")
    compression = shipped_dir("firmware_samples") / "compression"
    for each in compression.glob("*.tflite"):
        shutil.copy(each, folder)
    shutil.copy(compression / "test_inputs.npy", folder / "images.npy")
    shutil.copy(compression / "test_labels.npy", folder / "labels.npy")
    (folder / "digits.bin").write_bytes(bytes(640))
    for fence in fences(page):
        if fence.title.endswith(_FILE_ENDINGS):
            (folder / fence.title).write_text(fence.body, encoding="utf-8")
        elif fence.language == "python" and fence.title.endswith(".py"):
            with chdir(folder):
                exec(compile(fence.body, fence.title, "exec"), {})


def run(command: str) -> tuple[int, str]:
    """Exit code and output (errors after results) of a command, in this process and the current folder."""
    first, *filters = (shlex.split(part) for part in command.split(" | "))
    # Runs are repeatable, so what neither writes nor reads files of the page is run once for all pages.
    has_files = any(word.startswith(_WRITING_OPTIONS) or word.endswith(_MADE_ENDINGS) for word in first)
    code, text = (_main if has_files else _main_once)(tuple(first[1:]))
    for each in filters:
        text = _filtered(text, each)
    return code, "".join(line.rstrip() + "\n" for line in text.splitlines())


def _main(arguments: tuple[str, ...]) -> tuple[int, str]:
    # Of bytes below, as a real one: views are written as bytes.
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse's --help and --version
            code = int(ended.code or 0)
    out.seek(0)
    return code, out.read() + err.getvalue()


_main_once = cache(_main)


def _filtered(text: str, words: list[str]) -> str:
    lines = text.splitlines(keepends=True)
    match words:
        case ["head", count]:
            return "".join(lines[: int(count.removeprefix("-"))])
        case ["tail", count]:
            return "".join(lines[-int(count.removeprefix("-")) :])
        case ["grep", wanted]:
            return "".join(line for line in lines if wanted in line)
        case ["grep", after, wanted] if after.startswith("-A"):
            start = next((index for index, line in enumerate(lines) if wanted in line), len(lines))
            return "".join(lines[start : start + 1 + int(after.removeprefix("-A"))])
    raise AssertionError(f"doc_commands.py does not understand the filter {words}")


def _fresh(page: Path, folder: Path) -> str:
    """The page with its shown outputs replaced."""
    prepare(folder, page)
    text = page.read_text(encoding="utf-8")
    found = [fence for fence in fences(page) if fence.language in {"console", "sh"}]
    with chdir(folder):  # in order: a command may read what one before it wrote
        bodies = [_fresh_body(fence) for fence in found]
    for fence, body in zip(reversed(found), reversed(bodies), strict=True):
        text = text[: fence.body_start] + body + text[fence.body_start + len(fence.body) :]
    return text


def _fresh_body(fence: Fence) -> str:
    body = fence.body
    for step in steps(fence):
        output = run(step.command)[1]
        body = body.replace(step.shown, output, 1) if step.shown else body
    return body


def with_error_bands(text: str) -> str:
    """A page with what stands between its marks replaced by the table of the data file; without marks as it is."""
    begin, end = BANDS_MARKS
    if begin not in text:
        return text
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{_bands_table()}{end}{rest.partition(end)[2]}"


def _bands_table() -> str:
    bands = error_bands()
    lines = [
        "| part | programs compared | mean error | worst | band | basis |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in (*bands.cores, *bands.memory_systems):
        count = str(row.programs_count) if row.programs_count else "none yet"
        cells = (row.title, count, _percent(row.mean_error_percent), _percent(row.worst_error_percent))
        lines.append(f"| {' | '.join(cells)} | ±{row.error_percent:g} % | {row.provenance.basis.value} |")
    return "\n".join(lines) + "\n"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2g} %"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    chosen = [Path(each).resolve() for each in sys.argv[1:]]
    for each in chosen or pages():
        with tempfile.TemporaryDirectory() as name:
            text = with_energies(with_runtimes(with_error_bands(with_options(_fresh(each, Path(name))))))
            each.write_text(text, encoding="utf-8")
