"""How often both heads are right, how well they know it, and what corrupted pictures cost them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from mien.data_protocol import DataProtocol
from mien.scorecard.coverage import coverage_curve
from mien.train import robustness
from mien.train.evaluate import Answers, HeadAnswers, ask, evaluate, open_reader
from mien.train.reading import Progress, equal_part, unwatched
from mien.train.scores import reliability, score_head
from mien.train.table import FaceTable

_READINGS = len(DataProtocol) + 1


def measure_accuracy(model: Path | None, table: FaceTable, progress: Progress = unwatched) -> dict[str, Any]:
    """Plain values for JSON: scores by protocol, reliability and coverage, scores without the decision rule.

    Reliability is that of the official protocol, coverage that of its crowd head, which a person sees; it is
    None without votes. model: an ONNX file, None for mien's own.
    """
    reader = open_reader(model)
    answers = [
        ask(reader, table, protocol, equal_part(progress, number, _READINGS))
        for number, protocol in enumerate(DataProtocol)
    ]
    official = answers[0]
    plain_reader = open_reader(model, prior_share=0.0)
    plain = ask(plain_reader, table, progress=equal_part(progress, _READINGS - 1, _READINGS))
    return {
        "rules": {head: asdict(rule) for head, rule in reader.rules.items()},
        "protocols": {each.protocol.value: each.score().as_record() for each in answers},
        "plain": {head: _in_short(said) for head, said in _heads(plain).items()},
        "reliability": {
            head: reliability(said.probs, said.truth).as_record() for head, said in _heads(official).items()
        },
        "coverage": coverage_curve(official.crowd) if len(official.crowd.truth) else None,
    }


def measure_corruptions(
    model: Path | None, table: FaceTable, progress: Progress = unwatched
) -> dict[str, Any]:
    """Plain values for JSON: the official protocol's accuracies, without and under each change."""
    reader = open_reader(model)
    clean = evaluate(reader, table)
    scores = robustness.measure(reader, table, clean, progress)
    return {
        "clean": {
            "label": round(clean.label.accuracy, 4),
            "crowd": None if clean.crowd is None else round(clean.crowd.accuracy, 4),
        },
        "scores": [score.as_record() for score in scores],
    }


def _heads(answers: Answers) -> dict[str, HeadAnswers]:
    """The heads that were asked about any picture."""
    heads = {"label": answers.label, "crowd": answers.crowd}
    return {name: said for name, said in heads.items() if len(said.truth)}


def _in_short(said: HeadAnswers) -> dict[str, float]:
    score = score_head(said.probs, said.truth)
    assert score is not None
    return {"accuracy": round(score.accuracy, 6), "mean_recall": round(score.mean_recall, 6)}
