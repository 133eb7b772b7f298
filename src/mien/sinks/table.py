"""What a row of a table holds: one face of one frame."""

from __future__ import annotations

from mien.types import LABELS, FrameResult, Quality

_QUALITY = ("size_px", "sharpness", "light", "tilt_deg", "turn")

COLUMNS = (
    *("frame", "timestamp_s", "id", "x0", "y0", "x1", "y1", "score", "label", "emotion", "doubt", "personal"),
    *LABELS,
    *_QUALITY,
)
"""Box in pixels, probabilities from 0 to 1, quality as in `mien.types.Quality`."""

Cell = str | float | bool | None


def face_rows(result: FrameResult) -> list[tuple[Cell, ...]]:
    """A row a face, in the order of `COLUMNS`; None where something is not known."""
    return [
        (
            result.frame,
            round(result.timestamp_s, 4),
            face.id,
            *(round(value, 2) for value in face.box_xyxy),
            round(face.score, 4),
            face.label,
            face.emotion.value,
            None if face.doubt is None else face.doubt.value,
            face.personal,
            *(round(prob, 5) for prob in face.probs),
            *_quality_cells(face.quality),
        )
        for face in result.faces
    ]


def _quality_cells(quality: Quality | None) -> list[float | None]:
    record = quality.as_record() if quality else {}
    return [record.get(name) for name in _QUALITY]
