"""Command words of one second as MFCC, spoken by eSpeak NG with the voices of the sample wake_word.

Of the twelve classes of the Speech Commands task (Warden 2018, arXiv:1804.03209) ten are words, one is any other word
and one is noise alone. The published front end is used: 40 mel bands from 20 to 4000 Hz, 30 ms windows every 20 ms,
ten cepstra. Held-back utterances have voices, and other words, that are not learned from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_samples.common.training.spectra import MelScale, RealArray, log_mel
from firmware_samples.common.training.split import Examples
from firmware_samples.wake_word.generator import ACCENTS, HELD_BACK_EVERY, VOICES
from firmware_samples.wake_word.speech import RATE_HZ, Speaker, Synthesiser

COMMANDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
CLASSES = (*COMMANDS, "silence", "unknown")
MEL = MelScale(RATE_HZ, 480, 40, 20.0, 4000.0)
HOP_COUNT = 320
FRAMES_COUNT, CEPSTRA_COUNT = 49, 10


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks and which other words are said."""

    voices: tuple[str, ...]
    other_words: tuple[str, ...]


LEARNING = Cast(
    tuple(name for index, name in enumerate(VOICES) if index % HELD_BACK_EVERY),
    tuple("bed bird cat dog eight five four happy house marvin nine one seven sheila".split()),
)
TESTING = Cast(tuple(VOICES[::HELD_BACK_EVERY]), tuple("six three tree two wow zero".split()))


class Utterances:
    """Draws utterances of one cast."""

    def __init__(self, synthesiser: Synthesiser, cast: Cast, rng: np.random.Generator) -> None:
        self._synthesiser, self._cast, self._rng = synthesiser, cast, rng

    def drawn(self, count: int) -> Examples:
        """The classes in turn; inputs are cepstra [frame, coefficient, 1]."""
        labels = np.arange(count) % len(CLASSES)
        return Examples(np.stack([cepstra(self._second(CLASSES[label])) for label in labels]), labels)

    def _second(self, name: str) -> RealArray:
        """Noise everywhere, 5 to 30 dB below the word; the level varies by 20 dB."""
        noise = self._rng.standard_normal(RATE_HZ)
        if self._rng.random() < 0.5:  # as much power in each octave
            bins = np.fft.rfft(noise) / np.sqrt(np.arange(1, RATE_HZ // 2 + 2))
            noise = np.fft.irfft(bins, RATE_HZ)
        noise /= np.sqrt((noise**2).mean())
        level = 10.0 ** self._rng.uniform(-2.0, -1.0)
        softness = 10.0 ** (-self._rng.uniform(5.0, 30.0) / 20.0)
        if name == "silence":
            return level * softness * noise
        word = self._one_of(self._cast.other_words) if name == "unknown" else name
        return level * (self._placed(self._spoken(word)) + softness * noise)

    def _one_of(self, choices: tuple[str, ...]) -> str:
        return choices[int(self._rng.integers(len(choices)))]

    def _spoken(self, word: str) -> RealArray:
        rng = self._rng
        speaker = Speaker(
            f"{self._one_of(tuple(ACCENTS))}+{self._one_of(self._cast.voices)}",
            int(rng.integers(130, 230)),
            int(rng.integers(25, 76)),
            int(rng.integers(20, 81)),
            int(rng.integers(1 << 31)),
        )
        speech = self._synthesiser.spoken(word, speaker)
        return speech / np.sqrt((speech**2).mean())

    def _placed(self, speech: RealArray) -> RealArray:
        """Somewhere in the second; what is longer begins with it."""
        second = np.zeros(RATE_HZ)
        start = int(self._rng.integers(0, max(1, RATE_HZ - len(speech))))
        part = speech[: RATE_HZ - start]
        second[start : start + len(part)] = part
        return second


def cepstra(signal: RealArray) -> NDArray[np.float32]:
    """[49, 10, 1]: the cosine transform of each frame's log-mel spectrum, its first ten coefficients."""
    from scipy.fft import dct

    spectra = log_mel(signal, MEL, HOP_COUNT)
    return np.asarray(dct(spectra, norm="ortho", axis=1)[:, :CEPSTRA_COUNT, np.newaxis], dtype=np.float32)
