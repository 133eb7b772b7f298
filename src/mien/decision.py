"""How a head's probabilities become what is served: a share of the class prior is taken out of them.

A head that has seen few angry faces calls a doubtful one something else. Dividing its probabilities by the
prior that it expects corrects for that in full where all classes are equally common: prior shift, Saerens et
al. 2002; as a decision rule, logit adjustment, Menon et al. 2021. The `share` is their tau.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mien.errors import OptionError
from mien.options import check_range
from mien.types import EMOTIONS, Probs


@dataclass(frozen=True)
class DecisionRule:
    """The rule of one head.

    prior: five class shares that the head expects, in the order of `EMOTIONS`, each above 0, sum 1.
    share: 0 to 1, how much of the log prior is taken out; 0 serves the head's own probabilities.
    """

    prior: tuple[float, ...]
    share: float

    def __post_init__(self) -> None:
        check_range("prior_share", self.share, 0.0, 1.0)
        adds_up = all(part > 0 for part in self.prior) and abs(sum(self.prior) - 1) <= 1e-4
        if len(self.prior) != len(EMOTIONS) or not adds_up:
            raise OptionError(
                f"class prior is {self.prior}: expected {len(EMOTIONS)} shares above 0 whose sum is 1"
            )

    def apply(self, probs: Probs) -> Probs:
        """p_k / prior_k ** share, made to sum to 1 again.

        probs: (N, 5) float32, rows sum to 1. Returns the same shape and type, at share 0 `probs` itself.
        """
        if self.share == 0:
            return probs
        raised = probs / np.asarray(self.prior, dtype=np.float32) ** np.float32(self.share)
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

    def undo(self, probs: Probs) -> Probs:
        """The inverse of `apply`: the head's own probabilities out of those that it serves."""
        lowered = probs * np.asarray(self.prior, dtype=np.float32) ** np.float32(self.share)
        return np.asarray(lowered / lowered.sum(axis=1, keepdims=True), dtype=np.float32)

    def with_share(self, share: float) -> DecisionRule:
        """The same prior, another share of it; OptionError without a known prior, unless the share is 0."""
        changed = replace(self, share=share)
        if share != 0 and self.prior == PLAIN.prior:
            raise OptionError(
                f"prior_share is {share}: the model states no class prior that could be taken out: expected 0"
            )
        return changed

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> DecisionRule:
        """The inverse of `dataclasses.asdict`; KeyError, TypeError or OptionError if it holds no rule."""
        return cls(tuple(record["prior"]), record["share"])


PLAIN = DecisionRule((1 / len(EMOTIONS),) * len(EMOTIONS), 0.0)
"""Serves what the head says; the even prior stands for one that is not known."""
