"""DMA request lines between the devices of one chip: who wants a transfer asks, the DMA controller serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class DmaNet:
    """Named request lines ("USART2_TX", "ADC1"), levels like in hardware. Order of construction does not matter.

    A device keeps its line high while it can take or give data; a transfer that the controller makes reads or
    writes the device's data register over the bus, upon which the device sets the line anew.
    """

    def __init__(self) -> None:
        self._asking: set[str] = set()
        self._sources: dict[str, str] = {}
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def is_asking(self, line: str) -> bool:
        """Whether the device at the other end of `line` wants a transfer."""
        return self._sources.get(line, line) in self._asking

    def connect(self, line: str, source: str) -> None:
        """Let `line`, the output of a request multiplexer, follow `source`; an empty source: nothing."""
        if self._sources.get(line) == source:
            return
        self._sources[line] = source
        if self.is_asking(line):
            self._serve(line)

    def listen(self, line: str, serve: Callable[[], None]) -> None:
        """Call `serve` when the device behind `line` begins to ask."""
        self._listeners.setdefault(line, []).append(serve)

    def set_request(self, line: str, is_asking: bool) -> None:
        """Drive `line`."""
        if is_asking == (line in self._asking):
            return
        if not is_asking:
            self._asking.discard(line)
            return
        self._asking.add(line)
        self._serve(line)
        for output in [each for each, source in self._sources.items() if source == line]:
            self._serve(output)

    def _serve(self, line: str) -> None:
        for serve in tuple(self._listeners.get(line, ())):
            serve()
