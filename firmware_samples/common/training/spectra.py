"""Spectra of sampled signals, as firmware would compute them before a network: power and log-mel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RealArray = NDArray[np.float64]


def power_spectra(signal: RealArray, window_count: int, hop_count: int) -> RealArray:
    """One row per frame: squared magnitudes of the Fourier transform under a Hann window."""
    frames = np.lib.stride_tricks.sliding_window_view(signal, window_count)[::hop_count]
    return np.abs(np.fft.rfft(frames * np.hanning(window_count), axis=1)) ** 2 / window_count


@dataclass(frozen=True, slots=True)
class MelScale:
    """Triangular bands, evenly spaced in mel = 2595 log10(1 + f / 700) (O'Shaughnessy 1987), as HTK has them."""

    rate_hz: int
    window_count: int
    bands_count: int
    low_hz: float
    high_hz: float

    def weights(self) -> RealArray:
        """[frequency bin, band]."""
        low, high = (2595.0 * np.log10(1.0 + edge / 700.0) for edge in (self.low_hz, self.high_hz))
        edges_hz = 700.0 * (10.0 ** (np.linspace(low, high, self.bands_count + 2) / 2595.0) - 1.0)
        bins_hz = np.fft.rfftfreq(self.window_count, 1.0 / self.rate_hz)[:, np.newaxis]
        rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
        falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
        return np.maximum(0.0, np.minimum(rising, falling))


def log_mel(signal: RealArray, scale: MelScale, hop_count: int) -> NDArray[np.float32]:
    """[frame, band]: log10 of the energy in each band, with a floor 60 dB below full scale."""
    energy = power_spectra(signal, scale.window_count, hop_count) @ scale.weights()
    return np.log10(energy + 1e-6).astype(np.float32)
