"""The share of the prior is chosen by what it scores on validation, and the whole curve is told."""

import numpy as np
import pytest

from mien.train.decide import SHARES, choose_rule
from mien.types import Emotion

ANGRY, HAPPY, NEUTRAL = (emotion.column for emotion in (Emotion.ANGRY, Emotion.HAPPY, Emotion.NEUTRAL))


def faces(*groups):
    """(label, how often, probability of angry, of neutral): the rest goes to the other three."""
    labels = np.concatenate([np.full(count, label) for label, count, _, _ in groups])
    rows = [
        [angry, *[(1 - angry - neutral) / 3] * 3, neutral]
        for _, count, angry, neutral in groups
        for _ in range(count)
    ]
    return np.asarray(rows, np.float32), labels.astype(np.int64)


def test_a_head_that_calls_doubtful_anger_neutral_gets_some_of_its_prior_taken_out():
    probs, labels = faces((ANGRY, 10, 0.35, 0.50), (NEUTRAL, 90, 0.02, 0.92))
    choice = choose_rule(probs, labels)
    assert choice.curve[0].mean_recall == 0.5
    assert choice.chosen.mean_recall == 1.0
    # Taken from the doubtful faces, yet as little as finds them.
    assert 0 < choice.rule.share < 0.5


def test_a_head_that_is_right_already_keeps_its_own_decisions():
    """All shares are equally good: the smallest is taken."""
    probs, labels = faces((ANGRY, 10, 0.9, 0.05), (NEUTRAL, 90, 0.02, 0.92))
    assert choose_rule(probs, labels).rule.share == 0


def test_recall_that_costs_more_accuracy_than_it_brings_is_not_bought():
    """Each share that finds the two angry faces turns sixty neutral ones angry as well."""
    probs, labels = faces((ANGRY, 2, 0.35, 0.50), (ANGRY, 4, 0.9, 0.05), (NEUTRAL, 60, 0.35, 0.50))
    assert choose_rule(probs, labels).rule.share == 0


def test_the_prior_is_what_the_head_expects_on_average_labelled_or_not():
    probs, labels = faces((ANGRY, 10, 0.6, 0.1), (-1, 30, 0.2, 0.5))
    choice = choose_rule(probs, labels)
    assert choice.rule.prior == pytest.approx(probs.mean(axis=0), abs=1e-6)
    assert choice.curve[0].accuracy == 1.0, "the thirty without a label count for no score"


def test_the_curve_goes_from_none_of_the_prior_to_all_of_it():
    choice = choose_rule(*faces((ANGRY, 10, 0.35, 0.50), (NEUTRAL, 90, 0.02, 0.92)))
    assert tuple(trial.share for trial in choice.curve) == SHARES
    assert (SHARES[0], SHARES[1], SHARES[-1], len(SHARES)) == (0.0, 0.05, 1.0, 21)
    assert choice.chosen.merit == max(trial.merit for trial in choice.curve)


def test_without_labels_nothing_is_chosen():
    probs, labels = faces((-1, 10, 0.35, 0.50))
    choice = choose_rule(probs, labels)
    assert (choice.rule.share, choice.curve, choice.chosen) == (0.0, (), None)


def test_an_emotion_that_a_head_never_expects_does_no_harm():
    probs = np.zeros((6, 5), np.float32)
    probs[:, HAPPY] = 1.0
    choice = choose_rule(probs, np.full(6, HAPPY))
    assert min(choice.rule.prior) > 0
    assert np.isfinite(choice.rule.with_share(1.0).apply(probs)).all()
