"""A recording priced anew is the run under the new conditions, without running: on the bundled sample."""

from __future__ import annotations

import pytest

from mcusim.cli.main import main
from mcusim.recorded.store import load
from mcusim.shipped import shipped_dir

SAMPLES = shipped_dir("firmware_samples")
CONDITIONS = ["--supply", "1.8V", "--temperature", "60C"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "run.mcusim"
    assert main(["run", "digits_cnn", "-o", str(path), "--quiet"]) == 0
    return path


def test_another_supply_and_temperature_give_the_report_of_a_run_under_them(recording, tmp_path, monkeypatch):
    ran, priced = tmp_path / "ran.json", tmp_path / "priced.json"
    main(["run", "digits_cnn", *CONDITIONS, "--json", str(ran), "--quiet"])
    monkeypatch.setattr("mcusim.session.simulate", None)  # nothing may run now

    assert main(["report", str(recording), *CONDITIONS, "-o", str(priced)]) == 0
    assert ran.read_bytes() == priced.read_bytes()


def test_pricing_changes_energy_in_the_profile_and_no_cycle(recording, tmp_path):
    from mcusim.session import repriced

    run = load(recording)
    elf = SAMPLES / "digits_cnn" / "nucleo_l4r5zi.elf"
    same = repriced(run, run.conditions, elf)

    assert run == same


def test_another_firmware_is_refused(recording, capsys):
    other = SAMPLES / "digits_cnn" / "generic_m4.elf"

    assert main(["report", str(recording), "--supply", "1.8V", "--firmware", str(other)]) == 2
    assert "is not the firmware of this recording" in capsys.readouterr().err


def test_a_power_model_of_another_chip_is_refused(recording, capsys):
    assert main(["report", str(recording), "--power-model", "stm32f446re"]) == 2
    assert "stm32f446re" in capsys.readouterr().err
