"""The face that the project draws: the same every time, and one that detectors take for a face."""

from __future__ import annotations

import itertools
from dataclasses import fields

import cv2
import numpy as np
import pytest

from mien.classifier import SHIPPED_MODEL
from mien.demo_face import CHANGE_S, ORDER, DemoFace, Scene, Scoresheet
from mien.drawn import POSES, Expression, Stance, draw_face
from mien.errors import OptionError
from mien.pipeline import build_pipeline, load_models
from mien.types import EMOTIONS, Emotion, Frame, FrameResult, TrackedFace


def test_the_timetable_shows_each_emotion_once_without_a_gap():
    scenes = DemoFace(seconds_each=1.5).timetable
    assert {scene.emotion for scene in scenes} == set(EMOTIONS)
    assert [scene.start_s for scene in scenes] == [0.0, 1.5, 3.0, 4.5, 6.0]
    assert [scene.end_s for scene in scenes] == [1.5, 3.0, 4.5, 6.0, 7.5]


def test_frames_come_at_the_stated_rate_and_size():
    face = DemoFace(size=(160, 120), fps=4, seconds_each=0.5)
    frames = list(face)
    assert len(frames) == face.frame_count == 10
    assert [frame.index for frame in frames] == list(range(10))
    assert [frame.timestamp_s for frame in frames] == [index / 4 for index in range(10)]
    assert {frame.image.shape for frame in frames} == {(120, 160, 3)}
    assert {str(frame.image.dtype) for frame in frames} == {"uint8"}


def test_every_run_draws_the_very_same_frames():
    first, second = (list(DemoFace(size=(160, 120), fps=2)) for _ in range(2))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second, strict=True))


def test_a_scene_reaches_its_pose_and_keeps_it_but_for_blinks():
    face = DemoFace(seconds_each=2.0)
    for scene in face.timetable:
        for time_s in (scene.start_s + CHANGE_S, scene.end_s - CHANGE_S):
            assert face.pose_at(time_s).mouth_curve == pytest.approx(POSES[scene.emotion].mouth_curve)
            assert face.pose_at(time_s).mouth_open == pytest.approx(POSES[scene.emotion].mouth_open)


def test_no_expression_jumps_from_one_frame_to_the_next():
    face = DemoFace(fps=25)
    poses = [face.pose_at(index / 25) for index in range(face.frame_count)]
    for field in fields(Expression):
        values = np.asarray([getattr(pose, field.name) for pose in poses])
        # A blink shuts wide eyes within three frames; all else takes longer.
        limit = 1.2 if field.name == "eye_open" else 0.75
        assert np.abs(np.diff(values)).max() < limit, field.name


def test_an_endless_face_goes_on_smoothly_and_is_scored_by_the_same_timetable():
    face = DemoFace(size=(64, 64), fps=10, seconds_each=0.5, endless=True)
    assert face.frame_count is None
    frames = list(itertools.islice(face, 50))
    assert frames[-1].timestamp_s == pytest.approx(4.9)
    moving = DemoFace(fps=25, endless=True)
    curves = [moving.pose_at(index / 25).mouth_curve for index in range(600)]
    assert np.abs(np.diff(curves)).max() < 0.75
    assert moving.pose_at(13.0).mouth_curve == pytest.approx(POSES[Emotion.HAPPY].mouth_curve)
    sheet = Scoresheet(face.timetable)
    for time_s in (0.75, 3.25, 5.75):
        write(sheet, time_s, Emotion.HAPPY)
    assert [(score.scene.emotion, score.share_right) for score in sheet.scores()] == [(Emotion.HAPPY, 1.0)]


def test_the_eyes_blink_now_and_then():
    face = DemoFace(fps=50)
    shut = [face.pose_at(index / 50).eye_open < 0.1 for index in range(face.frame_count)]
    blinks = sum(now and not before for before, now in itertools.pairwise(shut))
    assert 2 <= blinks <= 6


def test_half_way_between_two_poses_lies_in_the_middle():
    middle = Expression(mouth_open=0.2).towards(Expression(mouth_open=0.8, brow_raise=-1.0), 0.5)
    assert middle == Expression(mouth_open=0.5, brow_raise=-0.5)


def test_each_emotion_looks_different_where_it_should():
    pictures = {emotion: draw_face(pose).astype(int) for emotion, pose in POSES.items()}
    for emotion in set(EMOTIONS) - {Emotion.NEUTRAL}:
        changed = np.abs(pictures[emotion] - pictures[Emotion.NEUTRAL]).max(axis=2) > 20
        assert changed.mean() > 0.01, emotion
        assert not changed[:, :120].any(), "the wall stays as it is"


def test_the_head_moves_with_its_stance():
    still, moved = (
        draw_face(POSES[Emotion.NEUTRAL], stance=Stance(shift=shift)) for shift in ((0, 0), (0.2, 0))
    )
    shift_px = round(0.2 * 480 / 2.88)
    brows = (slice(140, 200), slice(240, 400))
    assert np.abs(np.roll(still, shift_px, axis=1)[brows].astype(int) - moved[brows]).mean() < 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"size": (10, 480)}, "size"), ({"fps": 0}, "fps"), ({"seconds_each": 0.1}, "seconds_each")],
)
def test_values_out_of_range_are_named(wrong, named):
    with pytest.raises(OptionError, match=named):
        DemoFace(**wrong)


@pytest.mark.skipif(not hasattr(cv2, "CascadeClassifier"), reason="this OpenCV has no Haar cascades")
def test_opencvs_own_detector_finds_the_face_in_nearly_every_frame():
    haar = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    found = [
        len(haar.detectMultiScale(cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY), 1.1, 4, minSize=(60, 60)))
        for frame in DemoFace(size=(320, 240), fps=5)
    ]
    assert np.mean([count == 1 for count in found]) > 0.95


def test_yunet_is_sure_of_the_face_in_every_frame(yunet_file):
    yunet = cv2.FaceDetectorYN.create(str(yunet_file), "", (320, 240), 0.8)
    for frame in DemoFace(size=(320, 240), fps=5):
        faces = yunet.detect(frame.image)[1]
        assert faces is not None, frame.timestamp_s
        assert len(faces) == 1


def test_the_order_begins_at_rest():
    assert ORDER[0] is Emotion.NEUTRAL


@pytest.mark.skipif(not SHIPPED_MODEL.is_file(), reason="this checkout has no model yet")
def test_mien_reads_all_five_emotions_in_the_drawn_face():
    face = DemoFace(fps=5, seconds_each=1.4)
    sheet = Scoresheet(face.timetable)
    pipeline = build_pipeline(load_models())
    for frame in face:
        sheet.write(frame, pipeline.process(frame))
    assert [score.recognised for score in sheet.scores()] == [scene.emotion for scene in face.timetable]


def write(sheet, time_s, *seen):
    """One frame at this time, with a face for each emotion seen, the first one the largest."""
    probs = (0.2,) * 5
    faces = tuple(
        TrackedFace(row, (0.0, 0.0, 90.0 - row, 90.0), 0.9, emotion, probs)
        for row, emotion in enumerate(seen)
    )
    frame = Frame(0, time_s, np.zeros((1, 1, 3), dtype=np.uint8))
    sheet.write(frame, FrameResult(0, time_s, 1, 1, faces, analysis_ms=1.0))


def test_the_scoresheet_tells_what_was_seen_how_often_and_how_late():
    happy, sad = Scene(Emotion.HAPPY, 0.0, 1.0), Scene(Emotion.SAD, 1.0, 2.0)
    sheet = Scoresheet((happy, sad))
    write(sheet, 0.0, Emotion.NEUTRAL)
    write(sheet, 0.25, Emotion.HAPPY, Emotion.ANGRY)
    write(sheet, 0.5, Emotion.HAPPY)
    write(sheet, 0.75)
    write(sheet, 1.0)
    first, second = sheet.scores()
    assert (first.scene, first.recognised, first.share_right, first.delay_s) == (
        happy,
        Emotion.HAPPY,
        0.5,
        0.25,
    )
    assert (second.scene, second.recognised, second.share_right, second.delay_s) == (sad, None, 0.0, None)
    assert sheet.share_found == 3 / 5
