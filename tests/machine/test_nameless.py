"""Firmware without names: functions by address, and the layers of a network inside of wrappers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.cli.main import main
from tests.machine.firmware import Firmware

NAMED = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    wrapper
    e7fe        b     .
wrapper:
    b510        push  {r4, lr}
    f000 f801   bl    inner
    bd10        pop   {r4, pc}
inner:
    b510        push  {r4, lr}
    f000 f805   bl    conv
    f000 f807   bl    pool
    f000 f801   bl    conv
    bd10        pop   {r4, pc}
conv:
    20c8        movs  r0, #200
    3801        subs  r0, #1
    d1fd        bne   .-2
    4770        bx    lr
pool:
    2064        movs  r0, #100
    3801        subs  r0, #1
    d1fd        bne   .-2
    4770        bx    lr
"""
)
NAMELESS = replace(NAMED, is_stripped=True)
SUB = {name: f"sub_{NAMED.addr(name):08X}" for name in ("wrapper", "inner", "conv", "pool")}
LAYERS = [(0, "conv"), (1, "pool"), (2, "conv")]


def layers_of(report) -> list[tuple[int, str]]:
    return [(each["index"], each["name"]) for each in report["network"]["layers"] if each["kind"] == "layer"]


def test_the_layers_inside_of_a_wrapper_are_found(run_command):
    _, report = run_command(NAMED, "--inference", "wrapper")

    assert (LAYERS, "wrapper", "inner") == (
        layers_of(report),
        report["network"]["inference_function"],
        report["network"]["wrapped_function"],
    )


@pytest.mark.parametrize(
    "spelling", [SUB["wrapper"], SUB["wrapper"].lower(), f"0x{NAMED.addr('wrapper') | 1:x}"]
)
def test_without_names_the_inference_is_given_by_its_address(run_command, spelling):
    _, named = run_command(NAMED, "--inference", "wrapper")
    _, nameless = run_command(NAMELESS, "--inference", spelling)

    assert [(place, SUB[name]) for place, name in LAYERS] == layers_of(nameless)
    assert (SUB["wrapper"], SUB["inner"]) == (
        nameless["inference"]["function"],
        nameless["network"]["wrapped_function"],
    )
    assert named["inference"]["cycles"] == nameless["inference"]["cycles"]


def test_the_users_layers_are_not_looked_for_elsewhere(run_command):
    _, report = run_command(NAMELESS, "--inference", SUB["wrapper"], "--layer", SUB["pool"])

    assert [(0, SUB["pool"])] == layers_of(report)
    assert "" == report["network"]["wrapped_function"]


def test_a_network_whose_callees_tell_enough_is_no_wrapper(run_command):
    _, report = run_command(NAMED, "--inference", "inner")

    assert (LAYERS, "") == (layers_of(report), report["network"]["wrapped_function"])


def test_a_wrapped_leaf_is_one_layer(run_command):
    """One callee that calls nothing: there is nothing more to tell."""
    listing = NAMED.listing.replace(
        "    f000 f807   bl    pool\n    f000 f801   bl    conv\n", "    bf00 bf00 bf00 bf00  nop\n"
    )
    _, report = run_command(replace(NAMED, listing=listing), "--inference", "wrapper")

    assert ([(0, "inner")], "") == (layers_of(report), report["network"]["wrapped_function"])


@pytest.mark.parametrize("firmware", [NAMED, NAMELESS], ids=["named", "nameless"])
def test_a_region_and_the_end_are_given_by_address(run_command, firmware):
    """Two loops of 200 and one of 100 rounds would be the rest of the inference."""
    _, report = run_command(firmware, "--roi", SUB["conv"], "--until", SUB["pool"])

    assert ("until", 1) == (report["stop"]["reason"], report["inference"]["count"])


def test_a_function_that_a_symbol_covers_begins_where_the_user_says(run_command):
    """A symbol table with gaps: what lies between two symbols seems to belong to the first."""
    listing = NAMED.listing.replace("\nconv:\n", "\n").replace("\npool:\n", "\n")
    _, report = run_command(replace(NAMED, listing=listing), "--roi", SUB["conv"])

    assert (SUB["conv"], 2) == (report["inference"]["function"], report["inference"]["count"])


def test_explain_shows_all_blocks_of_a_function_without_a_name(tmp_path, capsys):
    path = tmp_path / "firmware.elf"
    path.write_bytes(NAMELESS.elf())
    main(["explain", str(path), SUB["pool"], "--board", "generic_m4"])
    text = capsys.readouterr().out

    for part in ("movs r0, #0x64", "subs r0, #1", "bx lr", "1 call, 303 cycles of its own"):
        assert part in " ".join(
            text.split()
        )  # 1 + 100 x (subs, bne) + 99 x 1 refill + 1 + 2: the loop of 100 rounds


def test_a_name_that_firmware_without_names_cannot_have_gets_the_way_out(tmp_path, capsys):
    path = tmp_path / "firmware.elf"
    path.write_bytes(NAMELESS.elf())

    assert main(["run", str(path), "--board", "generic_m4", "--roi", "infer"]) != 0
    assert "--roi sub_08001234" in " ".join(capsys.readouterr().err.split())


def test_an_address_without_code_is_refused(tmp_path, capsys):
    path = tmp_path / "firmware.elf"
    path.write_bytes(NAMELESS.elf())

    assert main(["run", str(path), "--board", "generic_m4", "--roi", "sub_0A000000"]) != 0
    assert "there is no code at 'sub_0A000000'" in capsys.readouterr().err


def test_a_run_without_names_says_that_addresses_name_functions(run_command):
    _, report = run_command(NAMELESS)

    assert any("by its address, as in --inference sub_08001234" in each for each in report["warnings"])
