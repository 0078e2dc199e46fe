"""What a firmware was fed, by name and checksum, so that two runs can be told to have had the same input."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mcusim.report.built import FedInput
from mcusim.report.request import ArrayInput

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.report.request import RunRequest


def fed_inputs(request: RunRequest) -> tuple[FedInput, ...]:
    """The files and texts of the request, in the order of its options."""
    signals = request.signals
    uarts = [
        FedInput("--uart-in", each.channel, "", len(each.data), _sha256(each.after, each.data))
        for each in signals.uart_inputs
    ]
    return (
        *(_of_input(symbol, given) for symbol, given in request.inputs),
        *uarts,
        *(_of_file("--feed", channel, path) for channel, path in signals.feeds),
    )


def _of_input(symbol: str, given: Path | ArrayInput) -> FedInput:
    if isinstance(given, ArrayInput):
        return FedInput("--input", symbol, "", len(given.data), _sha256(b"", given.data))
    return _of_file("--input", symbol, given)


def _of_file(option: str, target: str, path: Path) -> FedInput:
    if not path.is_file():
        return FedInput(option, target, path.as_posix(), 0, "")
    data = path.read_bytes()
    return FedInput(option, target, path.as_posix(), len(data), _sha256(b"", data))


def _sha256(after: bytes, data: bytes) -> str:
    """When serial input was sent matters as much as what: what it waited for goes first, with its length."""
    digest = hashlib.sha256(b"%d:%s" % (len(after), after) if after else b"")
    digest.update(data)
    return digest.hexdigest()
