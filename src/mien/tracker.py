"""Ids that stay with the person from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mien import boxes
from mien.motion import Motion
from mien.options import TrackerOptions
from mien.portrait import Portrait, likeness, portraits, unit
from mien.types import Box, Crops, Face

_SAME_AT_CUT = 0.75
"""Who is in the place of a face after a cut is the same person if they look so much alike."""

_LEARN_S = 0.5
"""After so many seconds half of a track's portrait is new: faces turn, light changes."""


@dataclass(frozen=True)
class _Track:
    """A person: the face as last seen, how it moves, what it looks like (None if nobody said)."""

    id: int
    face: Face
    motion: Motion
    portrait: Portrait | None
    seen_s: float

    def expected(self, timestamp_s: float, options: TrackerOptions) -> Face:
        """The face where it is by now, had the person moved on."""
        x, y = self.motion.after(max(0.0, timestamp_s - self.seen_s), options).xy
        old_x, old_y = boxes.centre(self.face.box_xyxy)
        return _shifted(self.face, x - old_x, y - old_y)

    def moved(self, face: Face, look: Portrait | None, timestamp_s: float, options: TrackerOptions) -> _Track:
        """The track after the person was seen here."""
        passed_s = max(0.0, timestamp_s - self.seen_s)
        motion = self.motion.after(passed_s, options).seen(boxes.centre(face.box_xyxy), options)
        return _Track(self.id, face, motion, self._learned(look, passed_s), timestamp_s)

    def _learned(self, look: Portrait | None, passed_s: float) -> Portrait | None:
        if look is None or self.portrait is None:
            return self.portrait if look is None else look
        keep = np.float32(0.5 ** (passed_s / _LEARN_S))
        return unit(keep * self.portrait + (1 - keep) * look)


@dataclass(frozen=True)
class _Claim:
    """A track may be the person of a face: how well that fits, and the face's row."""

    fit: float
    track: _Track
    row: int


class FaceTracker:
    """Gives each face the id of the track that fits it best, by place, motion and looks, or a new one."""

    def __init__(self, options: TrackerOptions | None = None) -> None:
        self._options = options or TrackerOptions()
        self._tracks: list[_Track] = []
        self._last_id = 0
        self._looked_s = -math.inf
        self._skipped = 0
        self._awaited: list[_Track] | None = None

    def expected(self, timestamp_s: float) -> list[Face] | None:
        """The faces of a frame for which the detector need not look; None when it must.

        They are those of the last look, where they are by now. `update` with just these keeps their ids.
        """
        self._awaited = None
        self._skipped += 1
        has_jumped = not 0 <= timestamp_s - self._looked_s <= self._options.max_gap_s
        if has_jumped or self._skipped >= self._options.detect_every:
            return None
        self._awaited = [track for track in self._tracks if track.seen_s == self._looked_s]
        return [track.expected(timestamp_s, self._options) for track in self._awaited]

    def update(
        self, faces: Sequence[Face], timestamp_s: float, crops: Crops | None = None, *, is_cut: bool = False
    ) -> list[int]:
        """The ids of the faces of one frame, in the order given.

        timestamp_s: seconds; a jump by more than `max_gap_s`, backwards too, forgets everyone. crops:
        (N, S, S) uint8 grey, the faces' pixels, by which people are told apart where they meet and known
        again after an absence. is_cut: the frame shows another scene than the one before, in which somebody
        else may be in the same place. Ids count from 1 and are never used again.
        """
        people = self._awaited
        if people is None:
            people = self._look(faces, timestamp_s, crops, is_cut=is_cut)
        self._awaited = None
        return [track.id for track in people]

    def _look(
        self, faces: Sequence[Face], timestamp_s: float, crops: Crops | None, *, is_cut: bool
    ) -> list[_Track]:
        """The tracks of what a detector found, a track a face, in order."""
        last_look_s, self._looked_s, self._skipped = self._looked_s, timestamp_s, 0
        looks = [None] * len(faces) if crops is None else list(portraits(crops))
        alive = [track for track in self._tracks if self._is_recent(track, timestamp_s)]
        matched = _best(self._claims(alive, faces, looks, timestamp_s, last_look_s, is_cut=is_cut))
        seen = [
            self._follow(matched.get(row), face, look, timestamp_s)
            for row, (face, look) in enumerate(zip(faces, looks, strict=True))
        ]
        found = {track.id for track in seen}
        self._tracks = seen + [track for track in alive if track.id not in found]
        return seen

    def _is_recent(self, track: _Track, timestamp_s: float) -> bool:
        return abs(timestamp_s - track.seen_s) <= self._options.max_gap_s

    def _claims(
        self,
        tracks: Sequence[_Track],
        faces: Sequence[Face],
        looks: Sequence[Portrait | None],
        timestamp_s: float,
        last_look_s: float,
        *,
        is_cut: bool,
    ) -> Iterator[_Claim]:
        for track in tracks:
            expected = track.expected(timestamp_s, self._options)
            gap_s = max(0.0, timestamp_s - track.seen_s)
            # Of a slow camera's frames each comes long after the last, and nobody was away.
            was_away = track.seen_s < last_look_s and gap_s > self._options.absence_s
            for row, (face, look) in enumerate(zip(faces, looks, strict=True)):
                near = self._nearness(track.face, expected, face, gap_s)
                if near <= 0:
                    continue
                like = _likeness(track.portrait, look)
                fit = self._fit(near, like, was_away=was_away, is_cut=is_cut)
                if fit is not None:
                    yield _Claim(fit, track, row)

    def _fit(self, near: float, like: float | None, *, was_away: bool, is_cut: bool) -> float | None:
        """How well place and looks fit; None for someone who is plainly another.

        After an absence looks lead: place counts half, and a face must look like the one before. After a cut
        it must do so more.
        """
        if like is None:
            return near
        if is_cut and like < _SAME_AT_CUT:
            return None
        if not was_away:
            return near + self._options.likeness * like
        return near / 2 + self._options.likeness * like if like >= self._options.min_likeness else None

    def _nearness(self, last: Face, expected: Face, face: Face, gap_s: float) -> float:
        """1 where the face is expected, falling to 0 at the end of its reach; half of that where it was."""
        side, found_side = _side(last.box_xyxy), _side(face.box_xyxy)
        if max(side, found_side) > self._options.max_growth * min(side, found_side):
            return 0.0
        reach_px = side * (self._options.reach + self._options.reach_a_second * gap_s)
        moved_on, stopped = (
            1 - _distance(place.box_xyxy, face.box_xyxy) / max(reach_px, 1e-6) for place in (expected, last)
        )
        return max(moved_on, stopped / 2)

    def _follow(self, track: _Track | None, face: Face, look: Portrait | None, timestamp_s: float) -> _Track:
        if track is not None:
            return track.moved(face, look, timestamp_s, self._options)
        self._last_id += 1
        motion = Motion.start(boxes.centre(face.box_xyxy), self._options)
        return _Track(self._last_id, face, motion, look, timestamp_s)


def _best(claims: Iterator[_Claim]) -> dict[int, _Track]:
    """Row of a face to its track: the best claim first, each face and each track once."""
    matched: dict[int, _Track] = {}
    taken: set[int] = set()
    for claim in sorted(claims, key=lambda claim: -claim.fit):
        if claim.row not in matched and claim.track.id not in taken:
            matched[claim.row] = claim.track
            taken.add(claim.track.id)
    return matched


def _likeness(a: Portrait | None, b: Portrait | None) -> float | None:
    return None if a is None or b is None else likeness(a, b)


def _side(box_xyxy: Box) -> float:
    return max(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1])


def _distance(a_xyxy: Box, b_xyxy: Box) -> float:
    return math.dist(boxes.centre(a_xyxy), boxes.centre(b_xyxy))


def _shifted(face: Face, dx: float, dy: float) -> Face:
    points = face.landmarks_xy and tuple((x + dx, y + dy) for x, y in face.landmarks_xy)
    return replace(face, box_xyxy=boxes.shift(face.box_xyxy, dx, dy), landmarks_xy=points)
