"""The browser reads the same crops to the same probabilities, and cuts them alike out of a frame."""

from __future__ import annotations

import base64
from dataclasses import asdict

import numpy as np
import pytest

pytest.importorskip("fastapi")

from browsing import chromium, driving, needs_library
from serving import listening

from mien import boxes
from mien.demo_face import DemoFace
from mien.detector import OnnxFaceDetector
from mien.drawn import POSES, Stance, draw_face
from mien.options import DetectorOptions
from mien.preprocess import cut_face
from mien.quality import measure
from mien.server import ServerOptions, create_app
from mien.types import Emotion, Face

pytestmark = pytest.mark.browser

PRELUDE = """
const analysis = "/static/analysis/";
const part = (name) => import(analysis + name + ".js");
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
"""
OPEN = """async () => {
  const [{ Runtime }, { Classifier }, { Detector }] =
    await Promise.all(["runtime", "classifier", "detector"].map(part));
  const runtime = await Runtime.open("wasm", 1);
  const model = await (await fetch("/v1/model")).json();
  const session = async (url) => runtime.session(new Uint8Array(await (await fetch(url)).arrayBuffer()));
  globalThis.classifier = new Classifier(runtime, await session(model.files.emotion), model.emotion);
  globalThis.detector = new Detector(runtime, await session(model.files.face), model.detector);
}"""


@pytest.fixture(scope="module")
def page(models):
    """A blank page of the server's, with the models open."""
    needs_library()
    options = ServerOptions(workers=1)
    app = create_app(models, options)
    with listening(app, options) as url, driving() as driver, chromium(driver) as browser:
        page = browser.new_page()
        page.goto(f"{url}/static/icon.svg")
        page.evaluate(f"() => {{ {PRELUDE} Object.assign(globalThis, {{ part, bytes }}); }}")
        page.evaluate(OPEN)
        yield page


@pytest.fixture(scope="module")
def frame():
    """A tilted drawn face, 640x480."""
    return draw_face(POSES[Emotion.HAPPY], stance=Stance(tilt_deg=12.0))


@pytest.fixture(scope="module")
def found(models, frame):
    (face,) = models.detector.detect(frame)
    return face


def as_picture(image):
    height, width = image.shape[:2]
    return {"width": width, "height": height, "channels": 3, "data": packed(image)}


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def as_face(face):
    return {"boxXyxy": face.box_xyxy, "score": face.score, "landmarksXy": face.landmarks_xy}


def cut_in_browser(page, image, face, framing, size):
    crop = page.evaluate(
        """async ([picture, face, framing, size]) => {
          const { cutFace } = await part("cut");
          return Array.from(cutFace({ ...picture, data: bytes(picture.data) }, face, framing, size));
        }""",
        [as_picture(image), as_face(face), asdict(framing), size],
    )
    return np.asarray(crop, dtype=np.int32).reshape(size, size)


def fifty_crops(models):
    """All of the demo, five frames a second, cut where the face is found."""
    size = models.classifier.input_px
    for frame in DemoFace((320, 240), fps=5.0):
        face = models.detector.detect(frame.image)[0]
        yield cut_face(frame.image, face, models.detector.framing, size)


def test_a_frame_of_the_camera_has_the_pixels_that_are_seen(page):
    """Those that a VideoFrame gives out itself, against those of a canvas on which it is drawn."""
    found = page.evaluate(
        """async () => {
          const { pixelsOf } = await part("pixels");
          const canvas = new OffscreenCanvas(64, 48);
          const context = canvas.getContext("2d");
          for (const [at, colour] of ["#f00", "#0a0", "#00f", "#888"].entries()) {
            context.fillStyle = colour;
            context.fillRect(16 * at, 0, 16, 48);
          }
          const frame = new VideoFrame(canvas, { timestamp: 0 });
          const drawn = await pixelsOf(await createImageBitmap(canvas));
          const copied = await pixelsOf(frame);
          return [drawn, copied].map(({ width, height, data }) => [width, height, Array.from(data)]);
        }"""
    )
    (width, height, drawn), (*size, copied) = found
    assert size == [width, height] == [64, 48]
    pixels = np.asarray(drawn).reshape(48, 64, 3)
    assert pixels[0, [0, 16, 32, 48]].tolist() == [[0, 0, 255], [0, 170, 0], [255, 0, 0], [136, 136, 136]]
    assert np.abs(np.asarray(copied).reshape(pixels.shape) - pixels).max() <= 2


def test_fifty_crops_are_read_to_the_same_probabilities(models, page):
    crops = np.stack(list(fifty_crops(models)))
    assert len(crops) == 50
    ours = models.classifier.classify(crops)
    assert len(set(ours.argmax(axis=1).tolist())) >= 4
    theirs = page.evaluate(
        """async (crops) => (await classifier.read(crops.map(bytes))).probs""",
        [packed(crop) for crop in crops],
    )
    difference = np.abs(np.asarray(theirs) - ours).max()
    print(f"largest difference of a probability: {difference:.1e}")
    assert difference <= 1e-3


def test_evidence_lies_at_the_same_places(models, page, frame, found):
    crop = cut_face(frame, found, models.detector.framing, models.classifier.input_px)
    theirs = page.evaluate(
        "async (crop) => Array.from((await classifier.read([bytes(crop)], true)).cams[0])", packed(crop)
    )
    assert np.asarray(theirs) == pytest.approx(models.classifier.explain(crop[None]).ravel(), abs=1e-2)


@pytest.mark.parametrize(
    ("box", "landmarks"),
    [
        ((200.3, 101.7, 431.2, 398.9), None),
        ((-60.0, 300.0, 120.0, 560.0), None),
        ((300.0, 200.0, 331.0, 236.0), None),
        (
            (200.3, 101.7, 431.2, 398.9),
            ((250.0, 200.0), (370.0, 240.0), (300.0, 270.0), (260, 330), (350, 350)),
        ),
        ((-40.0, -30.0, 200.0, 220.0), ((10.0, 90.0), (110.0, 50.0), (70.0, 100.0), (40, 160), (130, 130))),
        ((300.0, 200.0, 330.0, 236.0), ((308.0, 214.0), (322.0, 216.0), (315, 220), (310, 228), (321, 229))),
    ],
    ids=["upright", "over the edge", "small", "tilted", "tilted over the edge", "small and tilted"],
)
def test_crops_are_cut_alike(models, page, frame, box, landmarks):
    face, framing = Face(box, 1.0, landmarks), models.detector.framing
    ours = cut_face(frame, face, framing, 48).astype(np.int32)
    difference = np.abs(cut_in_browser(page, frame, face, framing, 48) - ours)
    # OpenCV mixes pixels in whole numbers, and so may be a grey or two off.
    assert difference.max() <= 3
    assert difference.mean() < 0.5


def same_face(theirs, ours):
    """Whether the page's face is Python's, but for rounding."""
    assert boxes.iou(tuple(theirs["boxXyxy"]), ours.box_xyxy) > 0.98
    assert theirs["score"] == pytest.approx(ours.score, abs=0.01)
    assert np.asarray(theirs["landmarksXy"]) == pytest.approx(np.asarray(ours.landmarks_xy), abs=1.5)


def test_faces_are_found_at_the_same_places(page, frame, found):
    (theirs,) = page.evaluate(
        """async (picture) => detector.detect({ ...picture, data: bytes(picture.data) })""", as_picture(frame)
    )
    same_face(theirs, found)


def test_a_glance_finds_them_at_the_same_places(models, page, frame, found):
    least_px = boxes.longer_side(found.box_xyxy)
    (ours,) = models.detector.glance(frame, least_px)
    (theirs,), nothing = page.evaluate(
        """async ([picture, leastPx]) => {
          const given = { ...picture, data: bytes(picture.data) };
          return [await detector.glance(given, leastPx), await detector.glance(given, 20)];
        }""",
        [as_picture(frame), least_px],
    )
    same_face(theirs, ours)
    assert ours != found
    assert nothing is None


def frame_in_doubt():
    """A drawn face that is turned so far that the first looks leave it in doubt."""
    never = OnnxFaceDetector(options=DetectorOptions(own_closer_looks=0))
    for tilt_deg in range(45, 90, 3):
        frame = draw_face(POSES[Emotion.HAPPY], stance=Stance(tilt_deg=float(tilt_deg)))
        if any(face.score < 0.75 for face in never.detect(frame)):
            return frame
    raise AssertionError("no drawn face is in doubt")


def test_a_face_in_doubt_is_looked_at_again_alike(models, page):
    frame = frame_in_doubt()
    ours = models.detector.detect(frame)
    theirs = page.evaluate(
        """async (picture) => detector.detect({ ...picture, data: bytes(picture.data) })""", as_picture(frame)
    )
    assert ours != OnnxFaceDetector(options=DetectorOptions(own_closer_looks=0)).detect(frame)
    assert len(theirs) == len(ours) >= 1
    for mine, other in zip(ours, theirs, strict=True):
        assert boxes.iou(tuple(other["boxXyxy"]), mine.box_xyxy) > 0.98
        assert other["score"] == pytest.approx(mine.score, abs=0.01)


def test_faces_are_seen_equally_well(page, frame, found):
    theirs = page.evaluate(
        """async ([picture, face]) =>
          (await part("quality")).measure({ ...picture, data: bytes(picture.data) }, face)""",
        [as_picture(frame), as_face(found)],
    )
    assert theirs == pytest.approx(vars(measure(frame, found)), abs=5e-3)
