"""Sweeps of real runs: re-priced rows are what runs of their own give, and energy is voltage times charge."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from mcusim.analysis.power_settings import with_clock_range
from mcusim.errors import UsageError
from mcusim.recording.recording import DeepSleep, Stop
from mcusim.report.request import RunRequest
from mcusim.report.serialise import to_json
from mcusim.report.sweep import REPRICED, RUN
from mcusim.scenarios.sweep_plan import SweepWish, plan
from mcusim.scenarios.sweep_run import priced, retimed, run_sweep
from mcusim.session import board_and_image, measure, simulate
from mcusim.shipped import shipped_dir
from tests.machine.firmware import Firmware

SAMPLE = shipped_dir("firmware_samples") / "digits_cnn"
MHZ = 1_000_000
LOOP = """
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b500        push  {lr}
    f000 f801   bl    inference
    bd00        pop   {pc}
inference:
    2064        movs  r0, #100
.again:
    3801        subs  r0, #1
    d1fd        bne   .again
    4770        bx    lr
"""
"""Ends by itself, and asks nobody for the time."""


def elf_of(board):
    from mcusim.firmware.samples import find_sample

    return find_sample("digits_cnn").elf_for(board)


def wish(*boards, **axes):
    base = RunRequest(elf_of(boards[0]), boards[0], max_seconds=0.05, needs_layers=False)
    return SweepWish(base, boards, {each: elf_of(each) for each in boards}, **axes)


@cache
def swept():
    """Two chips at two clocks and two supplies, weights in both memories."""
    axes = {
        "clocks_hz": (96 * MHZ,),
        "supplies_v": (1.8, 3.0),
        "settings": (("weights", ("flash", "ram")),),
    }
    return wish("nucleo_l4r5zi", "nucleo_u575zi_q", **axes)


@cache
def sweep():
    return run_sweep(swept())


def test_every_row_of_a_sweep_is_what_a_run_of_its_own_gives():
    """Also the re-priced ones, to the last digit."""
    alone = []
    for row, planned in zip(sweep().rows, plan(swept()), strict=True):
        report = measure(planned.request)
        alone.append((row.result.cycles, row.result.latency_s, row.result.energy_j, row.result.warnings))
        assert alone[-1] == (
            report.inference.cycles,
            report.inference.latency_s,
            report.inference.energy_j,
            report.warnings,
        ), row.row_number
    assert {RUN, REPRICED} == {row.obtained for row in sweep().rows}


def test_supply_costs_no_run_and_weights_do():
    """Boards slowest, then supplies, then weights."""
    assert [RUN, RUN, REPRICED, REPRICED] * 2 == [row.obtained for row in sweep().rows]


def test_energy_is_supply_times_the_sum_of_current_times_time():
    for row in sweep().rows:
        result = row.result
        charge_c = sum(each.current_a.value * each.time_s for each in result.currents) / result.calls_count

        assert result.energy_j.value == pytest.approx(result.supply_v * charge_c, rel=1e-6), row.row_number
        assert result.energy_j.low <= result.energy_j.value <= result.energy_j.high


def test_the_times_of_the_currents_add_up_to_the_latency():
    for row in sweep().rows:
        total_s = sum(each.time_s for each in row.result.currents) / row.result.calls_count

        assert row.result.latency_s == pytest.approx(total_s, rel=1e-6), row.row_number


def test_weights_in_ram_are_part_of_the_peak():
    by_weights = {dict(row.point.settings)["weights"]: row.result for row in sweep().rows[:2]}

    assert by_weights["ram"].peak_ram_bytes > by_weights["flash"].peak_ram_bytes
    assert by_weights["ram"].cycles < by_weights["flash"].cycles


def test_the_number_of_processes_changes_nothing():
    small = wish("nucleo_l4r5zi", "nucleo_u575zi_q", clocks_hz=(48 * MHZ, 96 * MHZ))

    assert run_sweep(small) == run_sweep(small, jobs_count=2)


def test_boards_with_equal_chips_share_a_run(tmp_path):
    """Another product with the same chip and wiring."""
    shipped = (shipped_dir("boards") / "nucleo_l4r5zi.toml").read_text(encoding="utf-8")
    twin = tmp_path / "twin.toml"
    twin.write_text(shipped.replace('name = "nucleo_l4r5zi"', 'name = "twin"'), encoding="utf-8")
    boards = ("nucleo_l4r5zi", str(twin))
    base = RunRequest(elf_of(boards[0]), boards[0], max_seconds=0.02, needs_layers=False)
    rows = run_sweep(SweepWish(base, boards, dict.fromkeys(boards, elf_of(boards[0])))).rows

    assert [RUN, REPRICED] == [each.obtained for each in rows]
    assert rows[0].result == rows[1].result


# --- another clock without another run ---


def loop(tmp_path, clock_mhz, listing=LOOP, **options):
    path = tmp_path / "loop.elf"
    path.write_bytes(Firmware(listing).elf())
    options = {"clock_hz": clock_mhz * MHZ, "settings": (("flash.wait_states", 4),), **options}
    return RunRequest(path, "nucleo_l4r5zi", roi="inference", **options)


def recording_of(request):
    return simulate(request, *board_and_image(request))


def test_a_recording_at_another_clock_is_what_a_run_there_records(tmp_path):
    slow, fast = loop(tmp_path, 16), loop(tmp_path, 110)
    again = retimed(recording_of(slow), fast)

    assert again == recording_of(fast)


def test_a_report_at_another_clock_is_byte_for_byte_that_of_a_run_there(tmp_path):
    slow, fast = loop(tmp_path, 16), loop(tmp_path, 110)
    wished = SweepWish(fast, (fast.board,), {fast.board: fast.firmware}, clocks_hz=(110 * MHZ,))
    (planned,) = plan(wished)
    again = retimed(recording_of(slow), fast)
    planned = replace(planned, request=with_clock_range(fast, planned.power_model))

    assert to_json(measure(fast)) == to_json(priced(again, planned, board_and_image(fast)[1]))


def test_a_sweep_of_clocks_with_equal_wait_states_is_one_run(tmp_path):
    base = loop(tmp_path, 16, settings=(("flash.wait_states", 4),))
    wished = SweepWish(
        base, (base.board,), {base.board: base.firmware}, clocks_hz=(16 * MHZ, 40 * MHZ, 60 * MHZ)
    )
    rows = run_sweep(wished).rows

    assert [RUN, REPRICED, REPRICED] == [each.obtained for each in rows]
    assert 1 == len({each.result.cycles for each in rows})
    assert rows[0].result.latency_s == pytest.approx(rows[2].result.latency_s * 60 / 16)


def test_a_sweep_of_clocks_runs_where_wait_states_differ(tmp_path):
    """RM0432, 5.1.8 and 3.3.3: one wait state at 16 MHz in range 2; 40 and 60 MHz have 1 and 2 in range 1."""
    base = loop(tmp_path, 16, settings=())
    clocks_hz = (16 * MHZ, 40 * MHZ, 60 * MHZ)
    rows = run_sweep(SweepWish(base, (base.board,), {base.board: base.firmware}, clocks_hz=clocks_hz)).rows

    waits = [row.result.wait_states_count for row in rows]
    assert len(set(waits)) == [row.obtained for row in rows].count(RUN) > 1


ASKS_FOR_TIME = LOOP.replace(
    "    2064        movs  r0, #100\n",
    """    4804        ldr   r0, [pc, #16]       @ SysTick
    2105        movs  r1, #5              @ on, counting core cycles, without interrupt
    6041        str   r1, [r0, #4]
    6001        str   r1, [r0]
    2064        movs  r0, #100
""",
).replace(
    "    4770        bx    lr\n",
    "    4770        bx    lr\n    46c0        nop\n    e000e010    .word 0xe000e010\n",
)


@pytest.mark.parametrize("listing", [ASKS_FOR_TIME], ids=["SysTick"])
def test_a_run_with_a_timer_is_run_again_at_another_clock(tmp_path, listing):
    recording = recording_of(loop(tmp_path, 16, listing))

    assert recording.uses_time
    assert retimed(recording, loop(tmp_path, 60, listing)) is None


def test_a_run_that_time_has_ended_is_run_again(tmp_path):
    request = loop(tmp_path, 60)
    recording = recording_of(loop(tmp_path, 16))

    for reason in ("max_seconds", "enough_calls"):
        assert retimed(replace(recording, stop=Stop(reason, "", 0)), request) is None
    assert retimed(replace(recording, total_cycles=60 * 60 * MHZ), request) is None, "60 s are the limit"
    assert retimed(replace(recording, total_cycles=60 * MHZ, region_calls_count=10), request) is None
    assert retimed(replace(recording, total_cycles=59 * MHZ, region_calls_count=10), request) is not None
    deep = replace(recording.phases[0], stop_cycles=1, deep=(DeepSleep("stop2", False, 1, 1, 0),))
    assert retimed(replace(recording, phases=(deep,)), request) is None


# --- what cannot be ---


def test_a_firmware_that_faults_is_a_row_that_says_so_and_all_rows_that_fail_are_an_error(tmp_path):
    faults = LOOP.replace("    4770        bx    lr", "    de00        udf   #0")

    base = loop(tmp_path, 16, faults)

    with pytest.raises(UsageError, match="no combination can be run") as caught:
        run_sweep(SweepWish(base, (base.board,), {base.board: base.firmware}))
    assert "the firmware faulted" in caught.value.why
    assert caught.value.fix


def test_firmware_for_another_chip_is_a_row_that_says_so():
    boards = ("nucleo_l4r5zi", "raspberry_pi_pico")
    base = RunRequest(elf_of(boards[0]), boards[0], max_seconds=0.02, needs_layers=False)
    good, bad = run_sweep(SweepWish(base, boards, dict.fromkeys(boards, elf_of(boards[0])))).rows

    assert good.result is not None
    assert "" == bad.obtained
    assert bad.why_not.startswith("the firmware")
