"""Unit suffixes that names must carry, and the only place that formats a quantity for people."""

from __future__ import annotations

SUFFIXES = frozenset(
    "cycles hz s ns v a w j bytes addr count ratio percent bits c index id number version mask offset words".split()
)

_PREFIXES = (
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "µ"),
    (1e-9, "n"),
    (1e-12, "p"),
)


def engineering(value: float, unit: str, digits: int = 3) -> str:
    """`value` in SI base units as text with an SI prefix, for example 0.00123, "s" → "1.23 ms"."""
    if value == 0:
        return f"0 {unit}"
    scale, prefix = next(
        (each for each in _PREFIXES if abs(value) >= each[0] * (1 - 0.5 * 10**-digits)), _PREFIXES[-1]
    )
    scaled = value / scale
    decimals = max(0, digits - len(str(int(abs(scaled) + 0.5))))
    return f"{scaled:.{decimals}f} {prefix}{unit}"


def exact_mhz(clock_hz: int) -> str:
    """A clock to the last hertz: 120500000 → "120.5 MHz"; `engineering` would round it to a limit next to it."""
    return f"{clock_hz / 1e6:.6f}".rstrip("0").rstrip(".") + " MHz"


def grouped(value: int) -> str:
    """An integer with thin groups of three digits: 1234567 → "1 234 567"."""
    return f"{value:,}".replace(",", " ")


def size(value_bytes: int) -> str:
    """A byte count for people: exact below 10 KiB, else in KiB or MiB."""
    if value_bytes < 10 * 1024:
        return f"{grouped(value_bytes)} B"
    if value_bytes < 1024 * 1024:
        return f"{value_bytes / 1024:.1f} KiB"
    return f"{value_bytes / 1024**2:.2f} MiB"
