"""Each person's own resting face, learned on request, taken out of what the model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mien import boxes
from mien.options import NeutralOptions, check_range
from mien.resting import RestingFace, apply
from mien.types import EMOTIONS, TrackedFace


@dataclass
class _Lesson:
    """What has been seen of each face, by id, since the first was, at `start_s`; and where it was last."""

    seconds: float
    start_s: float | None = None
    seen: dict[int, list[tuple[float, ...]]] = field(default_factory=dict)
    last: dict[int, TrackedFace] = field(default_factory=dict)


class PersonalNeutral:
    """Learns how faces look at rest, and corrects their probabilities from then on: see `mien.resting`.

    A learned face keeps its own correction while its id lives. Beside that there is one resting face at hand:
    the one read from `file`, or that of the largest face of the last lesson. It is handed to the largest face
    in view that has none of its own, and stays with it until that face has been gone for `max_gap_s`. So the
    person before the camera keeps it, and a passer-by behind does not get it.
    """

    def __init__(
        self, options: NeutralOptions | None = None, file: Path | None = None, model: str = ""
    ) -> None:
        """file: read if it is there, written when a face has been learned; None keeps nothing. model: the
        `ModelSpec.weights_sha256` of the model whose probabilities are corrected.

        Raises DataError for a file that holds no resting face.
        """
        self._options = options or NeutralOptions()
        self._file = file
        self._model = model
        self._at_hand = RestingFace.load(file) if file is not None and file.exists() else None
        self._people: dict[int, RestingFace] = {}
        self._seen_s: dict[int, float] = {}
        self._lesson: _Lesson | None = None

    @property
    def is_learning(self) -> bool:
        """Whether a lesson is on: people should rest their faces."""
        return self._lesson is not None

    @property
    def notice(self) -> str | None:
        """What a person should know of the file in one line, or None."""
        if self._at_hand is None or not self._at_hand.is_of_another(self._model):
            return None
        return f"{self._file}: this resting face was learned with another model: have it learned again"

    def learn(self, seconds: float | None = None) -> None:
        """Learn, from the next face in view on, the resting face of everyone in view; None is `learn_s`.

        A lesson that is on begins again.
        """
        seconds = self._options.learn_s if seconds is None else seconds
        check_range("neutral seconds", seconds, 0.1, 600.0)
        self._lesson = _Lesson(seconds)

    def update(self, faces: Sequence[TrackedFace], timestamp_s: float) -> list[TrackedFace]:
        """The faces of one frame, in the order given, corrected and marked `personal` where one is learned.

        faces: as the tracker gives them, probabilities as the model serves them. timestamp_s: seconds.
        Raises SinkError if what was learned cannot be written.
        """
        self._forget_gone(faces, timestamp_s)
        if self._lesson is not None:
            self._attend(self._lesson, faces, timestamp_s)
        self._hand_out(faces)
        return [self._corrected(face) for face in faces]

    def _forget_gone(self, faces: Sequence[TrackedFace], timestamp_s: float) -> None:
        self._seen_s.update((face.id, timestamp_s) for face in faces)
        gap_s = self._options.max_gap_s
        self._seen_s = {key: at for key, at in self._seen_s.items() if abs(timestamp_s - at) <= gap_s}
        self._people = {key: person for key, person in self._people.items() if key in self._seen_s}

    def _attend(self, lesson: _Lesson, faces: Sequence[TrackedFace], timestamp_s: float) -> None:
        for face in faces:
            lesson.seen.setdefault(face.id, []).append(face.probs)
            lesson.last[face.id] = face
        if lesson.seen and (lesson.start_s is None or timestamp_s < lesson.start_s):
            lesson.start_s = timestamp_s
        if lesson.start_s is not None and timestamp_s - lesson.start_s >= lesson.seconds:
            self._lesson = None
            self._learned(lesson)

    def _learned(self, lesson: _Lesson) -> None:
        """Keep the face of everyone who was long enough in view, and have the largest one's at hand."""
        enough = {key: rows for key, rows in lesson.seen.items() if len(rows) >= self._options.min_frames}
        self._people.update((key, RestingFace.of(rows, self._model)) for key, rows in enough.items())
        # A detector may miss a face in the very frame that ends the lesson.
        largest = _largest([lesson.last[key] for key in enough if key in self._seen_s])
        if largest is None:
            return
        self._at_hand = self._people[largest.id]
        if self._file is not None:
            self._at_hand.save(self._file)

    def _hand_out(self, faces: Sequence[TrackedFace]) -> None:
        if self._at_hand is None or any(person is self._at_hand for person in self._people.values()):
            return
        heir = _largest([face for face in faces if face.id not in self._people])
        if heir is not None:
            self._people[heir.id] = self._at_hand

    def _corrected(self, face: TrackedFace) -> TrackedFace:
        person = self._people.get(face.id)
        if person is None:
            return face
        probs = apply(person.correction(self._options), face.probs)
        return replace(face, probs=probs, emotion=EMOTIONS[probs.index(max(probs))], personal=True)


def _largest(faces: Sequence[TrackedFace]) -> TrackedFace | None:
    return max(faces, key=lambda face: boxes.area(face.box_xyxy), default=None)
