"""The options of `mcusim run`, in the groups of its help."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.cli import values
from mcusim.cli.firmware_argument import add_build_options

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _ArgumentGroup

    from mcusim.report.signals import Signals


def add_run_arguments(parser: ArgumentParser) -> None:
    """Declare firmware, board, and all that may be said of one run."""
    parser.add_argument(
        "firmware",
        metavar="FIRMWARE",
        help="an ELF, Intel HEX, S-record, UF2 or raw file, a .tflite model, "
        "or a bundled sample (mcusim samples)",
    )
    parser.add_argument(
        "--board",
        metavar="NAME",
        help="a board (mcusim boards) or the path of a board file ending in .toml",
    )
    add_run_options(parser)


def add_run_options(parser: ArgumentParser) -> None:
    """Declare everything but the firmware and the board."""
    group = add_view_options(parser)
    group.add_argument(
        "--json", metavar="FILE", help="write the report as JSON, over an existing file; - is standard output"
    )
    group.add_argument("--quiet", action="store_true", help="no screen report and no progress line")


def add_view_options(parser: ArgumentParser) -> _ArgumentGroup:
    """Declare everything but firmware, board and how results are shown; the group of results takes more options."""
    _add_firmware(parser)
    _add_region(parser)
    _add_hardware(parser)
    _add_signals(parser)
    _add_what_if(parser)
    _add_data(parser)
    add_build_options(parser)
    group = parser.add_argument_group("results")
    group.add_argument(
        "--touched-ram", action="store_true", help="count the RAM bytes that the region touches"
    )
    return group


def add_input_options(parser: ArgumentParser) -> None:
    """What may be said of a firmware that is run many times: nothing that writes a file, and nothing to sweep."""
    _add_firmware(parser)
    _add_region(parser)
    group = parser.add_argument_group("what the firmware gets")
    _add_uart_input(group)
    _add_feed(group)
    _add_input(group)
    add_build_options(parser)


def inputs_of(arguments: Namespace) -> Signals:
    """What the options of add_input_options connect to the board."""
    from mcusim.report.signals import Signals

    return Signals(
        uart_inputs=values.uart_inputs(arguments.uart_in, arguments.uart_after), feeds=tuple(arguments.feed)
    )


def signals_of(arguments: Namespace) -> Signals:
    """What the options of add_run_options connect to the board."""
    return replace(
        inputs_of(arguments),
        uart_outputs=tuple(arguments.uart_out),
        ptys=tuple(arguments.uart_pty),
        pins=tuple(dict.fromkeys(arguments.pin)),
        vcd=arguments.vcd,
    )


def _add_firmware(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("firmware")
    add_image_options(group)
    group.add_argument(
        "--svd", metavar="FILE", type=Path, help="CMSIS-SVD file: names the registers that nothing models"
    )
    group.add_argument(
        "--strict",
        action="store_true",
        help="end at a loop that waits for a bit nothing models (default: let it through and say so)",
    )


def add_image_options(group: _ArgumentGroup) -> None:
    """What a file does not say itself: where it begins, its names, and the chip's own code."""
    group.add_argument(
        "--base", metavar="ADDR", type=values.address, help="where a raw image begins (0x08000000)"
    )
    group.add_argument(
        "--symbols",
        metavar="FILE",
        type=Path,
        help="names for a file without: an ELF, a linker map or nm's list",
    )
    group.add_argument(
        "--rom",
        metavar="FILE",
        type=Path,
        help="the chip's own boot ROM, instead of the built-in one (RP2040, RP2350)",
    )


def _add_signals(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "signals (CHANNEL is a UART's name; without it the one that firmware uses)"
    )
    _add_uart_input(group)
    group.add_argument(
        "--uart-out",
        metavar="[CHANNEL=]FILE",
        type=values.uart_output,
        action="append",
        default=[],
        help="write what the firmware sends to a file as it comes; - is the terminal",
    )
    group.add_argument(
        "--uart-pty",
        metavar="CHANNEL",
        nargs="?",
        const="",
        action="append",
        default=[],
        help="open a pseudo-terminal that a serial client can open",
    )
    _add_feed(group)
    _add_pins(group)


def _add_uart_input(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--uart-in",
        metavar="[CHANNEL=]TEXT",
        type=values.sent_text,
        action="append",
        default=[],
        help=r"send this to the firmware (\r \n \x00 work; @FILE sends a file)",
    )
    group.add_argument(
        "--uart-after",
        metavar="[CHANNEL=]PROMPT",
        type=values.channel_and_text,
        action="append",
        default=[],
        help="hold each --uart-in back until the firmware has printed this",
    )


def _add_feed(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--feed",
        metavar="CHANNEL=FILE",
        type=values.channel_and_file,
        action="append",
        default=[],
        help="samples for ADC1, I2S0, SPI1, I2C1.0x68 … from .npy, .csv, .wav or raw bytes",
    )


def _add_pins(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--pin",
        metavar="PIN",
        action="append",
        default=[],
        help="record this pin's edges (PA5, P0.13, GPIO25)",
    )
    group.add_argument("--vcd", metavar="FILE", type=Path, help="write the pins' edges for a waveform viewer")


def _add_region(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("what to measure and where to stop")
    group.add_argument(
        "--roi",
        metavar="SYMBOL",
        type=values.symbol,
        help="measure the calls of this function (default: the inference function)",
    )
    add_inference_option(group)
    group.add_argument(
        "--layer",
        metavar="PATTERN",
        action="append",
        default=[],
        help="functions that are layers (conv_*); default: the runtime's, or what the inference calls",
    )
    group.add_argument("--roi-begin", metavar="SYMBOL", type=values.symbol, help="measure from here …")
    group.add_argument("--roi-end", metavar="SYMBOL", type=values.symbol, help="… to here")
    group.add_argument(
        "--until", metavar="SYMBOL", type=values.symbol, help="stop when this function is entered"
    )
    group.add_argument(
        "--max-cycles", metavar="N", type=values.cycle_count, help="stop after N cycles (100M)"
    )
    group.add_argument(
        "--max-seconds", metavar="S", type=values.seconds_s, help="stop after S simulated seconds"
    )


def add_inference_option(group: _ArgumentGroup) -> None:
    """Which function is the inference."""
    group.add_argument(
        "--inference",
        metavar="SYMBOL",
        type=values.symbol,
        help="the function that runs one inference, when mcusim does not know it",
    )


def _add_hardware(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("hardware")
    add_condition_options(group)
    add_timing_option(group)


def add_timing_option(group: _ArgumentGroup) -> None:
    """Timing that was fitted to measurements."""
    group.add_argument(
        "--timing", metavar="FILE", type=Path, help="timing parameters that mcusim calibrate has written"
    )


def add_condition_options(group: _ArgumentGroup) -> None:
    """The clock, supply, temperature and power model that the chip runs with."""
    group.add_argument(
        "--clock",
        metavar="HZ",
        type=values.clock_hz,
        help="core clock (80MHz), whatever the firmware programs",
    )
    group.add_argument("--supply", metavar="V", type=values.supply_v, help="supply voltage (3.3V)")
    group.add_argument(
        "--temperature",
        metavar="C",
        type=values.temp_c,
        help="of the chip (85C), where the power model has data",
    )
    group.add_argument(
        "--power-model", metavar="NAME", help="a power model or its .toml file, instead of the board's"
    )


def _add_what_if(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("what if (changes the chip for this run; the report says so)")
    group.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="settings",
        type=values.setting,
        action="append",
        default=[],
        help="flash.wait_states=N or auto; flash.prefetch, .instruction_cache, .data_cache = on or off; "
        "power.regulator, power.voltage_range; weights=ram",
    )
    group.add_argument(
        "--without",
        metavar="PART",
        dest="settings",
        type=values.switched_off,
        action="append",
        help="switch off prefetch, instruction-cache or data-cache",
    )
    group.add_argument(
        "--ignore",
        metavar="STALL",
        type=values.stall,
        action="append",
        default=[],
        help="as if this stall did not exist: flash-fetch, mispredict …",
    )


def _add_data(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "--read",
        metavar="SYMBOL",
        action="append",
        default=[],
        help="report this variable's value at the end",
    )
    _add_input(group)
    group.add_argument(
        "--output",
        metavar="SYMBOL=FILE",
        type=values.symbol_and_file,
        action="append",
        default=[],
        help="save this array to a file after the run",
    )


def _add_input(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--input",
        metavar="SYMBOL=FILE",
        type=values.symbol_and_file,
        action="append",
        default=[],
        help="fill this array from a file before the run",
    )
