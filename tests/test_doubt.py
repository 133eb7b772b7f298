"""Mien says when it does not know, and does not flicker about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mien.doubt import Judge
from mien.options import DoubtOptions
from mien.types import EMOTIONS, UNSURE, Doubt, Emotion, Quality, TrackedFace

GOOD = Quality(size_px=120, sharpness=0.5, light=0.5, tilt_deg=0.0, turn=0.0)
OPTIONS = DoubtOptions(
    min_prob=0.5, min_size_px=30, min_sharpness=0.2, min_light=0.1, max_tilt_deg=40, max_turn=0.5,
    slack=0.1, hold_s=0.3, haste=1.0,
)  # fmt: skip


def face(prob=0.8, quality=GOOD, face_id=1):
    rest = (1 - prob) / 4
    probs = tuple(prob if emotion is Emotion.HAPPY else rest for emotion in EMOTIONS)
    return TrackedFace(face_id, (0, 0, 10, 10), 0.9, Emotion.HAPPY, probs, quality=quality)


def verdict(seen, judge=None, timestamp_s=0.0):
    (judged,) = (judge or Judge(OPTIONS)).update([seen], timestamp_s)
    return judged.doubt


def play(values, fps=30):
    """Verdicts over time on a face of these probabilities, a frame each."""
    judge = Judge(OPTIONS)
    return [verdict(face(value), judge, frame / fps) for frame, value in enumerate(values)]


def test_a_good_picture_and_a_sure_model_leave_no_doubt():
    assert verdict(face()) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size_px": 20}, Doubt.SMALL),
        ({"sharpness": 0.1}, Doubt.BLURRED),
        ({"light": 0.05}, Doubt.DARK),
        ({"turn": -0.7}, Doubt.TURNED),
        ({"turn": 0.7}, Doubt.TURNED),
        ({"tilt_deg": 60.0}, Doubt.TURNED),
        ({"tilt_deg": -60.0}, Doubt.TURNED),
    ],
)
def test_each_fault_of_the_picture_is_named_at_first_sight(change, reason):
    assert verdict(face(quality=replace(GOOD, **change))) is reason


def test_a_model_that_is_not_sure_is_said_to_be_and_the_emotion_stays_known():
    (judged,) = Judge(OPTIONS).update([face(0.4)], 0.0)
    assert (judged.label, judged.doubt, judged.emotion) == (UNSURE, Doubt.PROBABILITY, Emotion.HAPPY)


def test_a_fault_of_the_picture_is_told_before_that_of_the_model():
    assert verdict(face(0.3, replace(GOOD, light=0.01))) is Doubt.DARK


def test_without_landmarks_or_quality_the_rest_is_judged():
    assert verdict(face(quality=replace(GOOD, tilt_deg=None, turn=None))) is None
    assert verdict(face(quality=None)) is None
    assert verdict(face(0.3, quality=None)) is Doubt.PROBABILITY


def test_one_doubtful_frame_changes_nothing():
    assert set(play([0.8] * 20 + [0.2] + [0.8] * 20)) == {None}


def test_a_value_that_trembles_around_its_limit_does_not_flicker():
    shown = play([0.49, 0.51] * 60)
    assert set(shown) == {Doubt.PROBABILITY}
    assert set(play([0.56] * 5 + [0.51, 0.49] * 60)) == {None}


@pytest.mark.parametrize("fps", [10, 60])
def test_doubt_comes_and_goes_after_the_hold_at_any_frame_rate(fps):
    shown = play([0.8] * fps + [0.2] * fps + [0.8] * fps, fps)
    changes = [frame / fps for frame in range(1, len(shown)) if shown[frame] is not shown[frame - 1]]
    assert changes == pytest.approx([1.3, 2.3], abs=0.101)


def test_out_of_doubt_takes_more_than_staying_out():
    assert play([0.4] * 10 + [0.53] * 60)[-1] is Doubt.PROBABILITY
    assert play([0.4] * 10 + [0.56] * 60)[-1] is None
    turned = replace(GOOD, turn=0.48)
    judge = Judge(OPTIONS)
    verdict(face(quality=replace(GOOD, turn=0.6)), judge)
    assert verdict(face(quality=turned), judge, 1.0) is Doubt.TURNED
    assert verdict(face(quality=turned)) is None


def seconds_of_doubt(value, options):
    """Seconds until a face that was in doubt is out of it at this probability."""
    judge = Judge(options)
    verdict(face(0.4), judge)
    return next(frame / 30 for frame in range(1, 90) if verdict(face(value), judge, frame / 30) is None)


def test_a_face_far_better_than_the_limit_is_out_of_doubt_sooner():
    options = replace(OPTIONS, hold_s=1.2, haste=4.0)
    hardly, twice, far = (seconds_of_doubt(value, options) for value in (0.551, 0.6, 0.95))
    assert (hardly, twice, far) == pytest.approx((1.2, 0.6, 0.3), abs=0.07)
    assert seconds_of_doubt(0.95, replace(options, haste=1.0)) == pytest.approx(1.2, abs=0.07)


def test_doubt_comes_no_sooner_however_deep_it_is():
    options = replace(OPTIONS, hold_s=1.0, haste=4.0)
    judge = Judge(options)
    verdict(face(0.9), judge)
    assert verdict(face(0.05), judge, 0.1) is None
    assert verdict(face(0.05), judge, 0.9) is None
    assert verdict(face(0.05), judge, 1.1) is Doubt.PROBABILITY


def test_how_sure_the_model_is_does_not_hasten_a_face_out_of_the_dark():
    judge = Judge(replace(OPTIONS, hold_s=1.0, haste=4.0))
    verdict(face(quality=replace(GOOD, light=0.05)), judge)
    dim = replace(GOOD, light=0.1101)
    assert [verdict(face(0.99, dim), judge, step / 10) for step in (1, 5, 10)] == [Doubt.DARK] * 3
    assert verdict(face(0.99, dim), judge, 1.2) is None


def test_one_reason_may_follow_another():
    judge = Judge(OPTIONS)
    verdict(face(quality=replace(GOOD, light=0.05)), judge)
    shown = [verdict(face(0.3), judge, frame / 30) for frame in range(1, 30)]
    assert (shown[0], shown[-1]) == (Doubt.DARK, Doubt.PROBABILITY)


def test_another_emotion_that_is_sure_ends_doubt_at_once():
    judge = Judge(OPTIONS)
    verdict(face(0.3), judge)
    sad = replace(face(), emotion=Emotion.SAD, probs=(0.05, 0.05, 0.8, 0.05, 0.05))
    assert verdict(sad, judge, 1 / 30) is None
    hardly_sad = replace(sad, probs=(0.16, 0.16, 0.36, 0.16, 0.16))
    assert verdict(face(0.3), judge, 2 / 30) is None
    assert verdict(hardly_sad, judge, 1.0) is Doubt.PROBABILITY


def test_each_face_is_judged_for_itself_and_anew_after_a_long_absence():
    judge = Judge(OPTIONS)
    first, second = judge.update([face(0.3, face_id=1), face(0.9, face_id=2)], 0.0)
    assert (first.doubt, second.doubt) == (Doubt.PROBABILITY, None)
    judge.update([], 1.5)
    assert verdict(face(0.9), judge, 1.6) is None
