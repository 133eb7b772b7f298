from __future__ import annotations

import numpy as np
import pytest

from mien.train.repeats import correlation, find_pairs, find_repeats, groups, normalise
from mien.train.table import read_table


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 48, 48), dtype=np.uint8)


def smooth(count: int, seed: int = 0) -> np.ndarray:
    """Pictures of a few low waves, which correlate with each other in every degree, as faces do."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:48, 0:48] / 48
    waves = np.stack([np.cos(np.pi * (a * x + b * y)) for a in range(3) for b in range(3)])[1:]
    mixed = np.einsum("nw,wyx->nyx", rng.normal(size=(count, 8)) + 1.5, waves)
    return np.clip(128 + 25 * mixed + rng.normal(size=mixed.shape), 0, 255).astype(np.uint8)


def test_a_copy_with_other_light_and_contrast_is_found():
    pictures = noise(30)
    darker = (pictures[7] // 2 + 10).astype(np.uint8)
    pairs = find_pairs(darker[None], pictures)
    assert pairs.left.tolist() == [0]
    assert pairs.right.tolist() == [7]
    assert pairs.correlation[0] > 0.999


def test_the_bound_loses_no_pair_and_adds_none():
    left, right = smooth(700, seed=1), smooth(90, seed=2)
    full = normalise(left) @ normalise(right).T
    wanted = np.argwhere(full > 0.9)
    pairs = find_pairs(left, right, threshold=0.9)
    assert len(wanted) > 20
    assert np.column_stack([pairs.left, pairs.right]).tolist() == wanted.tolist()
    np.testing.assert_allclose(pairs.correlation, full[full > 0.9], atol=1e-5)


def test_repeats_within_a_set_are_told_once_and_never_with_themselves():
    pictures = noise(600)
    pictures[599] = pictures[3]
    pictures[200] = pictures[3]
    pairs = find_repeats(pictures)
    told = sorted(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert told == [(3, 200), (3, 599), (200, 599)]


def test_groups_join_chains_of_pairs():
    pictures = noise(8)
    pictures[4], pictures[6], pictures[5] = pictures[1], pictures[1], pictures[2]
    assert groups(find_repeats(pictures)) == [[1, 4, 6], [2, 5]]


def test_constant_pictures_match_nothing():
    flat = np.full((3, 48, 48), 90, dtype=np.uint8)
    assert len(find_repeats(flat)) == 0
    assert correlation(flat[0], flat[1]) == 0.0


def test_a_negative_correlates_with_minus_one():
    picture = noise(1)[0]
    assert correlation(picture, 255 - picture) == pytest.approx(-1.0, abs=1e-5)


def test_an_empty_set_has_no_pairs():
    assert len(find_pairs(noise(0), noise(4))) == 0
    assert groups(find_repeats(noise(0))) == []


def test_progress_ends_with_all_pictures():
    told: list[tuple[int, int]] = []
    find_pairs(noise(600), noise(2), progress=lambda done, total: told.append((done, total)))
    assert told == [(512, 600), (600, 600)]


def test_300_pictures_of_public_test_come_again_in_training(fer2013):
    training = read_table(fer2013 / "training.parquet").images
    test = read_table(fer2013 / "public_test.parquet")
    pairs = find_pairs(test.images, training)
    again = np.unique(pairs.left)
    assert len(again) == 300
    assert len(np.unique(pairs.left[pairs.correlation > 0.995])) == 292
    assert (test.labels()[again] >= 0).sum() == 234
