"""The error bands of cycles."""

from __future__ import annotations

import pytest

from mcusim.analysis.timing_error import core_errors, timing_error
from mcusim.errors import DataFileError
from mcusim.timing import CORES


def test_every_core_with_a_pipeline_model_has_an_error_band():
    """Else its first report would fail after the whole run."""
    assert set(CORES) <= {row.core for row in core_errors()}


def test_an_unknown_core_is_an_error_that_names_it():
    """A band of nothing would look like certainty."""
    with pytest.raises(DataFileError, match="cortex-x9"):
        timing_error("cortex-x9", None, uses_flash=False)


def test_a_band_without_a_source_is_refused(tmp_path):
    """Every constant says where it is from: good row first, bad second."""
    file = tmp_path / "bands.toml"
    good = '[[core]]\nname = "a"\nerror_percent = 1.0\nbasis = "measured"\nsource = "s"\n'
    file.write_text(good + '[[core]]\nname = "b"\nerror_percent = 1.0\nbasis = "measured"\n')

    with pytest.raises(DataFileError, match="'source' is missing"):
        core_errors(file)
