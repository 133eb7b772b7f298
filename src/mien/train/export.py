"""From a checkpoint to the ONNX file that the runtime uses: calibrated, described, sealed, and run once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mien.classifier import INPUT, OUTPUTS, EmotionClassifier
from mien.decision import DecisionRule
from mien.errors import DataError, ModelError
from mien.files import file_sha256, write_bytes
from mien.model_spec import ModelSpec
from mien.options import Framing
from mien.train import onnx_graph
from mien.train.calibrate import fit_temperature
from mien.train.decide import Choice, choose_rule
from mien.train.evaluate import Evaluation, evaluate, judged_by, majority, read_all
from mien.train.fit import LoadedNet, load_net
from mien.train.grey_stem import with_grey_stem
from mien.train.net_reader import NetReader, ServedNet
from mien.train.recipe import to_dict
from mien.train.table import SIDE_PX, FaceTable
from mien.train.winograd import with_fewer_products
from mien.types import LABELS, Crops, Probs

TOLERANCE = 1e-4
"""Largest difference between torch and ONNX Runtime in any probability or map."""

CHECKED_BATCHES = (1, 2, 5)


@dataclass(frozen=True)
class Exported:
    """What `export` wrote; `choices` tells, by head, how the decision rule was chosen."""

    path: Path
    spec: ModelSpec
    choices: dict[str, Choice]
    evaluation: Evaluation
    max_difference: float


def export(
    checkpoint: Path,
    validation: FaceTable,
    output: Path,
    *,
    force: bool = False,
    source: str = "the validation split",
) -> Exported:
    """Write the ONNX file of a checkpoint.

    validation: the split on which temperatures are fitted, decision rules chosen and scores taken.
    source: where it comes from, for errors. DataError if the crowd head is served and there are no votes to
    calibrate it on. ModelError if ONNX Runtime and torch disagree, or if `output` holds a model that scored
    better before its decision rule, and `force` is not set.
    """
    loaded = load_net(checkpoint)
    tuned = _tune(loaded, validation, source)
    evaluation = evaluate(NetReader(loaded, tuned.temperatures, tuned.rules), validation)
    spec = _describe(loaded, tuned, evaluation, file_sha256(checkpoint))
    if not force:
        _refuse_worse(spec.scores, output)
    data = to_onnx(ServedNet(with_grey_stem(loaded.net), tuned.temperatures, spec.serve), spec)
    crops = validation.images[: max(CHECKED_BATCHES)]
    difference = check_agreement(NetReader(loaded, tuned.temperatures), data, crops)
    write_bytes(output, data)
    return Exported(output, spec, tuned.choices, evaluation, difference)


@dataclass(frozen=True)
class _Tuned:
    """What validation decides, by head."""

    temperatures: dict[str, float]
    choices: dict[str, Choice]

    @property
    def rules(self) -> dict[str, DecisionRule]:
        return {head: choice.rule for head, choice in self.choices.items()}


def _tune(loaded: LoadedNet, validation: FaceTable, source: str) -> _Tuned:
    five = validation.take(validation.labels() >= 0)
    goals = {"label": five.labels(), "crowd": majority(judged_by(five, loaded.serve))}
    if loaded.serve == "crowd" and (goals["crowd"] < 0).all():
        raise DataError(
            f"{source}: no picture of the five classes has a majority of votes: expected --votes, or a "
            "Parquet file with votes, since the served crowd head is calibrated on them"
        )
    temperatures = {
        head: fit_temperature(probs[goals[head] >= 0], goals[head][goals[head] >= 0])
        for head, probs in _by_head(NetReader(loaded), five)
    }
    # Read again rather than rescaled: the rule is chosen on the very numbers that are scored.
    calibrated = _by_head(NetReader(loaded, temperatures), five)
    return _Tuned(temperatures, {head: choose_rule(probs, goals[head]) for head, probs in calibrated})


def _by_head(reader: NetReader, table: FaceTable) -> list[tuple[str, Probs]]:
    label, crowd = read_all(reader, table.images)
    return [("label", label), ("crowd", crowd)]


def _describe(loaded: LoadedNet, tuned: _Tuned, evaluation: Evaluation, digest: str) -> ModelSpec:
    return ModelSpec(
        labels=LABELS,
        input_px=SIDE_PX,
        serve=loaded.serve,
        temperatures=tuned.temperatures,
        rules=tuned.rules,
        framing=Framing(),
        weights_sha256=digest,
        scores=_scores(evaluation, tuned.choices),
        training={
            "data": "FER2013 Training, five classes" + (", FER+ votes" if loaded.votes else ""),
            "recipe": to_dict(loaded.settings),
            "torch": torch.__version__,
            "exported": datetime.now(timezone.utc).date().isoformat(),
        },
    )


def _scores(evaluation: Evaluation, choices: Mapping[str, Choice]) -> dict[str, Any]:
    heads = {"label": evaluation.label, "crowd": evaluation.crowd}
    return {
        name: {
            "accuracy": score.accuracy,
            "plain_accuracy": choices[name].curve[0].accuracy if choices[name].curve else score.accuracy,
            "mean_recall": score.mean_recall,
            "n": score.n,
        }
        for name, score in heads.items()
        if score is not None
    }


def _refuse_worse(scores: Mapping[str, Any], output: Path) -> None:
    if not output.is_file():
        return
    ours, theirs = _plain(scores), _plain(EmotionClassifier(output).spec.scores)
    heads = sorted(set(ours) & set(theirs))
    if sum(ours[head] - theirs[head] for head in heads) < 0:
        told = (f"{head} {ours[head]:.4f} against {theirs[head]:.4f}" for head in heads)
        raise ModelError(
            f"{output}: holds a better model ({', '.join(told)}): expected a better one, or --force"
        )


def _plain(scores: Mapping[str, Any]) -> dict[str, float]:
    """Accuracies before any rule, which trades some for recall; files of form 1 know no other."""
    return {head: score.get("plain_accuracy", score["accuracy"]) for head, score in scores.items()}


def to_onnx(served: ServedNet, spec: ModelSpec) -> bytes:
    """The sealed ONNX file of a network, any batch size, in the form that costs a CPU least."""
    example = torch.zeros((2, spec.input_px, spec.input_px), dtype=torch.uint8)
    model = onnx_graph.trace(served, example, {0: torch.export.Dim("batch")}, INPUT, OUTPUTS)
    return onnx_graph.seal(with_fewer_products(model), spec.to_metadata())


def check_agreement(reader: NetReader, data: bytes, crops: Crops) -> float:
    """Largest difference between torch and ONNX Runtime at any batch size; ModelError above the tolerance."""

    def answer(batch: Crops) -> onnx_graph.Answers:
        said = reader.read(batch)
        return said.label, said.crowd, said.cam

    batches = (np.resize(crops, (size, *crops.shape[1:])) for size in CHECKED_BATCHES)
    return onnx_graph.check_agreement(data, INPUT, OUTPUTS, answer, batches, TOLERANCE)
