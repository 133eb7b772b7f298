"""The way of a frame, from pixels to a result."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import mien
from mien import DataError, Emotion, EmotionPipeline, Frame, ModelError, Models, RuntimeOptions, SourceError
from mien.boxes import centre
from mien.classifier import SHIPPED_MODEL
from mien.detector import SHIPPED_FACE_MODEL, WholePictureDetector
from mien.options import DoubtOptions, Framing, NeutralOptions, SmootherOptions, TrackerOptions
from mien.pipeline import build_pipeline, load_models
from mien.resting import RestingFace
from mien.types import Doubt, Face

needs_model = pytest.mark.skipif(not SHIPPED_MODEL.is_file(), reason="no emotion model is shipped yet")


class FixedDetector:
    """Finds the faces that it was given."""

    name = "fixed"
    framing = Framing(scale=1.0, lift=0.0)

    def __init__(self, *faces):
        self.faces = list(faces)
        self.looks = 0

    def detect(self, image):
        self.looks += 1
        return self.faces


class BrightnessClassifier:
    """Calls a bright crop happy and a dark one sad."""

    spec = SimpleNamespace(input_px=16, weights_sha256="ab" * 32)

    def __init__(self):
        self.batches = []

    def classify(self, crops):
        self.batches.append(crops)
        happy = crops.mean(axis=(1, 2)) > 127
        probs = np.full((len(crops), 5), 0.05, np.float32)
        probs[happy, Emotion.HAPPY.column] = 0.8
        probs[~happy, Emotion.SAD.column] = 0.8
        return probs

    def explain(self, crops):
        """Happy: evidence in the upper left, against it in the lower right; sad the other way round."""
        maps = np.zeros((len(crops), 5, 4, 4), np.float32)
        maps[:, Emotion.HAPPY.column] = np.linspace(4, -4, 16, dtype=np.float32).reshape(4, 4)
        maps[:, Emotion.SAD.column] = -maps[:, Emotion.HAPPY.column]
        return maps


def pipeline(*faces, **options):
    return build_pipeline(Models(FixedDetector(*faces), BrightnessClassifier()), RuntimeOptions(**options))


def frame(image, index=0, name=""):
    return Frame(index, index / 30, image, name)


@pytest.fixture
def half_bright():
    image = np.zeros((60, 100, 3), np.uint8)
    image[:, 50:] = 255
    return image


@pytest.fixture(scope="module")
def astronaut():
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


def test_each_face_gets_the_emotion_of_its_own_pixels(half_bright):
    dark, bright = Face((5, 10, 45, 50), 0.9), Face((55, 10, 95, 50), 0.7)
    result = pipeline(dark, bright).process(frame(half_bright, name="two.png"))
    assert [(face.id, face.emotion, face.score) for face in result.faces] == [
        (1, Emotion.SAD, 0.9),
        (2, Emotion.HAPPY, 0.7),
    ]
    assert (result.frame, result.width, result.height, result.name) == (0, 100, 60, "two.png")
    assert result.analysis_ms > 0


def test_all_faces_of_a_frame_are_classified_at_once_in_the_models_size(half_bright):
    watched = pipeline(Face((5, 10, 45, 50), 0.9), Face((55, 10, 95, 50), 0.7))
    watched.process(frame(half_bright))
    assert [crops.shape for crops in watched.classifier.batches] == [(2, 16, 16)]


def test_a_box_over_the_edge_is_framed_whole_and_reported_within_the_picture(half_bright):
    result = pipeline(Face((60, -20, 120, 40), 0.9)).process(frame(half_bright))
    assert result.faces[0].box_xyxy == (60, 0, 100, 40)


def test_what_is_seen_of_a_face_makes_it_the_largest(half_bright):
    over_the_edge, whole = Face((60, 20, 130, 90), 0.9), Face((5, 5, 55, 55), 0.7)
    result = pipeline(over_the_edge, whole).process(frame(half_bright))
    assert [(face.id, face.box_xyxy) for face in result.faces] == [
        (1, (5, 5, 55, 55)),
        (2, (60, 20, 100, 60)),
    ]


def test_a_face_over_the_edge_is_explained_from_the_crop_that_was_read(half_bright):
    flow = pipeline(Face((60, -20, 120, 40), 0.9))
    cut = []
    flow.classifier.explain = lambda crops: cut.append(crops) or BrightnessClassifier().explain(crops)
    moment = frame(half_bright)
    (heat,) = flow.explain(moment, flow.process(moment))
    assert heat.box_xyxy == (60, -20, 120, 40)
    assert np.array_equal(cut[0], flow.classifier.batches[0])


@pytest.mark.parametrize("kind", ["grey", "BGRA", "16 bits"])
def test_pictures_of_other_kinds_of_cameras_are_understood(half_bright, kind):
    given = {
        "grey": half_bright[..., 0],
        "BGRA": np.dstack([half_bright, np.full((60, 100), 255, np.uint8)]),
        "16 bits": half_bright.astype(np.uint16) * 257,
    }[kind]
    flow, usual = pipeline(Face((55, 10, 95, 50), 0.9)), pipeline(Face((55, 10, 95, 50), 0.9))
    result, expected = flow.process(frame(given)), usual.process(frame(half_bright))
    assert result.faces == expected.faces
    assert [heat.box_xyxy for heat in flow.explain(frame(given), result)] == [(55, 10, 95, 50)]


@pytest.mark.parametrize("image", [None, np.zeros((60, 100, 2), np.uint8), np.zeros((60, 100, 3))], ids=str)
def test_a_frame_that_is_no_picture_is_named(image):
    with pytest.raises(SourceError, match=r"^frame 7: .*expected"):
        pipeline().process(frame(image, index=7))


def test_an_empty_frame_is_no_error(half_bright):
    assert pipeline().process(frame(half_bright)).faces == ()


def test_a_flicker_is_smoothed_and_the_id_stays(half_bright):
    flow = pipeline(Face((55, 10, 95, 50), 0.9))
    results = [flow.process(frame(half_bright, n)) for n in range(10)]
    flicker = flow.process(frame(np.zeros_like(half_bright), 10))
    assert {face.id for result in [*results, flicker] for face in result.faces} == {1}
    assert flicker.faces[0].emotion is Emotion.HAPPY


def test_options_reach_the_stages(half_bright):
    calm_off = {"smoother": SmootherOptions(half_life_s=0), "tracker": TrackerOptions(max_gap_s=0)}
    flow = pipeline(Face((55, 10, 95, 50), 0.9), **calm_off)
    flow.process(frame(half_bright))
    (face,) = flow.process(frame(np.zeros_like(half_bright), 1)).faces
    assert (face.id, face.emotion) == (2, Emotion.SAD)


def test_a_face_comes_with_its_landmarks_its_quality_and_a_doubt(half_bright):
    points = ((15.0, 20.0), (35.0, 20.0), (25.0, 30.0), (18.0, 40.0), (32.0, 40.0))
    (face,) = pipeline(Face((5, 10, 45, 50), 0.9, points)).process(frame(half_bright)).faces
    assert face.landmarks_xy == points
    assert (face.quality.size_px, face.quality.light, face.quality.tilt_deg) == (40, 0, 0)
    assert (face.doubt, face.label) == (Doubt.DARK, "unsure")


def test_what_counts_as_doubt_is_an_option(half_bright):
    face = Face((5, 10, 45, 50), 0.9)
    anything_goes = DoubtOptions(min_light=0, min_sharpness=0)
    (seen,) = pipeline(face, doubt=anything_goes).process(frame(half_bright)).faces
    assert seen.label == "sad"
    (seen,) = pipeline(face, doubt=replace(anything_goes, min_prob=0.9)).process(frame(half_bright)).faces
    assert seen.doubt is Doubt.PROBABILITY


def test_a_resting_face_is_learned_before_probabilities_are_smoothed(half_bright):
    flow = pipeline(Face((5, 10, 45, 50), 0.9), neutral=NeutralOptions(limit=10))
    flow.neutral.learn(0.5)
    seen = [flow.process(frame(half_bright, n)).faces[0] for n in range(60)]
    assert (seen[0].emotion, seen[0].personal) == (Emotion.SAD, False)
    assert (seen[-1].emotion, seen[-1].personal) == (Emotion.NEUTRAL, True)


def test_a_neutral_file_is_read_when_the_pipeline_is_built(half_bright, tmp_path):
    path = tmp_path / "me.json"
    RestingFace.of([(0.05, 0.05, 0.8, 0.05, 0.05)]).save(path)
    flow = build_pipeline(
        Models(FixedDetector(Face((5, 10, 45, 50), 0.9)), BrightnessClassifier()), neutral_file=path
    )
    assert flow.process(frame(half_bright)).faces[0].personal


def test_at_a_cut_the_face_in_the_same_place_is_another_person(half_bright):
    patches = np.random.default_rng(5).integers(0, 256, (2, 6, 10, 3), dtype=np.uint8)
    scenes = [cv2.resize(few, (100, 60), interpolation=cv2.INTER_NEAREST) for few in patches]
    flow = pipeline(Face((5, 10, 45, 50), 0.9))
    shown = [flow.process(frame(image, n)) for n, image in enumerate([*scenes[:1] * 3, *scenes[1:] * 3])]
    assert [result.faces[0].id for result in shown] == [1, 1, 1, 2, 2, 2]


def test_the_detector_may_look_at_every_third_frame_only(half_bright):
    flow = pipeline(Face((55, 10, 95, 50), 0.9), tracker=TrackerOptions(detect_every=3))
    results = [flow.process(frame(half_bright, n)) for n in range(9)]
    assert flow.detector.looks == 3
    assert len(flow.classifier.batches) == 9
    assert [face.id for result in results for face in result.faces] == [1] * 9


def passing_by(half_bright, count):
    """Frames of a face that goes to the right and from dark to bright."""
    return [frame(np.roll(half_bright, -3 * n, axis=1), n) for n in range(count)]


def test_a_face_that_is_expected_where_the_picture_has_ended_is_not_reported(half_bright):
    here, gone = Face((5, 10, 45, 50), 0.9), Face((102, 10, 142, 50), 0.9)
    result = pipeline(here, gone).process(frame(half_bright))
    assert [face.box_xyxy for face in result.faces] == [here.box_xyxy]


@pytest.mark.parametrize("detect_every", [1, 3])
def test_a_recording_is_watched_with_the_results_of_its_frames_one_by_one(half_bright, detect_every):
    frames = passing_by(half_bright, 25)
    alone, watched = (
        pipeline(Face((5, 10, 45, 50), 0.9), tracker=TrackerOptions(detect_every=detect_every)) for _ in "ab"
    )
    expected = [(moment, alone.process(moment).faces) for moment in frames]
    assert [(moment, result.faces) for moment, result in watched.watch(frames)] == expected
    assert len({faces[0].emotion for _, faces in expected}) == 2


def test_the_next_faces_are_found_while_the_last_are_read(half_bright):
    flow = pipeline(Face((5, 10, 45, 50), 0.9))
    is_found = threading.Event()
    frames = iter([frame(half_bright), frame(half_bright, 1)])

    def classify(crops):
        # The second frame's turn in the detector comes while the first one's faces are still read.
        assert is_found.wait(10)
        return BrightnessClassifier().classify(crops)

    def detect(image):
        if flow.detector.looks == 1:
            is_found.set()
        return FixedDetector.detect(flow.detector, image)

    flow.detector.detect, flow.classifier.classify = detect, classify
    assert len(list(flow.watch(frames))) == 2


def test_whoever_has_seen_enough_of_a_recording_may_close_what_it_comes_from(half_bright):
    fetched = []
    frames = (fetched.append(n) or frame(half_bright, n) for n in range(10))
    with closing(pipeline(Face((5, 10, 45, 50), 0.9)).watch(frames)) as watched:
        next(watched)
    frames.close()
    assert fetched == [0, 1]


def test_a_row_of_probabilities_for_each_face_is_a_must(half_bright):
    flow = pipeline(Face((5, 10, 45, 50), 0.9), Face((55, 10, 95, 50), 0.7))
    flow.classifier.classify = lambda crops: BrightnessClassifier().classify(crops[:1])
    with pytest.raises(ValueError, match="zip"):
        flow.process(frame(half_bright))


def test_a_heat_lies_on_the_square_that_was_cut_and_shows_what_speaks_for_the_emotion(half_bright):
    flow = pipeline(Face((5, 10, 45, 50), 0.9), Face((55, 10, 95, 50), 0.7))
    moment = frame(half_bright)
    sad, happy = flow.explain(moment, flow.process(moment))
    assert happy.box_xyxy == (55, 10, 95, 50)
    assert (happy.map.shape, happy.map.dtype) == ((4, 4), np.float32)
    assert (happy.map[0, 0], happy.map[-1, -1]) == (1, 0)
    assert (sad.map[0, 0], sad.map[-1, -1]) == (0, 1)


def test_the_heat_of_a_levelled_face_lies_on_the_turned_square(half_bright):
    eyes = ((20.0, 20.0), (30.0, 30.0), (20, 30), (15, 35), (22, 40))
    flow = pipeline(Face((5, 10, 45, 50), 0.9, eyes))
    flow.detector.framing = Framing(lift=0.1, level=True)
    moment = frame(half_bright)
    (heat,) = flow.explain(moment, flow.process(moment))
    assert heat.tilt_deg == pytest.approx(45)
    # The square lies 4 pixels above the face, that is up and to the right once the head is on its side.
    assert centre(heat.box_xyxy) == pytest.approx((25 + 4 / 2**0.5, 30 - 4 / 2**0.5))


def test_where_nobody_is_there_is_nothing_to_explain(half_bright):
    flow = pipeline()
    assert flow.explain(frame(half_bright), flow.process(frame(half_bright))) == []


def test_two_pipelines_share_models_but_not_people(half_bright):
    models = Models(FixedDetector(Face((55, 10, 95, 50), 0.9)), BrightnessClassifier())
    first, second = build_pipeline(models), build_pipeline(models)
    first.process(frame(half_bright))
    assert first.detector is second.detector
    assert second.process(frame(half_bright)).faces[0].id == 1


def test_a_picture_that_is_a_crop_goes_the_same_way(half_bright):
    models = Models(WholePictureDetector(), BrightnessClassifier())
    (face,) = build_pipeline(models).process(frame(half_bright[:, 50:])).faces
    assert (face.box_xyxy, face.score, face.emotion) == ((0, 0, 50, 60), 1.0, Emotion.HAPPY)


@needs_model
def test_load_models_opens_the_shipped_model():
    models = load_models()
    assert models.detector.name == "mien"
    assert isinstance(build_pipeline(models), EmotionPipeline)


def test_paths_may_be_text(tmp_path):
    models = load_models(emotion_model=str(SHIPPED_MODEL), detector_model=str(SHIPPED_FACE_MODEL))
    assert models.detector.name == "mien"
    with pytest.raises(DataError, match=r"odd\.json: no JSON"):
        (tmp_path / "odd.json").write_text("odd")
        build_pipeline(models, neutral_file=str(tmp_path / "odd.json"))


def test_a_file_that_is_no_model_is_named(tmp_path):
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"wrong\.onnx"):
        load_models(emotion_model=wrong)


@needs_model
def test_the_astronaut_is_one_happy_face_in_two_lines(astronaut):
    (face,) = mien.analyze(astronaut)
    assert (face.id, face.emotion) == (1, Emotion.HAPPY)
    assert sum(face.probs) == pytest.approx(1, abs=1e-4)


@needs_model
def test_the_shipped_model_explains_the_astronauts_smile(astronaut):
    flow = build_pipeline(load_models())
    moment = frame(astronaut)
    result = flow.process(moment)
    (heat,) = flow.explain(moment, result)
    x0, y0, x1, y1 = result.faces[0].box_xyxy
    assert heat.box_xyxy[0] < (x0 + x1) / 2 < heat.box_xyxy[2]
    assert heat.box_xyxy[1] < (y0 + y1) / 2 < heat.box_xyxy[3]
    assert 0 <= heat.map.min() < heat.map.max() == 1
    # A smile is seen in the lower half of the face.
    rows = np.arange(len(heat.map)) + 0.5
    assert (heat.map.sum(axis=1) @ rows) / heat.map.sum() > len(heat.map) / 2


@needs_model
def test_a_path_and_its_pixels_are_analysed_alike_and_each_call_starts_anew(astronaut, tmp_path):
    path = tmp_path / "astronaut.png"
    cv2.imwrite(str(path), astronaut)
    assert mien.analyze(path) == mien.analyze(str(path)) == mien.analyze(astronaut)


@needs_model
def test_everybody_in_a_class_photo_is_told(astronaut):
    one = cv2.resize(astronaut[20:240, 120:330], (120, 120), interpolation=cv2.INTER_AREA)
    assert len(mien.analyze(np.tile(one, (6, 6, 1)))) == 36


@needs_model
def test_grey_and_alpha_are_understood(astronaut):
    grey = cv2.cvtColor(astronaut, cv2.COLOR_BGR2GRAY)
    alpha = cv2.cvtColor(astronaut, cv2.COLOR_BGR2BGRA)
    assert len(mien.analyze(grey)) == 1
    assert mien.analyze(alpha) == mien.analyze(astronaut)


@needs_model
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (500, 1)])
def test_a_picture_too_small_for_a_face_has_none(shape):
    assert mien.analyze(np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize("image", [np.zeros((4, 4, 3), np.float64), np.zeros(0, np.uint8), "nowhere.jpg"])
def test_what_is_no_picture_is_a_source_error(image):
    with pytest.raises(SourceError):
        mien.analyze(image)


def test_every_public_name_is_there_and_the_version_is_the_packages():
    assert all(hasattr(mien, name) for name in mien.__all__)
    assert mien.__version__ == version("mien")
