"""What a firmware was fed, as the report keeps it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from mcusim.analysis.fed import fed_inputs
from mcusim.report.built import FedInput
from mcusim.report.serialise import from_json, to_json
from mcusim.report.signals import Signals, UartInput

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""FIPS 180-2, appendix B.1."""


def test_a_file_is_known_by_the_checksum_of_its_content(run_request, tmp_path):
    file = tmp_path / "x.bin"
    file.write_bytes(b"abc")
    request = replace(run_request, inputs=(("g_input", file),), signals=Signals(feeds=(("ADC1", file),)))

    assert fed_inputs(request) == (
        FedInput("--input", "g_input", file.as_posix(), 3, SHA256_OF_ABC),
        FedInput("--feed", "ADC1", file.as_posix(), 3, SHA256_OF_ABC),
    )


def test_what_serial_input_waits_for_is_part_of_it(run_request):
    def checksum(after: bytes) -> str:
        signals = Signals(uart_inputs=(UartInput("USART2", b"abc", after),))
        return fed_inputs(replace(run_request, signals=signals))[0].sha256

    assert checksum(b"") == SHA256_OF_ABC
    assert len({checksum(b""), checksum(b">"), checksum(b">>")}) == 3


def test_a_name_that_is_no_file_has_no_checksum(run_request, tmp_path):
    request = replace(run_request, inputs=(("g_input", tmp_path),))

    assert fed_inputs(request) == (FedInput("--input", "g_input", tmp_path.as_posix(), 0, ""),)


def test_a_report_keeps_its_inputs_as_json(report):
    fed = FedInput("--input", "g_input", "x.bin", 3, hashlib.sha256(b"abc").hexdigest())
    changed = replace(report, inputs=(fed,))

    assert from_json(to_json(changed)) == changed
