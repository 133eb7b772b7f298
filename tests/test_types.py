"""What travels through the pipeline, and its JSON form."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mien.types import EMOTIONS, LABELS, Doubt, Emotion, Face, FrameResult, Quality, Timing, TrackedFace

FACE = TrackedFace(
    id=3,
    box_xyxy=(1.23456, 2.0, 30.0, 40.0),
    score=0.987654,
    emotion=Emotion.SAD,
    probs=(0.1, 0.2, 0.3, 0.15, 0.25),
)


def test_the_order_of_the_emotions_is_the_order_of_the_columns():
    assert LABELS == ("angry", "happy", "sad", "surprise", "neutral")
    assert [emotion.column for emotion in EMOTIONS] == [0, 1, 2, 3, 4]


def test_an_emotion_prints_as_its_name():
    assert f"{Emotion.HAPPY}" == "happy"
    assert Emotion("surprise") is Emotion.SURPRISE


def test_confidence_is_the_probability_of_the_emotion_shown():
    assert FACE.confidence == 0.3


def test_a_face_that_was_read_shows_its_largest_probability():
    points = ((10.0, 10.0), (30.0, 10.0), (20.0, 20.0), (12.0, 30.0), (28.0, 30.0))
    seen = TrackedFace.of(7, Face((0, 0, 40, 40), 0.9, points), [0.1, 0.1, 0.1, 0.6, 0.1])
    assert (seen.id, seen.emotion, seen.probs) == (7, Emotion.SURPRISE, (0.1, 0.1, 0.1, 0.6, 0.1))
    assert (seen.box_xyxy, seen.score, seen.landmarks_xy) == ((0, 0, 40, 40), 0.9, points)


def test_a_face_as_a_record_survives_json():
    assert json.loads(json.dumps(FACE.as_record())) == {
        "id": 3,
        "box_xyxy": [1.23, 2.0, 30.0, 40.0],
        "score": 0.9877,
        "label": "sad",
        "emotion": "sad",
        "probs": {"angry": 0.1, "happy": 0.2, "sad": 0.3, "surprise": 0.15, "neutral": 0.25},
        "doubt": None,
        "quality": None,
        "personal": False,
    }


def test_a_face_in_doubt_is_called_unsure_and_says_why():
    quality = Quality(size_px=18.0, sharpness=0.51239, light=0.4, tilt_deg=-3.0)
    record = replace(FACE, doubt=Doubt.SMALL, quality=quality).as_record()
    assert (record["label"], record["emotion"], record["doubt"]) == ("unsure", "sad", "small")
    assert record["quality"] == {
        "size_px": 18.0,
        "sharpness": 0.512,
        "light": 0.4,
        "tilt_deg": -3.0,
        "turn": None,
    }


def test_too_few_probabilities_are_our_own_mistake():
    with pytest.raises(ValueError, match="zip"):
        TrackedFace(1, (0, 0, 1, 1), 1.0, Emotion.HAPPY, (0.5, 0.5)).as_record()


def test_a_result_as_a_record_holds_its_faces():
    result = FrameResult(7, 0.28, 640, 480, (FACE,), analysis_ms=12.5)
    assert result.as_record() == {
        "schema": 2,
        "frame": 7,
        "timestamp_s": 0.28,
        "width": 640,
        "height": 480,
        "analysis_ms": 12.5,
        "timing": None,
        "faces": [FACE.as_record()],
    }


def test_a_live_result_says_how_the_stream_keeps_up():
    result = FrameResult(7, 0.28, 640, 480, (), 12.5, timing=Timing(31.257, 4, 29.9713))
    assert result.as_record()["timing"] == {"latency_ms": 31.26, "dropped": 4, "analysis_fps": 29.97}
