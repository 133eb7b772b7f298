"""Batches, class weights and augmentation."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from conftest import drawn_table  # noqa: E402

from mien.errors import DataError  # noqa: E402
from mien.train.augment import Augment  # noqa: E402
from mien.train.data import (  # noqa: E402
    NO_LABEL,
    FaceDataset,
    Recompress,
    Share,
    class_weights,
    scoring_loader,
    training_loader,
)
from mien.train.settings import AugmentSettings  # noqa: E402


def test_training_batches_are_full_and_mixed_scoring_batches_hold_every_picture_in_order():
    dataset = FaceDataset(drawn_table(23, "Training"))
    torch.manual_seed(0)
    assert [len(batch.label) for batch in training_loader(dataset, 8, seed=1)] == [8, 8]
    scoring = list(scoring_loader(dataset, 8))
    assert [len(batch.label) for batch in scoring] == [8, 8, 7]
    assert torch.equal(torch.cat([batch.label for batch in scoring]), dataset.label)
    assert torch.equal(torch.cat([batch.faces for batch in scoring]), dataset.faces)


def test_processes_share_out_the_pictures_and_score_each_once():
    dataset = FaceDataset(drawn_table(23, "Training"))
    shares = [Share(rank, 3) for rank in range(3)]
    scored = [row for share in shares for row in scoring_loader(dataset, 8, share).sampler]
    assert sorted(scored) == list(range(23))
    learned = [list(training_loader(dataset, 2, 1, share).sampler) for share in shares]
    assert set().union(*learned) == set(range(23))
    assert [len(rows) for rows in learned] == [8, 8, 8]


def test_fear_and_disgust_are_left_out_unless_the_voters_saw_one_of_the_five():
    table = drawn_table(10, "Training")
    table.codes[:3] = (1, 2, 2)
    table.votes[:2] = (0, 0, 0, 1, 0, 0, 9, 0, 0, 0)
    dataset = FaceDataset(table)
    assert dataset.label.tolist() == [NO_LABEL, *table.labels()[3:]]
    assert dataset.votes[0].tolist() == table.crowd()[2].tolist()
    with pytest.raises(DataError, match="no picture of the five classes"):
        FaceDataset(table.take(np.arange(2)))


def test_a_soft_lens_takes_detail_away_and_a_dim_sensor_adds_noise():
    torch.manual_seed(1)
    faces = (
        torch.from_numpy(drawn_table(1, "Training").images).unsqueeze(1).float().div(255).repeat(64, 1, 1, 1)
    )
    still = AugmentSettings().scaled(0.0)

    def detail(settings):
        return (Augment(settings)(faces).diff(dim=-1) ** 2).mean(dim=(1, 2, 3))

    soft, noisy = detail(replace(still, blur_px=2.0)), detail(replace(still, noise=0.1))
    usual = detail(still).mean()
    assert 4 < (soft < 0.9 * usual).sum() < 28
    assert 4 < (noisy > 1.1 * usual).sum() < 28


def test_a_share_of_the_training_faces_has_been_a_jpeg_and_the_data_stay_as_they_are():
    dataset = FaceDataset(drawn_table(64, "Training"))
    before = dataset.faces.clone()
    torch.manual_seed(1)
    stored = Recompress(0.25)(dataset.__getitems__(list(range(64)))).faces
    changed = (stored != before).any(dim=(1, 2))
    assert 6 < int(changed.sum()) < 28
    assert torch.equal(dataset.faces, before)


def test_rare_classes_weigh_more_and_the_mean_over_pictures_stays_one():
    labels = np.repeat(np.arange(5), [10, 20, 30, 40, 100])
    weights = class_weights(labels, 0.5)
    assert np.all(np.diff(weights) < 0)
    assert weights[labels].mean() == pytest.approx(1.0)
    assert weights[0] / weights[3] == pytest.approx(2.0)
    assert class_weights(labels, 0.0) == pytest.approx(np.ones(5))


def test_augmentation_changes_each_face_on_its_own_and_keeps_range_and_shape():
    torch.manual_seed(1)
    face = torch.from_numpy(drawn_table(1, "Training").images).unsqueeze(1).float() / 255
    views = Augment(AugmentSettings())(face.repeat(16, 1, 1, 1))
    assert views.shape == (16, 1, 48, 48)
    assert views.min() >= 0 and views.max() <= 1
    assert len({round(float(view.mean()), 6) for view in views}) > 12


def test_augmentation_of_no_strength_only_mirrors():
    still = AugmentSettings().scaled(0.0)
    torch.manual_seed(1)
    face = torch.from_numpy(drawn_table(1, "Training").images).unsqueeze(1).float() / 255
    for view in Augment(still)(face.repeat(8, 1, 1, 1)):
        same = torch.allclose(view, face[0], atol=0.02)
        mirrored = torch.allclose(view, face[0].flip(-1), atol=0.02)
        assert same or mirrored
