"""The process that evaluates inputs ends without a word when the one that started it is gone."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

WHOLE = pickle.dumps(tuple(range(1000)))


@pytest.mark.parametrize("sent", [b"", WHOLE[:-1]])
def test_half_an_order_is_no_order(sent, tmp_path):
    """Ctrl-C ends the program that writes it; its traceback would follow "mcusim: interrupted"."""
    entry = "from mcusim.scenarios.evaluation_chunk import main; main()"
    command = [sys.executable, "-c", entry]
    # Not from here: a checkout beside an installed mcusim has no native core.
    done = subprocess.run(command, input=sent, capture_output=True, check=False, cwd=tmp_path)

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
