"""When mien had better say "unsure"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mien.options import DoubtOptions
from mien.types import Doubt, Emotion, Quality, TrackedFace


@dataclass(frozen=True)
class _Verdict:
    """What is said of a face that shows an emotion, and how long there has been reason for something else.

    wrong_s: in seconds, which may count several times; None where all is well.
    """

    doubt: Doubt | None
    emotion: Emotion
    wrong_s: float | None
    seen_s: float


class Judge:
    """Marks faces that cannot be seen well, or whose emotion is not probable enough; calmly.

    A verdict changes when there has been reason to for `hold_s` seconds, and a face in doubt must be better
    than a limit by `slack` to be out of doubt; one that is far better is out of it sooner. Another emotion
    that is sure ends doubt at once.
    """

    def __init__(self, options: DoubtOptions | None = None) -> None:
        self._options = options or DoubtOptions()
        self._verdicts: dict[int, _Verdict] = {}

    def update(self, faces: Sequence[TrackedFace], timestamp_s: float) -> list[TrackedFace]:
        """The faces of one frame, in the order given, with `doubt` set or None.

        faces: with calm probabilities, and a quality unless nobody measured it. timestamp_s: seconds; a face
        is judged at once when it is first seen.
        """
        gap_s = self._options.max_gap_s
        self._verdicts = {
            key: verdict
            for key, verdict in self._verdicts.items()
            if abs(timestamp_s - verdict.seen_s) <= gap_s
        }
        for face in faces:
            self._verdicts[face.id] = self._judge(face, timestamp_s)
        return [replace(face, doubt=self._verdicts[face.id].doubt) for face in faces]

    def _judge(self, face: TrackedFace, timestamp_s: float) -> _Verdict:
        old = self._verdicts.get(face.id)
        # A new emotion has been held by the smoother already: it need not wait, nor be surer, once more.
        is_news = old is not None and face.emotion is not old.emotion
        now = self._reason(face, None if old is None or is_news else old.doubt)
        if old is None or now is old.doubt or (is_news and now is None):
            return _Verdict(now, face.emotion, None, timestamp_s)
        wrong_s = self._wrong_s(old, face, now, timestamp_s)
        # Sums of timestamps such as 0.3 are not exact: without some slack it would take a frame longer.
        if wrong_s >= self._options.hold_s - 1e-6:
            return _Verdict(now, face.emotion, None, timestamp_s)
        return replace(old, wrong_s=wrong_s, seen_s=timestamp_s)

    def _wrong_s(self, old: _Verdict, face: TrackedFace, now: Doubt | None, timestamp_s: float) -> float:
        """For how long there has been reason for another verdict, where there is reason now."""
        if old.wrong_s is None:
            return 0.0
        haste = self._haste(face, old.doubt) if now is None else 1.0
        return old.wrong_s + haste * max(0.0, timestamp_s - old.seen_s)

    def _haste(self, face: TrackedFace, ended: Doubt | None) -> float:
        """By how many times the slack the face is better than the limits of a doubt that is to end."""
        slack, most = self._options.slack, self._options.haste
        clearances = [
            (value - limit) / (slack * abs(limit)) if slack * limit else most
            for doubt, value, limit in self._limits(face)
            if doubt is ended
        ]
        return max(1.0, min([most, *clearances]))

    def _reason(self, face: TrackedFace, shown: Doubt | None) -> Doubt | None:
        """The first reason for doubt that holds, those of the picture before that of the model."""
        for doubt, value, limit in self._limits(face):
            strictness = self._options.slack * abs(limit) if doubt is shown else 0.0
            if value < limit + strictness:
                return doubt
        return None

    def _limits(self, face: TrackedFace) -> Iterator[tuple[Doubt, float, float]]:
        """Each reason, a value, and what that must not be under."""
        limits = self._options
        if face.quality is not None:
            yield from _picture_limits(face.quality, limits)
        yield Doubt.PROBABILITY, face.confidence, limits.min_prob


def _picture_limits(quality: Quality, limits: DoubtOptions) -> Iterator[tuple[Doubt, float, float]]:
    yield Doubt.SMALL, quality.size_px, limits.min_size_px
    yield Doubt.DARK, quality.light, limits.min_light
    # Minus signs: a face must not be tilted or turned by more than the limit.
    if quality.turn is not None and quality.tilt_deg is not None:
        yield Doubt.TURNED, -abs(quality.turn), -limits.max_turn
        yield Doubt.TURNED, -abs(quality.tilt_deg), -limits.max_tilt_deg
    yield Doubt.BLURRED, quality.sharpness, limits.min_sharpness
