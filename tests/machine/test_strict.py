"""--strict ends a run at the first loop that waits for a bit that nothing models."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware

WAITS = """
@ cortex-m4
Reset_Handler:
    f240 0310   movw  r3, #0x0010
    f2c4 0301   movt  r3, #0x4001
wait:
    6818        ldr   r0, [r3]
    f410 3f00   tst   r0, #0x20000
    d0fb        beq   wait
    be00        bkpt  #0
"""


def test_a_strict_run_ends_where_the_loop_waits(run_command):
    exit_code, report = run_command(Firmware(WAITS), "--strict")

    assert (3, "strict_poll") == (exit_code, report["stop"]["reason"])
    assert "bit 17 of register 0x40010010" in report["stop"]["detail"]
    assert ["bit 17"] == report["polls"][0]["bits"]


def test_without_strict_the_loop_is_let_through_and_named(run_command):
    _, report = run_command(Firmware(WAITS))

    assert "breakpoint" == report["stop"]["reason"]
    assert any("waited for bit 17 of register 0x40010010" in each for each in report["warnings"])


@pytest.mark.parametrize("name", ["RCC.CR"])
def test_an_svd_file_names_register_and_bit(name, run_command, tmp_path):
    svd = tmp_path / "chip.svd"
    svd.write_text(
        "<device><name>X</name><peripherals><peripheral><name>RCC</name><baseAddress>0x40010010</baseAddress>"
        "<registers><register><name>CR</name><addressOffset>0</addressOffset><fields><field><name>READY</name>"
        "<bitOffset>17</bitOffset><bitWidth>1</bitWidth></field></fields></register></registers></peripheral>"
        "</peripherals></device>"
    )
    _, report = run_command(Firmware(WAITS), "--svd", str(svd))

    assert name == report["unmodelled"][0]["register"]
    assert (name, ["READY"]) == (report["polls"][0]["register"], report["polls"][0]["bits"])
