"""Electrocardiograms of regular and irregular hearts. Synthetic; no patient is behind them.

The shape of a beat is the dynamical model of McSharry, Clifford, Tarassenko and Smith 2003 ("A dynamical model for
generating synthetic electrocardiogram signals", IEEE Transactions on Biomedical Engineering 50): a point runs around a
circle once per beat, and the waves P, Q, R, S, T at their angles t_i push the signal z:

    dz/dt = - sum_i a_i (theta - t_i) exp(-(theta - t_i)^2 / (2 b_i^2)) - z

Angles and widths follow the square root of the heart rate, as in the authors' program ECGSYN. Rhythms are ours:

- sinus rhythm: intervals vary with breathing and a little at random;
- atrial fibrillation: no P wave, intervals at random without order, a small unsteady wave of 4 to 9 Hz instead;
- ectopic beats: some beats come early, either from a ventricle (wide, no P wave, T inverted, and the next beat comes
  when it would have come anyway) or from an atrium (ordinary shape, the rhythm starts anew).

Every signal has breathing in its base line, muscle noise and mains hum. Amplitudes and ranges are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from firmware_samples.common.training.spectra import RealArray

RATE_HZ = 100
DURATION_S = 8.0
STEPS_PER_SAMPLE = 4
"""The model is integrated at 400 Hz: the R wave is a few hundredths of a second wide."""
ANGLES = np.radians([-70.0, -15.0, 0.0, 15.0, 100.0])
HEIGHTS = np.array([1.2, -5.0, 30.0, -7.5, 0.75])
WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
"""Of P, Q, R, S, T at 60 beats a minute: ECGSYN's defaults."""


class Rhythm(Enum):
    """What the network tells apart."""

    SINUS = 0
    FIBRILLATION = 1
    ECTOPIC = 2


@dataclass(frozen=True, slots=True)
class Beat:
    """One turn around the circle."""

    interval_s: float
    has_p_wave: bool = True
    is_ventricular: bool = False


@dataclass(frozen=True, slots=True)
class Heart:
    """What differs from person to person and place to place of the electrodes."""

    interval_s: float
    heights: RealArray
    widths: RealArray

    @staticmethod
    def drawn(rng: np.random.Generator) -> Heart:
        """A heart at 50 to 110 beats a minute; each wave up to a third higher or lower."""
        heights = HEIGHTS * rng.uniform(0.7, 1.35, 5)
        return Heart(60.0 / rng.uniform(50.0, 110.0), heights, WIDTHS * rng.uniform(0.85, 1.2, 5))


def electrocardiogram(rhythm: Rhythm, rng: np.random.Generator) -> RealArray:
    """DURATION_S at RATE_HZ, with mean 0 and deviation 1, as a front end with automatic gain gives it."""
    heart = Heart.drawn(rng)
    beats_count = int((DURATION_S + 6.0) / heart.interval_s * 2.0)
    beats = _RHYTHMS[rhythm](heart, beats_count, rng)
    signal = _integrated(heart, beats)
    start = int(rng.uniform(2.0, 4.0) * RATE_HZ * STEPS_PER_SAMPLE)
    signal = signal[start::STEPS_PER_SAMPLE][: int(DURATION_S * RATE_HZ)]
    signal = signal / np.ptp(signal)
    if rhythm is Rhythm.FIBRILLATION:
        signal = signal + _fibrillatory_wave(rng)
    signal = signal + _disturbance(rng)
    return (signal - signal.mean()) / signal.std()


def _sinus_beats(heart: Heart, count: int, rng: np.random.Generator) -> list[Beat]:
    """Respiratory sinus arrhythmia of 1 to 7 percent, a breath every 3 to 6 seconds."""
    depth, breath_s = rng.uniform(0.01, 0.07), rng.uniform(3.0, 6.0)
    moments_s = np.arange(count) * heart.interval_s + rng.uniform(0, breath_s)
    swing = 1.0 + depth * np.sin(2 * np.pi * moments_s / breath_s) + rng.normal(0.0, 0.01, count)
    return [Beat(heart.interval_s * each) for each in swing]


def _fibrillating_beats(heart: Heart, count: int, rng: np.random.Generator) -> list[Beat]:
    """Independent intervals from a gamma distribution with a deviation of 12 to 30 percent, not under 0.3 s."""
    deviation = rng.uniform(0.12, 0.30)
    shape = deviation**-2
    intervals_s = np.maximum(0.3, heart.interval_s * rng.gamma(shape, 1.0 / shape, count))
    return [Beat(float(each), has_p_wave=False) for each in intervals_s]


def _ectopic_beats(heart: Heart, count: int, rng: np.random.Generator) -> list[Beat]:
    """Sinus rhythm in which every third to sixth beat is early, by 25 to 45 percent."""
    beats = _sinus_beats(heart, count, rng)
    is_ventricular, every = rng.uniform() < 0.5, int(rng.integers(3, 7))
    for index in range(int(rng.integers(1, every)), count - 1, every):
        early_ratio = rng.uniform(0.55, 0.75)
        before, early = beats[index - 1], beats[index]
        beats[index - 1] = replace(before, interval_s=before.interval_s * early_ratio)
        if is_ventricular:
            pause_s = early.interval_s * (2.0 - early_ratio)
            beats[index] = Beat(pause_s, has_p_wave=False, is_ventricular=True)
    return beats


_RHYTHMS = {
    Rhythm.SINUS: _sinus_beats,
    Rhythm.FIBRILLATION: _fibrillating_beats,
    Rhythm.ECTOPIC: _ectopic_beats,
}


def _integrated(heart: Heart, beats: list[Beat]) -> RealArray:
    """z over all beats by the explicit Euler method; a beat begins half a turn before its R wave."""
    step_s = 1.0 / (RATE_HZ * STEPS_PER_SAMPLE)
    pushes = np.concatenate([_pushes(heart, beat, step_s) for beat in beats])
    signal = np.empty(len(pushes))
    z = 0.0
    for index, push in enumerate(pushes.tolist()):
        z += step_s * (push - z)
        signal[index] = z
    return signal


def _pushes(heart: Heart, beat: Beat, step_s: float) -> RealArray:
    """The sum over the waves, for each step of one beat."""
    rate = np.sqrt(1.0 / beat.interval_s)
    angles = ANGLES * np.array([np.sqrt(rate), rate, 1.0, rate, np.sqrt(rate)])
    widths, heights = heart.widths * rate, heart.heights.copy()
    if not beat.has_p_wave:
        heights[0] = 0.0
    if beat.is_ventricular:
        # Wide and slow: conducted from muscle to muscle; what was depolarised last is repolarised first.
        widths[1:4] *= 2.2
        angles[[1, 3]] *= 2.2
        heights[1:4] *= 0.35
        heights[4] *= -1.5
    steps_count = max(1, round(beat.interval_s / step_s))
    theta = np.linspace(-np.pi, np.pi, steps_count, endpoint=False)[:, np.newaxis]
    difference = (theta - angles + np.pi) % (2 * np.pi) - np.pi
    waves: NDArray[np.float64] = heights * difference * np.exp(-(difference**2) / (2 * widths**2))
    return -waves.sum(axis=1)


def _fibrillatory_wave(rng: np.random.Generator) -> RealArray:
    """2 to 6 percent of the R wave, its frequency wandering about 4 to 9 Hz."""
    count = int(DURATION_S * RATE_HZ)
    frequency_hz = rng.uniform(4.0, 9.0) + np.cumsum(rng.normal(0.0, 0.08, count))
    return rng.uniform(0.02, 0.06) * np.sin(2 * np.pi * np.cumsum(frequency_hz) / RATE_HZ)


def _disturbance(rng: np.random.Generator) -> RealArray:
    """Base line, muscle noise, and mains hum at 50 Hz seen 0.3 Hz off by the sampling at 100 Hz."""
    count = int(DURATION_S * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    base = rng.uniform(0.0, 0.12) * np.sin(2 * np.pi * (rng.uniform(0.15, 0.4) * time_s + rng.uniform()))
    hum = rng.uniform(0.0, 0.02) * np.sin(2 * np.pi * (49.7 * time_s + rng.uniform()))
    return base + hum + rng.uniform(0.005, 0.05) * rng.standard_normal(count)
