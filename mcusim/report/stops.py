"""Reasons of a stop after which a run's numbers are not those of a whole run."""

from __future__ import annotations

FAULTS = frozenset(
    {
        "fault",
        "reset_loop",
        "breakpoint",  # without a debugger a BKPT escalates to HardFault
        "unsupported",
        "strict_poll",
    }
)
"""The firmware's own doing, or something that mcusim does not model."""
LIMITS = frozenset({"max_cycles", "max_seconds"})
"""The user's: the firmware would have gone on."""
BAD_ENDS = FAULTS | LIMITS
"""Every other reason is a run that ended by itself."""
