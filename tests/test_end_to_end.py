"""The whole way on real photographs: the shipped model, the default detector, the real command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib import cbook
from skimage import data

import mien

FACE_XYXY = (175, 65, 272, 170)
"""Where the astronaut's face is, in pixels of the 512x512 photograph."""


@pytest.fixture(scope="module")
def astronaut():
    """512x512x3 uint8 BGR."""
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


@pytest.fixture
def run_mien(tmp_path):
    """Runs `mien` in a process of its own in an empty folder; returns what became of it."""

    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "mien", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


def the_one(faces):
    assert len(faces) == 1
    return faces[0]


def write_pan(path, image, frames):
    """A clip in which a camera wanders over the photograph and comes nearer."""
    size = (320, 240)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, size)
    assert writer.isOpened()
    for share in np.linspace(0, 1, frames):
        zoom = 0.8 + 0.4 * share
        x, y = 225 + 30 * np.sin(2 * np.pi * share), 130.0
        matrix = np.asarray([[zoom, 0, 160 - zoom * x], [0, zoom, 120 - zoom * y]])
        writer.write(cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE))
    writer.release()


def test_two_lines_find_the_astronaut_and_call_her_happy(astronaut):
    face = the_one(mien.analyze(astronaut))
    assert face.emotion is mien.Emotion.HAPPY
    x0, y0, x1, y1 = face.box_xyxy
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    assert FACE_XYXY[0] < x < FACE_XYXY[2] and FACE_XYXY[1] < y < FACE_XYXY[3]
    assert sum(face.probs) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("scale", [0.25, 0.5, 2, 4])
def test_the_astronaut_is_happy_at_any_size(astronaut, scale):
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    face = the_one(mien.analyze(cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=how)))
    assert face.emotion is mien.Emotion.HAPPY
    whole = the_one(mien.analyze(astronaut))
    assert np.asarray(face.box_xyxy) / scale == pytest.approx(np.asarray(whole.box_xyxy), abs=25)


@pytest.mark.parametrize(
    "as_kind",
    [
        pytest.param(lambda image: cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), id="grey"),
        pytest.param(lambda image: cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), id="alpha"),
        pytest.param(lambda image: image.astype(np.uint16) * 257, id="16 bits"),
    ],
)
def test_every_kind_of_picture_file_shows_the_same_astronaut(astronaut, as_kind, tmp_path):
    path = tmp_path / "astronaut.png"
    assert cv2.imwrite(str(path), as_kind(astronaut))
    whole, face = the_one(mien.analyze(astronaut)), the_one(mien.analyze(path))
    assert face.emotion is mien.Emotion.HAPPY
    assert face.box_xyxy == pytest.approx(whole.box_xyxy, abs=3)
    assert face.probs == pytest.approx(whole.probs, abs=0.05)


def test_grace_hopper_has_one_face():
    with cbook.get_sample_data("grace_hopper.jpg", asfileobj=True) as file:
        path = Path(file.name)
    face = the_one(mien.analyze(path))
    x0, y0, x1, y1 = face.box_xyxy
    assert 150 < (x0 + x1) / 2 < 350 and 100 < (y0 + y1) / 2 < 300


def test_a_clip_is_one_person_who_is_mostly_happy(astronaut, run_mien, tmp_path):
    write_pan(tmp_path / "clip.avi", astronaut, frames=40)
    done = run_mien("run", "clip.avi", "--no-window", "--jsonl", "faces.jsonl")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "faces.jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(40))
    times_s = [line["timestamp_s"] for line in lines]
    assert times_s == pytest.approx([frame / 25 for frame in range(40)], abs=1e-3)
    faces = [face for line in lines for face in line["faces"]]
    assert {face["id"] for face in faces} == {1}
    assert len(faces) >= 38
    assert Counter(face["emotion"] for face in faces)["happy"] >= 0.9 * len(faces)


def test_predict_draws_on_a_copy_and_leaves_the_photo(astronaut, run_mien, tmp_path):
    photo = tmp_path / "a photo [bold].png"
    assert cv2.imwrite(str(photo), astronaut)
    before = photo.read_bytes()
    done = run_mien("predict", photo.name, "--json", "--save", "annotated")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["path"], record["width"], record["height"]) == (photo.name, 512, 512)
    assert the_one(record["faces"])["emotion"] == "happy"
    assert photo.read_bytes() == before
    copy = cv2.imread(str(tmp_path / "annotated" / photo.name))
    assert copy.shape == astronaut.shape
    changed = np.argwhere((copy != astronaut).any(axis=2))
    assert 500 < len(changed) < copy[..., 0].size / 3


def test_predict_takes_a_crop_for_a_face(astronaut, run_mien, tmp_path):
    x0, y0, x1, y1 = FACE_XYXY
    assert cv2.imwrite(str(tmp_path / "crop.png"), astronaut[y0:y1, x0:x1])
    done = run_mien("predict", "--crops", "crop.png", "--json")
    assert done.returncode == 0, done.stderr
    face = the_one(json.loads(done.stdout)["faces"])
    assert face["emotion"] == "happy"
    assert face["box_xyxy"] == [0, 0, x1 - x0, y1 - y0]
