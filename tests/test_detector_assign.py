"""Each face gets the cells that fit it, and the losses ask of them what decoding makes of it."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien.detector.decode import CHANNELS, cell_grid, decode  # noqa: E402
from mien.train.detector.assign import assign  # noqa: E402
from mien.train.detector.batches import LabelTensors  # noqa: E402
from mien.train.detector.boxes import decode_boxes, decode_points, eiou_loss, overlaps  # noqa: E402
from mien.train.detector.losses import face_loss  # noqa: E402
from mien.train.detector.settings import LossSettings  # noqa: E402

pytestmark = pytest.mark.train

SIDE = 128
GRID = torch.from_numpy(cell_grid(SIDE, SIDE))
NOTHING = torch.zeros((0, 4))
SETTINGS = LossSettings()


def untrained():
    raw = torch.zeros((len(GRID), CHANNELS))
    raw[:, 0] = -4.6
    return raw


def boxes(*rows):
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)


def labels(corners, ignore=NOTHING, points=None):
    if points is None:
        points = torch.full((len(corners), 5, 2), torch.nan)
    return LabelTensors(corners, points, ignore)


def answers_that_say(box, points=None):
    """Raw answers of a network in which every cell gives this box (where the cell lies in it)."""
    raw = untrained()
    middles, strides = GRID[:, :2], GRID[:, 2:]
    reach = torch.cat([middles - box[:2], box[2:] - middles], dim=1) / strides
    raw[:, 1:5] = reach.clamp(min=0.05).log()
    if points is not None:
        raw[:, 5:] = ((points[None] - middles[:, None]) / strides[:, None]).flatten(1)
    return raw


@pytest.mark.parametrize(("side", "strides"), [(12, {8}), (60, {8, 16, 32}), (110, {16, 32})])
def test_a_face_gets_cells_of_strides_that_suit_its_size(side, strides):
    box = boxes([8, 8, 8 + side, 8 + side])
    given = assign(answers_that_say(box[0]), GRID, box, NOTHING, SETTINGS)
    assert len(given.cells) >= 1
    assert set(GRID[given.cells, 2].int().tolist()) <= strides


def test_a_face_gets_more_cells_the_better_they_fit():
    box = boxes([30, 30, 90, 90])
    fitting = assign(answers_that_say(box[0]), GRID, box, NOTHING, SETTINGS)
    at_first = assign(untrained(), GRID, box, NOTHING, SETTINGS)
    assert len(fitting.cells) == 10 and fitting.ious.min() > 0.9
    assert 1 <= len(at_first.cells) < 10
    assert (GRID[at_first.cells, :2] - 60).abs().max() < 40


def test_every_face_gets_a_cell_even_one_between_the_cells():
    small = boxes([5.5, 5.5, 6.5, 6.5], [60, 60, 70, 72], [0, 0, 128, 128])
    assert set(assign(untrained(), GRID, small, NOTHING, SETTINGS).faces.tolist()) == {0, 1, 2}


def test_no_cell_answers_for_two_faces():
    pair = boxes([30, 30, 60, 66], [40, 32, 70, 68])
    given = assign(untrained(), GRID, pair, NOTHING, SETTINGS)
    assert len(set(given.cells.tolist())) == len(given.cells)
    assert set(given.faces.tolist()) == {0, 1}


def test_cells_in_a_region_to_ignore_do_not_count_unless_they_answer():
    ignore, box = boxes([0, 0, 50, 50]), boxes([20, 20, 44, 48])
    bare = assign(untrained(), GRID, NOTHING, ignore, SETTINGS)
    inside = (GRID[:, :2] < 50).all(dim=1)
    assert (
        not bare.counts[inside].any() and bare.counts[(GRID[:, :2] - GRID[:, 2:] / 2 >= 50).any(dim=1)].all()
    )
    with_face = assign(untrained(), GRID, box, ignore, SETTINGS)
    assert with_face.counts[with_face.cells].all()


def test_training_and_runtime_read_answers_alike():
    raw = np.random.default_rng(0).normal(0, 0.7, (len(GRID), CHANNELS)).astype(np.float32)
    found = decode(raw, SIDE, SIDE, 0.0, max_iou=1.0)
    order = np.argsort(-raw[:, 0], kind="stable")
    tensor = torch.from_numpy(raw[order])
    assert found.boxes_xyxy == pytest.approx(decode_boxes(tensor, GRID[order]).numpy(), abs=1e-3)
    assert found.landmarks_xy == pytest.approx(decode_points(tensor, GRID[order]).numpy(), abs=1e-3)


def test_box_losses_grow_with_distance_and_with_another_shape():
    true = boxes([10, 10, 30, 40]).expand(4, 4)
    found = boxes([10, 10, 30, 40], [12, 10, 32, 40], [50, 10, 70, 40], [10, 10, 90, 20])
    losses = eiou_loss(found, true)
    assert losses[0] == pytest.approx(0, abs=1e-4)
    assert losses[0] < losses[1] < 1 < losses[2]
    # By hand: no overlap; middles 40 apart in a hull of 60 x 30; the sides alike.
    assert losses[2] == pytest.approx(1 + 40**2 / (60**2 + 30**2), abs=1e-4)
    # 20 x 10 of 20 x 30 and 80 x 10; middles 30, 10 apart in a hull of 80 x 30; sides differ by 60, 20.
    apart, shape = (30**2 + 10**2) / (80**2 + 30**2), 60**2 / 80**2 + 20**2 / 30**2
    assert losses[3] == pytest.approx(1 - 200 / 1200 + apart + shape, abs=1e-4)
    assert overlaps(true, true) == pytest.approx(torch.ones(4))


def test_the_right_answer_costs_next_to_nothing():
    box, points = boxes([30, 30, 90, 98])[0], torch.rand(5, 2) * 60 + 30
    raw = answers_that_say(box, points)
    raw[:, 0] = -12
    given = assign(raw, GRID, box[None], NOTHING, SETTINGS)
    raw[given.cells, 0] = torch.logit(given.ious.clamp(max=1 - 1e-5))
    loss = face_loss(raw[None], GRID, [labels(box[None], points=points[None])], SETTINGS)
    assert max(float(part) for part in loss) < 1e-3
    worse = face_loss(untrained()[None], GRID, [labels(box[None], points=points[None])], SETTINGS)
    assert all(float(bad) > 10 * float(good) for bad, good in zip(worse, loss, strict=True))


def test_faces_without_landmarks_and_pictures_without_faces_teach_what_they_can():
    raw = torch.stack([untrained(), untrained()]).requires_grad_()
    loss = face_loss(raw, GRID, [labels(boxes([30, 30, 90, 98])), labels(NOTHING)], SETTINGS)
    assert loss.landmarks == 0 and loss.score > 0 and loss.box > 0
    loss.total(SETTINGS).backward()
    assert raw.grad.isfinite().all()
    assert raw.grad[0, :, 5:].abs().max() == 0
    assert (raw.grad[1, :, 0] > 0).all() and raw.grad[1, :, 1:].abs().max() == 0


def test_what_is_ignored_costs_nothing():
    raw = untrained()
    raw[:, 0] = 3.0
    everywhere = boxes([-1, -1, 200, 200])
    ignored = face_loss(raw[None], GRID, [labels(NOTHING, ignore=everywhere)], SETTINGS)
    assert ignored.score == 0
    assert face_loss(raw[None], GRID, [labels(NOTHING)], SETTINGS).score > 1
    assert math.isfinite(float(ignored.total(SETTINGS)))
