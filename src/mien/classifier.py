"""From face crops to probabilities of five emotions, in ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import ModelError
from mien.model_session import open_session
from mien.model_spec import ModelSpec
from mien.types import EMOTIONS, Crops, Probs

INPUT = "faces"
ACTIVATION = "cam"
OUTPUTS = ("label_probs", "crowd_probs", ACTIVATION)
SHIPPED_MODEL = Path(__file__).parent / "assets" / "emotion.onnx"
_BATCH = 64


@dataclass(frozen=True)
class Reading:
    """All that the network says about N crops.

    label, crowd: (N, 5) float32, rows sum to 1; how FER2013's labellers would have it, and how people vote;
    each as its head's decision rule serves it.
    cam: (N, 5, h, w) float32, the class activation map of the served head: where its evidence for each
    emotion lies in the crop, on a coarse grid; the mean over the grid plus the head's bias is the logit.
    """

    label: Probs
    crowd: Probs
    cam: NDArray[np.float32]


class EmotionClassifier:
    """Reads face crops with one model file. It keeps no state between calls, so streams may share it."""

    def __init__(
        self, model_path: Path | None = None, threads: int = 1, prior_share: float | None = None
    ) -> None:
        """model_path: a file that `mien export` wrote, None is the shipped one; threads: cores for a call.

        prior_share: 0 to 1, how much of the class prior both heads' rules take out; None leaves the model's
        own rules. Raises ModelError for a file that is missing, is not one of ours, or has been changed,
        OptionError for another share, or one above 0 where the model states no prior.
        """
        self.path = model_path or SHIPPED_MODEL
        self._session = open_session(self.path, threads)
        self.spec = ModelSpec.from_metadata(
            self._session.get_modelmeta().custom_metadata_map, f"model {self.path}"
        )
        self.rules = self.spec.rules
        if prior_share is not None:
            self.rules = {head: rule.with_share(prior_share) for head, rule in self.rules.items()}

    @property
    def input_px(self) -> int:
        """Side of the square crops that `classify` and `read` take, in pixels."""
        return self.spec.input_px

    @property
    def serve(self) -> str:
        """The head that `classify` gives: `crowd`, or `label` of a model that never learned from votes."""
        return self.spec.serve

    def classify(self, crops: Crops) -> Probs:
        """Probabilities of the served head, by its decision rule.

        crops: (N, S, S) uint8 grey, S = `spec.input_px`, N may be 0. Returns (N, 5) float32, rows sum to 1,
        columns as in `EMOTIONS`.
        """
        if not len(crops):
            return np.zeros((0, len(EMOTIONS)), dtype=np.float32)
        return self.rules[self.serve].apply(self._run(crops, [f"{self.serve}_probs"])[0])

    def read(self, crops: Crops) -> Reading:
        """Both heads and the class activation maps of (N, S, S) uint8 grey crops, N at least 1."""
        label, crowd, cam = self._run(crops, list(OUTPUTS))
        return Reading(self.rules["label"].apply(label), self.rules["crowd"].apply(crowd), cam)

    def explain(self, crops: Crops) -> NDArray[np.float32]:
        """Where the served head sees each emotion: its class activation maps (Zhou et al. 2016).

        crops: as for `classify`, N at least 1. Returns (N, 5, h, w) float32: the mean over h and w plus the
        head's bias is its logit, before the temperature and any rule. Raises ModelError if the model's graph
        gives none.
        """
        if ACTIVATION not in {given.name for given in self._session.get_outputs()}:
            raise ModelError(
                f"model {self.path}: explains nothing: expected an output {ACTIVATION!r}, "
                "as `mien export` writes it"
            )
        return self._run(crops, [ACTIVATION])[0]

    def _run(self, crops: Crops, outputs: list[str]) -> list[NDArray[np.float32]]:
        side = self.spec.input_px
        if crops.dtype != np.uint8 or crops.ndim != 3 or crops.shape[1:] != (side, side):
            raise ValueError(f"crops are {crops.dtype} {crops.shape}: expected uint8 (N, {side}, {side})")
        parts = [
            self._session.run(outputs, {INPUT: crops[start : start + _BATCH]})
            for start in range(0, len(crops), _BATCH)
        ]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]
