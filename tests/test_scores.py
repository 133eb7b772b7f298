"""Scores against a library's, and against cases worked out by hand."""

import numpy as np
import pytest

from mien.train.scores import bootstrap_interval, reliability, score_head


def random_answers(count=500, seed=3):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(5) * 0.6, size=count).astype(np.float32)
    labels = np.where(rng.random(count) < 0.6, probs.argmax(axis=1), rng.integers(0, 5, count))
    return probs, labels.astype(np.int64)


def test_accuracy_f1_and_recalls_are_those_of_torchmetrics():
    torch = pytest.importorskip("torch")
    from torchmetrics.functional.classification import (
        multiclass_accuracy,
        multiclass_calibration_error,
        multiclass_confusion_matrix,
        multiclass_f1_score,
        multiclass_precision,
    )

    probs, labels = random_answers()
    score = score_head(probs, labels)
    given, truth = torch.from_numpy(probs), torch.from_numpy(labels)
    assert score.accuracy == pytest.approx(multiclass_accuracy(given, truth, 5, average="micro").item())
    assert score.macro_f1 == pytest.approx(multiclass_f1_score(given, truth, 5, average="macro").item())
    recalls = multiclass_accuracy(given, truth, 5, average="none").numpy()
    precisions = multiclass_precision(given, truth, 5, average="none").numpy()
    assert [part.recall for part in score.per_class.values()] == pytest.approx(recalls)
    assert [part.precision for part in score.per_class.values()] == pytest.approx(precisions)
    assert np.array_equal(score.confusion, multiclass_confusion_matrix(given, truth, 5).numpy())
    expected = multiclass_calibration_error(given, truth, 5, n_bins=15).item()
    assert score.ece == pytest.approx(expected, abs=1e-6)


def test_a_class_that_nobody_carries_does_not_pull_the_means_down():
    probs = np.eye(5, dtype=np.float32)[[0, 1, 1]]
    score = score_head(probs, np.array([0, 1, 1]))
    assert (score.accuracy, score.macro_f1, score.mean_recall) == (1.0, 1.0, 1.0)
    assert score.per_class["sad"].n == 0


def test_no_picture_no_score():
    assert score_head(np.zeros((0, 5), np.float32), np.zeros(0, np.int64)) is None


def test_sure_and_always_right_is_calibrated_sure_and_always_wrong_is_not():
    sure = np.tile(np.eye(5, dtype=np.float32)[2], (10, 1))
    assert reliability(sure, np.full(10, 2)).error == pytest.approx(0.0)
    assert reliability(sure, np.full(10, 1)).error == pytest.approx(1.0)


def test_a_bin_tells_how_sure_its_answers_are_and_how_often_they_are_right():
    probs = np.array([[0.6, 0.4, 0, 0, 0], [0.64, 0.36, 0, 0, 0], [1, 0, 0, 0, 0]], np.float32)
    bins = reliability(probs, np.array([0, 1, 0]), bins=5).as_record()
    assert bins["n"] == [0, 0, 0, 2, 1]
    assert bins["confidence"] == [0, 0, 0, 0.62, 1.0]
    assert bins["accuracy"] == [0, 0, 0, 0.5, 1.0]


def test_the_interval_holds_the_accuracy_and_narrows_with_more_pictures():
    few, many = np.arange(100) < 80, np.arange(10_000) < 8_000
    low, high = bootstrap_interval(few)
    assert low < 0.8 < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 100), rel=0.1)
    narrow = bootstrap_interval(many)
    assert narrow[1] - narrow[0] < (high - low) / 5
    assert bootstrap_interval(few) == (low, high)
