"""What saying "unsure" brings: risk and coverage.

El-Yaniv and Wiener, "On the foundations of noise-free selective classification", 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mien.options import DoubtOptions
from mien.train.evaluate import HeadAnswers


@dataclass(frozen=True)
class Coverage:
    """What is said at one limit of the probability.

    share: of all pictures those for which an emotion is said, the others are "unsure". accuracy: how often
    that is right, None where nothing is said.
    """

    limit: float
    share: float
    accuracy: float | None

    def as_record(self) -> dict[str, float | None]:
        """Plain numbers for JSON, rounded to six digits."""
        accuracy = None if self.accuracy is None else round(self.accuracy, 6)
        return {"limit": round(self.limit, 6), "share": round(self.share, 6), "accuracy": accuracy}


def coverage_at(limit: float, answers: HeadAnswers) -> Coverage:
    """What a head says where its largest probability is at least `limit`; of at least one picture."""
    sure = answers.probs.max(axis=1) >= limit
    right = (answers.probs.argmax(axis=1) == answers.truth)[sure]
    return Coverage(limit, float(sure.mean()), float(right.mean()) if len(right) else None)


def coverage_curve(answers: HeadAnswers) -> dict[str, Any]:
    """Plain values for JSON: a point each hundredth, and that of the runtime's own limit."""
    limits = (hundredth / 100 for hundredth in range(20, 100))
    return {
        "n": len(answers.truth),
        "points": [coverage_at(limit, answers).as_record() for limit in limits],
        "default": coverage_at(DoubtOptions().min_prob, answers).as_record(),
    }
