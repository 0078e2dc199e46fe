"""Every view of a stored run comes at once: that is what storing it is for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mcusim.cli.main import main
from mcusim.render.formats import FORMATS

resource = pytest.importorskip("resource", reason="processor time of a process: POSIX")

MOST_S = 2.0
"""Processor time: other work on the machine does not count, and a view on a terminal waits for nothing else."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "run.mcusim"
    assert main(["run", "digits_cnn", "-o", str(path), "--quiet"]) == 0
    return path


def processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    "words",
    [*(["report", "--format", name] for name in FORMATS), ["annotate", "--asm"], ["explain", "softmax_s8"]],
    ids=" ".join,
)
def test_a_view_takes_less_than_two_seconds(words, recording):
    command, *options = words
    begin_s = processor_s()
    done = subprocess.run(
        [sys.executable, "-m", "mcusim", command, str(recording), *options], capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout
    assert processor_s() - begin_s < MOST_S


def test_help_comes_within_a_third_of_a_second():
    """The best of three: an interpreter alone takes some hundredths."""
    times_s = []
    for _ in range(3):
        begin_s = processor_s()
        subprocess.run([sys.executable, "-m", "mcusim", "--help"], capture_output=True, check=True)
        times_s.append(processor_s() - begin_s)

    assert min(times_s) < 0.3


def test_help_imports_nothing_heavy():
    """Each of these takes longer than all the rest of the help."""
    heavy = "numpy unicorn capstone elftools rich msgspec matplotlib jinja2 dask distributed perfetto google tflite"
    code = (
        "import sys\nfrom mcusim.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({heavy.split()!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"
