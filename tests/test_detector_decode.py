"""Raw answers become faces, the same in every language."""

import json
from pathlib import Path

import numpy as np
import pytest

from mien.detector.decode import CHANNELS, cell_grid, decode, suppress

VECTORS = json.loads((Path(__file__).parent / "vectors" / "detector_decode.json").read_text())


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_what_is_written_down_for_other_languages_is_what_comes_out(case):
    raw = np.asarray(case["raw"], np.float32)
    found = decode(raw, case["width"], case["height"], case["min_score"], case["max_iou"])
    assert found.scores == pytest.approx([face["score"] for face in case["faces"]], abs=1e-4)
    assert found.boxes_xyxy.tolist() == [pytest.approx(face["box_xyxy"], abs=2e-3) for face in case["faces"]]
    points = [np.ravel(face["landmarks_xy"]).tolist() for face in case["faces"]]
    assert found.landmarks_xy.reshape(-1, 10).tolist() == [pytest.approx(each, abs=2e-3) for each in points]


def test_the_vectors_hold_faces_struck_out_by_others_and_a_picture_without_faces():
    counts = {case["name"]: len(case["faces"]) for case in VECTORS}
    assert counts["nothing"] == 0
    assert counts["wide"] > 5 and counts["high"] > 5
    wide = VECTORS[0]
    everything = decode(
        np.asarray(wide["raw"], np.float32), wide["width"], wide["height"], wide["min_score"], 1.0
    )
    assert len(everything) > counts["wide"]


def test_cells_are_counted_level_by_level_and_row_by_row():
    grid = cell_grid(64, 32)
    assert grid.shape == (8 * 4 + 4 * 2 + 2 * 1, 3)
    assert grid[[0, 1, 8, 32, 40, 41]].tolist() == [
        [4, 4, 8], [12, 4, 8], [4, 12, 8], [8, 8, 16], [16, 16, 32], [48, 16, 32],
    ]  # fmt: skip


def test_a_cell_tells_distances_and_points_in_units_of_its_stride():
    raw = np.full((84, CHANNELS), -9.0, np.float32)
    raw[64] = [5.0, *np.log([0.5, 1.0, 1.5, 2.0]), *np.arange(10) / 10]
    found = decode(raw, 64, 64, 0.5)
    assert found.scores == pytest.approx([1 / (1 + np.exp(-5))])
    assert found.boxes_xyxy[0] == pytest.approx([8 - 8, 8 - 16, 8 + 24, 8 + 32], abs=1e-4)
    assert found.landmarks_xy[0].ravel() == pytest.approx(8 + 1.6 * np.arange(10), abs=1e-4)


def test_absurd_answers_stay_finite():
    raw = np.full((21, CHANNELS), 1e4, np.float32)
    found = decode(raw, 32, 32, 0.5)
    assert len(found) and np.isfinite(found.boxes_xyxy).all() and np.isfinite(found.scores).all()


def test_of_boxes_that_overlap_the_first_stays_and_a_struck_one_strikes_nobody():
    row = np.float32([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10], [30, 30, 40, 40]])
    assert suppress(row, 0.4).tolist() == [0, 2, 3]
    assert suppress(row, 0.5).tolist() == [0, 1, 2, 3]
    assert suppress(np.zeros((0, 4), np.float32), 0.5).tolist() == []


def test_a_grid_is_made_once():
    assert cell_grid(64, 32) is cell_grid(64, 32)
