"""Photographs of the training split that a test split holds again, cut otherwise, are found and left out."""

import json
import shutil

import cv2
import numpy as np
import pytest
from detector_faces import draw_faces, one_box, write_data_set
from typer.testing import CliRunner

from mien.cli import app
from mien.errors import DataError, OptionError
from mien.train.detector.labels import read_labels
from mien.train.detector.repeats import come_again

WIDE = 100
"""Pixels of a photograph of which pictures of 96 are cut."""


@pytest.fixture
def faces(tmp_path):
    """Four pictures of val, of which the second is the first of train, cut 4 pixels further to the right."""
    folder = write_data_set(tmp_path / "faces", {"train": 6, "val": 4})
    rng = np.random.default_rng(3)
    photograph, _ = draw_faces(WIDE, 96, [one_box(96, rng)], rng)
    for name, left in (("train0", 0), ("val1", WIDE - 96)):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), photograph[:, left : left + 96])
    return folder


def test_a_photograph_that_is_cut_otherwise_comes_again(faces):
    known = read_labels(faces, "train")
    assert come_again(read_labels(faces, "val"), known).tolist() == [False, True, False, False]
    assert come_again(known, known).all()


def test_pictures_of_one_colour_are_no_photograph_that_comes_again(faces):
    for name in ("train0", "val1"):
        cv2.imwrite(str(faces / "images" / f"{name}.png"), np.full((96, 96, 3), 90, np.uint8))
    assert not come_again(read_labels(faces, "val"), read_labels(faces, "train")).any()


def evaluate(faces, *asked):
    said = ["evaluate-detector", str(faces), "--haar", "--json", str(faces / "scores.json"), *asked]
    return CliRunner().invoke(app, said, env={"COLUMNS": "120"})


def test_the_leak_free_protocol_leaves_repeats_out_and_says_so(faces):
    for asked, pictures, left_out in ((), 4, 0), (("--protocol", "leak-free"), 3, 1):
        answer = evaluate(faces, *asked)
        assert answer.exit_code == 0, answer.output
        record = json.loads((faces / "scores.json").read_text())
        assert (record["left_out"], record["detectors"][0]["pictures"]) == (left_out, pictures)
        assert ("3 pictures (1 that train holds left out)" in answer.stdout) is bool(left_out)


def test_a_split_of_which_nothing_is_left_is_named(faces):
    for row in range(4):
        shutil.copy(faces / "images" / "train0.png", faces / "images" / f"val{row}.png")
    error = evaluate(faces, "--protocol", "leak-free").exception
    assert isinstance(error, DataError) and "train holds every picture" in str(error)


def test_the_training_split_is_not_compared_with_itself(faces):
    error = evaluate(faces, "--protocol", "leak-free", "--split", "train").exception
    assert isinstance(error, OptionError) and "leak-free leaves out what train holds" in str(error)
    assert not (faces / "scores.json").exists()
