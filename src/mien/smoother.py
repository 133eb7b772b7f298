"""Calm labels: what a person sees should not flicker from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mien.options import SmootherOptions
from mien.types import EMOTIONS, Emotion, TrackedFace

_NO_EVIDENCE = (0.0,) * len(EMOTIONS)
_FLOOR = 1e-9
"""A probability counts as at least this, so that it has a logarithm."""


@dataclass(frozen=True)
class _Mood:
    """What one face shows: smoothed probabilities, the emotion shown, the seconds of evidence for others.

    restless: how many changes there were of late, old ones counting less; 0 for a calm face.
    """

    probs: tuple[float, ...]
    shown: Emotion
    evidence_s: tuple[float, ...]
    restless: float
    seen_s: float


class EmotionSmoother:
    """Exponential smoothing of the probabilities, and a label that changes on evidence, both in seconds.

    The evidence for each other emotion is a one-sided cumulative sum of its log-odds against the one shown
    (CUSUM; Page, "Continuous inspection schemes", 1954). It is counted by the second and not by the frame,
    since frames that follow each other say nearly the same, and in log-odds that are cut off, since one frame
    of which a network is all too sure is no more than one frame. Small leads cancel out, a clear change
    shows in `hold_s`. When the one shown is disproved the most probable other one follows, and the
    smoothing begins anew: what came before belongs to the past.

    A face between two emotions would go to and fro. So each change makes the next one ask for a clearer lead,
    for a while; a lead that is clear enough still shows in `hold_s`.
    """

    def __init__(self, options: SmootherOptions | None = None) -> None:
        self._options = options or SmootherOptions()
        self._moods: dict[int, _Mood] = {}

    def update(self, faces: Sequence[TrackedFace], timestamp_s: float) -> list[TrackedFace]:
        """The faces of one frame, in the order given, with smoothed probabilities and a calm emotion.

        faces: as the tracker gives them. timestamp_s: seconds; a jump by more than `max_gap_s`, backwards
        too, forgets everyone. A face is shown at once when it is first seen.
        """
        if self._options.half_life_s == 0:
            return list(faces)
        self._forget(timestamp_s)
        for face in faces:
            self._moods[face.id] = self._feel(face, timestamp_s)
        moods = [self._moods[face.id] for face in faces]
        return [
            replace(face, probs=mood.probs, emotion=mood.shown)
            for face, mood in zip(faces, moods, strict=True)
        ]

    def _forget(self, timestamp_s: float) -> None:
        gap_s = self._options.max_gap_s
        self._moods = {
            key: mood for key, mood in self._moods.items() if abs(timestamp_s - mood.seen_s) <= gap_s
        }

    def _feel(self, face: TrackedFace, timestamp_s: float) -> _Mood:
        mood = self._moods.get(face.id)
        if mood is None:
            return _Mood(face.probs, face.emotion, _NO_EVIDENCE, 0.0, timestamp_s)
        passed_s = max(0.0, timestamp_s - mood.seen_s)
        mood = self._weighed(self._rested(mood, passed_s), face.probs, passed_s)
        probs = self._blend(mood.probs, face.probs, passed_s)
        # Sums of timestamps such as 0.3 are not exact: without some slack it would take a frame longer.
        if max(mood.evidence_s) < self._options.hold_s - 1e-6:
            return replace(mood, probs=probs, seen_s=timestamp_s)
        others = (emotion for emotion in EMOTIONS if emotion is not mood.shown)
        shown = max(others, key=lambda one: probs[one.column])
        restless = min(mood.restless + 1, self._options.restless_most)
        return _Mood(face.probs, shown, _NO_EVIDENCE, restless, timestamp_s)

    def _rested(self, mood: _Mood, passed_s: float) -> _Mood:
        return replace(mood, restless=mood.restless * 0.5 ** (passed_s / self._options.restless_half_life_s))

    def _blend(self, old: tuple[float, ...], new: tuple[float, ...], passed_s: float) -> tuple[float, ...]:
        """The old counts 0.5 ** (seconds passed / half-life), the new the rest."""
        keep = 0.5 ** (passed_s / self._options.half_life_s)
        return tuple(keep * before + (1 - keep) * now for before, now in zip(old, new, strict=True))

    def _weighed(self, mood: _Mood, probs: tuple[float, ...], passed_s: float) -> _Mood:
        """With the evidence after this frame; one frame alone counts for half of what is needed, at most."""
        clear, even = math.log(self._options.clear_odds), math.log(self._options.even_odds)
        counted_s = min(passed_s, self._options.hold_s / 2) / (clear - even)
        wanted = math.log(1 + mood.restless)
        shown = math.log(max(probs[mood.shown.column], _FLOOR))
        log_odds = (math.log(max(prob, _FLOOR)) - shown - wanted for prob in probs)
        return replace(
            mood,
            evidence_s=tuple(
                max(0.0, before + counted_s * (max(-clear, min(clear, odds)) - even))
                for before, odds in zip(mood.evidence_s, log_odds, strict=True)
            ),
        )
