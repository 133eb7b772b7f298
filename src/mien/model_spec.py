"""What a runtime must know to use an emotion model: metadata inside the ONNX file <-> a dataclass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mien.decision import PLAIN, DecisionRule
from mien.errors import ModelError
from mien.model_file import read_entry
from mien.options import Framing
from mien.types import LABELS

FORMAT = 2
"""Number of the metadata's form; a runtime refuses a newer one than it knows. Form 1 has no `rules`."""

KEY = "mien.spec"
"""Name of the metadata entry that holds everything as one JSON object."""

HEADS = ("crowd", "label")


@dataclass(frozen=True)
class ModelSpec:
    """Everything about an emotion model that is not in its graph.

    labels: the columns of the probabilities, in order.
    input_px: side of the square grey crops that the graph takes.
    serve: the head that a user sees, `crowd` (how people vote) or `label` (FER2013's own labels).
    temperatures: by head, what its logits were divided by inside the graph; fitted on validation.
    rules: by head, what the runtime does to the graph's probabilities before it serves them; chosen on
        validation.
    framing: how the crop is cut around a box from brow to chin, for a detector with no measured framing of
        its own; mien's detectors bring theirs.
    scores: by head, what the model scored on validation when it was exported, served by its rule; the
        `plain_accuracy` is without the rule.
    training: how it came to be (protocol, counts, recipe, SHA-256 of the data), for people and records.
    weights_sha256: SHA-256 of the checkpoint that it was exported from.
    """

    labels: tuple[str, ...]
    input_px: int
    serve: str
    temperatures: dict[str, float]
    rules: dict[str, DecisionRule]
    framing: Framing
    weights_sha256: str
    scores: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.labels != LABELS:
            raise ModelError(f"the model's labels are {', '.join(self.labels)}: expected {', '.join(LABELS)}")
        if self.serve not in HEADS:
            raise ModelError(f"the model serves head {self.serve!r}: expected one of {', '.join(HEADS)}")
        if not 16 <= self.input_px <= 512:
            raise ModelError(f"the model takes crops of {self.input_px} px: expected 16 to 512")
        if set(self.rules) != set(HEADS):
            raise ModelError(
                f"the model has rules for {', '.join(self.rules) or 'no head'}: expected {', '.join(HEADS)}"
            )

    def to_metadata(self) -> dict[str, str]:
        """Entries for ONNX's `metadata_props`."""
        return {KEY: json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True)}

    @classmethod
    def from_metadata(cls, entries: Mapping[str, str], where: str) -> ModelSpec:
        """The inverse of `to_metadata`; ModelError names `where` if the entries are not ours."""
        form, said = read_entry(
            entries,
            KEY,
            where,
            forms=(1, FORMAT),
            otherwise="holds no mien metadata: expected a file that `mien export` wrote",
        )
        if form == 1:
            said["rules"] = dict.fromkeys(HEADS, asdict(PLAIN))
        try:
            said["labels"] = tuple(said["labels"])
            said["framing"] = Framing(**said["framing"])
            said["rules"] = {head: DecisionRule.from_record(rule) for head, rule in said["rules"].items()}
            return cls(**said)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{where}: broken mien metadata: {error}") from error
