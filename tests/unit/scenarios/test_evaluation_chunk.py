"""The process that evaluates inputs ends without a word when the one that started it is gone."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

WHOLE = pickle.dumps(tuple(range(1000)))


@pytest.mark.parametrize("sent", [b"", WHOLE[:-1]])
def test_half_an_order_is_no_order(sent):
    """Ctrl-C ends the program that writes it; its traceback would follow "mcusim: interrupted"."""
    entry = "from mcusim.scenarios.evaluation_chunk import main; main()"
    done = subprocess.run([sys.executable, "-c", entry], input=sent, capture_output=True, check=False)

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
