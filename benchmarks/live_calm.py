"""How calm labels are where nothing changes, and how soon they follow where something does."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from moving_photos import FPS, Photo, Scene

from mien import boxes
from mien.options import RuntimeOptions, SmootherOptions
from mien.pipeline import Models, build_pipeline
from mien.types import Frame, TrackedFace

BEFORE_S, AFTER_S = 2.0, 2.0
SETTLED = round(0.5 * FPS)
RAW = RuntimeOptions(smoother=SmootherOptions(half_life_s=0.0))


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

    never: so many cuts of `cuts` were not followed within `AFTER_S`; they are left out of the seconds.
    """

    median_s: float
    slowest_s: float
    never: int
    cuts: int


def measure_calm(models: Models, photos: Sequence[Photo], seconds: float) -> Calm:
    """Each photograph moves for so many seconds."""
    raw = smoothed = unsure = frames = 0
    for seed, photo in enumerate(photos):
        clip = list(Scene([photo], seed).frames(seconds))
        alone = [face.emotion.value for face in _largest(models, clip, RAW) if face]
        shown = [face.label for face in _largest(models, clip) if face]
        raw, smoothed = raw + _changes(alone), smoothed + _changes(shown)
        unsure, frames = unsure + shown.count("unsure"), frames + len(shown)
    minutes = len(photos) * seconds / 60
    return Calm(raw / minutes, smoothed / minutes, unsure / max(1, frames), minutes)


def measure_change(models: Models, photos: Sequence[Photo], cuts: int) -> Change:
    """Cuts between photographs that are read as two different labels when they stay."""
    delays_s, tried = [], 0
    for before, after in pairwise(photos):
        if tried == cuts:
            break
        steady = [_steady(models, Scene([photo], tried)) for photo in (before, after)]
        if steady[0] == steady[1] or "unsure" in steady or not _agrees(before, after, steady):
            continue
        delays_s.append(_delay_s(models, before, after, tried, steady[1]))
        tried += 1
    seen_s = [delay_s for delay_s in delays_s if delay_s is not None] or [float("nan")]
    return Change(statistics.median(seen_s), max(seen_s), delays_s.count(None), tried)


def _agrees(before: Photo, after: Photo, steady: Sequence[str]) -> bool:
    """Whether the photographs are read as labelled, as far as they are."""
    return all(photo.label in (None, read) for photo, read in zip((before, after), steady, strict=True))


def _steady(models: Models, scene: Scene) -> str:
    """What is shown most of the time once it has settled."""
    faces = list(_largest(models, scene.frames(BEFORE_S)))[-SETTLED:]
    return Counter(face.label if face else "unsure" for face in faces).most_common(1)[0][0]


def _delay_s(models: Models, before: Photo, after: Photo, seed: int, wanted: str) -> float | None:
    cut = round(BEFORE_S * FPS)
    frames = [
        *Scene([before], seed).frames(BEFORE_S),
        *Scene([after], seed).frames(AFTER_S, first=cut),
    ]
    shown = list(_largest(models, frames))[cut:]
    first = next((place for place, face in enumerate(shown) if face and face.label == wanted), None)
    # It is shown with the frame: a change that the very first frame shows takes the time of one.
    return None if first is None else (first + 1) / FPS


def _largest(
    models: Models, frames: Iterable[Frame], options: RuntimeOptions | None = None
) -> Iterator[TrackedFace | None]:
    """The largest face of each frame, or None, as a pipeline of their own finds them."""
    pipeline = build_pipeline(models, options)
    for frame in frames:
        faces = pipeline.process(frame).faces
        yield max(faces, key=lambda face: boxes.area(face.box_xyxy), default=None)


def _changes(labels: Sequence[str]) -> int:
    return sum(before != after for before, after in pairwise(labels))
