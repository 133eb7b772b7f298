"""What is saved or sent shows no face that anybody could recognise."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mien.options import AnonymizeOptions
from mien.sinks import Anonymize, AnonymizedSink, PhotoSink, Sink, VideoSink
from mien.sinks.anonymized import cover
from mien.types import Emotion, Frame, FrameResult, TrackedFace

BOX = (100.0, 80.0, 160.0, 150.0)
HEAD = np.s_[60:170, 80:180]
"""What lies a third beyond the box on every side."""


def noise(seed=0):
    """No two pixels alike: whatever is left of it can be found again."""
    return np.random.default_rng(seed).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def moment(image, timestamp_s=0.0, boxes=(BOX,), name=""):
    faces = tuple(
        TrackedFace(number, box, 0.9, Emotion.HAPPY, (0.0, 1.0, 0.0, 0.0, 0.0))
        for number, box in enumerate(boxes, start=1)
    )
    return Frame(0, timestamp_s, image, name), FrameResult(0, timestamp_s, 320, 240, faces, 1.0, name)


def likeness(a, b):
    """How much of one picture is left in another: correlation of their fine detail, 0 to 1."""
    fine = [(part.astype(np.float32) - cv2.blur(part, (9, 9)).astype(np.float32)).ravel() for part in (a, b)]
    return abs(float(np.dot(*fine) / (np.linalg.norm(fine[0]) * np.linalg.norm(fine[1]) + 1e-9)))


def cut_off(result):
    """A result whose faces end at the frame's lower edge, 30 pixels above their own."""
    faces = (
        replace(face, box_xyxy=(*face.box_xyxy[:3], 240.0), uncut_xyxy=(*face.box_xyxy[:3], 270.0))
        for face in result.faces
    )
    return replace(result, faces=tuple(faces))


class Catch(Sink):
    def __init__(self):
        self.images = []
        self.closed = False

    def write(self, frame, result):
        self.images.append(frame.image)

    def close(self):
        self.closed = True


def test_a_head_that_the_edge_cuts_is_covered_as_far_as_a_whole_one():
    catch = Catch()
    whole = moment(noise(), boxes=((100.0, 170.0, 160.0, 270.0),))
    for result in (whole[1], cut_off(whole[1])):
        AnonymizedSink(catch, Anonymize.BLOCK).write(whole[0], result)
    assert np.array_equal(*catch.images)
    assert catch.images[0].sum() < noise().sum()


@pytest.mark.parametrize("how", [Anonymize.BLUR, Anonymize.BLOCK])
def test_nothing_of_the_head_is_left_and_the_rest_is_untouched(how):
    image = noise()
    out = cover(image, [BOX], how)
    assert likeness(image[HEAD], image[HEAD]) == pytest.approx(1.0)
    assert likeness(image[HEAD], out[HEAD]) < 0.05
    assert np.array_equal(out[:, 200:], image[:, 200:])
    assert np.array_equal(image, noise()), "the picture itself is left as it is"


def test_a_blur_of_two_faces_with_the_same_few_colours_is_the_same():
    """What tells two faces apart has gone: only means of large cells come through."""
    image = np.full((240, 320, 3), 120, dtype=np.uint8)
    other = image.copy()
    x0, y0, x1, y1 = (round(value) for value in BOX)
    other[y0:y1:2, x0:x1] -= 40
    other[y0 + 1 : y1 : 2, x0:x1] += 40
    blurred, other_blurred = (cover(one, [BOX], Anonymize.BLUR) for one in (image, other))
    assert np.abs(blurred.astype(int) - other_blurred).max() <= 4


def test_a_block_is_one_flat_colour():
    assert not cover(noise(), [BOX], Anonymize.BLOCK)[HEAD].any()


@pytest.mark.parametrize(
    "box",
    [
        (-50.0, -50.0, 30.0, 30.0),
        (300.0, 220.0, 400.0, 300.0),
        (500.0, 0.0, 600.0, 90.0),
        (9.0, 9.0, 9.0, 9.0),
    ],
)
@pytest.mark.parametrize("how", [Anonymize.BLUR, Anonymize.BLOCK])
def test_a_face_at_the_edge_is_no_trouble(box, how):
    assert cover(noise(), [box], how).shape == (240, 320, 3)


def test_the_pixels_that_a_head_covers_in_part_are_covered():
    image = np.full((240, 320, 3), 200, np.uint8)
    covered = cover(image, [(100.3, 80.3, 160.3, 150.3)], Anonymize.BLOCK, AnonymizeOptions(grow=1.0))
    rows, columns = np.nonzero(covered.sum(axis=2) == 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (80, 150, 100, 160)


def test_a_face_that_is_missed_for_a_moment_stays_covered():
    sink = Catch()
    with AnonymizedSink(sink, Anonymize.BLOCK, AnonymizeOptions(hold_s=0.5)) as covered:
        covered.write(*moment(noise(), 0.0))
        covered.write(*moment(noise(), 0.4, boxes=()))
        covered.write(*moment(noise(), 0.8, boxes=()))
    assert [bool(image[HEAD].any()) for image in sink.images] == [False, False, True]
    assert sink.closed


def test_a_face_that_moves_is_covered_where_it_was_too():
    sink = Catch()
    with AnonymizedSink(sink, Anonymize.BLOCK) as covered:
        covered.write(*moment(noise(), 0.0))
        covered.write(*moment(noise(), 0.1, boxes=((140.0, 80.0, 200.0, 150.0),)))
    assert not sink.images[-1][60:170, 80:220].any()


def test_pictures_of_a_folder_have_nothing_to_do_with_each_other():
    sink = Catch()
    with AnonymizedSink(sink, Anonymize.BLOCK) as covered:
        covered.write(*moment(noise(), 0.0, name="a.jpg"))
        covered.write(*moment(noise(), 0.1, boxes=(), name="b.jpg"))
    assert np.array_equal(sink.images[-1], noise())


def test_a_source_that_begins_again_keeps_nothing():
    sink = Catch()
    with AnonymizedSink(sink, Anonymize.BLOCK) as covered:
        covered.write(*moment(noise(), 5.0))
        covered.write(*moment(noise(), 0.0, boxes=()))
    assert np.array_equal(sink.images[-1], noise())


def test_a_saved_video_and_a_saved_photo_show_no_face(tmp_path):
    frame, result = moment(noise())
    with AnonymizedSink(VideoSink(tmp_path / "out.avi", 10), Anonymize.BLUR) as video:
        video.write(frame, result)
    with AnonymizedSink(PhotoSink(tmp_path), Anonymize.BLUR) as photos:
        photos.write(replace(frame, name="a.png"), result)
    ok, from_video = cv2.VideoCapture(str(tmp_path / "out.avi")).read()
    assert ok
    inside = np.s_[90:140, 110:150]
    for picture in (from_video, cv2.imread(str(tmp_path / "a.png"))):
        assert likeness(frame.image[inside], picture[inside]) < 0.1
        assert likeness(frame.image[:40, :80], picture[:40, :80]) > 0.5, "what is no face is still there"
