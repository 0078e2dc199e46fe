"""A recording's meaning: latency, energy, kernels and warnings of the hand-made run (tests/unit/conftest.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.build import build_report
from mcusim.recording.recording import CallNode, Phase, SatisfiedPoll, Stop, UnmodelledAccess
from mcusim.report.report import Report


@pytest.fixture
def built(image, board, power_model, run_request):
    """build_report with parts of the hand-made run replaced."""

    def build(recording, *, board=board, power_model=power_model, request=run_request) -> Report:
        return build_report(recording, image, board, power_model, request)

    return build


def test_cycles_are_the_mean_of_the_calls_with_their_spread(report):
    """Calls of 4000 and 4200 cycles."""
    inference = report.inference

    assert (
        inference.calls_count,
        inference.cycles,
        inference.min_cycles,
        inference.max_cycles,
    ) == (2, 4100, 4000, 4200)


def test_a_mean_that_is_no_integer_stays_exact(recording, built):
    """8201 cycles in 2 calls."""
    assert built(replace(recording, region_cycles=8_201)).inference.cycles == 4100.5


def test_latency_is_cycles_over_the_clock_they_ran_at(report):
    """4100 cycles at 160 MHz."""
    assert pytest.approx(4100 / 160e6) == report.inference.latency_s


def test_latency_of_a_call_across_a_clock_change_counts_each_part_at_its_clock(recording, built):
    """The first call is moved to begin 100 cycles before the clock goes from 16 to 160 MHz at cycle 500."""
    first, second = recording.region_calls
    calls = (replace(first, begin_cycles=400, end_cycles=4_400), second)

    latency_s = built(replace(recording, region_calls=calls)).inference.latency_s

    assert pytest.approx((100 / 16e6 + (3_900 + 4_200) / 160e6) / 2) == latency_s


def test_latency_of_calls_beyond_the_listed_ones_is_scaled(recording, built):
    """1000 calls of which two are listed: the mean of the listed ones holds."""
    many = replace(recording, region_calls_count=1_000, region_cycles=4_100_000)

    assert pytest.approx(4100 / 160e6) == built(many).inference.latency_s


def test_the_band_adds_the_errors_of_core_and_slow_flash(report):
    """Cortex-M4 3 % (error_bands.toml) + flash interface 4 % (the hand-made board), as flash has 5 wait states."""
    inference = report.inference

    assert inference.cycles_error_percent == 7.0
    assert pytest.approx((4100 * 0.93, 4100 * 1.07)) == (inference.low_cycles, inference.high_cycles)


def test_flash_adds_its_error_without_wait_states_too(recording, built):
    """Fetch and data share the flash: kernels with tables in flash show it at 0 wait states."""
    phases = tuple(replace(phase, flash_wait_cycles=0) for phase in recording.phases)

    assert built(replace(recording, phases=phases)).inference.cycles_error_percent == 3.0 + 4.0


def test_a_clock_beyond_the_chip_is_warned_of(recording, built):
    phases = tuple(replace(phase, clock_hz=1_000_000_000) for phase in recording.phases)

    warnings = built(replace(recording, phases=phases)).warnings

    assert any("the chip is specified up to" in each for each in warnings)


def test_what_the_user_changed_for_the_run_is_in_the_report(recording, built, run_request):
    changed = replace(run_request, settings=(("flash.wait_states", 0),), ignored=("load-use",))

    assert built(recording, request=changed).what_if == ("flash.wait_states=0", "load-use ignored")
    assert built(recording).what_if == ()


def test_code_in_ram_is_not_charged_with_the_error_of_flash(recording, built):
    """Every function moved to RAM, flash wait states left on."""
    functions = tuple(
        replace(each, addr=0x2000_0000 + 0x100 * index) for index, each in enumerate(recording.functions)
    )
    moved = replace(recording, functions=functions, region_name="infer")

    assert built(moved).inference.cycles_error_percent == 3.0


def test_energy_is_supply_times_current_times_time_by_state(report):
    """Per call: 3515 cycles from flash with prefetch, 500 from RAM, 85 asleep; at 3.3 V and 160 MHz."""
    charge_c = (3515 * 0.020 + 500 * 0.010 + 85 * 0.005) / 160e6

    assert pytest.approx(3.3 * charge_c) == report.inference.energy_j.value


def test_the_energy_band_combines_current_and_time(report):
    """Currents 0.9 to 1.2 times the table's, time ±7 %."""
    energy = report.inference.energy_j

    assert pytest.approx(0.9 * 0.93 * energy.value) == energy.low
    assert pytest.approx(1.2 * 1.07 * energy.value) == energy.high


def test_energy_has_the_weakest_basis_of_its_inputs(recording, built, board):
    """Currents from a datasheet; a flash interface that is an assumption makes the energy one."""
    interface = board.chip.flash_interface
    assumed = replace(
        interface, provenance=replace(interface.provenance, basis=type(interface.provenance.basis)("assumed"))
    )
    guessed = replace(board, chip=replace(board.chip, flash_interface=assumed))

    assert built(recording).inference.energy_j.basis == "datasheet"
    assert built(recording, board=guessed).inference.energy_j.basis == "assumed"


def test_the_currents_name_their_tables_dearest_first(report):
    """What the region ran in: flash with prefetch, RAM, sleep."""
    assert tuple(use.source for use in report.energy.currents) == (
        "table run flash_prefetch",
        "table run ram",
        "table sleep any",
    )


@pytest.mark.parametrize(
    ("prefetch", "cache", "source"),
    [
        (True, True, "table run flash_prefetch"),
        (False, True, "table run flash"),
        (True, False, "table run flash_uncached"),
        (False, False, "table run flash_uncached"),
    ],
)
def test_the_flash_setting_chooses_the_current(recording, built, prefetch, cache, source):
    """Datasheets list the run current by prefetch and cache: DS10693 tables 23 to 25."""
    phases = tuple(
        replace(phase, is_prefetch_on=prefetch, is_instruction_cache_on=cache) for phase in recording.phases
    )

    assert source == built(replace(recording, phases=phases)).energy.currents[0].source


def test_stop_cycles_draw_the_stop_current(recording, built):
    """The same 170 cycles of sleep in the region, 0.1 mA instead of 5 mA: 85 per call."""
    first, second = recording.phases
    deep = replace(recording, phases=(first, replace(second, sleep_cycles=0, stop_cycles=840)))

    saved_j = built(recording).inference.energy_j.value - built(deep).inference.energy_j.value

    assert pytest.approx(3.3 * 85 * (0.005 - 0.0001) / 160e6) == saved_j


def test_the_supply_of_the_request_replaces_the_boards(recording, built, run_request):
    """An LDO draws the same current at 1.8 V: energy scales with the voltage."""
    low = built(recording, request=replace(run_request, supply_v=1.8))

    assert low.supply_v == 1.8
    assert (
        pytest.approx(1.8 / 3.3 * built(recording).inference.energy_j.value) == low.inference.energy_j.value
    )


def test_kernels_are_sorted_by_cost_and_sum_to_the_inference(report):
    """Per call: conv 3000, fully_connected 500, requantize 400, infer 100, asleep 85, interrupts 15."""
    assert [(kernel.name, kernel.self_cycles) for kernel in report.kernels] == [
        ("conv", 3000),
        ("fully_connected", 500),
        ("requantize", 400),
        ("infer", 100),
        ("sleep", 85),
        ("interrupts", 15),
    ]
    assert report.inference.cycles == sum(kernel.self_cycles for kernel in report.kernels)
    assert pytest.approx(1.0) == sum(kernel.share_ratio for kernel in report.kernels)


def test_the_energies_of_the_kernels_sum_to_the_inference(report):
    """Nothing is left out or counted twice."""
    total_j = sum(kernel.energy_j.value for kernel in report.kernels)

    assert pytest.approx(report.inference.energy_j.value) == total_j


def test_kernels_leave_out_what_runs_outside_the_region(report):
    """requantize is also called by main: 9 calls in the run, 8 in two inferences."""
    (kernel,) = [each for each in report.kernels if each.name == "requantize"]
    (function,) = [each for each in report.functions if each.name == "requantize"]

    assert (kernel.calls_count, function.calls_count) == (4, 9)


def test_self_cycles_of_the_functions_sum_to_the_active_cycles(report):
    """9160 active cycles of 10000."""
    assert 9160 == report.totals.active_cycles == sum(each.self_cycles for each in report.functions)


def test_the_energies_of_the_functions_and_of_sleep_sum_to_the_run(report, recording):
    """840 cycles asleep at 5 mA."""
    asleep_j = 3.3 * 840 * 0.005 / 160e6
    functions_j = sum(each.energy_j.value for each in report.functions)

    assert pytest.approx(report.totals.energy_j.value) == functions_j + asleep_j


def test_the_run_takes_as_long_as_its_phases(report):
    """500 cycles at 16 MHz and 9500 at 160 MHz."""
    assert pytest.approx(500 / 16e6 + 9500 / 160e6) == report.totals.time_s


def test_the_whole_run_as_region_groups_the_handlers(recording, built, run_request):
    """SysTick's 60 cycles are the interrupts row; 840 are asleep; all rows sum to the 10000 cycles."""
    whole = replace(
        recording,
        region_kind="whole",
        region_name="(whole run)",
        region_calls_count=0,
        region_cycles=0,
        region_calls=(),
    )

    report = built(whole, request=replace(run_request, roi=None))

    rows = {kernel.name: kernel.self_cycles for kernel in report.kernels}
    assert 10_000 == report.inference.cycles == sum(rows.values())
    assert (rows["interrupts"], rows["sleep"]) == (60, 840)


def test_a_pair_measures_the_phases_between_its_two_places(recording, built):
    """Phase 2 is inside: 9500 cycles in two passes, each 4750 at 160 MHz."""
    first, second = recording.phases
    pair = replace(
        recording,
        region_kind="pair",
        region_name="a … b",
        region_cycles=9_500,
        region_calls=(),
        phases=(first, replace(second, in_region=True)),
    )

    inference = built(pair).inference

    assert (inference.calls_count, inference.cycles) == (2, 4750)
    assert pytest.approx(4750 / 160e6) == inference.latency_s


def test_a_function_is_found_by_any_of_its_names(recording, image, board, power_model, run_request):
    """The recording calls it infer, the user said _Z5inferv: the symbol at its address decides."""
    symbols = tuple(
        replace(symbol, linkage_name="_Z5inferv") if symbol.name == "infer" else symbol
        for symbol in image.symbols
    )
    named = replace(recording, region_name="_Z5inferv")

    report = build_report(named, replace(image, symbols=symbols), board, power_model, run_request)

    assert report.kernels[0].name == "conv"


def test_a_region_that_was_never_reached_has_no_numbers_but_a_warning(recording, built):
    """Null, not zero: zero would read as very fast."""
    never = replace(recording, region_name="classify", region_calls_count=0, region_cycles=0, region_calls=())

    report = built(never)

    assert (
        report.inference.cycles,
        report.inference.latency_s,
        report.inference.energy_j,
    ) == (None, None, None)
    assert any("'classify' was never reached" in warning for warning in report.warnings)


def test_a_function_that_never_returned_has_no_latency_but_kernels(recording, built):
    """Cut off inside infer(): a partial mean would be wrong, the shares are still of use."""
    cut = replace(
        recording,
        region_calls_count=0,
        region_cycles=0,
        region_calls=(),
        stop=Stop("max_cycles", "", 0x0800_0400),
    )

    report = built(cut)

    assert report.inference.cycles is None
    assert not report.inference.is_complete
    assert report.kernels[0].name == "conv"
    assert any("had not returned when the run stopped" in warning for warning in report.warnings)
    assert any("cut off by mcusim's own limit" in warning for warning in report.warnings)


def test_a_main_that_never_returns_is_measured_up_to_the_stop(recording, built, run_request):
    """while (1) in main is the usual firmware: 900 + 8000 + 100 cycles below main."""
    endless = replace(
        recording,
        region_kind="main",
        region_name="main",
        region_calls_count=0,
        region_cycles=0,
        region_calls=(),
    )

    report = built(endless, request=replace(run_request, roi=None))

    assert (report.inference.cycles, report.inference.is_complete) == (9_000, False)
    assert any("name it with --inference" in warning for warning in report.warnings)


def test_an_unfinished_call_does_not_inflate_the_finished_ones(recording, built):
    """One finished call of 4000 cycles; the tree also holds the second one, so shares are scaled to sum to 1."""
    one = replace(
        recording,
        region_calls_count=1,
        region_cycles=4_000,
        region_calls=recording.region_calls[:1],
        region_cycles_max=4_000,
    )

    report = built(one)

    assert pytest.approx(4_000) == sum(kernel.self_cycles for kernel in report.kernels)
    assert pytest.approx(1.0) == sum(kernel.share_ratio for kernel in report.kernels)
    assert any("shapes the shares of the kernels" in warning for warning in report.warnings)


def test_without_a_power_model_energies_are_null_and_a_warning_says_why(recording, built, board):
    """A generic board is no product: it draws no current."""
    generic = replace(board, power_model="", no_power_reason="an ideal memory is no product")

    report = built(recording, board=generic, power_model=None)

    assert report.energy is None
    assert report.inference.energy_j is None
    assert all(each.energy_j is None for each in (*report.functions, *report.kernels))
    assert "no energy: an ideal memory is no product" in report.warnings


def test_a_clock_outside_the_current_table_is_a_warning(recording, built):
    """The region runs at 80 MHz, the table has 160 MHz: the estimate interpolates to 16 MHz only without prefetch."""
    phases = tuple(replace(phase, clock_hz=320_000_000) for phase in recording.phases)

    report = built(replace(recording, phases=phases))

    assert any("no run current at 320 MHz" in warning for warning in report.warnings)
    assert report.inference.energy_j.basis == "assumed"


def test_a_loop_that_was_let_through_is_named_with_register_bits_and_function(recording, built):
    """The report must say which register and bit were not modelled."""
    polled = replace(
        recording,
        unmodelled=(UnmodelledAccess(0x4000_3804, "SPI1", 7, 1),),
        polls=(SatisfiedPoll(0x4000_3808, 0x2, 0x0800_0204, 0x2),),
    )

    warnings = "\n".join(built(polled).warnings)

    assert "1 register not modelled, only remembered: SPI1" in warnings
    assert "main (0x08000204) waited for bit 1 of register 0x40003808" in warnings


def test_a_failing_exit_status_is_a_warning(recording, built):
    """Firmware's own failure is not mcusim's, but nobody should miss it."""
    failed = replace(recording, stop=Stop("exit", "", 0, exit_status=1))

    assert "the firmware exited with status 1" in built(failed).warnings


def test_a_variable_that_is_not_a_number_becomes_null(recording, built):
    """JSON has no NaN."""
    odd = replace(recording, variables=(("g_loss", float("nan")), ("g_scores", (1.0, float("inf")))))

    report = built(odd)

    assert report.variables == (("g_loss", None), ("g_scores", (1.0, None)))
    assert "variable 'g_loss' holds nan, shown as null" in report.warnings


def test_cycles_that_belong_to_no_function_are_not_hidden(recording, built):
    """A recorder that loses cycles must be seen."""
    lossy = replace(recording, calls=(replace(recording.calls[0], self_cycles=90), *recording.calls[1:]))

    assert any("10 active cycles belong to no function" in warning for warning in built(lossy).warnings)


def test_a_firmware_that_faulted_at_once_still_has_a_report(recording, built):
    """Nothing ran: no phases, no calls, no clock to divide by."""
    empty = replace(
        recording,
        total_cycles=0,
        sleep_cycles=0,
        instructions_count=0,
        calls=(),
        phases=(),
        region_calls_count=0,
        region_cycles=0,
        region_calls=(),
        stop=Stop("fault", "no stack", 0),
    )

    report = built(empty)

    assert (report.totals.cycles, report.totals.time_s, report.clock_hz) == (0, 0.0, 16_000_000)
    assert report.kernels == ()


def test_the_nameless_root_of_a_context_is_no_function(recording, built):
    """Recorders may keep a root node per context that is called by nobody and costs nothing."""
    nodes = (*recording.calls, CallNode(-1, -1, "thread", 0, 0))
    phases = tuple(replace(phase, node_cycles=(*phase.node_cycles, 0)) for phase in recording.phases)

    names = [each.name for each in built(replace(recording, calls=nodes, phases=phases)).functions]

    assert "(unknown)" not in names


def test_phases_that_differ_only_in_the_region_are_shown_as_one(recording, built):
    """--roi-begin/--roi-end cut the run at every pass; the clock did not change there."""
    first, second = recording.phases
    half = Phase(5_000, 160_000_000, 5, True, True, 0, 0, 0, True, (0,) * 8)

    assert len(built(replace(recording, phases=(first, second, half))).phases) == 2


def test_the_same_recording_gives_the_same_report(recording, built):
    """No clock, no order by chance."""
    assert built(recording) == built(recording)


def test_cutting_a_phase_in_pieces_changes_nothing(recording, built):
    """A clock register written twice with the same value, or a stretch passed often, is no new hardware state."""
    first, second = recording.phases
    front = replace(second, active_cycles=660, sleep_cycles=40, node_cycles=(0, 500, 0, 0, 0, 0, 60, 100))
    back = replace(
        second,
        begin_cycles=1_200,
        active_cycles=8_000,
        sleep_cycles=800,
        node_cycles=(0, 0, 200, 6000, 800, 1000, 0, 0),
    )

    assert built(replace(recording, phases=(first, front, back))) == built(recording)
