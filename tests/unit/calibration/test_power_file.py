"""A power model that is written and read again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.calibration.power_file import power_model_toml
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Fit


def plain(model):
    """The model without what a file cannot keep: its path, and the last bit of its numbers."""

    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.12g}")
        if hasattr(value, "__dataclass_fields__"):
            return {name: rounded(getattr(value, name)) for name in value.__dataclass_fields__}
        if isinstance(value, tuple):
            return [rounded(each) for each in value]
        return value

    return rounded(replace(model, path=""))


@pytest.mark.parametrize("name", power_model_names())
def test_every_shipped_model_survives_being_written_and_read(name, tmp_path):
    model = load_power_model(name)
    model = replace(model, fits=(Fit("ab" * 32, 'a "quoted" trace.csv — 3 inferences', 3, 0.0123),))
    path = tmp_path / "copy.toml"
    path.write_text(power_model_toml(model), encoding="utf-8")

    assert plain(model) == plain(load_power_model(str(path)))
