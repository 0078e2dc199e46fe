"""One second of an outdoor scene: rain, wind, traffic, birds, a siren, or nothing in particular. Synthetic.

- rain: a hiss between 1 and 7 kHz, and drops. A drop's bubble rings at Minnaert's frequency, about 3.26 m/s divided by
  its radius (0.4 to 2 mm: 1.6 to 8 kHz), and dies away in a few milliseconds; drops come as a Poisson process.
- wind: noise under a low pass whose corner, 150 to 600 Hz, and level follow the gusts.
- traffic: an engine (harmonics of its firing frequency, the n-th 1/n as strong) and tyres (noise about 1 kHz) that go
  by: the level falls with the square of the distance, 1 / (1 + (v t / d)^2).
- birds: syllables of 40 to 200 ms that sweep up or down between 2 and 7 kHz.
- siren: a tone with harmonics that changes between two pitches a fourth apart, or wails between 500 and 1500 Hz, over
  traffic.
- quiet: noise whose power falls with frequency.

Every scene has some of the quiet in it (3 dB above to 20 dB below it), and other sounds 3 to 25 dB below: rain in wind,
birds in traffic. Levels are assumed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_samples.common.training.spectra import MelScale, RealArray, log_mel

CLASSES = ("rain", "wind", "traffic", "birds", "siren", "quiet")
RATE_HZ = 16_000
COUNT = RATE_HZ
TIME_S = np.arange(COUNT) / RATE_HZ
MEL = MelScale(RATE_HZ, 1024, 32, 50.0, 7800.0)
HOP_COUNT = 512
FRAMES_COUNT = (COUNT - MEL.window_count) // HOP_COUNT + 1
NEIGHBOURS = {
    "rain": ("wind",),
    "wind": ("rain", "birds"),
    "traffic": ("birds", "rain"),
    "birds": ("wind", "traffic"),
}
"""What may be heard in a scene besides what it is called after."""


def shaped_noise(gain: Callable[[RealArray], RealArray], rng: np.random.Generator) -> RealArray:
    """Noise with the given amplitude over frequency, mean square 1."""
    frequencies_hz = np.fft.rfftfreq(COUNT, 1.0 / RATE_HZ)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(COUNT)) * gain(frequencies_hz), COUNT)
    return _level(noise)


def scene(name: str, rng: np.random.Generator) -> RealArray:
    """One second of it at a random level."""
    signal = _level(_SOUNDS[name](rng))
    for other in NEIGHBOURS.get(name, ()):
        signal += 10.0 ** (-rng.uniform(3.0, 25.0) / 20.0) * _level(_SOUNDS[other](rng))
    signal += 10.0 ** (-rng.uniform(-3.0, 20.0) / 20.0) * _quiet(rng)
    level = -2.7 if name == "quiet" else -2.2
    return signal * 10.0 ** (level + rng.uniform(-0.6, 0.6))


def features(name: str, rng: np.random.Generator) -> RealArray:
    """The scene's log-mel spectrum [frame, band]."""
    return log_mel(scene(name, rng), MEL, HOP_COUNT)


def _level(signal: RealArray) -> RealArray:
    return signal / np.sqrt((signal**2).mean() + 1e-12)


def _quiet(rng: np.random.Generator) -> RealArray:
    slope = rng.uniform(0.4, 1.0)
    return shaped_noise(lambda f: np.maximum(f, 30.0) ** -slope, rng)


def _rain(rng: np.random.Generator) -> RealArray:
    hiss = shaped_noise(lambda f: 1.0 / (1.0 + (1000.0 / np.maximum(f, 1.0)) ** 4 + (f / 7000.0) ** 4), rng)
    signal = rng.uniform(0.1, 0.6) * hiss
    tail_s = TIME_S[: RATE_HZ // 50]
    for _ in range(rng.poisson(rng.uniform(30.0, 200.0))):
        ringing_hz = 3.26 / rng.uniform(0.4e-3, 2e-3)
        drop = np.exp(-tail_s / rng.uniform(1e-3, 5e-3)) * np.sin(2 * np.pi * ringing_hz * tail_s)
        start = int(rng.integers(COUNT - len(drop)))
        signal[start : start + len(drop)] += rng.lognormal(0.0, 0.8) * drop
    return signal


def _slow(rng: np.random.Generator, points_count: int) -> RealArray:
    """A random course through the second between 0 and 1."""
    return np.interp(TIME_S, np.linspace(0.0, 1.0, points_count), rng.uniform(0.0, 1.0, points_count))


def _wind(rng: np.random.Generator) -> RealArray:
    """Two low-passed noises, the higher one heard in the gusts only."""
    low_hz, high_hz = rng.uniform(120.0, 250.0), rng.uniform(300.0, 600.0)
    low, high = (
        shaped_noise(lambda f, corner_hz=corner_hz: 1.0 / (1.0 + (f / corner_hz) ** 2), rng)
        for corner_hz in (low_hz, high_hz)
    )
    gust = _slow(rng, 6)
    return (0.4 + 0.6 * gust) * low + 0.8 * gust**2 * high


def _traffic(rng: np.random.Generator) -> RealArray:
    firing_hz = rng.uniform(40.0, 110.0) * (1.0 + rng.uniform(-0.15, 0.15) * TIME_S)
    phase = 2 * np.pi * np.cumsum(firing_hz) / RATE_HZ
    engine = sum(np.sin(n * phase + rng.uniform(0, 2 * np.pi)) / n for n in range(1, 13))
    tyres = shaped_noise(lambda f: 1.0 / (1.0 + ((f - 1000.0) / 500.0) ** 2), rng)
    nearest_s, speed_ratio = rng.uniform(-0.3, 1.3), rng.uniform(0.5, 2.5)
    nearness = 1.0 / (1.0 + (speed_ratio * (TIME_S - nearest_s)) ** 2)
    return nearness * (_level(np.asarray(engine)) + rng.uniform(0.3, 1.2) * tyres)


def _birds(rng: np.random.Generator) -> RealArray:
    signal = np.zeros(COUNT)
    for _ in range(int(rng.integers(2, 9))):
        count = int(rng.uniform(0.04, 0.2) * RATE_HZ)
        sweep_hz = np.linspace(rng.uniform(2000.0, 7000.0), rng.uniform(2000.0, 7000.0), count)
        sweep_hz += rng.uniform(0.0, 400.0) * np.sin(2 * np.pi * rng.uniform(15.0, 40.0) * TIME_S[:count])
        syllable = np.hanning(count) * np.sin(2 * np.pi * np.cumsum(sweep_hz) / RATE_HZ)
        start = int(rng.integers(COUNT - count))
        signal[start : start + count] += rng.uniform(0.3, 1.0) * syllable
    return signal


def _siren(rng: np.random.Generator) -> RealArray:
    if rng.uniform() < 0.5:
        low_hz = rng.uniform(380.0, 480.0)
        turn = np.floor(2.0 * TIME_S * rng.uniform(0.5, 1.2) + rng.uniform(0.0, 2.0)).astype(int) % 2
        pitch_hz = np.where(turn == 0, low_hz, low_hz * 4 / 3)
    else:
        swing = np.sin(2 * np.pi * (rng.uniform(0.25, 3.0) * TIME_S + rng.uniform()))
        pitch_hz = 1000.0 + rng.uniform(300.0, 500.0) * swing
    pitch_hz = pitch_hz * rng.uniform(0.95, 1.05)  # Doppler shift at up to 60 km/h
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    tone = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase)
    return _level(tone) + rng.uniform(0.3, 6.0) * _level(_traffic(rng))


_SOUNDS: dict[str, Callable[[np.random.Generator], RealArray]] = {
    "rain": _rain,
    "wind": _wind,
    "traffic": _traffic,
    "birds": _birds,
    "siren": _siren,
    "quiet": _quiet,
}
