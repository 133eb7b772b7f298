"""How calm labels are where nothing changes, and how soon they follow where something does."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from moving_photos import FPS, Photo, Scene

from mien import boxes
from mien.pipeline import EmotionPipeline, Models, build_pipeline
from mien.smoother import EmotionSmoother
from mien.types import UNSURE, Frame, TrackedFace

BEFORE_S, AFTER_S = 2.0, 2.0
IN_TIME_S = 0.7
PLAIN = 0.9
"""A photograph is read plainly where so many of its frames are read alike."""


@dataclass(frozen=True)
class Calm:
    """Label changes a minute of the largest face on clips of one photograph.

    raw: the most probable emotion of each frame alone. smoothed: what is shown, "unsure" included.
    unsure: share of the frames that are. minutes: how much was looked at.
    """

    raw: float
    smoothed: float
    unsure: float
    minutes: float


@dataclass(frozen=True)
class Change:
    """Seconds from a cut between two photographs to the shown label of the second.

    in_time: so many of them were at most `IN_TIME_S`. never: so many cuts of `cuts` were not followed within
    `AFTER_S`; they are left out of the seconds.
    """

    median_s: float
    slowest_s: float
    in_time: int
    never: int
    cuts: int


def measure_calm(models: Models, photos: Sequence[Photo], seconds: float) -> Calm:
    """Each photograph moves for so many seconds."""
    raw = smoothed = unsure = frames = 0
    for seed, photo in enumerate(photos):
        pipeline = build_pipeline(models)
        tapped = _Tapped(pipeline.smoother)
        faces = _largest(replace(pipeline, smoother=tapped), Scene([photo], seed).frames(seconds))
        shown = [face.label for face in faces if face]
        raw, smoothed = raw + _changes(tapped.alone), smoothed + _changes(shown)
        unsure, frames = unsure + shown.count("unsure"), frames + len(shown)
    minutes = len(photos) * seconds / 60
    return Calm(raw / minutes, smoothed / minutes, unsure / max(1, frames), minutes)


def measure_change(models: Models, photos: Sequence[Photo], cuts: int) -> Change:
    """Cuts between photographs that are plainly read as two different labels, each frame alone."""
    delays_s, tried = [], 0
    for before, after in pairwise(photos):
        if tried == cuts:
            break
        wanted = _change(models, before, after, tried)
        if wanted is None:
            continue
        delays_s.append(_delay_s(models, before, after, tried, wanted))
        tried += 1
    seen_s = [delay_s for delay_s in delays_s if delay_s is not None] or [float("nan")]
    in_time = sum(delay_s <= IN_TIME_S for delay_s in seen_s)
    return Change(statistics.median(seen_s), max(seen_s), in_time, delays_s.count(None), tried)


def _change(models: Models, before: Photo, after: Photo, seed: int) -> str | None:
    """The label to be shown after a cut from one to the other, or None for a pair that is no change."""
    if before.label is not None and before.label == after.label:
        return None
    read = _plainly(models, before, seed)
    wanted = _plainly(models, after, seed) if read else None
    return None if wanted == read else wanted


def _plainly(models: Models, photo: Photo, seed: int) -> str | None:
    """The most probable emotion of nearly every frame; None if there is none, or it is not what is labelled.

    The photograph moves as it does after a cut. What is shown of it does not count: that is to be measured.
    """
    pipeline = build_pipeline(models)
    tapped = _Tapped(pipeline.smoother)
    frames = Scene([photo], seed).frames(AFTER_S, first=round(BEFORE_S * FPS))
    looked = len(list(_largest(replace(pipeline, smoother=tapped), frames)))
    label, count = Counter(tapped.alone).most_common(1)[0] if tapped.alone else (UNSURE, 0)
    return label if count >= PLAIN * looked and photo.label in (None, label) else None


def _delay_s(models: Models, before: Photo, after: Photo, seed: int, wanted: str) -> float | None:
    cut = round(BEFORE_S * FPS)
    frames = [
        *Scene([before], seed).frames(BEFORE_S),
        *Scene([after], seed).frames(AFTER_S, first=cut),
    ]
    shown = list(_largest(build_pipeline(models), frames))[cut:]
    first = next((place for place, face in enumerate(shown) if face and face.label == wanted), None)
    # It is shown with the frame: a change that the very first frame shows takes the time of one.
    return None if first is None else (first + 1) / FPS


class _Tapped(EmotionSmoother):
    """A smoother that notes the most probable emotion of each frame alone, of the largest face."""

    def __init__(self, smoother: EmotionSmoother) -> None:
        super().__init__()
        self.alone: list[str] = []
        self._smoother = smoother

    def update(self, faces: Sequence[TrackedFace], timestamp_s: float) -> list[TrackedFace]:
        face = _largest_of(faces)
        if face:
            self.alone.append(face.emotion.value)
        return self._smoother.update(faces, timestamp_s)


def _largest(pipeline: EmotionPipeline, frames: Iterable[Frame]) -> Iterator[TrackedFace | None]:
    """The largest face of each frame, or None."""
    return (_largest_of(pipeline.process(frame).faces) for frame in frames)


def _largest_of(faces: Sequence[TrackedFace]) -> TrackedFace | None:
    return max(faces, key=lambda face: boxes.area(face.box_xyxy), default=None)


def _changes(labels: Sequence[str]) -> int:
    return sum(before != after for before, after in pairwise(labels))
