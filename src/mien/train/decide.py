"""Which share of the class prior a head's decision rule takes out, chosen on validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien.decision import DecisionRule
from mien.train.scores import score_head
from mien.types import Probs

SHARES = tuple(step / 20 for step in range(21))
"""The shares that are tried: 0, 0.05 … 1."""

LEAST_PRIOR = 1e-6
"""A class that a head never expects still needs a share above 0."""


class Trial(NamedTuple):
    """What a share scores: accuracy, and the mean of the per-class recalls, both in [0, 1]."""

    share: float
    accuracy: float
    mean_recall: float

    @property
    def merit(self) -> float:
        """The criterion: right answers count as much as classes found evenly."""
        return self.accuracy + self.mean_recall


@dataclass(frozen=True)
class Choice:
    """The rule of one head and the curve it was chosen from, from share 0 up; empty without any label."""

    rule: DecisionRule
    curve: tuple[Trial, ...]

    @property
    def chosen(self) -> Trial | None:
        """What the rule scores on validation."""
        return next((trial for trial in self.curve if trial.share == self.rule.share), None)


def choose_rule(probs: Probs, labels: NDArray[np.int64]) -> Choice:
    """The share with the largest sum of accuracy and mean recall; of equal ones the smallest.

    probs: (N, 5) calibrated probabilities of one head, N at least 1; their mean is the prior, since that is
    what the head expects. labels: (N,) columns in `EMOTIONS`, -1 for a picture that counts for the prior
    only. Without any label the share is 0.
    """
    scored = labels >= 0
    plain = DecisionRule(_prior(probs), 0.0)
    if not scored.any():
        return Choice(plain, ())
    curve = tuple(_try(plain.with_share(share), probs[scored], labels[scored]) for share in SHARES)
    best = max(curve, key=lambda trial: trial.merit)
    return Choice(plain.with_share(best.share), curve)


def _prior(probs: Probs) -> tuple[float, ...]:
    mean = np.maximum(probs.mean(axis=0, dtype=np.float64), LEAST_PRIOR)
    return tuple((mean / mean.sum()).tolist())


def _try(rule: DecisionRule, probs: Probs, labels: NDArray[np.int64]) -> Trial:
    score = score_head(rule.apply(probs), labels)
    assert score is not None
    return Trial(rule.share, score.accuracy, score.mean_recall)
