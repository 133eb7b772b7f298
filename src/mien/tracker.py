"""Ids that stay with the person from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mien import boxes
from mien.options import TrackerOptions
from mien.types import EMOTIONS, Box, Face, Probs, TrackedFace


@dataclass(frozen=True)
class _Track:
    """Where a person was last seen, and how fast the box moved, in pixels a second."""

    id: int
    box_xyxy: Box
    velocity_xy: tuple[float, float]
    seen_s: float

    def expected(self, timestamp_s: float) -> Box:
        """The box, had the person moved on at the same speed."""
        passed_s = max(0.0, timestamp_s - self.seen_s)
        return boxes.shift(self.box_xyxy, self.velocity_xy[0] * passed_s, self.velocity_xy[1] * passed_s)

    def match(self, box_xyxy: Box, timestamp_s: float) -> float:
        """Overlap with where the person is expected, or still is after a sudden stop; 0 to 1."""
        return max(boxes.iou(self.expected(timestamp_s), box_xyxy), boxes.iou(self.box_xyxy, box_xyxy))

    def moved(self, box_xyxy: Box, timestamp_s: float) -> _Track:
        """The track after the person was seen here."""
        return _Track(self.id, box_xyxy, self._speed(box_xyxy, timestamp_s), timestamp_s)

    def _speed(self, box_xyxy: Box, timestamp_s: float) -> tuple[float, float]:
        passed_s = timestamp_s - self.seen_s
        if passed_s <= 0:
            return self.velocity_xy
        (x, y), (old_x, old_y) = boxes.centre(box_xyxy), boxes.centre(self.box_xyxy)
        vx, vy = (x - old_x) / passed_s, (y - old_y) / passed_s
        # Half of the old speed: a detector's boxes tremble by a few pixels.
        return (self.velocity_xy[0] + vx) / 2, (self.velocity_xy[1] + vy) / 2


class FaceTracker:
    """Gives each face the id of the track that it overlaps best, or a new one."""

    def __init__(self, options: TrackerOptions | None = None) -> None:
        self._options = options or TrackerOptions()
        self._tracks: list[_Track] = []
        self._last_id = 0

    def update(self, faces: Sequence[Face], probs: Probs, timestamp_s: float) -> list[TrackedFace]:
        """The faces of one frame with their ids, in the order given.

        faces: N faces. probs: (N, 5) float32, a row a face, whose largest is the emotion. timestamp_s:
        seconds; a jump by more than `max_gap_s`, backwards too, forgets everyone. Ids count from 1 and are
        never used again.
        """
        alive = [track for track in self._tracks if self._is_recent(track, timestamp_s)]
        matched = self._match(alive, faces, timestamp_s)
        seen = [self._follow(matched.get(row), face, timestamp_s) for row, face in enumerate(faces)]
        found = {track.id for track in seen}
        self._tracks = seen + [track for track in alive if track.id not in found]
        return [
            _tracked(track.id, face, row.tolist())
            for track, face, row in zip(seen, faces, probs, strict=True)
        ]

    def _is_recent(self, track: _Track, timestamp_s: float) -> bool:
        return abs(timestamp_s - track.seen_s) <= self._options.max_gap_s

    def _match(
        self, tracks: Sequence[_Track], faces: Sequence[Face], timestamp_s: float
    ) -> dict[int, _Track]:
        """Row of a face to its track: the best pair first, each face and each track once."""
        pairs = [
            (track.match(face.box_xyxy, timestamp_s), track, row)
            for track in tracks
            for row, face in enumerate(faces)
        ]
        matched: dict[int, _Track] = {}
        taken: set[int] = set()
        for overlap, track, row in sorted(pairs, key=lambda pair: -pair[0]):
            good = overlap > 0 and overlap >= self._options.min_iou
            if good and row not in matched and track.id not in taken:
                matched[row] = track
                taken.add(track.id)
        return matched

    def _follow(self, track: _Track | None, face: Face, timestamp_s: float) -> _Track:
        if track is not None:
            return track.moved(face.box_xyxy, timestamp_s)
        self._last_id += 1
        return _Track(self._last_id, face.box_xyxy, (0.0, 0.0), timestamp_s)


def _tracked(track_id: int, face: Face, probs: list[float]) -> TrackedFace:
    emotion = EMOTIONS[probs.index(max(probs))]
    return TrackedFace(track_id, face.box_xyxy, face.score, emotion, tuple(probs))
