"""What a runtime must know to use a face model: metadata inside the ONNX file <-> a dataclass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mien.detector.decode import STRIDES
from mien.errors import ModelError, OptionError
from mien.model_file import read_entry
from mien.options import Framing, check_range

FORMAT = 1
"""Number of the metadata's form; a runtime refuses another than it knows."""

KEY = "mien.face_spec"
"""Name of the metadata entry that holds everything as one JSON object."""

INPUT, OUTPUT = "images", "raw"
"""Names in the graph: (N, 3, H, W) uint8 BGR, sides multiples of 32; (N, cells, 15) float32, for `decode`."""


@dataclass(frozen=True)
class FaceModelSpec:
    """Everything about a face model that is not in its graph.

    smallest_px: sqrt(area) of the smallest face that it finds, in pixels of its input.
    min_score: faces scored under this, 0 to 1, are not reported; chosen on validation.
    framing: how a crop is cut around one of its boxes.
    scores: what it scored on validation when it was exported, by band of face sizes.
    training: how it came to be (data, recipe), for people and records.
    weights_sha256: SHA-256 of the checkpoint that it was exported from.
    strides: sides of its cells in pixels.
    """

    smallest_px: float
    min_score: float
    framing: Framing
    weights_sha256: str
    scores: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    strides: tuple[int, ...] = STRIDES

    def __post_init__(self) -> None:
        check_range("face model: smallest_px", self.smallest_px, 4, 256)
        check_range("face model: min_score", self.min_score, 0.0, 1.0)
        if self.strides != STRIDES:
            raise ModelError(f"the face model's strides are {self.strides}: expected {STRIDES}")

    def to_metadata(self) -> dict[str, str]:
        """Entries for ONNX's `metadata_props`."""
        return {KEY: json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True)}

    @classmethod
    def from_metadata(cls, entries: Mapping[str, str], where: str) -> FaceModelSpec:
        """The inverse of `to_metadata`; ModelError names `where` if the entries are not ours."""
        _, said = read_entry(
            entries,
            KEY,
            where,
            forms=(FORMAT,),
            otherwise="holds no face detector: expected a file that `mien export-detector` wrote",
        )
        try:
            said["strides"] = tuple(said["strides"])
            said["framing"] = Framing(**said["framing"])
            return cls(**said)
        except (AttributeError, KeyError, TypeError, OptionError) as error:
            raise ModelError(f"{where}: broken mien metadata: {error}") from error
