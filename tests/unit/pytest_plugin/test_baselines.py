"""Baselines: written when asked, compared exactly, with a reason where something changed."""

from __future__ import annotations

import json

import pytest

from tests.machine.firmware import Firmware

pytest_plugins = ["pytester"]

TEST = """
@pytest.mark.mcusim_baseline{}
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")
"""
COMMAND = "pytest test_it.py::test_it --mcusim-update"


def one_test_each(cases):
    """One test with each of the markers: test_0, test_1 …"""
    return "".join(TEST.format(each).replace("test_it", f"test_{index}") for index, each in enumerate(cases))


@pytest.fixture
def written(project):
    """A project whose baseline is of the firmware with conv=10."""
    project.write_test(TEST.format(""))
    project.passes("--mcusim-update")
    return project


def test_a_missing_baseline_fails_with_the_command_that_writes_it(project):
    project.write_test(TEST.format(""))
    output = project.fails()

    assert (
        f"""
no baseline yet
  at: baselines/test_it/test_it.json
  fix: write it, look at it, commit it: {COMMAND}
"""
        in output
    )
    assert not project.baseline().exists()


def test_a_baseline_is_readable_and_has_a_line_for_every_kernel(written):
    """The numbers are those of test_budgets.py; reasons are of both calls: 2 x 484 = 646 + 322."""
    text = written.baseline().read_text(encoding="utf-8")

    assert '"kernel": "conv", "cycles": 484, "calls": 1, "inclusive": 484, ' in text
    assert '"run_reasons": {"branch_refill": 322, "issue": 646}},\n' in text
    assert [json.loads(text)[key] for key in ("mcusim_baseline", "firmware")] == [1, "firmware.elf"]
    assert json.loads(text)["totals"] == {
        "cycles": 560,
        "cycles_min": 560,
        "cycles_max": 560,
        "latency_ms": 0.14,
        "energy_uj": {"value": 0.555324, "low": 0.2637789, "high": 0.99125334, "basis": "derived"},
    }
    assert [row["kernel"] for row in json.loads(text)["kernels"]] == ["conv", "mcusim_infer", "pool"]
    assert str(written.pytester.path) not in text


def test_the_credit_for_a_skipped_instruction_is_a_reason_like_any_other(project):
    """Of two cycles for a load (Armv7-M, "it ne" after an equal comparison), one was not needed: condition -1."""
    listing = """
Reset_Handler:
    f000 f801   bl    mcusim_infer
    e7fe        b     .
mcusim_infer:
    4280        cmp   r0, r0
    bf18        it    ne
    6801        ldrne r1, [r0]
    4770        bx    lr
"""
    (project.pytester.path / "firmware.elf").write_bytes(Firmware(listing).elf())
    project.write_test(TEST.format(""))
    project.passes("--mcusim-update")

    assert '"condition": -1,' in project.baseline().read_text(encoding="utf-8")
    assert " same " in project.passes()


def test_the_same_firmware_passes_and_its_baseline_stays_as_it_is(written):
    before = written.baseline().stat().st_mtime_ns

    assert " same " in written.passes()
    assert " same " in written.passes("--mcusim-update")
    assert before == written.baseline().stat().st_mtime_ns


def test_more_cycles_fail_with_kernel_change_and_reason(written):
    """Two more of conv's rounds of 16: 32 x (subs 1 + bne 1 + refill 1)."""
    written.write_firmware(conv=12)
    output = written.fails()

    assert (
        f"""
+96 cycles in conv (484 → 580, +19.8 %), instructions executed +64, branch refills +32

firmware.elf on nucleo_l4r5zi, against baselines/test_it/test_it.json

  Cycles         560 → 656 (+17.1 %)  +96
  Latency        140.0 µs → 164.0 µs (+17.1 %)  +24.00 µs
  Energy         555.3 nJ → 650.5 nJ (+17.1 %)  +95.20 nJ
  shortest call  560 → 656 (+17.1 %)  +96
  longest call   560 → 656 (+17.1 %)  +96

Kernels that changed, per call of the measured region:
  +96 cycles in conv (484 → 580, +19.8 %), instructions executed +64, branch refills +32

Layers that changed:
  +96 cycles in layer 0 conv (484 → 580, +19.8 %)

If this is what you want: {COMMAND}
"""
        in output
    )
    assert (
        "FAILED test_it.py::test_it - Failed: +96 cycles in conv (484 → 580, +19.8 %), "
        "instructions executed +64, branch refills +32" in output
    )


def test_a_change_that_cancels_out_in_the_sum_fails_too(written):
    """16 x 10 + 20 rounds are as many as 16 x 9 + 36."""
    written.write_firmware(conv=9, pool=36)
    output = written.fails()

    assert "+48 cycles in pool (63 → 111, +76.2 %)" in output
    assert "-48 cycles in conv" in output
    assert "Cycles   560, unchanged" in output or "Cycles  560, unchanged" in output


def test_more_ram_fails_without_talk_of_kernels(written):
    written.write_firmware(arena_bytes=64)
    output = written.fails()

    assert "Failed: Peak RAM: 16 B → 80 B (+400 %)" in output
    assert "ram .bss: +64 B (0 → 64)" in output
    assert "Kernels that changed" not in output


def test_an_improvement_fails_too_by_default_and_says_how_to_let_it_through(written):
    written.write_firmware(conv=9)
    output = written.fails()

    assert "-48 cycles in conv (484 → 436, -9.9 %)" in output
    assert "It got better. A baseline that is too high would hide the next loss, so it fails too;" in output


@pytest.mark.parametrize("how", ["option", "ini", "marker"])
def test_an_improvement_passes_where_that_is_asked_for(written, how):
    written.write_firmware(conv=9)
    if how == "ini":
        written.pytester.makeini("[pytest]\nmcusim_better = pass\n")
    if how == "marker":
        written.write_test(TEST.format("(better='pass')"))

    assert "-48 better" in written.passes(*(["--mcusim-better=pass"] if how == "option" else []))
    written.write_firmware(conv=12)
    written.fails()


def test_an_update_writes_what_was_measured(written):
    written.write_firmware(conv=12)

    assert "+96 updated" in written.passes("--mcusim-update")
    assert " same " in written.passes()


def test_an_update_of_missing_ones_leaves_the_others(written):
    before = written.baseline().read_bytes()
    written.write_firmware(conv=12)
    written.write_test(TEST.format("") + TEST.format("").replace("test_it", "test_new"))
    output = written.fails("--mcusim-update-new")

    assert "1 failed, 1 passed" in output
    assert before == written.baseline().read_bytes()
    assert written.baseline("test_new").exists()


def test_a_tolerance_lets_small_changes_through(project):
    """96 of 560 cycles are 17.1 %, of conv's 484 they are 19.8 %."""
    cases = [
        ("(cycles='20%')", True),
        ("(cycles=96)", False),  # energy and latency follow a tolerance in per cent only
        ("(cycles=96, energy_uj=None, latency_ms='18%')", True),
        ("(cycles='18%')", False),  # conv alone grew by 19.8 %
        ("(cycles=None)", True),
        ("(cycles='20%', energy_uj='1%')", False),
        ("(flash_bytes=None)", False),
    ]
    project.write_test(one_test_each(tolerances for tolerances, _ in cases))
    project.passes("--mcusim-update")
    project.write_firmware(conv=12)

    failed = {f"test_{index}" for index, (_, is_passing) in enumerate(cases) if not is_passing}
    assert failed == set(project.failures())


def test_a_wrong_tolerance_is_explained(project):
    cases = [
        ("(cycle='1%')", "no keyword called 'cycle'\n  at: mcusim_baseline\n  fix: did you mean 'cycles'?"),
        ("(cycles='1 of 100')", "mcusim_baseline: cycles='1 of 100' is no tolerance"),
        ("(cycles=-1)", "mcusim_baseline: cycles=-1 is no tolerance"),
        ("(better='maybe')", "mcusim_baseline: better='maybe'"),
        ("('1%')", "mcusim_baseline takes keywords only"),
    ]
    project.write_test(one_test_each(keywords for keywords, _ in cases))
    said = project.failures()

    for index, (_, message) in enumerate(cases):
        assert message in said[f"test_{index}"]


def test_a_baseline_of_another_board_is_not_comparable(written):
    """Even where the numbers are the same."""
    written.write_test(TEST.format("").replace("nucleo_l4r5zi", "nucleo_f446re"))
    output = written.fails()

    assert (
        "FAILED test_it.py::test_it - Failed: not comparable with its baseline: other board, clock" in output
    )
    assert "because: board: nucleo_l4r5zi → nucleo_f446re" in output
    assert f"fix: run it as the baseline was made, or make a new one: {COMMAND}" in output


def test_a_baseline_of_other_conditions_is_not_comparable(project):
    cases = [
        ("clock_hz=16_000_000", "clock"),
        ("supply_v=3.0", "supply"),
        ("temp_c=60", "temperature"),
        ("inputs={'arena': b'1234'}", "input"),
        ("roi='conv'", "region"),
        ("settings={'flash.wait_states': 4}", "what-if"),
    ]
    project.write_firmware(arena_bytes=4)
    text = one_test_each([""] * len(cases))
    project.write_test(text)
    project.passes("--mcusim-update")
    for option, _ in cases:
        text = text.replace('zi")', f'zi", {option})', 1)
    project.write_test(text)
    said = project.failures()

    for index, (_, kind) in enumerate(cases):
        assert f"because: {kind}: " in said[f"test_{index}"]


def test_another_mcusim_is_only_named_where_the_numbers_differ(written):
    path = written.baseline()
    path.write_text(
        path.read_text(encoding="utf-8").replace('"mcusim_version": "', '"mcusim_version": "0.0.')
    )
    written.passes()
    written.write_firmware(conv=12)

    assert "mcusim: 0.0." in written.fails()


def test_a_damaged_or_newer_baseline_is_refused(project):
    cases = [
        ('"mcusim_baseline": 1', '"mcusim_baseline": 2', "this baseline has format 2"),
        ('"cycles": 560', '"cycles": "560"', "test_it.json: totals.cycles\n  because: a number from 0 is expected"),
        ('"cycles": 560', '"cycles": -1', "because: a number from 0 is expected"),
        ('"board"', '"bord"', "test_it.json: run.board\n  because: a text is expected"),
        ('"kernels": [', '"kernels": [7,', "test_it.json: kernels[0]\n  because: an object is expected"),
        ('"kernel": "pool"', '"kernel": 5', "test_it.json: layers[1].kernel\n  because: a text is expected"),
        ("{", "<<<<<<< HEAD\n{", "because: it is not JSON:"),
        ("{", "[{", "because: it is not JSON:"),
        ('"prefetch": false', '"prefetch": 0', "test_it.json: run.prefetch\n  because: true or false is expected"),
        ('"what_if": []', '"what_if": [1]', "because: texts are expected"),
        ('"layers": [', '"layers": {}, "x": [', "test_it.json: layers\n  because: a list is expected"),
    ]  # fmt: skip
    project.write_test(one_test_each([""] * len(cases)))
    project.passes("--mcusim-update")
    paths = [project.baseline(f"test_{index}") for index in range(len(cases))]
    text = paths[0].read_text(encoding="utf-8")
    for path, (old, new, _) in zip(paths, cases, strict=True):
        assert old in path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    said = project.failures()

    for index, (_, _, message) in enumerate(cases):
        assert message.replace("test_it.json", f"test_{index}.json") in said[f"test_{index}"]
    assert len(cases) == project.passes("--mcusim-update").count(" updated ")
    assert all(text == path.read_text(encoding="utf-8") for path in paths)


def test_a_file_that_is_no_baseline_is_refused(project):
    cases = [b"", b"null", b"[]", b"\xff\xfe", b"[" * 100_000]
    project.write_test(one_test_each([""] * len(cases)))
    project.baseline().parent.mkdir(parents=True)
    for index, data in enumerate(cases):
        project.baseline(f"test_{index}").write_bytes(data)

    assert [True] * len(cases) == ["this baseline is damaged" in each for each in project.failures().values()]


def test_every_test_has_a_baseline_of_its_own(project):
    project.write_test("""
class TestOne:
    @pytest.mark.mcusim_baseline
    def test_it(self, mcusim_run):
        mcusim_run("firmware.elf", board="nucleo_l4r5zi")

@pytest.mark.mcusim_baseline
@pytest.mark.parametrize("clock_hz", [8_000_000, 16_000_000])
@pytest.mark.parametrize("odd", ["a/b", "a b", "é", "a::b", "a.b"])
def test_it(mcusim_run, clock_hz, odd):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi", clock_hz=clock_hz)
""")
    project.passes("--mcusim-update")
    names = sorted(path.name for path in project.baseline().parent.iterdir())

    assert "11 passed" in project.passes()
    assert len(names) == 11
    assert "TestOne.test_it.json" in names
    assert all(name.isascii() and "/" not in name and " " not in name for name in names)


def test_several_runs_of_a_test_have_numbered_baselines(project):
    project.write_test("""
@pytest.mark.mcusim_baseline
def test_it(mcusim_run):
    for clock_hz in (8_000_000, 8_000_000, 16_000_000):
        mcusim_run("firmware.elf", board="nucleo_l4r5zi", clock_hz=clock_hz)
""")
    project.passes("--mcusim-update")
    names = sorted(path.name for path in project.baseline().parent.iterdir())

    assert ["test_it.2.json", "test_it.json"] == names


def test_every_run_of_a_test_is_compared_with_its_baseline(project):
    """The first that differs must not hide the others."""
    project.write_firmware("second.elf", conv=11)
    project.write_test(TEST.format("") + '    mcusim_run("second.elf", board="nucleo_l4r5zi")\n')
    project.passes("--mcusim-update")
    project.write_firmware(conv=12)
    project.write_firmware("second.elf", conv=11, pool=36)
    said = project.failures()["test_it"]

    assert "+96 cycles in conv" in said
    assert "+48 cycles in pool" in said
    assert "second.elf on nucleo_l4r5zi, against baselines/test_it/test_it.2.json" in said


def test_a_report_can_be_checked_in_the_test_under_a_name(project):
    project.write_test("""
def test_it(mcusim_run, mcusim_baseline):
    mcusim_baseline.check(mcusim_run("firmware.elf", board="nucleo_l4r5zi"))
    mcusim_baseline.check(mcusim_run("firmware.elf", board="nucleo_f446re"), name="F446", cycles="1%")
""")
    project.passes("--mcusim-update")
    project.passes()
    project.write_firmware(conv=12)
    output = project.fails()

    assert project.baseline("test_it.F446").exists()
    assert "FAILED test_it.py::test_it - Failed: +96 cycles in conv" in output
    assert "mcusim_baseline.check(" not in output.partition("short test summary")[0].partition("FAILURES")[2]


def test_two_checks_of_one_name_are_refused(project):
    project.write_test("""
def test_it(mcusim_run, mcusim_baseline):
    report = mcusim_run("firmware.elf", board="nucleo_l4r5zi")
    mcusim_baseline.check(report)
    mcusim_baseline.check(report)
""")

    assert "two baselines of one test with the same name" in project.fails("--mcusim-update")


def test_a_baseline_that_cannot_be_written_is_an_error(project):
    (project.pytester.path / "baselines").write_text("a file, not a folder")
    project.write_test(TEST.format(""))
    output = project.fails("--mcusim-update")

    assert "--mcusim-update: cannot make the folder" in output
    assert "Traceback" not in output
