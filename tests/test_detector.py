"""Faces are found in pictures of any size, and a wrong model file is named."""

from __future__ import annotations

import csv

import cv2
import numpy as np
import pytest

from mien import boxes
from mien.demo_face import DemoFace
from mien.detector import (
    SHIPPED_FACE_MODEL,
    HaarDetector,
    OnnxFaceDetector,
    WholePictureDetector,
    YuNetDetector,
    find_yunet,
    make_detector,
    yunet_cache_path,
)
from mien.detector.looks import choose, close_look, sharp_look, shrunk, take_look
from mien.errors import ModelError
from mien.options import DetectorOptions
from mien.types import Face

ASTRONAUT_FACE = (178.0, 66.0, 272.0, 192.0)
"""Brow to chin in scikit-image's 512 x 512 photograph, by eye."""


@pytest.fixture(scope="module")
def astronaut():
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


needs_haar = pytest.mark.skipif(
    not hasattr(cv2, "CascadeClassifier"), reason="this OpenCV has no Haar cascades"
)


@pytest.fixture(params=["mien", pytest.param("haar", marks=needs_haar), "yunet"])
def make(request):
    """Builds the detector in turn, with options."""
    model = request.getfixturevalue("yunet_file") if request.param == "yunet" else None

    def build(**options):
        return make_detector(request.param, model, DetectorOptions(**options))

    return build


def close_ups(photos, count):
    with (photos / "labels.csv").open(newline="") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    return [cv2.imread(str(photos / name)) for name in names[:: len(names) // count]]


def test_one_face_is_found_in_the_astronaut(make, astronaut):
    (face,) = make().detect(astronaut)
    assert boxes.iou(face.box_xyxy, ASTRONAUT_FACE) > 0.5
    assert 0 < face.score <= 1


def test_boxes_of_a_large_picture_are_scaled_back(make, astronaut):
    large = cv2.resize(astronaut, None, fx=4, fy=4)
    (face,) = make().detect(large)
    assert boxes.iou(face.box_xyxy, boxes.scale(ASTRONAUT_FACE, 4)) > 0.5


def test_a_face_that_fills_the_picture_is_found_once(make, astronaut):
    x0, y0, x1, y1 = (int(value) for value in ASTRONAUT_FACE)
    close_up = cv2.resize(astronaut[y0 - 10 : y1 + 5, x0 - 15 : x1 + 15], None, fx=6, fy=6)
    assert len(make().detect(close_up)) == 1


def test_faces_come_largest_first_and_only_so_many(make, astronaut):
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    both = np.hstack([np.vstack([small, np.zeros_like(small)]), astronaut])
    found = make(long_side_px=1024).detect(both)
    assert [boxes.centre(face.box_xyxy)[0] > 256 for face in found] == [True, False]
    assert make(long_side_px=1024, max_faces=1).detect(both) == found[:1]


def test_a_face_smaller_than_wanted_is_left_out(make, astronaut):
    assert make(min_face_px=300).detect(astronaut) == []


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 2000), (3000, 2), (2, 2), (23, 23), (31, 900), (2000, 2000)], ids=str
)
def test_pictures_of_any_shape_without_a_face_give_none(make, shape):
    detector = make()
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for image in (np.full((*shape, 3), 128, np.uint8), cv2.blur(noise, (9, 9))):
        assert detector.detect(image) == []


@pytest.mark.parametrize("shape", [(22, 640), (8, 640)], ids=str)
def test_yunet_makes_no_faces_of_what_lay_in_memory(yunet_file, shape, monkeypatch):
    # Most such faces lie outside of the picture, so that few of them would be reported.
    monkeypatch.setattr("mien.detector.yunet.choose", lambda faces, image, options: faces)
    flat = np.full((*shape, 3), 128, np.uint8)
    rng = np.random.default_rng(2)
    for value in (1e3, -1e3, 1e30) * 4:
        detector = make_detector("yunet", yunet_file, DetectorOptions(long_side_px=640))
        left_behind = [np.full(rng.integers(1_000, 3_000_000), value, np.float32) for _ in range(5)]
        del left_behind
        assert detector.detect(flat) == []


def test_one_detector_serves_pictures_of_changing_sizes(make, astronaut):
    detector = make()
    first = detector.detect(astronaut)
    detector.detect(np.zeros((50, 90, 3), np.uint8))
    assert detector.detect(astronaut) == first


def test_nearly_every_close_up_shows_exactly_one_face(make, shared):
    detector = make()
    counts = [len(detector.detect(image)) for image in close_ups(shared / "photos", 24)]
    assert counts.count(1) >= 0.9 * len(counts)


@pytest.mark.parametrize("name", ["mien", "yunet"])
def test_landmarks_lie_where_a_face_has_them(name, request, astronaut):
    model = request.getfixturevalue("yunet_file") if name == "yunet" else None
    (face,) = make_detector(name, model).detect(astronaut)
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks_xy
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert all(boxes.clip((x, y, x, y), 512, 512) == (x, y, x, y) for x, y in face.landmarks_xy)


def test_a_yunet_file_changed_by_a_byte_is_refused(yunet_file, tmp_path):
    data = bytearray(yunet_file.read_bytes())
    data[1000] ^= 1
    changed = tmp_path / "changed.onnx"
    changed.write_bytes(data)
    with pytest.raises(
        ModelError, match=r"changed\.onnx: not yunet_n_320_320\.onnx, or changed: its SHA-256"
    ):
        YuNetDetector(changed)


def test_a_missing_yunet_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.onnx: cannot be read"):
        YuNetDetector(tmp_path / "nowhere.onnx")


def test_haar_says_what_is_wrong_where_opencv_has_no_cascades(monkeypatch):
    monkeypatch.delattr(cv2, "CascadeClassifier", raising=False)
    with pytest.raises(ModelError, match="no Haar cascades: expected OpenCV 4"):
        HaarDetector()


@pytest.fixture
def no_yunet(monkeypatch, tmp_path):
    monkeypatch.delenv("MIEN_YUNET", raising=False)
    monkeypatch.setattr("mien.detector.yunet.user_cache_path", lambda *_, **__: tmp_path / "cache")


def test_mien_finds_faces_with_its_own_model_unless_told_otherwise(monkeypatch):
    monkeypatch.setenv("MIEN_YUNET", "/nowhere/yunet.onnx")
    for detector in (make_detector(), make_detector("mien"), OnnxFaceDetector()):
        assert detector.name == "mien"
        assert detector.path == SHIPPED_FACE_MODEL


def test_the_shipped_face_model_is_small_and_says_what_it_is():
    assert SHIPPED_FACE_MODEL.stat().st_size <= 700_000
    spec = OnnxFaceDetector().spec
    assert spec.smallest_px == 12
    assert spec.scores["over 96"]["average_precision"] >= 0.97
    assert spec.scores["over 32"]["average_precision"] >= 0.90


def test_a_score_that_is_set_takes_the_place_of_the_models_own():
    assert OnnxFaceDetector().min_score == OnnxFaceDetector().spec.min_score
    assert OnnxFaceDetector(options=DetectorOptions(min_score=0.9)).min_score == 0.9


def test_the_drawn_face_is_found_in_nearly_every_frame():
    detector = make_detector()
    counts = [len(detector.detect(frame.image)) for frame in DemoFace(fps=3)]
    assert counts.count(1) >= 0.95 * len(counts)


@pytest.mark.usefixtures("no_yunet")
def test_yunet_without_its_file_says_where_it_belongs():
    assert find_yunet() is None
    with pytest.raises(ModelError, match=f"expected {yunet_cache_path()}"):
        make_detector("yunet")


def test_who_has_no_home_has_a_place_for_yunet_all_the_same(monkeypatch):
    def homeless(*_, **__):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("mien.detector.yunet.user_cache_path", homeless)
    assert yunet_cache_path().name == "yunet_n_320_320.onnx"


@pytest.mark.usefixtures("no_yunet")
def test_yunet_is_read_from_the_cache_or_where_it_is_named(yunet_file, monkeypatch):
    yunet_cache_path().parent.mkdir()
    yunet_cache_path().symlink_to(yunet_file)
    assert find_yunet() == yunet_cache_path()
    assert make_detector("yunet").name == "yunet"
    yunet_cache_path().unlink()
    assert make_detector("yunet", yunet_file).name == "yunet"
    monkeypatch.setenv("MIEN_YUNET", str(yunet_file))
    assert make_detector("yunet").name == "yunet"


@pytest.mark.usefixtures("no_yunet")
def test_a_variable_that_names_no_file_is_not_passed_over(monkeypatch):
    monkeypatch.setenv("MIEN_YUNET", "/nowhere/yunet.onnx")
    with pytest.raises(ModelError, match=r"/nowhere/yunet\.onnx: cannot be read"):
        make_detector("yunet")


def test_an_unknown_detector_and_a_model_for_haar_are_refused(tmp_path):
    with pytest.raises(
        ModelError, match="unknown detector 'mtcnn': expected one of auto, mien, haar, yunet, none"
    ):
        make_detector("mtcnn")
    with pytest.raises(ModelError, match="the detector haar reads no model file"):
        make_detector("haar", tmp_path / "model.onnx")


def test_a_picture_that_already_is_a_crop_is_one_face():
    detector = make_detector("none")
    assert isinstance(detector, WholePictureDetector)
    assert detector.detect(np.zeros((30, 40, 3), np.uint8)) == [Face((0, 0, 40, 30), 1.0)]
    assert boxes.square((0, 0, 40, 40), detector.framing) == (0, 0, 40, 40)


def test_a_look_and_its_way_back_meet():
    look = take_look(np.zeros((400, 800, 3), np.uint8), long_side_px=200, border=0.25)
    assert look.image.shape == (200, 300, 3)
    seen = look.face(Face((50, 50, 100, 75), 0.5, ((60.0, 55.0),)))
    assert seen == Face((0, 0, 200, 100), 0.5, ((40.0, 20.0),))


def test_a_whole_times_smaller_picture_is_made_of_means(astronaut):
    means = astronaut.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    off = np.abs(shrunk(astronaut, (128, 128)) - means)
    assert off.max() <= 1.0, "rounded twice"
    assert off.mean() < 0.3
    thirds = astronaut[:510, :510].reshape(170, 3, 170, 3, 3).mean(axis=(1, 3))
    assert np.abs(shrunk(astronaut[:510, :510], (170, 170)) - thirds).max() <= 0.5


@pytest.mark.parametrize("side", [400, 300, 200, 150, 100])
def test_a_smaller_picture_is_nearly_that_of_means_over_any_area(astronaut, side):
    means = cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_AREA)
    ours = shrunk(astronaut, (side, side))
    assert ours.shape == means.shape
    assert cv2.absdiff(ours, means).mean() < 5


def test_a_small_picture_is_not_scaled_up():
    image = np.zeros((20, 30, 3), np.uint8)
    assert sharp_look(image, DetectorOptions()).image is image
    assert close_look(image, DetectorOptions(close_up_border=0.5)).image.shape == (50, 60, 3)


def test_a_small_picture_is_scaled_up_where_that_is_asked_for():
    look = take_look(np.zeros((20, 40, 3), np.uint8), 160, enlarge=True)
    assert look.image.shape == (80, 160, 3)
    assert look.face(Face((40, 20, 80, 60), 0.5)).box_xyxy == (10, 5, 20, 15)


def test_of_two_boxes_on_one_face_the_more_certain_stays():
    image = np.zeros((100, 100, 3), np.uint8)
    sure, doubtful, beside = (
        Face((0, 0, 40, 40), 0.9),
        Face((10, 10, 60, 60), 0.8),
        Face((30, 0, 75, 45), 0.7),
    )
    assert choose([doubtful, sure], image, DetectorOptions()) == [sure]
    assert choose([sure, beside], image, DetectorOptions()) == [beside, sure]


def test_a_box_within_another_is_the_same_face():
    image = np.zeros((100, 100, 3), np.uint8)
    face, part = Face((0, 0, 90, 90), 0.9), Face((20, 20, 50, 50), 0.8)
    assert choose([part, face], image, DetectorOptions()) == [face]


def test_a_face_seen_in_the_border_alone_is_left_out():
    image = np.zeros((100, 100, 3), np.uint8)
    assert choose([Face((-60, 0, 20, 80), 0.9)], image, DetectorOptions()) == []
