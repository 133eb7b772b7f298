"""The things that travel through the pipeline. All are frozen: a stage returns new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""HxWx3 uint8 BGR in [0, 255], as OpenCV reads it."""

Grey: TypeAlias = NDArray[np.uint8]
"""HxW uint8 grey in [0, 255]."""

Crops: TypeAlias = NDArray[np.uint8]
"""(N, S, S) uint8 grey in [0, 255]: square face crops, upright, one a row."""

Probs: TypeAlias = NDArray[np.float32]
"""(N, 5) float32, rows sum to 1, columns in the order of `EMOTIONS`."""

Box: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the frame; x1 and y1 are exclusive, so the width is x1 - x0."""


class Emotion(str, Enum):
    """The five emotions, in the order that every vector of probabilities follows."""

    ANGRY = "angry"
    HAPPY = "happy"
    SAD = "sad"
    SURPRISE = "surprise"
    NEUTRAL = "neutral"

    def __str__(self) -> str:
        return self.value

    @property
    def column(self) -> int:
        """Column of this emotion in a vector of probabilities, 0 to 4."""
        return EMOTIONS.index(self)


EMOTIONS: tuple[Emotion, ...] = tuple(Emotion)
LABELS: tuple[str, ...] = tuple(emotion.value for emotion in EMOTIONS)


@dataclass(frozen=True)
class Frame:
    """One picture of a source.

    `index` counts from 0 within the source, `timestamp_s` is seconds since the source's first frame, `name`
    is the file that the picture came from, or empty for a camera or video.
    """

    index: int
    timestamp_s: float
    image: Image
    name: str = ""


@dataclass(frozen=True)
class Face:
    """A face that a detector found.

    `score` is the detector's own confidence in [0, 1]. `landmarks_xy` are five points in pixels of the frame
    (right eye, left eye, nose, right mouth corner, left mouth corner; the person's own right), or None.
    """

    box_xyxy: Box
    score: float
    landmarks_xy: tuple[tuple[float, float], ...] | None = None


class Doubt(str, Enum):
    """Why mien does not say which emotion a face shows."""

    PROBABILITY = "probability"
    SMALL = "small"
    BLURRED = "blurred"
    DARK = "dark"
    TURNED = "turned"

    def __str__(self) -> str:
        return self.value


UNSURE = "unsure"
"""What is shown for a face in doubt."""


@dataclass(frozen=True)
class Quality:
    """How well a face can be seen.

    size_px: longer side of its box, in pixels of the frame. sharpness: see `mien.quality`; 0 is blank or
    fully blurred. light: mean grey in [0, 1]. tilt_deg: how far the eyes are from level, positive where the
    person's own left eye is lower; turn: how far the nose is from the middle of the eyes, over the eyes'
    distance, positive to the right of the picture. Both are None without landmarks.
    """

    size_px: float
    sharpness: float
    light: float
    tilt_deg: float | None = None
    turn: float | None = None

    def as_record(self) -> dict[str, float | None]:
        """The JSON form: the fields by their names, rounded."""
        return {name: None if value is None else round(value, 3) for name, value in vars(self).items()}


@dataclass(frozen=True)
class TrackedFace:
    """A face with an id that stays with the person, and what it shows.

    `probs` holds five probabilities in the order of `EMOTIONS`; `emotion` is what is shown to a person, which
    after smoothing need not be the largest of `probs` in this very frame. `doubt` is why it had better not be
    shown, or None. `personal` tells that the person's own resting face has been taken into account.
    `uncut_xyxy` is the box before it was cut off at the edge of the frame, or None where it was not.
    """

    id: int
    box_xyxy: Box
    score: float
    emotion: Emotion
    probs: tuple[float, ...]
    landmarks_xy: tuple[tuple[float, float], ...] | None = None
    quality: Quality | None = None
    doubt: Doubt | None = None
    personal: bool = False
    uncut_xyxy: Box | None = None

    @classmethod
    def of(cls, face_id: int, face: Face, probs: Sequence[float]) -> TrackedFace:
        """A face with its id and its five probabilities, the largest of which is the emotion."""
        row = tuple(probs)
        emotion = EMOTIONS[row.index(max(row))]
        return cls(face_id, face.box_xyxy, face.score, emotion, row, face.landmarks_xy)

    @property
    def whole_xyxy(self) -> Box:
        """The box of the whole face, of which a part may lie beyond the edge of the frame."""
        return self.uncut_xyxy or self.box_xyxy

    @property
    def label(self) -> str:
        """What a person is told: the emotion's name, or "unsure"."""
        return UNSURE if self.doubt else self.emotion.value

    @property
    def confidence(self) -> float:
        """Probability of the emotion shown, in [0, 1]."""
        return self.probs[self.emotion.column]

    def as_record(self) -> dict[str, object]:
        """The JSON form of this face, as docs/schema.md describes it."""
        return {
            "id": self.id,
            "box_xyxy": [round(value, 2) for value in self.box_xyxy],
            "score": round(self.score, 4),
            "label": self.label,
            "emotion": self.emotion.value,
            "probs": {label: round(prob, 5) for label, prob in zip(LABELS, self.probs, strict=True)},
            "doubt": None if self.doubt is None else self.doubt.value,
            "quality": None if self.quality is None else self.quality.as_record(),
            "personal": self.personal,
        }


@dataclass(frozen=True)
class Heat:
    """Where in a frame the model looked for the emotion that a face shows.

    `map` is (h, w) float32 in [0, 1], 1 where it counted most; `box_xyxy` is where in the frame the map lies
    once it is turned clockwise about the middle of the box by `tilt_deg`, as the face is.
    """

    map: NDArray[np.float32]
    box_xyxy: Box
    tilt_deg: float = 0.0


@dataclass(frozen=True)
class Timing:
    """How a live stream keeps up.

    latency_ms: from the camera's frame to its result. dropped: frames so far that were shown without being
    analysed, or lost. analysis_fps: frames analysed a second, over the last second or so; None at first.
    """

    latency_ms: float
    dropped: int
    analysis_fps: float | None

    def as_record(self) -> dict[str, float | None]:
        """The JSON form: the fields by their names, rounded."""
        fps = self.analysis_fps
        return {
            "latency_ms": round(self.latency_ms, 2),
            "dropped": self.dropped,
            "analysis_fps": None if fps is None else round(fps, 2),
        }


SCHEMA = 2
"""Version of the JSON form of a frame: docs/schema.md."""


@dataclass(frozen=True)
class FrameResult:
    """What the pipeline says about one frame; sizes in pixels, `analysis_ms` is the time that took."""

    frame: int
    timestamp_s: float
    width: int
    height: int
    faces: tuple[TrackedFace, ...]
    analysis_ms: float
    name: str = ""
    timing: Timing | None = None

    def as_record(self) -> dict[str, object]:
        """The JSON form of one frame, as docs/schema.md describes it."""
        return {
            "schema": SCHEMA,
            "frame": self.frame,
            "timestamp_s": round(self.timestamp_s, 4),
            "width": self.width,
            "height": self.height,
            "analysis_ms": round(self.analysis_ms, 2),
            "timing": None if self.timing is None else self.timing.as_record(),
            "faces": [face.as_record() for face in self.faces],
        }
