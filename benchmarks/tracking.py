"""Whether ids stay with their people: drawn scenes, mien's tracker, and well-kept others where installed.

    python benchmarks/tracking.py [--seeds 20] [--out tracking.md]

Each scene is a few seconds of people's boxes and looks, from a seeded generator: they sit, cross, swap seats,
leave for a second, turn away. Boxes tremble and one in twenty is missed, as with a detector. A face looks
like a random picture of 8 x 8 greys; two people's share so much, and two sights of one person differ so
much, as faces in photographs do when the crop moves by 4 % and grows by 5 %: correlations of 0.26 and 0.89.

For each tracker: id switches (a person's id changes), people told apart wrongly, and IDF1 (Ristani et al.,
"Performance measures and a data set for multi-target, multi-camera tracking", 2016): the share of sights
whose id is the one that serves its person best over the whole scene.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from told import tell

from mien.boxes import centre
from mien.options import TrackerOptions
from mien.tracker import FaceTracker
from mien.types import Box, Face

SIDE = 80.0
CROP_PX = 12
"""With the margin that `mien.portrait` leaves out, 8 x 8 greys remain."""


@dataclass(frozen=True)
class Sight:
    """One face as a detector found it, and whose it is. crop: (S, S) uint8 grey."""

    person: int
    face: Face
    crop: NDArray[np.uint8]


@dataclass(frozen=True)
class Moment:
    """One frame of a scene."""

    timestamp_s: float
    sights: tuple[Sight, ...]


Path_ = Callable[[float], tuple[float, float] | None]
"""Where the middle of a person's face is at a time in seconds, in sides of a face; None: out of sight."""


def sitting(x: float, y: float = 2.0) -> Path_:
    """Somebody who sits, and sways a little."""
    return lambda t: (x + 0.15 * np.sin(1.7 * t + x), y + 0.05 * np.sin(2.3 * t))


def walking(start: float, speed: float, y: float = 2.0) -> Path_:
    """Somebody who crosses the picture, `speed` sides a second."""
    return lambda t: (start + speed * t, y)


def absent(path: Path_, from_s: float, to_s: float) -> Path_:
    """The same person, not seen for a while."""
    return lambda t: None if from_s <= t < to_s else path(t)


def stops(path: Path_, at_s: float) -> Path_:
    """Somebody who stands still from a moment on."""
    return lambda t: path(min(t, at_s))


def hidden_at_crossing(path: Path_, at_s: float, for_s: float) -> Path_:
    """Somebody behind another for a moment."""
    return absent(path, at_s - for_s / 2, at_s + for_s / 2)


def nervous(x: float) -> Path_:
    """Somebody who throws the head from side to side."""
    return lambda t: (x + 0.9 * np.sin(2 * np.pi * 0.9 * t), 2.0)


def swapping(own: float, other: float, at_s: float) -> Path_:
    """Somebody who leaves a seat, out of sight, for another."""
    return lambda t: None if abs(t - at_s) < 0.45 else (own if t < at_s else other, 2.0)


SCENES: dict[str, tuple[Path_, ...]] = {
    "four sit": tuple(sitting(2.0 * n) for n in range(1, 5)),
    "two cross slowly": (walking(1, 1.2), walking(7, -1.2, 2.15)),
    "two cross fast": (walking(0, 3.75), walking(15, -3.75, 2.15)),
    "one passes behind": (walking(1, 1.5), hidden_at_crossing(walking(7, -1.5, 2.1), 2.0, 0.6)),
    "one walks behind a sitter": (sitting(4), hidden_at_crossing(walking(0, 2.0, 2.1), 2.0, 0.7)),
    "gone for a second": (absent(sitting(2), 1.5, 2.5), sitting(5)),
    "turned away while moving": (absent(walking(1, 0.8), 1.5, 2.3), sitting(8)),
    "walks, hidden, stops": (absent(stops(walking(1, 2.0), 1.6), 1.5, 2.2), sitting(9)),
    "shakes the head": (nervous(3), sitting(6)),
    "two swap seats unseen": (swapping(2, 3.6, 2.0), swapping(3.6, 2, 2.0)),
}


def scene(name: str, fps: int, seed: int, seconds: float = 4.0) -> Iterator[Moment]:
    """The frames of a scene, as a detector saw it."""
    rng = np.random.default_rng(seed)
    people = SCENES[name]
    looks = [_look(rng) for _ in people]
    offset = rng.uniform(-0.02, 0.02, len(people))
    for frame in range(round(seconds * fps)):
        t = frame / fps
        found = [
            Sight(person, Face(_box(place, offset[person], rng), 0.9), _seen(looks[person], rng))
            for person, path in enumerate(people)
            if (place := path(t)) is not None and rng.random() > 0.05
        ]
        order = rng.permutation(len(found))
        yield Moment(t, tuple(found[row] for row in order))


def _box(place: tuple[float, float], offset: float, rng: np.random.Generator) -> Box:
    x, y = (SIDE * value + rng.normal(0, 0.025 * SIDE) for value in place)
    half = SIDE * (1 + offset + rng.normal(0, 0.03)) / 2
    return x - half, y - half, x + half, y + half


def _grain(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.normal(0, 1, (8, 8))


ALIKE = _grain(np.random.default_rng(7))
"""What all faces have in common."""


def _look(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(0.3) * ALIKE + np.sqrt(0.7) * _grain(rng))


def _seen(look: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    grey = 128 + 40 * (look + 0.35 * _grain(rng)) * rng.uniform(0.7, 1.1)
    return np.pad(np.clip(grey, 0, 255).astype(np.uint8), (CROP_PX - 8) // 2, mode="edge")


Tracker = Callable[[Moment], list[int]]
"""The ids of a moment's sights, in order; -1 for one that gets none."""


def ours(*, looks: bool) -> Tracker:
    """Mien's tracker, with or without a look at the faces' pixels."""
    tracker = FaceTracker()

    def follow(moment: Moment) -> list[int]:
        faces = [sight.face for sight in moment.sights]
        crops = (
            np.stack([sight.crop for sight in moment.sights]) if faces else np.zeros((0, 12, 12), np.uint8)
        )
        return tracker.update(faces, moment.timestamp_s, crops if looks else None)

    return follow


def others(fps: int) -> dict[str, Tracker]:
    """Trackers of the package `trackers`, where it is installed, at a memory of 1.5 s like ours."""
    try:
        import supervision as sv  # noqa: PLC0415  (a guest of this comparison, not a dependency)
        import trackers  # noqa: PLC0415
    except ImportError:
        return {}
    names = ("SORTTracker", "ByteTrackTracker", "OCSORTTracker")
    kinds = {name: getattr(trackers, name) for name in names if hasattr(trackers, name)}

    def guest(tracker: Any) -> Tracker:  # noqa: ANN401  (three classes that share no base we know)
        def follow(moment: Moment) -> list[int]:
            boxes = np.array([sight.face.box_xyxy for sight in moment.sights], float).reshape(-1, 4)
            seen = sv.Detections(
                boxes, confidence=np.full(len(boxes), 0.9), class_id=np.zeros(len(boxes), int)
            )
            done = tracker.update(seen)
            by_box = dict(zip(map(tuple, done.xyxy.tolist()), done.tracker_id, strict=True))
            return [int(by_box.get(tuple(box), -1)) for box in boxes.tolist()]

        return follow

    # The package counts the memory in frames at 30 a second, and scales it by the frame rate.
    return {
        name: guest(kind(lost_track_buffer=45, frame_rate=float(fps), minimum_consecutive_frames=1))
        for name, kind in kinds.items()
    }


@dataclass(frozen=True)
class Score:
    """switches: how often a person's id changed; mixed: ids that served two people; idf1: 0 to 1."""

    switches: int
    mixed: int
    idf1: float
    us_a_frame: float


def play(tracker: Tracker, moments: Sequence[Moment]) -> Score:
    """Follow the people of one scene."""
    start_s = time.process_time()
    said = [tracker(moment) for moment in moments]
    us = (time.process_time() - start_s) / len(moments) * 1e6
    pairs = [
        (sight.person, given)
        for moment, ids in zip(moments, said, strict=True)
        for sight, given in zip(moment.sights, ids, strict=True)
        if given >= 0
    ]
    return Score(_switches(pairs), _mixed(pairs), _idf1(pairs, sum(len(m.sights) for m in moments)), us)


def _switches(pairs: Sequence[tuple[int, int]]) -> int:
    last: dict[int, int] = {}
    count = 0
    for person, given in pairs:
        count += last.get(person, given) != given
        last[person] = given
    return count


def _mixed(pairs: Sequence[tuple[int, int]]) -> int:
    return len(set(pairs)) - len({given for _, given in pairs})


def _idf1(pairs: Sequence[tuple[int, int]], sights: int) -> float:
    """Each person is served by one id, best pairs first; other sights count as false and as missed."""
    counts: dict[tuple[int, int], int] = {}
    for pair in pairs:
        counts[pair] = counts.get(pair, 0) + 1
    people, ids, right = set[int](), set[int](), 0
    for (person, given), count in sorted(counts.items(), key=lambda item: -item[1]):
        if person not in people and given not in ids:
            people.add(person)
            ids.add(given)
            right += count
    return 2 * right / (len(pairs) + sights)


def trackers_for(fps: int) -> dict[str, Tracker]:
    """Fresh trackers of each kind."""
    return {"mien": ours(looks=True), "mien, boxes only": ours(looks=False), **others(fps)}


def measure(seeds: int) -> dict[tuple[str, int, str], list[Score]]:
    """Scores by scene, frames a second and tracker, one a seed."""
    found: dict[tuple[str, int, str], list[Score]] = {}
    for name in SCENES:
        for fps in (10, 60):
            for seed in range(seeds):
                moments = list(scene(name, fps, seed))
                for kind, tracker in trackers_for(fps).items():
                    found.setdefault((name, fps, kind), []).append(play(tracker, moments))
    return found


def report(found: dict[tuple[str, int, str], list[Score]]) -> str:
    """Markdown: id switches a scene / ids shared by two people / IDF1."""
    kinds = list(dict.fromkeys(kind for _, _, kind in found))
    lines = ["| scene | fps | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 2) + "|"]
    for name in SCENES:
        for fps in (10, 60):
            cells = [_cell(found[name, fps, kind]) for kind in kinds]
            lines.append(f"| {name} | {fps} | " + " | ".join(cells) + " |")
    totals = [
        [score for (_, _, kind), some in found.items() if kind == mine for score in some] for mine in kinds
    ]
    lines.append("| all | | " + " | ".join(map(_cell, totals)) + " |")
    times = [f"{np.mean([score.us_a_frame for score in some]):.0f} µs" for some in totals]
    lines.append("| a frame | | " + " | ".join(times) + " |")
    return "\n".join(lines) + "\n"


def errors(name: str, detect_every: int, seed: int, fps: int = 30) -> list[float]:
    """How far faces are from where they are taken to be between two looks of the detector, in sides."""
    tracker = FaceTracker(TrackerOptions(detect_every=detect_every))
    person_of: dict[int, int] = {}
    found = []
    for moment in scene(name, fps, seed):
        expected = tracker.expected(moment.timestamp_s)
        faces = [sight.face for sight in moment.sights] if expected is None else expected
        ids = tracker.update(faces, moment.timestamp_s)
        if expected is None:
            person_of = {given: sight.person for given, sight in zip(ids, moment.sights, strict=True)}
            continue
        seen = {sight.person: sight.face for sight in moment.sights}
        found += [
            math.dist(centre(face.box_xyxy), centre(seen[person_of[given]].box_xyxy)) / SIDE
            for given, face in zip(ids, faces, strict=True)
            if person_of[given] in seen
        ]
    return found


def gap_report(seeds: int) -> str:
    """Markdown: errors of boxes between two looks of the detector, at 30 frames a second."""
    lines = ["| scene | detector looks at every | median error, sides | 95 % | worst |", "|---" * 5 + "|"]
    for name in ("four sit", "two cross fast", "shakes the head"):
        for every in (2, 3, 5, 10):
            found = [error for seed in range(seeds) for error in errors(name, every, seed)]
            values = " | ".join(f"{value:.3f}" for value in np.percentile(found, (50, 95, 100)))
            lines.append(f"| {name} | {every} frames | {values} |")
    return "\n".join(lines) + "\n"


def _cell(scores: Sequence[Score]) -> str:
    means = [np.mean([getattr(score, name) for score in scores]) for name in ("switches", "mixed", "idf1")]
    return "{:.2f} / {:.2f} / {:.3f}".format(*means)


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="scenes of each kind")
    parser.add_argument("--out", type=Path, help="write the table into this file instead")
    said = parser.parse_args()
    text = f"{report(measure(said.seeds))}\n{gap_report(said.seeds)}"
    tell(text, said.out)


if __name__ == "__main__":
    main()
