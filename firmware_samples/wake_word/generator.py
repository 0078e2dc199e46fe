"""One-second scenes with the wake word, with other speech or with noise alone, as log-mel spectra.

No package ships recordings of keywords, so eSpeak NG speaks (speech.py). A word is put somewhere in the second, the
room adds a short tail of echoes (noise that decays exponentially, 60 dB in 0.1 to 0.4 s), and noise comes on top:
white, pink (power falling with frequency), a mains hum or several other voices at once, 3 to 30 dB below the speech.

Held-back scenes have voices that are not learned from, and half of their other words are not learned from either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_samples.common.training.spectra import MelScale, RealArray, log_mel
from firmware_samples.common.training.split import Examples
from firmware_samples.wake_word.speech import RATE_HZ, Speaker, Synthesiser

CLASSES = ("wake word", "other speech", "noise")
WAKE_WORD = "computer"
ACCENTS = "en-us en-gb-scotland en-gb-x-rp en-029 en-gb-x-gbclan en-gb-x-gbcwmd en-us-nyc".split()
VOICES = (
    "Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Mario Michael Mike Nguyen Reed "
    "RicishayMax adam anika announcer antonio aunty belinda benjamin boris caleb david ed edward f1 f2 f3 f4 f5 "
    "grandma grandpa gustave ian iven2 iven3 john kaukovalta klatt2 klatt3 klatt4 klatt5 klatt6 linda m1 m2 m3 m4 m5 "
    "m6 m7 m8 marcelo max michel miguel mike2 norbert pablo paul pedro quincy rob robert sandro shelby steph travis "
    "victor zac"
).split()
"""eSpeak NG's voices but those that are robots, monsters or whispers."""
HELD_BACK_EVERY = 4
"""Every fourth voice is heard in testing only."""
OTHER_WORDS = (
    "commuter|community|compute it|composer|competition|come here|company|consumer|peter|cute|shooter|computing|"
    "hello|good morning|turn it on|lights off|music|what time is it|television|kitchen|yes|no|stop|seven|nineteen|"
    "window|potato|garden|how are you|never mind|open the door|weather|louder|temperature|coffee|thank you"
).split("|")
UNHEARD_WORDS = (
    "commodore|permuter|conductor|computation|commute here|tutor|compare her|suitor|camp fire|pewter|"
    "good night|bathroom|eleven|play a song|heating|umbrella|where is it|radio|close it|tomorrow"
).split("|")
MEL = MelScale(RATE_HZ, 512, 20, 60.0, 7600.0)
HOP_COUNT = 320
FRAMES_COUNT = (RATE_HZ - MEL.window_count) // HOP_COUNT + 1


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks and which other words are said."""

    voices: tuple[str, ...]
    other_words: tuple[str, ...]


LEARNING = Cast(
    tuple(name for index, name in enumerate(VOICES) if index % HELD_BACK_EVERY), tuple(OTHER_WORDS)
)
TESTING = Cast(tuple(VOICES[::HELD_BACK_EVERY]), tuple(OTHER_WORDS[: len(UNHEARD_WORDS)] + UNHEARD_WORDS))


class Scenes:
    """Draws scenes of one cast."""

    def __init__(self, synthesiser: Synthesiser, cast: Cast, rng: np.random.Generator) -> None:
        self._synthesiser, self._cast, self._rng = synthesiser, cast, rng
        self._weights = MEL.weights()

    def drawn(self, count: int) -> Examples:
        """The classes in turn; inputs are log-mel spectra [frame, band, 1]."""
        labels = np.arange(count) % len(CLASSES)
        spectra = [log_mel(self._scene(int(label)), MEL, HOP_COUNT) for label in labels]
        return Examples(np.stack(spectra)[..., np.newaxis], labels)

    def _scene(self, label: int) -> RealArray:
        noise = self._noise()
        noise /= np.sqrt((noise**2).mean())
        level = 10.0 ** self._rng.uniform(-3.0, -1.0)
        if CLASSES[label] == "noise":
            return level * noise
        words = WAKE_WORD if CLASSES[label] == "wake word" else self._one_of(self._cast.other_words)
        speech = self._placed(self._echoing(self._spoken(words)))
        speech /= np.sqrt((speech**2).mean())
        return level * (speech + noise * 10.0 ** (-self._rng.uniform(3.0, 30.0) / 20.0))

    def _one_of(self, choices: tuple[str, ...]) -> str:
        return choices[int(self._rng.integers(len(choices)))]

    def _spoken(self, words: str) -> RealArray:
        speaker = Speaker(
            f"{self._one_of(tuple(ACCENTS))}+{self._one_of(self._cast.voices)}",
            int(self._rng.integers(130, 230)),
            int(self._rng.integers(25, 76)),
            int(self._rng.integers(20, 81)),
            int(self._rng.integers(1 << 31)),
        )
        return self._synthesiser.spoken(words, speaker)

    def _echoing(self, speech: RealArray) -> RealArray:
        from scipy.signal import fftconvolve

        decay_s = self._rng.uniform(0.1, 0.4)
        time_s = np.arange(int(decay_s * RATE_HZ)) / RATE_HZ
        tail = self._rng.standard_normal(len(time_s)) * 10.0 ** (-3.0 * time_s / decay_s)
        tail *= self._rng.uniform(0.0, 0.5) / np.sqrt((tail**2).sum())
        tail[0] = 1.0
        return np.asarray(fftconvolve(speech, tail))

    def _placed(self, speech: RealArray) -> RealArray:
        """Somewhere in the second; what is longer begins with it. At most an echo's end is cut off the wake word."""
        scene = np.zeros(RATE_HZ)
        start = int(self._rng.integers(0, max(1, int(0.9 * RATE_HZ) - len(speech))))
        part = speech[: RATE_HZ - start]
        scene[start : start + len(part)] = part
        return scene

    def _noise(self) -> RealArray:
        kind = int(self._rng.integers(4))
        white = self._rng.standard_normal(RATE_HZ)
        if kind == 0:
            return white
        if kind == 1:
            frequencies = np.fft.rfftfreq(RATE_HZ)
            return np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.maximum(frequencies, 1e-3)), RATE_HZ)
        if kind == 2:
            phase = 2 * np.pi * 50.0 * np.arange(RATE_HZ) / RATE_HZ + self._rng.uniform(0, 2 * np.pi)
            hum = sum(np.sin(order * phase) / order for order in (1, 2, 3, 5))
            return np.asarray(hum + self._rng.uniform(0.01, 0.3) * white)
        voices = [self._placed(self._spoken(self._one_of(self._cast.other_words))) for _ in range(4)]
        return np.asarray(np.sum(voices, axis=0) + 1e-3 * white)
