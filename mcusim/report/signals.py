"""What the user connects to the board for a run: serial input and output, sample data, watched pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class UartInput:
    """Bytes for a UART's receiver; an empty channel means the one that the firmware uses."""

    channel: str
    data: bytes
    after: bytes = b""
    """Sent once the firmware has printed this text; empty: sent as soon as the receiver is on."""


@dataclass(frozen=True, slots=True)
class UartOutput:
    """A file that gets what the firmware sends, while it sends it."""

    channel: str
    path: Path
    """"-" is standard output."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything that is connected."""

    uart_inputs: tuple[UartInput, ...] = ()
    uart_outputs: tuple[UartOutput, ...] = ()
    ptys: tuple[str, ...] = ()
    """Channels that a pseudo-terminal is opened for; an empty channel means the one that the firmware uses."""
    feeds: tuple[tuple[str, Path], ...] = ()
    """Channel ("ADC1", "I2C1.0x68", "PDM") and the file with its numbers."""
    pins: tuple[str, ...] = ()
    """Pins whose edges are recorded."""
    vcd: Path | None = None
    """File for the recorded edges, as a value change dump."""
