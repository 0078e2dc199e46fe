"""The marker mcusim_budget. The firmware's conv() is 160 rounds of subs and a taken bne, 1 + 2 cycles each, and 4 more:
484; pool() 63, mcusim_infer() 13 of its own, 560 together; at 4 MHz that is 140 µs."""

from __future__ import annotations

pytest_plugins = ["pytester"]

TEST = """
@pytest.mark.mcusim_budget({})
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")
"""


def one_test_each(cases):
    """One test for each of the limits: test_0, test_1 …"""
    return "".join(
        TEST.format(limits).replace("test_it", f"test_{index}") for index, limits in enumerate(cases)
    )


def test_a_run_that_keeps_its_budget_passes(project):
    """The limit itself is kept, and a budget for another board is none for this one."""
    cases = [
        "cycles=560",
        "latency_ms=0.14, energy_uj=0.56",
        "peak_ram_bytes=16, stack_bytes=16, heap_bytes=0, static_bytes=0, flash_bytes=306",
        "cycles=484, latency_ms=0.121, energy_uj=0.48, kernel='conv'",
        "cycles=63, layer=1",
        "cycles=63, layer='pool'",
        "cycles=588, at='high'",
        "cycles=1, board='nucleo_u575zi_q'",
    ]
    project.write_test(one_test_each(cases))

    assert f"{len(cases)} passed" in project.passes()


def test_a_run_over_its_budget_fails_in_one_line(project):
    cases = [
        ("cycles=500", "560 cycles, 500 allowed (+60, +12.0%)"),
        ("latency_ms=0.125", "0.14 ms, 0.125 allowed (+0.015, +12.0%)"),
        ("energy_uj=0.5", "0.5553 µJ, 0.5 allowed (+0.05532, +11.1%)"),
        ("peak_ram_bytes=8", "16 B of peak RAM, 8 allowed (+8, +100.0%)"),
        ("stack_bytes=10", "16 B of stack, 10 allowed (+6, +60.0%)"),
        ("flash_bytes=300", "306 B of flash, 300 allowed (+6, +2.0%)"),
        ("flash_bytes=0", "306 B of flash, 0 allowed (+306)"),
        ("cycles=440, kernel='conv'", "484 cycles in kernel conv, 440 allowed (+44, +10.0%)"),
        ("latency_ms=0.1, kernel='conv'", "0.121 ms in kernel conv, 0.1 allowed (+0.021, +21.0%)"),
        ("cycles=60, layer=1", "63 cycles in layer 1 pool, 60 allowed (+3, +5.0%)"),
        ("cycles=560, at='high'", "588 cycles at the high end of the band, 560 allowed (+28, +5.0%)"),
        (
            "cycles=484, at='high', kernel='conv'",
            "508.2 cycles in kernel conv at the high end of the band, 484 allowed (+24.2, +5.0%)",
        ),
    ]  # fmt: skip
    project.write_test(one_test_each(limits for limits, _ in cases))
    lines = project.fails().splitlines()

    for index, (_, message) in enumerate(cases):
        assert f"FAILED test_it.py::test_{index} - Failed: over budget: {message}" in lines


def test_the_failure_shows_where_the_cycles_are(project):
    project.write_test(TEST.format("cycles=500, flash_bytes=300"))
    output = project.fails()

    assert (
        """
over budget: 560 cycles, 500 allowed (+60, +12.0%)
also: 306 B of flash, 300 allowed (+6, +2.0%)

firmware.elf on ST NUCLEO-L4R5ZI (cortex-m4, 4.00 MHz, 3.3 V)

Dearest kernels, per call of the measured region:
  484 cycles (86.4%) in conv: instructions executed 67%, branch refills 33%
  63 cycles (11.2%) in pool: instructions executed 67%, branch refills 33%
  13 cycles (2.3%) in mcusim_infer: branch refills 38%, instructions executed 31%, multi-cycle instructions 31%

Peak RAM 16 B = 0 B static + 16 B stack + 0 B heap  (0.0% of RAM)
Flash    306 B  (0.0% of 2.00 MiB)
"""
        in output
    )


def test_several_markers_all_count(project):
    project.write_test("""
@pytest.mark.mcusim_budget(cycles=400, kernel="conv")
@pytest.mark.mcusim_budget(cycles=50, kernel="pool")
class TestAll:
    @pytest.mark.mcusim_budget(cycles=560)
    def test_it(self, mcusim_run):
        mcusim_run("firmware.elf", board="nucleo_l4r5zi")
""")
    output = project.fails()

    assert "over budget: 63 cycles in kernel pool, 50 allowed (+13, +26.0%)" in output
    assert "also: 484 cycles in kernel conv, 400 allowed (+84, +21.0%)" in output


def test_every_run_of_a_test_is_looked_at(project):
    project.write_firmware("second.elf", conv=11)
    project.write_test("""
@pytest.mark.mcusim_budget(cycles=600)
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")
    mcusim_run("second.elf", board="nucleo_l4r5zi")
""")
    output = project.fails()

    assert "over budget: 608 cycles, 600 allowed (+8, +1.3%)" in output
    assert "second.elf on ST NUCLEO-L4R5ZI" in output


def test_a_wrong_budget_fails_its_test_with_an_explanation(project):
    cases = [
        ("cycle=1", "no keyword called 'cycle'\n  at: mcusim_budget\n  fix: did you mean 'cycles'?"),
        ("500", "mcusim_budget takes keywords only\n  because: it got 500"),
        ("", "mcusim_budget without a limit"),
        ("kernel='conv'", "mcusim_budget without a limit"),
        ("cycles='500'", "mcusim_budget: cycles='500'\n  because: a limit is a number from 0"),
        ("cycles=-1", "mcusim_budget: cycles=-1"),
        ("cycles=True", "mcusim_budget: cycles=True"),
        ("cycles=float('nan')", "mcusim_budget: cycles=nan"),
        ("cycles=1, at='worst'", "mcusim_budget: at='worst'\n  fix: write at='typical' or at='high'"),
        ("cycles=1, layer=1.5", "mcusim_budget: layer=1.5"),
        ("cycles=1, kernel=''", "mcusim_budget: kernel=''"),
        ("cycles=1, kernel='conv', layer=0", "kernel and layer exclude each other"),
        ("flash_bytes=1, kernel='conv'", "a kernel has no flash_bytes of its own"),
        ("cycles=1, board='nucleo_l4r5'", "did you mean 'nucleo_l4r5zi'"),
        (
            "cycles=1, kernel='cnov'",
            "no kernel called 'cnov'\n  at: firmware.elf on nucleo_l4r5zi\n  fix: did you mean 'conv'?",
        ),
        ("cycles=1, layer=7", "no layer called '7'"),
        ("cycles=1, layer='pol'", "did you mean 'pool'?"),
    ]  # fmt: skip
    project.write_test(one_test_each(limits for limits, _ in cases))
    said = project.failures()

    for index, (_, message) in enumerate(cases):
        assert message in said[f"test_{index}"]
        assert "Traceback" not in said[f"test_{index}"]


def test_a_budget_is_wrong_before_anything_is_run(project):
    project.write_test("""
@pytest.mark.mcusim_budget(cycle=1)
def test_it(mcusim_run):
    print("the test ran")
""")

    assert "the test ran" not in project.fails()


def test_a_budget_of_a_test_without_a_run_is_an_error(project):
    project.write_test("""
@pytest.mark.mcusim_budget(cycles=1)
def test_it():
    pass
""")

    assert """
mcusim_budget on a test that ran no firmware
  at: test_it.py::test_it
  fix: call mcusim_run("firmware.elf", ...) in the test, or take the marker away
""" in project.fails()


def test_an_energy_budget_needs_a_power_model(project):
    """generic_m4 is an ideal core without any current."""
    project.write_test("""
@pytest.mark.mcusim_budget(energy_uj=1)
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="generic_m4")
""")

    assert "mcusim_budget(energy_uj=…): board 'generic_m4' has no power model" in project.fails()
