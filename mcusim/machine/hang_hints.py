"""Why firmware may hang: built for another chip, or waiting for a register that nothing models; a guess."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import RegisterDevice
from mcusim.machine.options import RegionKind
from mcusim.units import grouped

if TYPE_CHECKING:
    from mcusim.machine.machine import Machine
    from mcusim.recording.recording import Stop

_CUT_OFF = ("max_cycles", "max_seconds")
_GAVE_UP = ("reset_loop", "strict_poll", "breakpoint", "unsupported")
_QUIET = ("idle_loop", "sleep_forever", "main_returned", "exit")
"""Ends that are no hang where the measured function ran before."""
_WAITING_READS = 10_000
"""So often nothing but a loop reads a register: at 80 MHz a few milliseconds of it."""


def with_hang_hint(machine: Machine) -> Stop:
    """How the run of `machine` ended, with the likely cause where it got nowhere."""
    stop = machine.stop
    hints = []
    if machine.image.misfit and _got_nowhere(machine, (*_CUT_OFF, *_GAVE_UP, *_QUIET)):
        hints.append(machine.image.misfit)
    if _got_nowhere(machine, (*_CUT_OFF, *_QUIET)):
        hints += [_waited_for(machine), *_outside(machine)]
    return replace(stop, detail="; ".join(filter(None, (stop.detail, *hints))))


def _got_nowhere(machine: Machine, reasons: tuple[str, ...]) -> bool:
    """The run ended for one of `reasons`, and what was to be measured did not run."""
    reason = machine.stop.reason
    is_function = machine.options.region.kind is RegionKind.FUNCTION
    watched = machine.core.watched(False)
    was_reached = is_function and bool(watched[0] or watched[5])
    is_normal_end = not is_function and reason in _QUIET
    return reason in reasons and not was_reached and not is_normal_end


def _outside(machine: Machine) -> set[str]:
    """What the devices in use lack at their other end; firmware that printed something does not wait for that."""
    if machine.host.console:
        return set()
    devices = (each.device for each in machine.bus.attached)
    return {each.waited_for for each in devices if isinstance(each, RegisterDevice)}


def _waited_for(machine: Machine) -> str:
    """The register without a model that was read most, when only a loop reads so often."""
    counts = machine.bus.unmodelled
    most = max(counts, key=lambda each: (each.reads_count, -each.addr), default=None)
    if most is None or most.reads_count < _WAITING_READS:
        return ""
    return (
        f"the firmware read 0x{most.addr:08X} {grouped(most.reads_count)} times, which nothing models: it may wait "
        "for it (--svd FILE names it)"
    )
