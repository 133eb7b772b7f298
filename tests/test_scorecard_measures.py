"""What the parts of the card measure, against cases worked out by hand."""

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("packaging")
pytest.importorskip("pyarrow")

import mien
from mien.detector import WholePictureDetector
from mien.errors import MienError
from mien.scorecard import install
from mien.scorecard.bars import Bar
from mien.scorecard.coverage import coverage_at, coverage_curve
from mien.scorecard.footprint import measure_footprint
from mien.scorecard.fresh_process import first_result_s
from mien.scorecard.machine import cpu_name, usable_cores
from mien.scorecard.memory import memory_mb
from mien.scorecard.photographs import Photo, PhotoReading, measure_photographs, score_photos, turned
from mien.scorecard.speed import Laps, drawn_frames, time_batches, time_stages
from mien.train.evaluate import HeadAnswers
from mien.types import EMOTIONS, Emotion, TrackedFace


def answers():
    """Three that are right with 0.9, 0.7 and 0.5, one that is wrong with 0.6."""
    probs = np.full((4, 5), 0.0, np.float32)
    for row, prob in enumerate((0.9, 0.7, 0.5, 0.6)):
        probs[row] = (1 - prob) / 4
        probs[row, 1] = prob
    return HeadAnswers(probs, np.array([1, 1, 1, 2]))


@pytest.mark.parametrize(
    ("limit", "share", "accuracy"),
    [(0.2, 1.0, 0.75), (0.55, 0.75, 2 / 3), (0.65, 0.5, 1.0), (0.95, 0.0, None)],
)
def test_a_higher_limit_answers_fewer_faces(limit, share, accuracy):
    point = coverage_at(limit, answers())
    assert (point.share, point.accuracy) == (share, accuracy)


def test_the_curve_marks_the_limit_that_the_runtime_has():
    curve = coverage_curve(answers())
    assert curve["default"] == {"limit": 0.5, "share": 1.0, "accuracy": 0.75}
    assert [point["limit"] for point in curve["points"]][::10] == [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def test_a_bar_is_kept_on_its_very_value():
    assert Bar(least=0.5).met(0.5)
    assert not Bar(least=0.5).met(0.4999)
    assert Bar(most=2.0).met(2.0)
    assert not Bar(most=2.0).met(2.0001)
    assert Bar().met(1.0) is None
    assert (Bar(least=0.785).text, Bar(most=4.0).text, Bar().text) == ("≥ 0.785", "≤ 4", "")


def reading(label, *emotions):
    image = np.zeros((4, 4, 3), np.uint8)
    faces = tuple(
        TrackedFace(number, (0, 0, 1, 1), 1.0, emotion, (0.2,) * 5) for number, emotion in enumerate(emotions)
    )
    return PhotoReading(Photo(image, label), faces, 10.0)


def test_a_photo_without_a_face_is_a_miss_and_the_largest_face_counts():
    happy, sad = Emotion.HAPPY, Emotion.SAD
    score = score_photos(
        "it", 0.0, [reading(happy, happy), reading(happy), reading(sad, sad, happy), reading(sad, happy)]
    )
    assert (score.one, score.none, score.several, score.photos) == (2, 1, 1, 4)
    assert (score.accuracy, score.mean_recall) == (0.5, 0.5)
    assert score.recalls == {"angry": None, "happy": 0.5, "sad": 0.5, "surprise": None, "neutral": None}
    assert score.as_record()["ms"] == {"p50": 10.0, "p95": 10.0}


def test_photographs_are_read_by_every_detector_and_turned_by_the_first():
    photos = [Photo(np.full((60, 60, 3), 90, np.uint8), emotion) for emotion in EMOTIONS]
    told = []
    found = measure_photographs(None, photos, [WholePictureDetector()], lambda *done: told.append(done))
    assert [row["turned_deg"] for row in found["rows"]] == [0.0, 30.0, -30.0]
    assert found["labelled"] == dict.fromkeys((str(emotion) for emotion in EMOTIONS), 1)
    assert told[-1] == (15, 15)
    assert told == sorted(told)


def test_a_turned_picture_is_all_there():
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :40] = 255
    upright = turned(image, 90)
    assert upright.shape == (80, 40, 3)
    assert upright[:40].mean() > 250
    assert upright[40:].mean() < 5


def test_the_first_lap_warms_up():
    laps = Laps()
    for _ in range(3):
        with laps.run("it"):
            pass
    assert len(laps.warm()["it"]) == 2


def test_the_stages_are_those_of_the_pipeline_and_find_the_face(monkeypatch):
    models, frames = mien.load_models(), drawn_frames(3)
    took = time_stages(models, mien.RuntimeOptions(), frames)
    assert {len(values) for values in took.values()} == {2}
    assert sum(np.median(took[name]) for name in ("detect", "cut", "classify")) < 3 * np.median(
        took["whole way of a frame"]
    )


def test_a_batch_is_told_a_face():
    took = time_batches(mien.load_models().classifier, 2)
    assert list(took) == [1, 2, 4, 8, 16, 32]
    assert np.median(took[32]) < 5 * np.median(took[1])


def test_the_install_is_mien_and_all_it_needs_but_no_extra():
    sizes = install.installed_bytes()
    assert next(iter(sizes)) == "mien"
    assert {"numpy", "opencv-python", "onnxruntime", "rich", "typer"} <= set(sizes)
    assert not {"torch", "matplotlib", "pyarrow", "pytest", "pip"} & set(sizes)
    assert sizes["mien"] > Path(mien.__file__).parent.joinpath("assets", "emotion.onnx").stat().st_size
    assert sizes["numpy"] > 1e7


def test_a_folder_that_was_never_installed_has_no_size(monkeypatch):
    def absent(name):
        raise install.PackageNotFoundError(name)

    monkeypatch.setattr(install, "distribution", absent)
    assert install.installed_bytes() is None


def test_start_and_memory_are_those_of_a_fresh_process():
    found = measure_footprint(None, 1)
    assert found["first_result_s"]["starts"] == 1
    assert found["first_result_s"]["p50"] > 0.05
    # Less than this process, which holds the test suite, and more than an empty Python.
    assert found["predict_peak_mb"] is None or 40 < found["predict_peak_mb"] < 1000


def test_a_process_that_fails_says_why(tmp_path):
    with pytest.raises(MienError, match=r"failed in a process of its own: .*broken\.png"):
        first_result_s(tmp_path / "broken.png")


def test_the_most_memory_is_no_less_than_what_is_held_now():
    peak, now = memory_mb("VmHWM"), memory_mb("VmRSS")
    assert peak is None or peak >= now > 10


def test_the_processor_has_a_name():
    assert cpu_name()
    assert usable_cores() >= 1


def test_the_drawn_photo_is_a_picture_of_640_by_480(tmp_path):
    (frame,) = drawn_frames(1)
    assert cv2.imwrite(str(tmp_path / "face.png"), frame.image)
    assert frame.image.shape == (480, 640, 3)
