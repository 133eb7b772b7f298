"""Labels are calm, in seconds, whatever the frame rate."""

from __future__ import annotations

import pytest

from mien.options import SmootherOptions
from mien.smoother import EmotionSmoother
from mien.types import EMOTIONS, Emotion, TrackedFace


def face(emotion, prob=0.8, face_id=1):
    rest = (1 - prob) / 4
    probs = tuple(prob if other is emotion else rest for other in EMOTIONS)
    return TrackedFace(face_id, (0, 0, 10, 10), 0.9, emotion, probs)


def show(smoother, emotion, timestamp_s, prob=0.8):
    (seen,) = smoother.update([face(emotion, prob)], timestamp_s)
    return seen


def seconds_to_switch(fps, options):
    smoother = EmotionSmoother(options)
    for frame in range(fps):
        show(smoother, Emotion.NEUTRAL, frame / fps)
    for frame in range(fps, 4 * fps):
        if show(smoother, Emotion.HAPPY, frame / fps).emotion is Emotion.HAPPY:
            return frame / fps - 1
    raise AssertionError("never switched")


def test_the_first_sight_of_a_face_is_shown_at_once():
    seen = show(EmotionSmoother(), Emotion.ANGRY, 0.0)
    assert seen == face(Emotion.ANGRY)


def test_one_odd_frame_does_not_change_what_is_shown():
    smoother = EmotionSmoother()
    shown = []
    for frame in range(30):
        emotion = Emotion.SAD if frame == 15 else Emotion.NEUTRAL
        shown.append(show(smoother, emotion, frame / 30).emotion)
    assert set(shown) == {Emotion.NEUTRAL}


def test_probabilities_keep_summing_to_one_and_halve_in_a_half_life():
    smoother = EmotionSmoother(SmootherOptions(half_life_s=0.2))
    show(smoother, Emotion.NEUTRAL, 0.0, prob=1.0)
    seen = show(smoother, Emotion.HAPPY, 0.2, prob=1.0)
    assert seen.probs == pytest.approx((0, 0.5, 0, 0, 0.5))
    assert sum(seen.probs) == pytest.approx(1)


def test_ten_and_sixty_frames_a_second_smooth_alike():
    ends = []
    for fps in (10, 60):
        smoother = EmotionSmoother()
        show(smoother, Emotion.NEUTRAL, 0.0)
        for frame in range(1, fps // 2 + 1):
            seen = show(smoother, Emotion.HAPPY, frame / fps)
        ends.append(seen.probs)
    assert ends[0] == pytest.approx(ends[1], abs=1e-6)


def test_ten_and_sixty_frames_a_second_switch_within_a_frame_of_each_other():
    options = SmootherOptions(hold_s=0.4)
    assert seconds_to_switch(10, options) == pytest.approx(seconds_to_switch(60, options), abs=0.101)


def test_a_clear_change_shows_when_the_hold_is_over_and_a_longer_hold_later():
    for hold_s in (0.3, 0.6):
        seconds = seconds_to_switch(30, SmootherOptions(hold_s=hold_s))
        assert seconds == pytest.approx(hold_s, abs=0.04)


def test_the_clearer_the_lead_the_sooner_up_to_the_clear_odds():
    assert switch_of(0.25, 0.27) is None
    slow, quick, certain = switch_of(0.3, 0.42), switch_of(0.2, 0.6), switch_of(1e-12, 0.9)
    assert slow > 1.3 * quick
    assert certain == quick


def switch_of(shown, new):
    """Seconds until happy takes over from neutral, at these probabilities of the two; None is never."""
    smoother = EmotionSmoother()
    show(smoother, Emotion.NEUTRAL, 0.0)
    rest = (1 - shown - new) / 3
    for frame in range(1, 120):
        probs = (rest, new, rest, rest, shown)
        (seen,) = smoother.update([TrackedFace(1, (0, 0, 10, 10), 0.9, Emotion.HAPPY, probs)], frame / 30)
        if seen.emotion is Emotion.HAPPY:
            return frame / 30
    return None


def changes(seconds, probs_at, options=None):
    """When the label changes, in seconds, at 30 frames a second."""
    smoother, shown, found = EmotionSmoother(options), None, []
    for frame in range(round(seconds * 30)):
        probs = probs_at(frame / 30)
        emotion = EMOTIONS[probs.index(max(probs))]
        (seen,) = smoother.update([TrackedFace(1, (0, 0, 10, 10), 0.9, emotion, probs)], frame / 30)
        if shown not in (None, seen.emotion):
            found.append(frame / 30)
        shown = seen.emotion
    return found


def between(time_s, more):
    """Happy and neutral in turns of two seconds, the one ahead so much more probable than the other."""
    ahead, behind = 0.97 * more / (1 + more), 0.97 / (1 + more)
    happy, neutral = (ahead, behind) if time_s % 4 < 2 else (behind, ahead)
    return (0.01, happy, 0.01, 0.01, neutral)


def test_a_face_between_two_emotions_comes_to_rest():
    assert len(changes(20, lambda time_s: between(time_s, 1.9))) <= 4
    # It is the changes of late that hold it: without them it goes to and fro.
    options = SmootherOptions(restless_most=0.0)
    assert len(changes(20, lambda time_s: between(time_s, 1.9), options)) >= 8


def test_a_clear_change_is_shown_as_soon_however_many_there_were():
    found = changes(20, lambda time_s: between(time_s, 20))
    assert len(found) == 9
    assert [round(time_s % 2, 1) for time_s in found] == [0.3] * 9


def test_a_plain_lead_is_shown_within_a_second_however_many_there_were():
    found = changes(20, lambda time_s: between(time_s, 3))
    assert len(found) == 9
    assert all(time_s % 2 < 1 for time_s in found)
    # Were all changes of late to count, it would stay with a face that has long been another.
    assert len(changes(20, lambda time_s: between(time_s, 3), SmootherOptions(restless_most=3.0))) < 9


def test_a_lead_that_comes_and_goes_shows_nothing():
    smoother = EmotionSmoother()
    show(smoother, Emotion.NEUTRAL, 0.0)
    for frame in range(1, 300):
        emotion = Emotion.HAPPY if frame % 6 < 3 else Emotion.NEUTRAL
        assert show(smoother, emotion, frame / 30, prob=0.99).emotion is Emotion.NEUTRAL


def test_what_follows_is_the_most_probable_emotion_and_none_between():
    smoother = EmotionSmoother()
    show(smoother, Emotion.NEUTRAL, 0.0)
    shown = []
    for frame in range(1, 60):
        # Sad is ahead of neutral as well, and was so for a moment before.
        probs = (0.0, 0.1, 0.5, 0.1, 0.3) if frame < 6 else (0.0, 0.6, 0.35, 0.04, 0.01)
        face_now = TrackedFace(1, (0, 0, 10, 10), 0.9, Emotion.HAPPY, probs)
        shown.append(smoother.update([face_now], frame / 30)[0].emotion)
    assert list(dict.fromkeys(shown)) == [Emotion.NEUTRAL, Emotion.HAPPY]


def test_the_probabilities_begin_anew_with_another_emotion():
    smoother = EmotionSmoother()
    show(smoother, Emotion.NEUTRAL, 0.0)
    frames = (show(smoother, Emotion.HAPPY, frame / 30) for frame in range(1, 30))
    first = next(seen for seen in frames if seen.emotion is Emotion.HAPPY)
    assert first.probs == face(Emotion.HAPPY).probs


def test_one_frame_alone_is_never_enough_however_slow_the_camera():
    smoother = EmotionSmoother()
    show(smoother, Emotion.NEUTRAL, 0.0)
    assert show(smoother, Emotion.HAPPY, 0.9).emotion is Emotion.NEUTRAL
    assert show(smoother, Emotion.HAPPY, 1.8).emotion is Emotion.HAPPY


def test_a_face_gone_too_long_is_shown_at_once_when_it_comes_again():
    smoother = EmotionSmoother(SmootherOptions(max_gap_s=1.0))
    show(smoother, Emotion.NEUTRAL, 0.0)
    smoother.update([], 1.0)
    assert show(smoother, Emotion.HAPPY, 1.5) == face(Emotion.HAPPY)


def test_each_face_has_its_own_mood():
    smoother = EmotionSmoother()
    smoother.update([face(Emotion.HAPPY, face_id=1), face(Emotion.SAD, face_id=2)], 0.0)
    seen = smoother.update([face(Emotion.SAD, face_id=2), face(Emotion.HAPPY, face_id=1)], 0.1)
    assert [(one.id, one.emotion) for one in seen] == [(2, Emotion.SAD), (1, Emotion.HAPPY)]
    assert seen[0].probs == pytest.approx(face(Emotion.SAD).probs)


def test_a_half_life_of_zero_turns_it_all_off():
    smoother = EmotionSmoother(SmootherOptions(half_life_s=0.0, hold_s=5.0))
    for t, emotion in enumerate([Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY]):
        assert show(smoother, emotion, t / 30) == face(emotion)


def test_time_that_runs_backwards_does_no_harm():
    smoother = EmotionSmoother()
    show(smoother, Emotion.NEUTRAL, 5.0)
    assert show(smoother, Emotion.HAPPY, 4.9).probs == pytest.approx(face(Emotion.NEUTRAL).probs)
    assert show(smoother, Emotion.HAPPY, 0.0) == face(Emotion.HAPPY)
