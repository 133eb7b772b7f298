"""The last seconds of each person, and the strip and panels that tell about them."""

from __future__ import annotations

import numpy as np
import pytest

from mien.options import OverlayOptions
from mien.overlay import BGR_OF_LABEL, Timeline, draw
from mien.overlay.panels import status_line
from mien.types import UNSURE, Doubt, Emotion, FrameResult, Heat, Timing, TrackedFace
from mien.view import ViewState

GREY = 90
PROBS = (0.1, 0.5, 0.2, 0.1, 0.1)
BOX = (240.0, 150.0, 400.0, 310.0)


def face(emotion=Emotion.HAPPY, number=1, doubt=None, personal=False, box=BOX):
    return TrackedFace(number, box, 0.9, emotion, PROBS, doubt=doubt, personal=personal)


def result(time_s, *faces):
    return FrameResult(round(time_s * 10), time_s, 640, 480, faces, 1.0)


def blank():
    return np.full((480, 640, 3), GREY, dtype=np.uint8)


def filled(spans, options=None):
    """A timeline fed ten times a second: (seconds, emotion or None for nobody)."""
    timeline, time_s = Timeline(options), 0.0
    for seconds, emotion in spans:
        for _ in range(round(seconds * 10)):
            timeline.add(result(time_s, *([face(emotion)] if emotion else [])))
            time_s = round(time_s + 0.1, 3)
    return timeline


def count(image, label):
    return int((np.abs(image.astype(int) - BGR_OF_LABEL[label]) <= 2).all(axis=2).sum())


def test_ten_seconds_are_kept_and_no_more():
    timeline = filled([(5, Emotion.SAD), (6, Emotion.HAPPY), (6.1, Emotion.ANGRY)])
    (happy, begin, end), (angry, start, now) = timeline.of(1)
    assert (happy, angry) == ("happy", "angry")
    assert begin == 0.0
    assert (end, start) == (pytest.approx(0.4, abs=0.02), pytest.approx(0.4, abs=0.02))
    assert now == 1.0


def test_a_moment_away_leaves_a_gap_and_a_missed_frame_does_not():
    missed = filled([(3, Emotion.HAPPY), (0.2, None), (3, Emotion.HAPPY)])
    away = filled([(3, Emotion.HAPPY), (2, None), (3, Emotion.HAPPY)])
    assert len(missed.of(1)) == 1
    (_, _, left), (_, back, _) = away.of(1)
    assert back - left == pytest.approx(0.21, abs=0.02)


def test_the_same_result_again_changes_nothing():
    timeline = filled([(3, Emotion.HAPPY)])
    before = timeline.of(1)
    timeline.add(result(2.9, face()))
    assert timeline.of(1) == before


def test_who_has_left_is_forgotten_and_a_clip_that_begins_again_begins_anew():
    assert filled([(3, Emotion.HAPPY), (11, None)]).of(1) == ()
    timeline = filled([(3, Emotion.HAPPY)])
    timeline.add(result(0.0, face(Emotion.SAD)))
    assert timeline.of(1) == (("sad", 1.0, 1.0),)


def test_the_strip_shows_old_labels_at_the_left_and_new_ones_at_the_right():
    timeline = filled([(5, Emotion.SAD), (5, Emotion.HAPPY)])
    now = result(9.9, face())
    options = OverlayOptions(bars=False)
    strip = draw(blank(), now, options=options, timeline=timeline)[312:]
    assert count(strip[:, :318], "sad") > 200
    assert count(strip[:, :318], "happy") == 0
    assert count(strip[:, 324:], "happy") > 200
    assert count(strip[:, 324:], "sad") == 0


def test_doubt_is_a_quiet_word_with_its_reason():
    plain = draw(blank(), result(0, face()), options=OverlayOptions(bars=False))
    unsure = draw(blank(), result(0, face(doubt=Doubt.DARK)), options=OverlayOptions(bars=False))
    assert count(plain, "happy") > 500
    assert count(unsure, "happy") == 0, "no emotion's colour for a face in doubt"
    assert BGR_OF_LABEL[UNSURE] not in [BGR_OF_LABEL[emotion.value] for emotion in Emotion]
    words = {
        reason: draw(blank(), result(0, face(doubt=reason)), options=OverlayOptions(bars=False)).tobytes()
        for reason in Doubt
    }
    assert len(set(words.values())) == len(Doubt), "each reason has its own words"


def test_who_was_learnt_has_a_mark():
    plain, personal = (
        draw(blank(), result(0, face(personal=known)), options=OverlayOptions(bars=False))
        for known in (False, True)
    )
    changed = np.argwhere((plain != personal).any(axis=2))
    assert 30 < len(changed) < 3000
    assert changed[:, 0].max() < 150, "the mark stands on the word above the face"


def test_the_status_says_what_is_known():
    assert status_line(ViewState()) == ""
    assert status_line(ViewState(fps=29.7)) == "30 fps"
    both = ViewState(fps=29.7, timing=Timing(41.2, 7, 12.4))
    assert status_line(both) == "camera 30 fps  analysis 12 fps  41 ms late  7 dropped"
    assert (
        status_line(ViewState(fps=30, timing=Timing(41.2, 0, None))) == "camera 30 fps  41 ms late  0 dropped"
    )


@pytest.mark.parametrize(
    ("view", "place"),
    [
        (ViewState(show_help=True), np.s_[150:330, 180:460]),
        (ViewState(notice="camera gone, trying again in 2 s"), np.s_[430:, 100:540]),
    ],
    ids=["help", "notice"],
)
def test_help_and_notice_lie_over_the_picture_where_they_belong(view, place):
    changed = (draw(blank(), result(0), view) != GREY).any(axis=2)
    assert changed[place].sum() > 3000
    assert changed.sum() == changed[place].sum()


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (300, 20), (2560, 1440)])
def test_any_size_of_picture_can_carry_everything(size):
    image = np.full((size[1], size[0], 3), GREY, dtype=np.uint8)
    heat = Heat(np.ones((7, 7), dtype=np.float32), (-5.0, -5.0, size[0] / 2 + 5, size[1] * 2.0))
    view = ViewState(30.0, Timing(1.0, 2, 3.0), show_help=True, notice="gone", heats=(heat,))
    out = draw(image, result(9.9, face()), view, timeline=filled([(2, Emotion.SAD)]))
    assert out.shape == image.shape


def test_the_heat_of_a_tilted_face_is_turned_with_it():
    looked = np.zeros((8, 8), dtype=np.float32)
    looked[:4] = 1.0
    square = (220.0, 140.0, 380.0, 300.0)
    out = draw(blank(), result(0), ViewState(heats=(Heat(looked, square, 90.0),)))
    changed = (out != GREY).any(axis=2)
    # A quarter clockwise: what was above is at the right.
    assert changed[145:295, 315:375].all()
    assert not changed[:, :285].any()
    slanted = draw(blank(), result(0), ViewState(heats=(Heat(np.ones_like(looked), square, 45.0),)))
    changed = (slanted != GREY).any(axis=2)
    assert changed[115, 300] and changed[220, 195]
    assert not changed[145, 225] and not changed[295, 375]


def test_heat_lies_where_the_model_looked_and_nowhere_else():
    looked = np.zeros((8, 8), dtype=np.float32)
    looked[:4] = 1.0
    out = draw(blank(), result(0), ViewState(heats=(Heat(looked, BOX),)))
    changed = (out != GREY).any(axis=2)
    assert changed[155:210, 245:395].all()
    assert not changed[260:].any()
    assert not changed[:150].any()
