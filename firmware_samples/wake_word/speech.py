"""Words spoken by the speech synthesiser eSpeak NG, which the package espeakng-loader ships; one call, one word.

The synthesiser adds the formants of each phoneme (or filters a glottal wave through them, in its Klatt voices) and
plays recorded consonants; its voices differ in pitch, formants and voice quality. See https://github.com/espeak-ng.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from firmware_samples.common.training.spectra import RealArray

RATE_HZ = 16_000

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: espeak_Synth returns when the callback has had all samples
_UTF8 = 1
_PARAMETER_RATE, _PARAMETER_PITCH, _PARAMETER_RANGE = 1, 3, 4  # espeak_PARAMETER, speak_lib.h
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice and how it speaks."""

    voice: str
    """eSpeak's name of a language or accent, "+", its name of a voice: "en-us+f3"."""
    words_per_minute: int
    pitch_percent: int
    intonation_percent: int
    chance: int
    """Seed of the voice's own irregularity: flutter of its pitch, breath."""


class Synthesiser:
    """The library; there can be one in a process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        path = espeakng_loader.get_data_path().encode()
        self._rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, path, 0)
        if self._rate_hz <= 0:
            raise RuntimeError("eSpeak NG did not start; is espeakng-loader complete?")
        self._parts: list[RealArray] = []
        self._callback = _CALLBACK(self._take)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._parts.append(np.ctypeslib.as_array(samples, (count,)).astype(np.float64) / 32768.0)
        return 0

    def spoken(self, words: str, speaker: Speaker) -> RealArray:
        """The words at RATE_HZ, without silence before and after."""
        from scipy.signal import resample_poly

        if self._library.espeak_SetVoiceByName(speaker.voice.encode()) != 0:
            raise ValueError(f"eSpeak NG has no voice '{speaker.voice}'")
        self._library.espeak_SetParameter(_PARAMETER_RATE, speaker.words_per_minute, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, speaker.pitch_percent, 0)
        self._library.espeak_SetParameter(_PARAMETER_RANGE, speaker.intonation_percent, 0)
        self._parts.clear()
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(speaker.chance))  # else it takes the time of day
        text = words.encode() + b"\0"
        self._library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
        signal = np.concatenate(self._parts)
        common = gcd(RATE_HZ, self._rate_hz)
        signal = resample_poly(signal, RATE_HZ // common, self._rate_hz // common)
        loud = np.flatnonzero(np.abs(signal) > 0.01 * np.abs(signal).max())
        return np.asarray(signal[loud[0] : loud[-1] + 1])
