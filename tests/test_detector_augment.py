"""Boxes and points go where the picture goes."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from detector_faces import draw_faces, write_data_set

from mien.errors import DataError
from mien.train.detector.augment import Augmenter
from mien.train.detector.geometry import move_boxes, move_labels, move_points, similarity
from mien.train.detector.hard import HardPlace
from mien.train.detector.labels import FaceLabels, LabelledPicture, read_labels
from mien.train.detector.lighting import relight
from mien.train.detector.settings import FaceAugmentSettings
from mien.train.detector.sources import CLOSE_UP_BOX, CloseUps, PictureFiles, Sample
from mien.train.detector.window import draw_window

BOX = np.float32([[40, 30, 70, 70]])
PLAIN = FaceAugmentSettings(
    tilt_prob=0, mosaic_prob=0, flip_prob=0, grey_prob=0, light_prob=0, blur_prob=0, noise_prob=0, jpeg_prob=0
)


def around_middle(tilt, *, mirrored=False):
    return similarity(1.0, tilt, mirrored, (55.0, 50.0), (55.0, 50.0))


def sample_of(box, width=160, height=120):
    image, landmarks = draw_faces(width, height, [box], np.random.default_rng(0))
    return Sample(image, FaceLabels.build([box], landmarks))


def test_a_turned_face_keeps_its_size():
    for tilt in (-45, -20, 30, 45):
        x0, y0, x1, y1 = move_boxes(BOX, around_middle(tilt))[0]
        assert 30 <= x1 - x0 <= 40 and 30 <= y1 - y0 <= 40
    assert move_boxes(BOX, around_middle(0)) == pytest.approx(BOX)
    assert move_boxes(BOX, around_middle(90))[0] == pytest.approx([35, 35, 75, 65], abs=1e-4)


def test_a_mirror_exchanges_right_and_left():
    points = np.float32([[[48, 45], [62, 45], [55, 52], [49, 60], [61, 60]]])
    mirrored = move_points(points, around_middle(0, mirrored=True))[0]
    assert mirrored == pytest.approx(points[0])
    turned = move_points(points, around_middle(30))[0]
    assert turned[1, 1] > turned[0, 1]


def test_small_and_cut_faces_become_regions_to_ignore():
    labels = FaceLabels.build([[0, 0, 8, 8], [90, 10, 120, 50], [20, 20, 60, 60]], ignore=[[500, 0, 510, 9]])
    seen = move_labels(labels, similarity(1.0, 0, False, (0, 0), (0, 0)), 100, 100, 10.0)
    assert seen.boxes_xyxy.tolist() == [[20, 20, 60, 60]]
    assert seen.ignore_xyxy.tolist() == [[0, 0, 8, 8], [90, 10, 100, 50]]


@pytest.mark.parametrize("seed", range(8))
def test_the_box_in_a_window_is_where_the_face_is(seed):
    settings = replace(PLAIN, tilt_prob=1, flip_prob=0.5, min_face_px=20.0)
    sample = sample_of([60, 30, 91, 70])
    made = draw_window(sample, 128, 128, settings, np.random.default_rng(seed))
    (box,), (points,) = made.labels.boxes_xyxy, made.labels.landmarks_xy
    x0, y0, x1, y1 = np.clip(box, 0, 128).round().astype(int)
    inside = made.image[y0:y1, x0:x1, 2]
    assert (inside > 170).mean() > 0.45
    for x, y in points[:2].round().astype(int):
        if 1 < x < 126 and 1 < y < 126:
            assert made.image[y, x].max() < 140
    assert np.linalg.norm((box[:2] + box[2:]) / 2 - points[:4].mean(axis=0)) < (box[3] - box[1]) / 2


def test_faces_get_all_sizes_from_small_to_the_whole_picture():
    rng = np.random.default_rng(1)
    sample = sample_of([40, 20, 102, 100])
    settings = replace(PLAIN, enlarge=8.0)
    sizes = [draw_window(sample, 160, 160, settings, rng).labels.sizes_px() for _ in range(200)]
    sizes = np.concatenate(sizes)
    assert sizes.min() < 40 and sizes.max() > 130
    assert len(sizes) > 190


def test_a_mosaic_holds_four_pictures_and_their_faces(tmp_path):
    files = PictureFiles(read_labels(write_data_set(tmp_path / "set", {"train": 3}), "train"), 10**9)
    augmenter = Augmenter(files, replace(PLAIN, mosaic_prob=1.0, min_face_px=8.0), 128)
    counts = [len(augmenter.make(0, np.random.default_rng(seed)).labels) for seed in range(6)]
    assert max(counts) == 4 and min(counts) >= 2
    made = augmenter.make(0, np.random.default_rng(0))
    assert made.image.shape == (128, 128, 3) and made.image.dtype == np.uint8
    for x0, y0, x1, y1 in made.labels.boxes_xyxy.round().astype(int):
        assert (made.image[max(0, y0) : y1, max(0, x0) : x1, 2] > 170).mean() > 0.4


def test_the_same_seed_makes_the_same_picture(tmp_path):
    files = PictureFiles(read_labels(write_data_set(tmp_path / "set", {"train": 4}), "train"))
    augmenter = Augmenter(files, FaceAugmentSettings(), 96)
    for seed in range(12):
        one, other = (augmenter.make(1, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.labels.boxes_xyxy, other.labels.boxes_xyxy)


def test_every_kind_of_light_gives_a_picture_of_the_same_form():
    image = sample_of([60, 30, 91, 70]).image
    always = FaceAugmentSettings(grey_prob=1, light_prob=1, blur_prob=1, noise_prob=1, jpeg_prob=1)
    lit = relight(image, always, np.random.default_rng(0))
    assert lit.shape == image.shape and lit.dtype == np.uint8
    assert not np.array_equal(lit, image)
    assert np.array_equal(relight(image, PLAIN, np.random.default_rng(0)), image)
    grey = relight(image, replace(PLAIN, grey_prob=1), np.random.default_rng(0))
    assert np.array_equal(grey[..., 0], grey[..., 2])


def test_a_close_up_has_a_box_of_the_faces_own_shape_and_no_landmarks():
    face = np.full((48, 48), 250, np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(5):
        sample = CloseUps(face[None]).draw(rng)
        x0, y0, x1, y1 = sample.labels.boxes_xyxy[0]
        height, width = sample.image.shape[:2]
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
        wide, high = CLOSE_UP_BOX[2] - CLOSE_UP_BOX[0], CLOSE_UP_BOX[3] - CLOSE_UP_BOX[1]
        assert (x1 - x0) / (y1 - y0) == pytest.approx(wide / high, rel=0.01)
        assert sample.image[int(y0 + y1) // 2, int(x0 + x1) // 2].min() >= 190
        assert np.isnan(sample.labels.landmarks_xy).all()


def test_a_hard_place_is_shown_at_about_its_size_in_place_of_a_picture(tmp_path):
    """A red wheel beside the face: with hard places alone every window holds it."""
    image = np.full((200, 300, 3), 90, np.uint8)
    cv2.circle(image, (250, 60), 25, (0, 0, 255), -1)
    cv2.imwrite(str(tmp_path / "wheel.png"), image)
    labels = FaceLabels.build([[20, 100, 90, 190]])
    files = PictureFiles([LabelledPicture(tmp_path / "wheel.png", labels)])
    place = HardPlace(0, np.float32([225, 35, 275, 85]))
    augmenter = Augmenter(files, replace(PLAIN, hard_prob=1.0), 160, hard=[place])
    sizes = []
    for seed in range(20):
        made = augmenter.make(0, np.random.default_rng(seed)).image.astype(int)
        sizes.append(((made[..., 2] - made[..., 0]) > 80).sum() ** 0.5)
    own = (np.pi * 25**2) ** 0.5
    assert own / 1.7 < min(sizes) < own < max(sizes) < own * 1.7
    assert max(sizes) > 1.5 * min(sizes)


def test_pictures_are_decoded_once_where_there_is_room(tmp_path, monkeypatch):
    folder = write_data_set(tmp_path / "set", {"train": 2})
    roomy, tight = (PictureFiles(read_labels(folder, "train"), room) for room in (10**6, 0))
    first = roomy.read(0).image
    assert roomy.read(0).image is first
    assert tight.read(0).image is not tight.read(0).image
    assert np.array_equal(cv2.imread(str(folder / "images" / "train0.png")), first)


def test_a_picture_that_is_not_there_is_named_before_the_work_begins(tmp_path):
    folder = write_data_set(tmp_path / "set", {"train": 2})
    (folder / "images" / "train1.png").unlink()
    with pytest.raises(DataError, match=r"train1\.png: no such picture"):
        PictureFiles(read_labels(folder, "train"))
