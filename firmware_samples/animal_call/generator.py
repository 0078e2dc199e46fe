"""Two seconds at night in the open: a cricket, a frog, an owl, a songbird, or nobody. Synthetic.

A call is a series of syllables; a syllable is a tone whose frequency and loudness follow given courses:

- cricket: chirps of three to five pulses of a nearly pure tone at 3.8 to 5.2 kHz, two to four chirps a second;
- frog: notes of 150 to 400 ms, 30 to 70 pulses a second, each a damped tone at 0.6 to 2.2 kHz with its octave;
- owl: hoots of 200 to 500 ms at 250 to 500 Hz that bend up and down a little, with a weak second harmonic;
- songbird: phrases of one syllable said two to six times, sweeping between 2 and 7 kHz, sometimes with a trill.

These are the usual descriptions of such calls; the ranges are assumed, no species is meant. Wind (low noise), leaves
(noise between 2 and 6 kHz, coming and going) and a distant mains transformer lie under every recording, and clicks of
branches in some.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_samples.common.training.spectra import MelScale, RealArray, log_mel

CLASSES = ("cricket", "frog", "owl", "songbird", "nobody")
RATE_HZ = 16_000
DURATION_S = 2.0
COUNT = int(RATE_HZ * DURATION_S)
TIME_S = np.arange(COUNT) / RATE_HZ
MEL = MelScale(RATE_HZ, 1024, 32, 100.0, 7800.0)
HOP_COUNT = 1024
FRAMES_COUNT = (COUNT - MEL.window_count) // HOP_COUNT + 1


def features(name: str, rng: np.random.Generator) -> RealArray:
    """The log-mel spectrum [frame, band] of two seconds with this caller, 0 to 25 dB above the background."""
    background = _background(rng)
    signal = background
    if name != "nobody":
        call = _CALLS[name](rng)
        signal = background + 10.0 ** (rng.uniform(0.0, 25.0) / 20.0) * _level(call)
    return log_mel(signal * 10.0 ** rng.uniform(-3.2, -1.8), MEL, HOP_COUNT)


def _level(signal: RealArray) -> RealArray:
    return signal / np.sqrt((signal**2).mean() + 1e-12)


def _tone(frequency_hz: RealArray, loudness: RealArray, overtones: tuple[float, ...] = ()) -> RealArray:
    """A tone along these courses, with overtones of the given heights."""
    phase = 2 * np.pi * np.cumsum(frequency_hz) / RATE_HZ
    signal = np.sin(phase)
    for order, height in enumerate(overtones, start=2):
        signal = signal + height * np.sin(order * phase)
    return loudness * signal


def _add(signal: RealArray, start_s: float, syllable: RealArray) -> None:
    start = int(start_s * RATE_HZ)
    part = syllable[: max(0, COUNT - start)]
    signal[start : start + len(part)] += part


def _cricket(rng: np.random.Generator) -> RealArray:
    signal = np.zeros(COUNT)
    pitch_hz, pulses_count = rng.uniform(3800.0, 5200.0), int(rng.integers(3, 6))
    pulse_s, gap_s, period_s = rng.uniform(0.012, 0.02), rng.uniform(0.01, 0.02), 1.0 / rng.uniform(2.0, 4.0)
    count = int(pulse_s * RATE_HZ)
    pulse = _tone(pitch_hz * np.linspace(1.02, 0.98, count), np.hanning(count))
    for chirp_s in np.arange(rng.uniform(0.0, period_s), DURATION_S, period_s):
        for index in range(pulses_count):
            _add(signal, chirp_s + index * (pulse_s + gap_s), pulse * (0.6 + 0.4 * index / pulses_count))
    return signal


def _frog(rng: np.random.Generator) -> RealArray:
    signal = np.zeros(COUNT)
    pitch_hz, pulse_hz = rng.uniform(600.0, 2200.0), rng.uniform(30.0, 70.0)
    period_s = rng.uniform(0.5, 1.1)
    for note_s in np.arange(rng.uniform(0.0, 0.5), DURATION_S, period_s):
        count = int(rng.uniform(0.15, 0.4) * RATE_HZ)
        since_pulse_s = (TIME_S[:count] * pulse_hz % 1.0) / pulse_hz
        loudness = np.hanning(count) * np.exp(-since_pulse_s / rng.uniform(0.004, 0.008))
        _add(signal, note_s, _tone(np.full(count, pitch_hz), loudness, (rng.uniform(0.2, 0.8),)))
    return signal


def _owl(rng: np.random.Generator) -> RealArray:
    signal = np.zeros(COUNT)
    pitch_hz, at_s = rng.uniform(250.0, 500.0), rng.uniform(0.0, 0.6)
    while at_s < DURATION_S - 0.2:
        count = int(rng.uniform(0.2, 0.5) * RATE_HZ)
        bend = 1.0 + rng.uniform(0.02, 0.08) * np.sin(np.pi * np.arange(count) / count)
        _add(signal, at_s, _tone(pitch_hz * bend, np.hanning(count) ** 0.5, (rng.uniform(0.02, 0.2),)))
        at_s += count / RATE_HZ + rng.uniform(0.15, 0.6)
    return signal


def _songbird(rng: np.random.Generator) -> RealArray:
    signal = np.zeros(COUNT)
    at_s = rng.uniform(0.0, 0.4)
    while at_s < DURATION_S - 0.3:
        count = int(rng.uniform(0.05, 0.2) * RATE_HZ)
        course_hz = np.linspace(rng.uniform(2000.0, 7000.0), rng.uniform(2000.0, 7000.0), count)
        if rng.uniform() < 0.4:
            course_hz += rng.uniform(100.0, 600.0) * np.sin(
                2 * np.pi * rng.uniform(20.0, 60.0) * TIME_S[:count]
            )
        syllable, gap_s = _tone(course_hz, np.hanning(count)), rng.uniform(0.02, 0.08)
        for _ in range(int(rng.integers(2, 7))):
            _add(signal, min(at_s, DURATION_S), syllable)
            at_s += count / RATE_HZ + gap_s
        at_s += rng.uniform(0.1, 0.6)
    return signal


def _noise(rng: np.random.Generator, gain: Callable[[RealArray], RealArray]) -> RealArray:
    frequencies_hz = np.fft.rfftfreq(COUNT, 1.0 / RATE_HZ)
    return _level(np.fft.irfft(np.fft.rfft(rng.standard_normal(COUNT)) * gain(frequencies_hz), COUNT))


def _background(rng: np.random.Generator) -> RealArray:
    corner_hz = rng.uniform(150.0, 500.0)
    wind = _noise(rng, lambda f: 1.0 / (1.0 + (f / corner_hz) ** 1.5))
    leaves = _noise(rng, lambda f: np.exp(-(((f - 4000.0) / 1500.0) ** 2)))
    rustle = np.interp(TIME_S, np.linspace(0.0, DURATION_S, 9), rng.uniform(0.0, 1.0, 9))
    hum = _tone(np.full(COUNT, 100.0), np.full(COUNT, rng.uniform(0.0, 0.3)), (0.5, 0.3))
    signal = wind + rng.uniform(0.0, 0.5) * rustle * leaves + hum + 0.03 * rng.standard_normal(COUNT)
    for _ in range(rng.poisson(0.7)):
        count = int(rng.uniform(0.002, 0.01) * RATE_HZ)
        click = rng.standard_normal(count) * np.exp(-np.arange(count) / (0.2 * count))
        _add(signal, rng.uniform(0.0, DURATION_S - 0.02), rng.uniform(1.0, 5.0) * click)
    return _level(signal)


_CALLS: dict[str, Callable[[np.random.Generator], RealArray]] = {
    "cricket": _cricket,
    "frog": _frog,
    "owl": _owl,
    "songbird": _songbird,
}
