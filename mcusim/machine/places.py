"""The few addresses where something happens whatever block they are in: region marks, inputs, _sbrk, exit, --until."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.heap import HeapWatch
from mcusim.machine.options import RegionKind
from mcusim.machine.registers import Reg

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.machine import Machine


class Places:
    """Code hooks of one machine; made before its first run, because Unicorn ignores later ones."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.heap = HeapWatch()
        self._watch_written_heap()
        self._inputs_waiting = bool(machine.options.inputs)
        callbacks: dict[int, list[Callable[[int], None]]] = {}
        for addr, callback in self._wanted():
            if addr >= 0:
                callbacks.setdefault(addr, []).append(callback)
        for addr, chain in callbacks.items():
            machine.cpu.hook_addr(addr, _all_of(chain))

    def _watch_written_heap(self) -> None:
        """Without sbrk, the heap is as large as what was written after the static data."""
        machine, options = self._machine, self._machine.options
        region = machine.memory.region_at(options.heap_start_addr) if options.heap_start_addr >= 0 else None
        if options.has_heap and not options.sbrk_addrs and region is not None:
            machine.core.watch_heap(options.heap_start_addr, region.end_addr)

    def _wanted(self) -> list[tuple[int, Callable[[int], None]]]:
        options = self._machine.options
        wanted: list[tuple[int, Callable[[int], None]]] = []
        if options.region.kind is RegionKind.PAIR:
            wanted += [
                (options.region.begin_addr, self._begin_region),
                (options.region.end_addr, self._end_region),
            ]
        wanted += [(addr, self._grow_heap) for addr in options.sbrk_addrs]
        if options.inputs:
            wanted.append((options.input_addr, lambda _addr: self.write_inputs()))
        wanted += [(addr, self._exited) for addr in options.exit_addrs]
        return [*wanted, (options.until_addr, self._reached_until)]

    def restart(self) -> None:
        """After a reset the heap is empty."""
        if self.heap.was_called:
            self.heap.clear()
            self._machine.core.set_heap(0)

    def write_inputs(self) -> None:
        """Put the user's arrays into memory, once."""
        if self._inputs_waiting:
            self._inputs_waiting = False
            for each in self._machine.options.inputs:
                self._machine.memory.write(each.addr, each.data)

    def _begin_region(self, addr: int) -> None:
        self._mark(addr, begins=True)

    def _end_region(self, addr: int) -> None:
        self._mark(addr, begins=False)

    def _mark(self, addr: int, *, begins: bool) -> None:
        phases = self._machine.phases
        self._machine.core.mark(begins, addr)
        phases.change(phases.clock_hz, phases.flash, self._machine.core.now_at(addr), in_region=begins)

    def _grow_heap(self, _addr: int) -> None:
        self.heap.grow(self._machine.cpu.read(Reg.R0))
        self._machine.core.set_heap(self.heap.size_bytes)

    def _exited(self, addr: int) -> None:
        status = self._machine.cpu.read(Reg.R0)
        name = self._machine.functions.symbols.named(addr)
        self._machine.end("exit", f"{name} was called with status {status}", addr, status)
        self._machine.cpu.stop()

    def _reached_until(self, addr: int) -> None:
        self._machine.end("until", f"reached {self._machine.functions.symbols.named(addr)}", addr)
        self._machine.cpu.stop()


def _all_of(callbacks: list[Callable[[int], None]]) -> Callable[[int], None]:
    def call(addr: int) -> None:
        for each in callbacks:
            each(addr)

    return call
