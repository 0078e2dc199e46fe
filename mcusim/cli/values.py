"""Option values with units, as people type them: "80MHz", "1.8V", "500ms", "10M", "SYMBOL=FILE"."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.codegen.request import Inputs
    from mcusim.report.signals import UartInput, UartOutput
    from mcusim.report.what_if import Setting

_NUMBER = re.compile(r"([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-zµ]*)")
_SCALES = {"": 1.0, "G": 1e9, "M": 1e6, "k": 1e3, "K": 1e3, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9}


def clock_hz(text: str) -> int:
    """A clock: "80MHz", "32.768 kHz", "64M" or plain hertz."""
    value = _quantity(text, "Hz", example="80MHz")
    return _whole(value, text, "a clock is a whole number of hertz")


def supply_v(text: str) -> float:
    """A supply voltage: "3.3", "3.3V", "1800mV"."""
    return _quantity(text, "V", example="3.3V")


def temp_c(text: str) -> float:
    """A temperature in degrees Celsius: "85", "85C", "-20 °C"."""
    return _quantity(text.replace("°", ""), "C", example="85C")


def seconds_s(text: str) -> float:
    """A time: "2", "2s", "500ms"."""
    return _quantity(text, "s", example="500ms")


def cycle_count(text: str) -> int:
    """A number of cycles: "1000000", "1_000_000", "1e6", "1M"."""
    return _whole(_quantity(text, "", example="100M"), text, "cycles are whole numbers")


def symbol_and_file(text: str) -> tuple[str, Path]:
    """ "SYMBOL=FILE"; the file may contain further equal signs."""
    symbol, equals, file = text.partition("=")
    if not (equals and symbol.strip() and file):
        raise ArgumentTypeError(f"'{text}' is not SYMBOL=FILE, for example input_data=digit.bin")
    return symbol.strip(), Path(file)


def channel_and_file(text: str) -> tuple[str, Path]:
    """ "CHANNEL=FILE"."""
    channel, equals, file = text.partition("=")
    if not (equals and channel.strip() and file):
        raise ArgumentTypeError(f"'{text}' is not CHANNEL=FILE, for example ADC1=samples.npy")
    return channel.strip(), Path(file)


def symbol(text: str) -> str:
    """A name that is not empty, as that of an unset shell variable would be."""
    if not text.strip():
        raise ArgumentTypeError("the name is empty")
    return text


def address(text: str) -> int:
    """An address: "0x08000000" or decimal."""
    try:
        addr = int(text, 0)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is not an address, for example 0x08000000") from None
    if not 0 <= addr < 1 << 32:
        raise ArgumentTypeError(f"{text} is outside the 32-bit address space")
    return addr


_CHANNEL = re.compile(r"([A-Za-z][A-Za-z0-9_]*)=(.*)", re.DOTALL)


class SentText(NamedTuple):
    """What --uart-in sends, and the file that it came from."""

    channel: str
    data: bytes
    file: Path | None = None


def sent_text(text: str) -> SentText:
    """ "CHANNEL=TEXT" or "TEXT": escapes as in C, "@FILE" for the bytes of a file."""
    channel, content = _channel_and_rest(text)
    if not content.startswith("@"):
        return SentText(channel, _unescaped(content))
    file = Path(content[1:])
    try:
        return SentText(channel, file.read_bytes(), file)
    except OSError as error:
        raise ArgumentTypeError(f"cannot read '{file}': {error.strerror}") from None


def channel_and_text(text: str) -> tuple[str, bytes]:
    """A prompt of --uart-after, with escapes and files as in --uart-in."""
    sent = sent_text(text)
    return sent.channel, sent.data


def _channel_and_rest(text: str) -> tuple[str, str]:
    found = _CHANNEL.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)


_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", "e": "\x1b"}


def _unescaped(text: str) -> bytes:
    """The bytes of a text in UTF-8, with \\xNN as that byte."""
    data = bytearray()
    position = 0
    for found in _ESCAPE.finditer(text):
        data += text[position : found.start()].encode()
        code = found[1]
        if len(code) == 3:
            data.append(int(code[1:], 16))
        elif code in _ESCAPED:
            data += _ESCAPED[code].encode()
        else:
            raise ArgumentTypeError(
                f"'\\{code}' in '{text}' is no escape: use \\n \\r \\t \\0 \\e \\\\ or \\xNN"
            )
        position = found.end()
    return bytes(data + text[position:].encode())


def uart_inputs(texts: Sequence[SentText], prompts: Sequence[tuple[str, bytes]]) -> tuple[UartInput, ...]:
    """The n-th text of a channel waits for its n-th prompt; a single prompt holds for all texts of its channel."""
    from mcusim.errors import UsageError
    from mcusim.report.signals import UartInput

    waiting: dict[str, list[bytes]] = {}
    for channel, prompt in prompts:
        waiting.setdefault(channel, []).append(prompt)
    counts: dict[str, int] = {}
    inputs = []
    for channel, data, _ in texts:
        own = waiting.get(channel, [])
        place = counts[channel] = counts.get(channel, -1) + 1
        inputs.append(UartInput(channel, data, own[min(place, len(own) - 1)] if own else b""))
    unused = [channel for channel in waiting if channel not in counts]
    if unused:
        raise UsageError(
            "--uart-after without --uart-in", why="it says when to send, not what", fix="add --uart-in TEXT"
        )
    return tuple(inputs)


def uart_output(text: str) -> UartOutput:
    """ "CHANNEL=FILE" or "FILE"."""
    from mcusim.report.signals import UartOutput

    channel, file = _channel_and_rest(text)
    if not file:
        raise ArgumentTypeError(f"'{text}' names no file")
    return UartOutput(channel, Path(file))


def setting(text: str) -> Setting:
    """ "KEY=VALUE" of --set."""
    from mcusim.report.what_if import parsed_setting

    return parsed_setting(text)


def switched_off(text: str) -> Setting:
    """A part that --without switches off."""
    from mcusim.report.what_if import parsed_switch

    return parsed_switch(text)


def stall(text: str) -> str:
    """The name of a stall that can be ignored."""
    from mcusim.timing.ignoring import reason_named

    text = text.replace("_", "-")

    reason_named(text)
    return text


def network_inputs(text: str) -> Inputs:
    """What a network is given: "zeros", "ramp", "random", "random:7", or a file."""
    from mcusim.codegen.request import Inputs, Pattern

    word, colon, seed = text.partition(":")
    if word == Pattern.RANDOM.value:
        if colon and not (seed.isascii() and seed.isdigit() and int(seed) < 1 << 32):
            raise ArgumentTypeError(f"'{seed}' is no seed: write random:7, a number below {1 << 32}")
        return Inputs(pattern=Pattern.RANDOM, seed=int(seed or 0))
    if text in (each.value for each in Pattern):
        return Inputs(pattern=Pattern(text))
    if not text.strip():
        raise ArgumentTypeError("nothing is named: a .npy or .bin file, zeros, ramp or random")
    return Inputs(path=Path(text))


def count(text: str) -> int:
    """A number of things: "10", "1k"."""
    return _whole(_quantity(text, "", example="10"), text, "inferences are whole numbers")


def _quantity(text: str, unit: str, *, example: str) -> float:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ArgumentTypeError(f"'{text}' is not a number, write for example {example}")
    number, suffix = float(match[1].replace("_", "")), match[2]
    prefix = suffix
    if unit and suffix.lower().endswith(unit.lower()):
        prefix = suffix[: -len(unit)]
    if unit in {"Hz", ""} and prefix == "m":
        prefix = "M"  # nobody means millihertz or thousandths of a cycle
    if prefix not in _SCALES:
        raise ArgumentTypeError(f"'{text}' has an unknown unit '{suffix}', write for example {example}")
    value = number * _SCALES[prefix]
    if not math.isfinite(value):
        raise ArgumentTypeError(f"'{text}' is too large")
    return value


def _whole(value: float, text: str, rule: str) -> int:
    if abs(value - round(value)) > 1e-9 * max(1.0, abs(value)):
        raise ArgumentTypeError(f"'{text}': {rule}")
    return round(value)
