"""A person's resting face: what the model says of it, what that corrects, and its file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.errors import DataError
from mien.files import write_text
from mien.options import NeutralOptions
from mien.types import EMOTIONS, LABELS, Emotion

FORMAT = 1
"""Number of the file's form; another one is refused."""

FLOOR = 1e-4
"""A probability counts as at least this, so that a single frame cannot outweigh all others."""

USUAL = (-3.41, -3.15, -1.80, -3.74, -0.31)
"""The usual resting face, in the order of `EMOTIONS`: logarithms of the mean probabilities that the shipped
model serves on the pictures of FER2013's PublicTest that most people call neutral, as `benchmarks/neutral.py`
prints them. Means of logarithms would be far lower for rare answers: any face would seem full of them."""


@dataclass(frozen=True)
class RestingFace:
    """Mean log-probabilities of one person's resting face, five in the order of `EMOTIONS`.

    model: `ModelSpec.weights_sha256` of the model that said them, empty where that is not known. With another
    model the face is to be learned again.
    """

    log_probs: tuple[float, ...]
    model: str = ""

    @classmethod
    def of(cls, probs: Iterable[tuple[float, ...]], model: str = "") -> RestingFace:
        """The mean over frames, at least one, of what the model said in each."""
        rows = [[math.log(max(prob, FLOOR)) for prob in row] for row in probs]
        return cls(tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)), model)

    def is_of_another(self, model: str) -> bool:
        """Whether another model than this one is known to have said it."""
        return self.model not in ("", model)

    def correction(self, options: NeutralOptions) -> tuple[float, ...]:
        """What is added to the log-probabilities from then on, in the order of `EMOTIONS`.

        With m this person's mean log-probabilities and u those of `USUAL` it is `strength` * (u - m), but it
        only ever raises neutral, and lowers the others, and neither by more than `limit`: a resting face that
        looks sadder than usual takes some sadness away, one that looks less happy than usual gives no smile.
        """
        return tuple(
            max(0.0, shift) if emotion is Emotion.NEUTRAL else min(0.0, shift)
            for emotion, shift in zip(EMOTIONS, self._shifts(options), strict=True)
        )

    def _shifts(self, options: NeutralOptions) -> list[float]:
        gaps = (usual - mine for usual, mine in zip(USUAL, self.log_probs, strict=True))
        return [max(-options.limit, min(options.limit, options.strength * gap)) for gap in gaps]

    def save(self, path: Path) -> None:
        """Write a JSON file, whole; SinkError if it cannot be written."""
        record = {
            "mien_neutral": FORMAT,
            "model": self.model,
            "log_probs": {
                label: round(value, 4) for label, value in zip(LABELS, self.log_probs, strict=True)
            },
        }
        write_text(path, json.dumps(record, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> RestingFace:
        """The inverse of `save`; DataError for a file that cannot be read, or holds no resting face."""
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: no JSON: expected a file that --neutral-file wrote") from error
        return cls(_log_probs(record, path), _model(record, path))


def apply(correction: tuple[float, ...], probs: tuple[float, ...]) -> tuple[float, ...]:
    """p_k * exp(correction_k), made to sum to 1 again: the correction added to the logits."""
    raised = [prob * math.exp(shift) for prob, shift in zip(probs, correction, strict=True)]
    return tuple(value / sum(raised) for value in raised)


def _log_probs(record: object, path: Path) -> tuple[float, ...]:
    form = record.get("mien_neutral") if isinstance(record, dict) else None
    if not isinstance(record, dict) or form != FORMAT:
        raise DataError(f"{path}: form {form!r} of a resting face: expected {FORMAT}")
    said = record.get("log_probs")
    values: list[Any] = [said.get(label) for label in LABELS] if isinstance(said, dict) else [None]
    if not all(map(_is_log_prob, values)):
        raise DataError(
            f"{path}: log_probs is {said!r}: expected for each of {', '.join(LABELS)} a number "
            f"from {math.log(FLOOR):.2f} to 0"
        )
    return tuple(float(value) for value in values)


def _model(record: dict[str, Any], path: Path) -> str:
    # Files of earlier versions do not name it.
    said = record.get("model", "")
    if not isinstance(said, str):
        raise DataError(f"{path}: model is {said!r}: expected the SHA-256 of a model's weights")
    return said


def _is_log_prob(value: object) -> bool:
    # The file is rounded, so the least value may be a little less than the floor.
    return isinstance(value, (int, float)) and math.log(FLOOR) - 1e-3 <= value <= 0
