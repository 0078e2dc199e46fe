"""The sound of a fan, sound or with one of three faults. Synthetic; no recording is behind it, levels are assumed.

A fan: tones at multiples of the rate at which its blades pass, the hum of its motor at twice the mains frequency and
multiples, and turbulence, a noise that falls with frequency. Speed, load and room vary from fan to fan.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from firmware_samples.common.training.spectra import MelScale, RealArray, log_mel

RATE_HZ = 16_000
MEL = MelScale(RATE_HZ, 1024, 128, 0.0, 8000.0)
HOP_COUNT, FRAMES_COUNT = 512, 5
SAMPLES_COUNT = MEL.window_count + (FRAMES_COUNT - 1) * HOP_COUNT
MAINS_HZ = 50.0
BLADES_COUNT = 7


class Fault(Enum):
    """What is wrong."""

    NONE = "none"
    RUBBING = "a blade touches something once a turn"
    SQUEALING = "a dry bearing squeals"
    HUMMING = "the motor hums too loud"


@dataclass(frozen=True, slots=True)
class Fan:
    """One fan in one moment."""

    turns_hz: float
    load: float
    colour: float
    """How fast turbulence falls with frequency."""
    gain: float
    """Of microphone and distance."""

    @staticmethod
    def drawn(rng: np.random.Generator) -> Fan:
        """As they vary in ordinary service."""
        return Fan(
            rng.uniform(18.0, 26.0), rng.uniform(0.6, 1.0), rng.uniform(0.7, 0.9), rng.uniform(0.7, 1.4)
        )


def spectrum(fault: Fault, rng: np.random.Generator) -> NDArray[np.float32]:
    """Five frames of 128 mel bands, one after the other: 640 numbers."""
    return log_mel(_sound(Fan.drawn(rng), fault, rng), MEL, HOP_COUNT).reshape(-1)


def _sound(fan: Fan, fault: Fault, rng: np.random.Generator) -> RealArray:
    time_s = np.arange(SAMPLES_COUNT) / RATE_HZ
    turbulence = 0.3 * fan.load * _turbulence(fan, rng)
    blades = _tones(BLADES_COUNT * fan.turns_hz, (0.5, 0.3, 0.2, 0.1), time_s, rng)
    hum_level = 3.0 if fault is Fault.HUMMING else 1.0
    hum = hum_level * _tones(2 * MAINS_HZ, (0.15, 0.1, 0.06, 0.05, 0.04), time_s, rng)
    signal = turbulence + fan.load * blades + hum
    if fault is Fault.RUBBING:
        signal = signal + _rubbing(fan, time_s, rng)
    if fault is Fault.SQUEALING:
        signal = signal + _squealing(time_s, rng)
    return fan.gain * signal


def _tones(
    base_hz: float, heights: tuple[float, ...], time_s: RealArray, rng: np.random.Generator
) -> RealArray:
    """A base tone and its multiples, each with its own phase."""
    signal = np.zeros(len(time_s))
    for order, height in enumerate(heights, start=1):
        phase = rng.uniform(0.0, 2.0 * np.pi)
        signal += height * rng.uniform(0.8, 1.2) * np.sin(2.0 * np.pi * order * base_hz * time_s + phase)
    return signal


def _turbulence(fan: Fan, rng: np.random.Generator) -> RealArray:
    """Noise whose amplitude falls with a power of frequency, at an effective value of 1."""
    bins = np.fft.rfft(rng.standard_normal(SAMPLES_COUNT))
    frequencies = np.maximum(np.fft.rfftfreq(SAMPLES_COUNT, 1.0 / RATE_HZ), 20.0)
    noise = np.fft.irfft(bins * frequencies**-fan.colour, SAMPLES_COUNT)
    return np.asarray(noise / np.sqrt((noise**2).mean()))


def _rubbing(fan: Fan, time_s: RealArray, rng: np.random.Generator) -> RealArray:
    """A short hiss once a turn."""
    angle = (time_s * fan.turns_hz + rng.uniform()) % 1.0
    return rng.uniform(0.05, 0.3) * np.exp(-angle / 0.05) * rng.standard_normal(len(time_s))


def _squealing(time_s: RealArray, rng: np.random.Generator) -> RealArray:
    """A tone between 2 and 6 kHz that wavers."""
    base_hz, waver_hz = rng.uniform(2000.0, 6000.0), rng.uniform(2.0, 6.0)
    phase = 2.0 * np.pi * base_hz * time_s + 20.0 * np.sin(2.0 * np.pi * waver_hz * time_s)
    return np.asarray(rng.uniform(0.01, 0.08) * np.sin(phase))
