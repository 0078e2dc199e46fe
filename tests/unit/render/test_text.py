"""The report on one screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.render import words
from mcusim.render.json import JsonRenderer
from mcusim.render.text import TextRenderer
from mcusim.report.report import BacktraceFrame, ConsoleText, FaultInfo, KernelCost, StopInfo
from mcusim.report.serialise import from_json

GOLDEN = """\
build/firmware.elf on Board A (cortex-m4, 160 MHz, 3.3 V)

Measured  infer(), called 2 times
Latency   25.62 µs  ±7 %  (23.8 µs to 27.4 µs)
Cycles    4 100 (min 4 000, max 4 200)  CPI 1.15
          issue 76%, flash-fetch 24%
Peak RAM  1 552 B = 1 200 B static + 256 B stack + 96 B heap  (1.2% of RAM)
Flash     8 392 B  (1.6% of 512.0 KiB)
Energy    1.56 µJ  (1.31 µJ to 2.01 µJ, datasheet)  at 3.3 V
          Run from flash with prefetch: 20.0 mA (18.0 mA to 24.0 mA) at 160 MHz,
          LDO, datasheet: table run flash_prefetch
          Of it run from flash with prefetch 93%, run from RAM 7% at 10.0 mA
          Model chip_a

Kernel, per call  calls  cycles  share   energy
conv                  2   3 000  73.2%  1.24 µJ  ████████▊
fully_connected       1     500  12.2%   103 nJ  █▌
requantize            4     400   9.8%   165 nJ  █▏
infer                 1     100   2.4%  41.2 nJ  ▎
asleep (WFI/WFE)             85   2.1%  8.77 nJ  ▎
interrupts                   15   0.4%  6.19 nJ

Task / interrupt      runs  cycles  share  longest   energy  stack
thread                   0   9 100  99.3%        0  3.53 µJ
exception 15 SysTick     0      60   0.7%        0  24.8 nJ
asleep (WFI/WFE)               840                  86.6 nJ

Console USART2
  digit 0: 0
  accuracy 10/10

Variables
  g_best = 7
  g_scores = [0.25, 0.75]

Stopped: semihosting exit (exit)
"""


@pytest.fixture
def fault() -> FaultInfo:
    """A precise bus fault: CFSR bits 9 (PRECISERR) and 15 (BFARVALID), ARMv7-M ARM B3.2.15."""
    return FaultInfo(
        kind="HardFault",
        what="read of 0x40FF0000, where nothing is",
        pc_addr=0x0800_0404,
        registers=tuple((f"r{index}", index) for index in range(13)),
        cfsr=0x8200,
        hfsr=0x4000_0000,
        bfar=0x40FF_0000,
        mmfar=0,
        decoded=("PRECISERR: precise data bus error", "FORCED: escalated to HardFault"),
        backtrace=(
            BacktraceFrame(0x0800_0404, "conv", "kernels/conv.c:12"),
            BacktraceFrame(0x0800_0304, "infer", ""),
        ),
        hint="is the peripheral's clock on?",
    )


def test_the_screen_of_the_hand_made_run(report):
    """Every number is in tests/unit/conftest.py or added up in test_build.py."""
    assert TextRenderer().text(report) == GOLDEN


def test_a_what_if_is_said_before_its_numbers(report):
    """They are not those of the chip and the firmware as they are."""
    changed = replace(report, what_if=("flash.wait_states=0", "mispredict ignored"))
    lines = TextRenderer(width=120).text(changed).splitlines()

    assert lines[2] == (
        "Changed for this run: flash.wait_states=0, mispredict ignored."
        " A what-if: the chip as it is gives other numbers."
    )
    assert "what-if" not in TextRenderer().text(report)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_screen(report, width):
    """Long names of functions, warnings and sources are cut or wrapped."""
    name = "tflite::(anonymous namespace)::" + "Eval" * 30
    kernel = replace(report.kernels[0], name=name)
    wide = replace(report, kernels=(kernel, *report.kernels), warnings=("word " * 60,))

    assert max(map(len, TextRenderer(width=width).text(wide).splitlines())) <= width


def test_there_is_no_colour_unless_asked_for(report):
    """Logs and files must not be full of escape sequences."""
    assert "\x1b" not in TextRenderer().text(report)
    assert "\x1b[" in TextRenderer(has_colour=True).text(report)


def test_what_the_firmware_prints_cannot_steer_the_terminal(report):
    """A firmware that prints "clear the screen" does not clear the user's."""
    hostile = "\x1b[2J\x07[bold]x[/bold]"
    channels = (ConsoleText("UART", hostile),)
    kernels = (replace(report.kernels[0], name=hostile),)
    shown = TextRenderer().text(
        replace(
            report,
            console_channels=channels,
            kernels=kernels,
            warnings=(hostile,),
            variables=((hostile, hostile),),
        )
    )

    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\\x1b[2J\\x07[bold]x[/bold]" in shown


def test_only_the_dearest_kernels_are_shown_and_the_rest_is_summed(report):
    """20 kernels of 5 % each: 12 are shown, 8 are 40 %."""
    kernel = replace(report.kernels[0], share_ratio=0.05, self_cycles=100)
    many = tuple(replace(kernel, name=f"kernel_{index:02}") for index in range(20))

    shown = TextRenderer().text(replace(report, kernels=many))

    assert "kernel_11" in shown
    assert "kernel_12" not in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("8 more")]
    assert line.split()[:4] == ["8", "more", "800", "40.0%"]


def test_only_the_last_console_lines_are_shown(report):
    channels = (ConsoleText("UART", "".join(f"line {index}\n" for index in range(30))),)

    shown = TextRenderer().text(replace(report, console_channels=channels))

    assert "Console UART, last 8 of 30 lines" in shown
    assert "line 29" in shown
    assert "line 21\n" not in shown


def test_a_fault_comes_first_with_status_backtrace_and_registers(report, fault):
    shown = TextRenderer().text(replace(report, stop=StopInfo("fault", "", 0x0800_0404, 0, fault)))
    lines = shown.splitlines()

    assert lines[2] == "HardFault: read of 0x40FF0000, where nothing is"
    assert lines[3] == "  at 0x08000404 in conv, kernels/conv.c:12"
    assert "  hint: is the peripheral's clock on?" in lines
    assert "  CFSR 0x00008200  HFSR 0x40000000" in lines
    assert "  PRECISERR: precise data bus error" in lines
    assert "  BFAR  0x40FF0000 (address of the bus fault)" in lines
    assert "  #0  0x08000404  conv  kernels/conv.c:12" in lines
    assert "  #1  0x08000304  infer" in lines
    assert "  r0   0x00000000  r1   0x00000001  r2   0x00000002  r3   0x00000003" in lines
    assert lines[-1] == "Stopped: the firmware faulted (fault)"


def test_an_address_register_that_is_not_valid_is_not_shown(report, fault):
    """BFAR holds rubbish unless BFARVALID is set (ARMv7-M ARM B3.2.18)."""
    stop = StopInfo("fault", "", 0, 0, replace(fault, cfsr=0x0200))

    assert "BFAR" not in TextRenderer().text(replace(report, stop=stop))


def test_missing_numbers_are_named_as_missing(report):
    """No latency and no energy model: the screen says so instead of printing zero."""
    inference = replace(
        report.inference,
        calls_count=0,
        is_complete=False,
        cycles=None,
        latency_s=None,
        low_s=None,
        high_s=None,
        energy_j=None,
    )
    shown = TextRenderer().text(replace(report, inference=inference, energy=None, kernels=()))

    assert "Latency   not known: no complete call" in shown
    assert "Energy    not estimated: this board has no power model" in shown
    assert "infer, without a complete call" in shown


def test_json_bytes_are_a_report_again(report):
    assert from_json(JsonRenderer().render(report).decode()) == report


def test_a_lone_surrogate_does_not_break_the_json(report):
    """File names that are not UTF-8 reach us as surrogates."""
    odd = replace(report, firmware=replace(report.firmware, path="fw\udc80.elf"))

    assert from_json(JsonRenderer().render(odd).decode()) == odd


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("conv", "conv"),
        ("conv(int, char const*)", "conv"),
        ("tflite::(anonymous namespace)::Eval(TfLiteContext*, TfLiteNode*)", "tflite::…::Eval"),
        ("Matrix::at(int) const", "Matrix::at"),
        ("void ns::Full<signed char>(ns::Shape const&, signed char const*)", "ns::Full<signed char>"),
        ("std::function<void (int)>::operator()(int) const", "std::function<void (int)>::operator()"),
        ("(unknown)", "(unknown)"),
    ],
)
def test_cpp_names_lose_their_arguments(name, short):
    assert words.short_name(name) == short


def test_kernels_of_one_name_are_told_apart_by_their_file(report):
    """TFLM has many functions called Eval; only the file tells which operator it is."""

    def eval_in(file: str) -> KernelCost:
        return replace(report.kernels[0], name="Eval", source_file=f"tensorflow/lite/micro/kernels/{file}")

    assert words.kernel_names((eval_in("conv.cc"), eval_in("softmax.cc"))) == (
        "Eval (conv.cc)",
        "Eval (softmax.cc)",
    )


def test_a_cpp_region_is_shown_with_one_pair_of_parentheses(report):
    inference = replace(report.inference, function="tflite::MicroInterpreter::Invoke()", calls_count=1)

    assert words.region(inference) == "tflite::MicroInterpreter::Invoke(), called once"
