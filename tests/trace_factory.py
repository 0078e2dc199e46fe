"""Synthetic traces: the currents that are put into them are known, and the calibration must find them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

INFERENCE_S = 0.0064
"""Of a made-up firmware; a trace of the bundled sample takes the time of its run instead."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A board on a bench: inferences at a fixed interval, sleep in between, a start-up before."""

    active_a: float = 0.0212
    sleep_a: float = 0.0031
    length_s: float = INFERENCE_S
    period_s: float = 0.02
    count: int = 20
    rate_hz: float = 100_000.0
    noise_a: float = 0.0
    offset_a: float = 0.0
    drift_ratio: float = 0.0
    """How much longer an inference is at the end than at the beginning."""
    startup_s: float = 0.05
    lengths_s: tuple[float, ...] = field(default=())
    """Of each inference; empty: all alike."""

    def samples(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Time, current, and whether an inference runs."""
        random = np.random.default_rng(7)
        time_s = np.arange(round((self.startup_s + self.count * self.period_s) * self.rate_hz)) / self.rate_hz
        active = np.zeros(len(time_s), dtype=bool)
        for place in range(self.count):
            begin_s = self.startup_s + place * self.period_s
            length_s = self.lengths_s[place] if self.lengths_s else self.length_s
            length_s *= 1 + self.drift_ratio * place / max(1, self.count - 1)
            active |= (time_s >= begin_s) & (time_s < begin_s + length_s)
        current_a = np.where(active, self.active_a, self.sleep_a)
        starting = time_s < 0.6 * self.startup_s
        current_a[starting] = 0.8 * self.active_a
        current_a[time_s < 0.002] = 5 * self.active_a  # inrush
        return time_s, current_a + self.offset_a + random.normal(0, self.noise_a, len(time_s)), active


def ppk2_text(
    time_s, current_a, levels=None, heading="Timestamp(ms),Current(uA),D0-D7,D0,D1,D2,D3,D4,D5,D6,D7"
):
    """As the Power Profiler app exports it: milliseconds, microamperes with three decimals, channels twice."""
    levels = np.zeros(len(time_s), dtype=bool) if levels is None else levels
    rows = [
        f"{1e3 * at:.2f},{1e6 * amps:.3f},{level:d}0000000,{level:d},0,0,0,0,0,0,0"
        for at, amps, level in zip(time_s.tolist(), current_a.tolist(), levels.tolist(), strict=True)
    ]
    return "\n".join([heading, *rows]) + "\n"
