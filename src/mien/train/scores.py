"""How well probabilities agree with labels: accuracy, F1, calibration, each with its count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.types import EMOTIONS, LABELS, Probs

CALIBRATION_BINS = 15
BOOTSTRAP_ROUNDS = 2000


@dataclass(frozen=True)
class ClassScore:
    """One class: `n` pictures with its label; precision, recall and F1 in [0, 1] (0 where undefined)."""

    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class HeadScore:
    """One head on `n` pictures.

    interval95: of the accuracy, by bootstrap over pictures. mean_recall: mean of the per-class recalls.
    ece: expected calibration error (Guo et al. 2017) in 15 equal bins of the largest probability.
    confusion: (5, 5) counts, true class by row, predicted by column.
    """

    n: int
    accuracy: float
    macro_f1: float
    mean_recall: float
    interval95: tuple[float, float]
    ece: float
    per_class: dict[str, ClassScore]
    confusion: NDArray[np.int64]

    def as_record(self) -> dict[str, Any]:
        """Plain numbers for JSON, rounded to six digits, so that who rounds further rounds rightly."""
        return {
            "n": self.n,
            "accuracy": round(self.accuracy, 6),
            "interval95": [round(value, 6) for value in self.interval95],
            "macro_f1": round(self.macro_f1, 6),
            "mean_recall": round(self.mean_recall, 6),
            "ece": round(self.ece, 6),
            "per_class": {
                name: {
                    "n": score.n,
                    "precision": round(score.precision, 6),
                    "recall": round(score.recall, 6),
                    "f1": round(score.f1, 6),
                }
                for name, score in self.per_class.items()
            },
            "confusion": self.confusion.tolist(),
        }


def confusion_matrix(probs: Probs, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(5, 5) counts, true class by row. probs: (N, 5). labels: (N,) columns in `EMOTIONS`."""
    flat = labels * len(EMOTIONS) + probs.argmax(axis=1)
    return np.bincount(flat, minlength=len(EMOTIONS) ** 2).reshape(len(EMOTIONS), len(EMOTIONS))


@dataclass(frozen=True)
class Reliability:
    """Answers sorted into equal bins of the largest probability.

    n: (B,) how many fall into each bin. confidence, right: (B,) sums over them of that probability, and of
    right answers.
    """

    n: NDArray[np.int64]
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Mean gap between confidence and accuracy over the bins, weighted by their counts."""
        return float(np.abs(self.right - self.confidence).sum() / self.n.sum())

    def as_record(self) -> dict[str, Any]:
        """Plain numbers for JSON: counts, each bin's mean confidence and accuracy, 0 where it is empty."""
        counts = np.maximum(self.n, 1)
        return {
            "n": self.n.tolist(),
            "confidence": np.round(self.confidence / counts, 4).tolist(),
            "accuracy": np.round(self.right / counts, 4).tolist(),
        }


def reliability(probs: Probs, labels: NDArray[np.int64], bins: int = CALIBRATION_BINS) -> Reliability:
    """(N, 5) probabilities against (N,) labels, sorted into `bins` equal bins of the largest probability."""
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == labels
    where = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return Reliability(
        n=np.bincount(where, minlength=bins),
        confidence=np.bincount(where, weights=confidence, minlength=bins).astype(np.float64),
        right=np.bincount(where, weights=right, minlength=bins).astype(np.float64),
    )


def bootstrap_interval(right: NDArray[np.bool_], seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean of `right` over pictures drawn with replacement.

    The number of right answers among N such draws is binomial, so it is drawn at once.
    """
    draws = np.random.default_rng(seed).binomial(len(right), right.mean(), size=BOOTSTRAP_ROUNDS) / len(right)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def score_head(probs: Probs, labels: NDArray[np.int64]) -> HeadScore | None:
    """Score (N, 5) probabilities against (N,) labels; None where there is no picture to score."""
    if not len(labels):
        return None
    confusion = confusion_matrix(probs, labels)
    per_class = {name: _class_score(confusion, column) for column, name in enumerate(LABELS)}
    present = [score for score in per_class.values() if score.n]
    right = probs.argmax(axis=1) == labels
    return HeadScore(
        n=len(labels),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([score.f1 for score in present])),
        mean_recall=float(np.mean([score.recall for score in present])),
        interval95=bootstrap_interval(right),
        ece=reliability(probs, labels).error,
        per_class=per_class,
        confusion=confusion,
    )


def _class_score(confusion: NDArray[np.int64], column: int) -> ClassScore:
    hits, true, predicted = confusion[column, column], confusion[column].sum(), confusion[:, column].sum()
    return ClassScore(
        n=int(true),
        precision=float(hits / predicted) if predicted else 0.0,
        recall=float(hits / true) if true else 0.0,
        f1=float(2 * hits / (true + predicted)) if true + predicted else 0.0,
    )
