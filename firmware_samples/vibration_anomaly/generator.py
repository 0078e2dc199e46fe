"""Vibration of a machine with a sound or a damaged rolling bearing. Synthetic; no recording is behind it.

A sound machine: harmonics of the shaft (unbalance, misalignment), a gear mesh with sidebands, broad-band noise.
A local defect hits something once per passing: a train of impulses, each of which rings at a resonance of the
structure (Randall and Antoni 2011, "Rolling element bearing diagnostics - a tutorial", Mechanical Systems and Signal
Processing 25, section 2). With n rolling elements of diameter d on a pitch diameter D, contact angle 0 and shaft
frequency f, an outer-race defect is passed n/2 f (1 - d/D) times a second, an inner-race defect n/2 f (1 + d/D),
a point on a rolling element meets the races at D/d f (1 - (d/D)^2) in all. An inner-race defect goes through the load
zone once per revolution, a rolling element once per turn of the cage, f/2 (1 - d/D): their impulses are modulated.
Slip moves each impulse by about a hundredth of the interval.

The bearing is a 6205: 9 balls of 7.94 mm on 39.04 mm. Amplitudes are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from firmware_samples.common.training.spectra import RealArray

RATE_HZ = 12_000
DURATION_S = 0.5
BALLS_COUNT, BALL_M, PITCH_M = 9, 7.94e-3, 39.04e-3
DIAMETER_RATIO = BALL_M / PITCH_M
GEAR_TEETH_COUNT = 29


class Defect(Enum):
    """Where the bearing is damaged."""

    NONE = "none"
    OUTER_RACE = "outer race"
    INNER_RACE = "inner race"
    BALL = "ball"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine in one moment."""

    shaft_hz: float
    load_ratio: float
    noise: float

    @staticmethod
    def drawn(rng: np.random.Generator) -> Machine:
        """Speed, load and noise as they vary in ordinary service (assumed)."""
        return Machine(rng.uniform(24.0, 30.0), rng.uniform(0.5, 1.0), rng.uniform(0.08, 0.16))


def defect_hz(defect: Defect, shaft_hz: float) -> float:
    """How often a defect hits something."""
    if defect is Defect.OUTER_RACE:
        return BALLS_COUNT / 2 * shaft_hz * (1 - DIAMETER_RATIO)
    if defect is Defect.INNER_RACE:
        return BALLS_COUNT / 2 * shaft_hz * (1 + DIAMETER_RATIO)
    return shaft_hz / DIAMETER_RATIO * (1 - DIAMETER_RATIO**2)


def vibration(machine: Machine, defect: Defect, severity: float, rng: np.random.Generator) -> RealArray:
    """Acceleration over DURATION_S; `severity` is the height of the impulses next to shaft harmonics of about 1."""
    time_s = np.arange(int(RATE_HZ * DURATION_S)) / RATE_HZ
    signal = _sound(machine, time_s, rng)
    if defect is not Defect.NONE:
        signal = signal + severity * _ringing(machine, defect, time_s, rng)
    return signal


def _sound(machine: Machine, time_s: RealArray, rng: np.random.Generator) -> RealArray:
    turns = 2 * np.pi * machine.shaft_hz * time_s + rng.uniform(0, 2 * np.pi)
    signal = machine.noise * rng.standard_normal(len(time_s))
    for order, height in ((1, 1.0), (2, 0.5), (3, 0.25), (4, 0.12)):
        signal += height * rng.uniform(0.8, 1.2) * np.sin(order * turns + rng.uniform(0, 2 * np.pi))
    mesh = 0.3 * machine.load_ratio * (1 + 0.3 * np.sin(turns))
    for harmonic, share in ((1, 1.0), (2, 0.4)):
        signal += share * mesh * np.sin(harmonic * GEAR_TEETH_COUNT * turns + rng.uniform(0, 2 * np.pi))
    return signal


def _ringing(machine: Machine, defect: Defect, time_s: RealArray, rng: np.random.Generator) -> RealArray:
    """Impulses convolved with a decaying resonance between 2.5 and 4 kHz, its amplitude falling to 1/e in 1 ms."""
    rate_hz = defect_hz(defect, machine.shaft_hz)
    intervals_s = rng.normal(1.0, 0.01, int(DURATION_S * rate_hz * 1.2)) / rate_hz
    moments_s = np.cumsum(intervals_s) - intervals_s[0] * rng.uniform()
    moments_s = moments_s[moments_s < DURATION_S]
    impulses = np.zeros(len(time_s))
    np.add.at(impulses, (moments_s * RATE_HZ).astype(np.int64), _modulation(machine, defect, moments_s))
    tail_s = time_s[: RATE_HZ // 100]
    resonance = np.exp(-tail_s / 1e-3) * np.sin(2 * np.pi * rng.uniform(2_500.0, 4_000.0) * tail_s)
    return np.convolve(impulses, resonance)[: len(time_s)]


def _modulation(machine: Machine, defect: Defect, moments_s: RealArray) -> RealArray:
    """How strongly each impulse is loaded."""
    if defect is Defect.OUTER_RACE:
        return np.ones(len(moments_s))
    cage_hz = machine.shaft_hz / 2 * (1 - DIAMETER_RATIO)
    turning_hz = machine.shaft_hz if defect is Defect.INNER_RACE else cage_hz
    return 0.6 + 0.4 * np.cos(2 * np.pi * turning_hz * moments_s)
