"""A share of the class prior is taken out of a head's probabilities."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from mien.decision import PLAIN, DecisionRule
from mien.errors import OptionError
from mien.types import Emotion

# What ten people see in FER2013: many neutral faces, few angry ones.
PRIOR = (0.09, 0.33, 0.12, 0.12, 0.34)


def some_probs(count=50):
    return np.random.default_rng(0).dirichlet(np.ones(5), count).astype(np.float32)


def faces_called(emotion, probs, share):
    called = DecisionRule(PRIOR, share).apply(probs).argmax(axis=1)
    return int((called == emotion.column).sum())


def test_a_rare_emotion_wins_where_the_margin_is_small():
    doubtful = np.asarray([[0.40, 0.02, 0.05, 0.03, 0.50]], np.float32)
    assert DecisionRule(PRIOR, 0.0).apply(doubtful).argmax() == Emotion.NEUTRAL.column
    assert DecisionRule(PRIOR, 0.5).apply(doubtful).argmax() == Emotion.ANGRY.column


def test_a_clear_face_stays_what_it_is():
    clear = np.asarray([[0.03, 0.02, 0.05, 0.02, 0.88]], np.float32)
    assert DecisionRule(PRIOR, 1.0).apply(clear).argmax() == Emotion.NEUTRAL.column


def test_the_whole_prior_taken_out_is_bayes_rule_for_even_classes():
    likelihood = np.asarray([0.2, 0.1, 0.3, 0.15, 0.25])
    joint = likelihood * PRIOR
    expected = (joint / joint.sum()).astype(np.float32)[None]
    assert DecisionRule(PRIOR, 1.0).apply(expected)[0] == pytest.approx(likelihood, abs=1e-6)


def test_half_the_prior_is_its_square_root():
    probs = some_probs()
    raised = probs / np.sqrt(PRIOR)
    expected = raised / raised.sum(axis=1, keepdims=True)
    assert DecisionRule(PRIOR, 0.5).apply(probs) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
def test_a_rule_can_be_undone(share):
    rule, probs = DecisionRule(PRIOR, share), some_probs()
    assert rule.undo(rule.apply(probs)) == pytest.approx(probs, abs=1e-5)


def test_share_0_changes_nothing():
    probs = some_probs()
    assert np.array_equal(DecisionRule(PRIOR, 0.0).apply(probs), probs)


def test_an_even_prior_changes_nothing_at_any_share():
    probs = some_probs()
    assert DecisionRule(PLAIN.prior, 1.0).apply(probs) == pytest.approx(probs, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.35, 1.0])
def test_what_comes_out_is_float32_and_sums_to_one(share):
    certain = np.eye(5, dtype=np.float32)
    for probs in (some_probs(), certain, certain[:0]):
        given = DecisionRule(PRIOR, share).apply(probs)
        assert (given.shape, given.dtype) == (probs.shape, np.float32)
        assert given.sum(axis=1) == pytest.approx(1.0, abs=1e-6)


def test_the_higher_the_share_the_more_rare_and_the_fewer_common_emotions_are_called():
    probs, shares = some_probs(500), (0.0, 0.5, 1.0)
    angry = [faces_called(Emotion.ANGRY, probs, share) for share in shares]
    neutral = [faces_called(Emotion.NEUTRAL, probs, share) for share in shares]
    assert angry[0] < angry[1] < angry[2]
    assert neutral[0] > neutral[1] > neutral[2]


def test_another_share_of_the_same_prior():
    assert DecisionRule(PRIOR, 0.2).with_share(0.7) == DecisionRule(PRIOR, 0.7)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_outside_0_to_1_is_refused_and_named(share):
    for rule in (DecisionRule(PRIOR, 0.2), PLAIN):
        with pytest.raises(OptionError, match=rf"prior_share is {share}: expected a value from 0.0 to 1.0"):
            rule.with_share(share)


def test_nothing_can_be_taken_out_of_a_prior_that_is_not_known():
    with pytest.raises(OptionError, match=r"prior_share is 0\.5: the model states no class prior"):
        PLAIN.with_share(0.5)
    assert PLAIN.with_share(0.0) == PLAIN


@pytest.mark.parametrize(
    "prior",
    [
        (0.5, 0.5),
        (0.0, 0.25, 0.25, 0.25, 0.25),
        (0.3, 0.3, 0.3, 0.3, 0.3),
        (float("nan"), 0.25, 0.25, 0.25, 0.25),
    ],
)
def test_what_is_no_prior_is_refused(prior):
    with pytest.raises(OptionError, match="expected 5 shares above 0 whose sum is 1"):
        DecisionRule(prior, 0.5)


def test_a_rule_is_read_back_from_plain_values():
    rule = DecisionRule(PRIOR, 0.35)
    assert DecisionRule.from_record(asdict(rule)) == rule
    assert DecisionRule.from_record({"prior": list(PRIOR), "share": 0.35}) == rule
