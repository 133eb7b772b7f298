"""`mien predict`: every photo is a line, bad ones too, and the exit code tells."""

from __future__ import annotations

import json
import re
import struct
import sys
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mien.cli import main, models
from mien.cli.predict import Report, print_table
from mien.detector import WholePictureDetector
from mien.options import Framing
from mien.pipeline import Models
from mien.types import LABELS, Face, FrameResult

HAPPY = np.asarray([0.05, 0.75, 0.05, 0.1, 0.05], dtype=np.float32)
SAD = np.asarray([0.1, 0.05, 0.7, 0.05, 0.1], dtype=np.float32)


class FakeDetector:
    """One face in every picture that is not black."""

    name = "fake"
    framing = Framing()

    def detect(self, image):
        return [Face((10.0, 10.0, 50.0, 60.0), 0.9)] if image.any() else []


class FakeClassifier:
    """White is happy, all else is sad."""

    spec = SimpleNamespace(input_px=48, serve="crowd", weights_sha256="ab" * 32)

    def classify(self, crops):
        return np.where(crops.mean(axis=(1, 2))[:, None] > 250, HAPPY, SAD)


@pytest.fixture
def mien(monkeypatch, capsys, tmp_path):
    """Runs `mien predict` in an empty folder as the shell would: exit code, stdout, lines of stderr."""
    monkeypatch.chdir(tmp_path)

    def load(detector, *_):
        return Models(WholePictureDetector() if detector == "none" else FakeDetector(), FakeClassifier())

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mien", "predict", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err.splitlines()

    monkeypatch.setattr(models, "load_models", load)
    return call


@pytest.fixture
def photo(tmp_path):
    return draw(tmp_path / "photo.png")


def draw(path, value=128, shape=(80, 100, 3), dtype=np.uint8):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full(shape, value, dtype=dtype))
    return path


def huge_png(path):
    """20,000 x 20,000 black pixels of one bit, which is 6 kB of file."""
    rows = zlib.compress(bytes(20_000 * 2_501), 1)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    ]
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    return path


def test_a_photo_is_one_line_with_exactly_the_promised_keys(mien, photo):
    code, out, err = mien(photo, "--json")
    (record,) = map(json.loads, out.splitlines())
    assert (code, err) == (0, [])
    assert list(record) == ["path", "width", "height", "faces"]
    assert (record["path"], record["width"], record["height"]) == (str(photo), 100, 80)
    (face,) = record["faces"]
    assert list(face) == ["box_xyxy", "score", "label", "emotion", "probs", "doubt", "quality", "personal"]
    assert (face["box_xyxy"], face["score"], face["emotion"]) == ([10.0, 10.0, 50.0, 60.0], 0.9, "sad")
    assert tuple(face["probs"]) == LABELS
    assert sum(face["probs"].values()) == pytest.approx(1, abs=1e-4)


def test_a_bad_photo_is_a_line_too_and_the_others_go_on(mien, photo, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    code, out, err = mien(tmp_path / "gone.jpg", "text.jpg", photo, "--json")
    gone, text, good = map(json.loads, out.splitlines())
    assert (code, err) == (2, [])
    assert list(gone) == list(text) == ["path", "error"]
    assert gone["path"] == str(tmp_path / "gone.jpg")
    assert "no such file" in gone["error"]
    assert "not a picture" in text["error"]
    assert good["faces"]


def test_folders_are_walked_for_pictures_only(mien, tmp_path):
    draw(tmp_path / "folder" / "a2.png")
    draw(tmp_path / "folder" / "a10.png")
    draw(tmp_path / "folder" / "below" / "b.png")
    (tmp_path / "folder" / "notes.txt").write_text("not meant")
    code, out, _ = mien("folder", "--json")
    assert code == 0
    assert [json.loads(line)["path"] for line in out.splitlines()] == [
        "folder/a2.png",
        "folder/a10.png",
        "folder/below/b.png",
    ]


def test_a_folder_without_pictures_is_named(mien, tmp_path):
    (tmp_path / "empty").mkdir()
    code, out, _ = mien("empty", "--json")
    assert code == 2
    assert json.loads(out) == {"path": "empty", "error": "empty: there is no picture in this folder"}


@pytest.mark.parametrize(
    ("shape", "dtype", "value"),
    [
        ((1, 1, 3), np.uint8, 128),
        ((80, 100), np.uint8, 128),
        ((80, 100, 4), np.uint8, 128),
        ((80, 100, 3), np.uint16, 40_000),
    ],
    ids=["1x1", "grey", "RGBA", "16 bits"],
)
def test_unusual_pictures_are_read_like_any_other(mien, tmp_path, shape, dtype, value):
    code, out, _ = mien(draw(tmp_path / "odd.png", value, shape, dtype), "--json")
    assert code == 0
    assert (json.loads(out)["height"], json.loads(out)["width"]) == shape[:2]


def test_a_huge_picture_is_refused_in_one_line(mien, tmp_path):
    code, out, _ = mien(huge_png(tmp_path / "huge.png"), "--json")
    assert code == 2
    assert "20000 x 20000" in json.loads(out)["error"]


def test_each_photo_stands_for_itself(mien, tmp_path):
    """In one stream the second face would be taken for the first one, and smoothed with it."""
    draw(tmp_path / "grey.png")
    draw(tmp_path / "white.png", value=255)
    _, out, _ = mien("grey.png", "white.png", "--json")
    (first,), (second,) = (json.loads(line)["faces"] for line in out.splitlines())
    assert list(first["probs"].values()) == pytest.approx(SAD.tolist())
    assert list(second["probs"].values()) == pytest.approx(HAPPY.tolist())


def test_people_get_a_table_and_errors_on_stderr(mien, photo, tmp_path):
    draw(tmp_path / "black.png", value=0)
    code, out, err = mien("photo.png", "black.png", "gone.png")
    assert code == 2
    assert "photo.png" in out
    assert "sad" in out
    assert "70%" in out
    assert "no face" in out
    assert len(err) == 1
    assert err[0].startswith("mien: gone.png: no such file")


def test_a_face_in_doubt_is_called_so_in_the_table_as_elsewhere(mien, photo, monkeypatch):
    boxes = [(10.0, 10.0, 50.0, 60.0), (60.0, 10.0, 78.0, 30.0)]
    monkeypatch.setattr(FakeDetector, "detect", lambda *_: [Face(box, 0.9) for box in boxes])
    draw(photo, value=np.random.default_rng(0).integers(0, 256, (80, 100, 3)))
    faces = json.loads(mien("photo.png", "--json")[1])["faces"]
    assert [(face["label"], face["emotion"]) for face in faces] == [("sad", "sad"), ("unsure", "sad")]
    _, out, _ = mien("photo.png")
    rows = [re.split(r" *│ *", line.strip("│ ")) for line in out.splitlines() if line.startswith("│")]
    assert [row[-1] for row in rows] == ["angry 10%", "sad 70%"]
    assert [row[:3] for row in rows] == [["photo.png", "1", "sad"], ["2", "unsure: too small", ""]]


def test_annotated_copies_leave_the_originals_alone(mien, photo, tmp_path):
    before = photo.read_bytes()
    code, _, _ = mien(photo, "--save", "copies", "--json")
    assert code == 0
    assert photo.read_bytes() == before
    copy = cv2.imread(str(tmp_path / "copies" / "photo.png"))
    assert copy.shape == (80, 100, 3)
    assert (copy != 128).any()


def test_crops_are_taken_whole(mien, tmp_path):
    draw(tmp_path / "black.png", value=0, shape=(48, 48))
    code, out, _ = mien("--crops", "black.png", "--json")
    (face,) = json.loads(out)["faces"]
    assert (code, face["box_xyxy"], face["emotion"]) == (0, [0.0, 0.0, 48.0, 48.0], "sad")


def test_a_folder_that_cannot_be_read_is_named_and_the_others_go_on(mien, tmp_path, closed_folder):
    draw(tmp_path / "a.png")
    code, out, _ = mien(tmp_path, "--json")
    assert code == 2
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["path"] == str(tmp_path / "a.png")
    assert second["error"] == f"{closed_folder}: cannot be read: Permission denied"


def test_an_empty_name_is_not_the_folder_we_are_in(mien, photo):
    code, out, err = mien("")
    assert (code, out) == (2, "")
    assert err == ["mien: a path is '': expected a photo or a folder"]


def test_without_paths_the_usage_is_explained(mien):
    code, _, err = mien()
    assert code == 2
    assert any("PATHS" in line for line in err)


def test_ctrl_c_leaves_what_was_read_on_the_screen(capsys):
    def interrupted():
        yield Report("seen.jpg", FrameResult(0, 0.0, 10, 10, (), 1.0))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_table(interrupted())
    assert "seen.jpg" in capsys.readouterr().out
