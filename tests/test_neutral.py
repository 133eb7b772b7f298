"""A person's own resting face is learned, taken out, kept, and read again."""

from __future__ import annotations

import json
import math

import pytest

from mien.errors import DataError, OptionError
from mien.neutral import PersonalNeutral
from mien.options import NeutralOptions
from mien.resting import USUAL, RestingFace, apply
from mien.types import EMOTIONS, LABELS, Emotion, TrackedFace

SAD_AT_REST = (0.05, 0.01, 0.60, 0.01, 0.33)
SMILE = (0.01, 0.93, 0.02, 0.01, 0.03)


def face(probs=SAD_AT_REST, face_id=1, side=100):
    return TrackedFace(face_id, (0, 0, side, side), 0.9, EMOTIONS[probs.index(max(probs))], tuple(probs))


def lesson(neutral, *faces, seconds=2.0, start_s=0.0, fps=10):
    """Learn from faces that hold still; returns the time after the lesson."""
    neutral.learn(seconds)
    for frame in range(round(seconds * fps) + 1):
        neutral.update(list(faces), start_s + frame / fps)
    return start_s + seconds + 1 / fps


def shown(neutral, seen, timestamp_s):
    (found,) = neutral.update([seen], timestamp_s)
    return found


def test_nothing_changes_until_somebody_asks():
    assert shown(PersonalNeutral(), face(), 0.0) == face()


def test_a_resting_face_called_sad_is_neutral_after_the_lesson():
    neutral = PersonalNeutral()
    after_s = lesson(neutral, face())
    found = shown(neutral, face(), after_s)
    assert (found.emotion, found.personal) == (Emotion.NEUTRAL, True)
    assert sum(found.probs) == pytest.approx(1)


def test_a_real_smile_survives_and_so_do_real_tears():
    neutral = PersonalNeutral()
    after_s = lesson(neutral, face())
    assert shown(neutral, face(SMILE), after_s).emotion is Emotion.HAPPY
    assert shown(neutral, face((0.01, 0.01, 0.96, 0.01, 0.01)), after_s).emotion is Emotion.SAD


def test_a_lesson_begins_with_the_first_face():
    neutral = PersonalNeutral()
    neutral.learn(2.0)
    for second in range(10):
        neutral.update([], second)
    assert neutral.is_learning
    for frame in range(21):
        neutral.update([face()], 10 + frame / 10)
    assert shown(neutral, face(), 12.1).personal


def test_a_face_that_is_missed_in_the_last_frame_of_the_lesson_is_kept_at_hand(tmp_path):
    neutral = PersonalNeutral(file=tmp_path / "me.json")
    neutral.learn(2.0)
    behind = face(SMILE, face_id=2, side=50)
    for frame in range(20):
        neutral.update([face(), behind], frame / 10)
    neutral.update([behind], 2.0)
    kept = RestingFace.load(tmp_path / "me.json")
    assert kept.log_probs == pytest.approx(RestingFace.of([SAD_AT_REST]).log_probs, abs=1e-3)


def test_it_is_learning_only_for_as_long_as_it_was_asked_to():
    neutral = PersonalNeutral()
    neutral.learn(1.0)
    assert neutral.is_learning
    assert not shown(neutral, face(), 100.0).personal
    shown(neutral, face(), 100.9)
    assert neutral.is_learning
    for _ in range(5):
        neutral.update([face()], 101.0)
    assert not neutral.is_learning


def test_each_person_has_a_resting_face_of_their_own():
    neutral = PersonalNeutral()
    usual = tuple(math.exp(value) for value in USUAL)
    after_s = lesson(neutral, face(face_id=1), face(usual, face_id=2))
    sad, plain = neutral.update([face(face_id=1), face(face_id=2)], after_s)
    assert sad.emotion is Emotion.NEUTRAL
    assert plain.personal
    assert plain.probs == pytest.approx(SAD_AT_REST, abs=0.01)


def test_someone_seen_too_shortly_is_not_learned():
    neutral = PersonalNeutral(NeutralOptions(min_frames=5))
    after_s = lesson(neutral)
    neutral.learn(1.0)
    for frame in range(4):
        neutral.update([face()], after_s + frame / 3)
    assert not shown(neutral, face(), after_s + 2).personal


def test_a_correction_is_bounded_and_only_ever_takes_towards_neutral():
    options = NeutralOptions(limit=1.0)
    for probs in (SAD_AT_REST, SMILE, (0.2,) * 5, (0.0, 0.0, 1.0, 0.0, 0.0), (0, 0, 0, 0, 1.0)):
        shifts = RestingFace.of([probs]).correction(options)
        assert 0 <= shifts[Emotion.NEUTRAL.column] <= 1
        assert all(-1 <= shifts[emotion.column] <= 0 for emotion in EMOTIONS if emotion != Emotion.NEUTRAL)


def test_the_usual_resting_face_needs_no_correction_and_no_strength_gives_none():
    assert RestingFace(USUAL).correction(NeutralOptions()) == (0,) * 5
    assert RestingFace.of([SAD_AT_REST]).correction(NeutralOptions(strength=0.0)) == (0,) * 5


def test_the_correction_is_added_to_the_logits():
    before, after = SAD_AT_REST, apply((0.0, 0.0, -1.0, 0.0, 1.0), SAD_AT_REST)
    assert math.log(after[4] / after[2]) - math.log(before[4] / before[2]) == pytest.approx(2)


def test_saved_and_read_again_it_serves_another_day(tmp_path):
    path = tmp_path / "me.json"
    lesson(PersonalNeutral(file=path), face())
    assert json.loads(path.read_text())["mien_neutral"] == 1
    another_day = PersonalNeutral(file=path)
    assert shown(another_day, face(), 0.0).emotion is Emotion.NEUTRAL


def test_a_file_that_another_model_taught_says_so_until_it_is_learned_anew(tmp_path):
    path = tmp_path / "me.json"
    lesson(PersonalNeutral(file=path, model="old"), face())
    assert PersonalNeutral(file=path, model="old").notice is None
    neutral = PersonalNeutral(file=path, model="new")
    assert (
        neutral.notice == f"{path}: this resting face was learned with another model: have it learned again"
    )
    assert shown(neutral, face(), 0.0).personal
    lesson(neutral, face(), start_s=1.0)
    assert neutral.notice is None
    assert json.loads(path.read_text())["model"] == "new"


def test_a_file_of_an_earlier_version_names_no_model_and_serves_all_the_same(tmp_path):
    path = tmp_path / "me.json"
    path.write_text(json.dumps({"mien_neutral": 1, "log_probs": GOOD_VALUES}))
    neutral = PersonalNeutral(file=path, model="new")
    assert neutral.notice is None
    assert shown(neutral, face(), 0.0).personal


def test_what_was_read_goes_to_the_largest_face_and_stays_with_it(tmp_path):
    path = tmp_path / "me.json"
    RestingFace.of([SAD_AT_REST]).save(path)
    neutral = PersonalNeutral(file=path)
    near, far = face(face_id=1, side=200), face(face_id=2, side=80)
    assert [found.personal for found in neutral.update([far, near], 0.0)] == [False, True]
    far_now_larger = face(face_id=2, side=300)
    assert [found.personal for found in neutral.update([near, far_now_larger], 0.1)] == [True, False]


def test_who_comes_back_under_a_new_id_gets_it_again():
    neutral = PersonalNeutral()
    after_s = lesson(neutral, face(face_id=1))
    assert shown(neutral, face(face_id=2), after_s + 60).personal


def test_of_several_people_the_largest_face_is_saved(tmp_path):
    path = tmp_path / "me.json"
    lesson(PersonalNeutral(file=path), face(SMILE, 1, side=50), face(SAD_AT_REST, 2, side=200))
    said = RestingFace.load(path).log_probs
    assert said == pytest.approx(RestingFace.of([SAD_AT_REST]).log_probs, abs=1e-3)


@pytest.mark.parametrize("seconds", [0, -1, 1e9, float("nan")])
def test_a_lesson_of_no_sensible_length_is_refused(seconds):
    with pytest.raises(OptionError, match="neutral seconds"):
        PersonalNeutral().learn(seconds)


GOOD_VALUES = dict.fromkeys(LABELS, -1.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "expected 1"),
        ('{"mien_neutral": 2}', "form 2"),
        ('{"mien_neutral": 1}', "log_probs is None"),
        (json.dumps({"mien_neutral": 1, "log_probs": {"sad": -1}}), "for each of angry"),
        (json.dumps({"mien_neutral": 1, "log_probs": {**GOOD_VALUES, "sad": 3}}), "to 0"),
        (json.dumps({"mien_neutral": 1, "log_probs": {**GOOD_VALUES, "sad": float("nan")}}), "to 0"),
        (json.dumps({"mien_neutral": 1, "log_probs": {**GOOD_VALUES, "sad": "low"}}), "to 0"),
        (json.dumps({"mien_neutral": 1, "model": 7, "log_probs": GOOD_VALUES}), "model is 7: expected"),
    ],
)
def test_a_file_that_holds_no_resting_face_is_named(tmp_path, text, says):
    path = tmp_path / "me.json"
    path.write_text(text)
    with pytest.raises(DataError, match=says) as error:
        PersonalNeutral(file=path)
    assert "me.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_is_no_resting_face(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        PersonalNeutral(file=tmp_path)
