"""Calm labels: what a person sees should not flicker from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mien.options import SmootherOptions
from mien.types import EMOTIONS, Emotion, TrackedFace


@dataclass(frozen=True)
class _Mood:
    """What one face shows: smoothed probabilities, the emotion shown, and the one that wants to take over."""

    probs: tuple[float, ...]
    shown: Emotion
    rival: Emotion | None
    rival_since_s: float
    seen_s: float


class EmotionSmoother:
    """Exponential smoothing of the probabilities in seconds, and hysteresis of the label.

    An emotion takes over when it has been ahead of the one shown by `margin` for `hold_s` seconds.
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
            return _Mood(face.probs, face.emotion, None, timestamp_s, timestamp_s)
        probs = self._blend(mood.probs, face.probs, timestamp_s - mood.seen_s)
        return self._decide(replace(mood, probs=probs, seen_s=timestamp_s))

    def _blend(self, old: tuple[float, ...], new: tuple[float, ...], passed_s: float) -> tuple[float, ...]:
        """The old counts 0.5 ** (seconds passed / half-life), the new the rest."""
        keep = 0.5 ** (max(0.0, passed_s) / self._options.half_life_s)
        return tuple(keep * before + (1 - keep) * now for before, now in zip(old, new, strict=True))

    def _decide(self, mood: _Mood) -> _Mood:
        leader = EMOTIONS[mood.probs.index(max(mood.probs))]
        lead = mood.probs[leader.column] - mood.probs[mood.shown.column]
        if leader is mood.shown or lead < self._options.margin:
            return replace(mood, rival=None)
        since_s = mood.rival_since_s if leader is mood.rival else mood.seen_s
        # A timestamp such as 0.3 is not exact: without some slack the hold would last a frame longer.
        if mood.seen_s - since_s >= self._options.hold_s - 1e-6:
            return replace(mood, shown=leader, rival=None)
        return replace(mood, rival=leader, rival_since_s=since_s)
