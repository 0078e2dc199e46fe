"""`--fail-on`: what it understands, when a limit is passed, and when the runs may not be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.compare import compare
from mcusim.analysis.compare_limits import check_allowed, check_comparable, exceeded
from mcusim.errors import UnknownNameError, UsageError
from mcusim.report.change_limit import parsed_limit
from mcusim.report.quantity import Band


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cycles>1%", ("cycles", "", "", ">", 0.01, True)),
        ("cycles > 500", ("cycles", "", "", ">", 500, False)),
        ("cycles>=1.5k", ("cycles", "", "", ">=", 1500, False)),
        ("latency_ms>0.5", ("latency_ms", "", "", ">", 0.0005, False)),
        ("latency_ms>500us", ("latency_ms", "", "", ">", 0.0005, False)),
        ("energy_uj>2", ("energy_uj", "", "", ">", 2e-6, False)),
        ("energy_uj>0.002mJ", ("energy_uj", "", "", ">", 2e-6, False)),
        ("stack_bytes>0", ("stack_bytes", "", "", ">", 0, False)),
        ("flash_bytes>1KiB", ("flash_bytes", "", "", ">", 1024, False)),
        ("cycles<-5%", ("cycles", "", "", "<", -0.05, True)),
        ("kernel:arm_convolve_s8>1%", ("cycles", "kernel", "arm_convolve_s8", ">", 0.01, True)),
        (
            "kernel:void ns::Eval<int>(int)>1%",
            ("cycles", "kernel", "void ns::Eval<int>(int)", ">", 0.01, True),
        ),
        ("layer:3>100", ("cycles", "layer", "3", ">", 100, False)),
        ("function:*>10%", ("cycles", "function", "*", ">", 0.1, True)),
    ],
)
def test_a_limit_is_a_metric_an_operator_and_a_value(text, expected):
    limit = parsed_limit(text)

    assert expected[:4] == (limit.metric, limit.rows, limit.name, limit.operator)
    assert expected[4] == pytest.approx(limit.limit)
    assert expected[5] == limit.is_relative


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cycles", "cannot read"),
        ("cycles>", "cannot read"),
        ("cycles=1%", "cannot read"),
        ("", "cannot read"),
        ("1%", "cannot read"),
        ("cycles>1e400%", "cannot read"),
        ("cycls>1%", "does not know 'cycls'"),
        ("cycles:conv>1%", "does not know 'cycles:conv'"),
        ("cycles>1ms", "'ms' is no unit of cycles"),
        ("flash_bytes>1MB/s", "cannot read"),
        ("kernel>1%", "names no kernel"),
        ("kernel:>1%", "names no kernel"),
        ("layer:conv>1%", "a layer is named by its number"),
    ],
)
def test_what_is_no_limit_is_explained_with_an_example(text, expected):
    with pytest.raises(UsageError, match=expected) as caught:
        parsed_limit(text)

    assert "write" in caught.value.fix


@pytest.fixture
def slower(report):
    """1 % more cycles: 4141 of 4100; conv() 3041 of 3000 per call."""
    kernels = tuple(
        replace(each, self_cycles=3041) if each.name == "conv" else each for each in report.kernels
    )
    return replace(report, inference=replace(report.inference, cycles=4141), kernels=kernels)


@pytest.mark.parametrize(
    ("text", "is_passed"),
    [
        ("cycles>0.9%", True),
        ("cycles>1.1%", False),
        ("cycles>40", True),
        ("cycles>41", False),
        ("cycles>=41", True),
        ("cycles<0", False),
        ("stack_bytes>0", False),
        ("kernel:conv>1%", True),
        ("kernel:conv>2%", False),
        ("kernel:con*>40", True),
        ("kernel:*>40", True),
        ("kernel:requantize>0", False),
    ],
)
def test_a_limit_is_passed_by_more_than_it_allows(report, slower, text, is_passed):
    assert is_passed == bool(exceeded(compare(report, slower), [parsed_limit(text)]))


@pytest.mark.parametrize("percent", ["7", "35", "57", "69", "0.7", "113"])
def test_a_change_of_exactly_the_limit_is_not_past_it(report, percent):
    """57 * 0.01 is 0.5700000000000001 in binary, and 0.7 / 100 is not 0.007."""
    old = replace(report, inference=replace(report.inference, cycles=10_000))
    grown = round(10_000 * (1 + float(percent) / 100))
    new = replace(report, inference=replace(report.inference, cycles=grown))

    comparison = compare(old, new)

    assert not exceeded(comparison, [parsed_limit(f"cycles>{percent}%")])
    assert exceeded(comparison, [parsed_limit(f"cycles>={percent}%")])
    assert exceeded(
        compare(old, replace(new, inference=replace(new.inference, cycles=grown + 1))),
        [parsed_limit(f"cycles>{percent}%")],
    )


def test_energies_of_exactly_the_limit_are_not_past_it_either(report):
    """1 µJ to 1.5 µJ is 500 nJ more."""

    def of(value_j):
        return replace(
            report, inference=replace(report.inference, energy_j=Band(value_j, 0.0, 1.0, "derived"))
        )

    assert not exceeded(compare(of(1e-6), of(1.5e-6)), [parsed_limit("energy_uj>0.5")])
    assert not exceeded(compare(of(1e-6), of(1.5e-6)), [parsed_limit("energy_uj>500nJ")])
    assert exceeded(compare(of(1e-6), of(1.501e-6)), [parsed_limit("energy_uj>0.5")])


def test_what_got_less_is_past_no_limit_on_growth_but_on_a_fall(report, slower):
    comparison = compare(slower, report)

    assert not exceeded(comparison, [parsed_limit("cycles>0")])
    assert exceeded(comparison, [parsed_limit("cycles<-0.9%")])


def test_growth_from_nothing_is_past_any_per_cent(report):
    grown = compare(replace(report, ram=replace(report.ram, peak_heap_bytes=0)), report)

    assert exceeded(grown, [parsed_limit("heap_bytes>500%")])
    assert not exceeded(grown, [parsed_limit("heap_bytes>96")])


def test_a_name_that_neither_run_has_is_explained_with_the_nearest(report, slower):
    with pytest.raises(UnknownNameError, match="no kernel called 'conf'") as caught:
        exceeded(compare(report, slower), [parsed_limit("kernel:conf>1%")])

    assert "conv" in caught.value.fix


def test_a_number_that_a_run_does_not_have_is_no_silent_pass(report):
    without = replace(report, energy=None, inference=replace(report.inference, energy_j=None))

    with pytest.raises(UsageError, match="NEW has no energy_uj"):
        exceeded(compare(report, without), [parsed_limit("energy_uj>1%")])
    with pytest.raises(UsageError, match="both runs have no energy_uj"):
        exceeded(compare(without, without), [parsed_limit("energy_uj>1%")])


def test_a_difference_only_stops_limits_on_what_it_affects(report):
    comparison = compare(report, replace(report, supply_v=1.8))

    check_comparable(comparison, [parsed_limit("cycles>1%"), parsed_limit("stack_bytes>0")])
    with pytest.raises(UsageError, match="not comparable") as caught:
        check_comparable(comparison, [parsed_limit("energy_uj>1%")])
    assert "--allow supply" in caught.value.fix
    check_comparable(comparison, [parsed_limit("energy_uj>1%")], ["supply"])
    check_comparable(comparison, [parsed_limit("energy_uj>1%")], ["all"])


def test_every_difference_that_is_not_allowed_is_named(report):
    comparison = compare(report, replace(report, board="board_b", mcusim_version="9.9.9"))

    with pytest.raises(UsageError) as caught:
        check_comparable(comparison, [parsed_limit("cycles>1%")], ["mcusim"])

    assert "board_a → board_b" in caught.value.why
    assert "9.9.9" not in caught.value.why
    with pytest.raises(UnknownNameError, match="no difference called 'bord'"):
        check_allowed(["bord"])


def test_without_limits_everything_may_be_compared(report):
    check_comparable(compare(report, replace(report, board="board_b")), [])


def test_energy_is_limited_by_its_value_not_by_its_band(report):
    energy = Band(2e-6, 1e-6, 3e-6, "derived")
    old = replace(report, inference=replace(report.inference, energy_j=energy))
    new = replace(report, inference=replace(report.inference, energy_j=replace(energy, value=2.1e-6)))

    assert exceeded(compare(old, new), [parsed_limit("energy_uj>4%")])
