from __future__ import annotations

import numpy as np
import pytest

from mien.errors import DataError
from mien.train import fingerprints
from mien.train.fingerprints import (
    BITS,
    MAX_DISTANCE,
    check,
    check_training,
    comes_again,
    fingerprint,
    load_known,
    nearest_distance,
    write_known,
)
from mien.train.repeats import normalise
from mien.train.table import build_table, read_table

PICTURES = np.random.default_rng(3).integers(0, 200, (40, 48, 48), dtype=np.uint8)


def test_a_fingerprint_is_32_bytes_and_fixed_for_ever():
    drawn = np.add.outer(np.arange(48), 2 * np.arange(48)).astype(np.uint8)
    assert fingerprint(drawn[None]).shape == (1, 32)
    assert fingerprint(drawn[None])[0, :8].tolist() == [42, 107, 75, 51, 246, 193, 141, 190]


def test_light_and_contrast_do_not_change_a_fingerprint():
    np.testing.assert_array_equal(fingerprint(PICTURES), fingerprint(PICTURES + 50))
    darker = PICTURES // 4
    np.testing.assert_array_equal(fingerprint(darker), fingerprint(darker * 4))


def test_the_distance_is_the_count_of_bits_that_differ():
    known = np.zeros((2, 32), dtype=np.uint8)
    known[1] = 255
    queries = np.zeros((3, 32), dtype=np.uint8)
    queries[1, 0] = 0b0000_0111
    queries[2, :20] = 255
    assert nearest_distance(queries, known).tolist() == [0, 3, 96]
    assert nearest_distance(queries, known[:0]).tolist() == [BITS] * 3


def test_more_queries_than_a_block_are_all_answered():
    many = np.random.default_rng(1).integers(0, 256, (1100, 32), dtype=np.uint8)
    assert nearest_distance(many, many[::-1]).max() == 0


def test_a_noisy_copy_comes_again_and_a_stranger_does_not():
    noise = np.random.default_rng(4).normal(0, 3, PICTURES[:10].shape)
    copies = np.clip(PICTURES[:10] + noise, 0, 255).astype(np.uint8)
    known = fingerprint(PICTURES[:20])
    assert comes_again(copies, known).all()
    assert not comes_again(PICTURES[20:], known).any()


def test_pictures_without_anything_in_common_differ_in_half_of_the_bits():
    distance = nearest_distance(fingerprint(PICTURES[:1]), fingerprint(PICTURES[1:2]))
    assert abs(int(distance[0]) - BITS // 2) < 45


def test_a_constant_picture_never_comes_again():
    flat = np.full((1, 48, 48), 7, dtype=np.uint8)
    assert not comes_again(flat, fingerprint(flat)).any()


def test_only_training_pictures_are_written(tmp_path):
    usage = ["Training", "PublicTest", "Training"]
    table = build_table(["a", "b", "c"], usage, [3, 3, 3], list(PICTURES[:3]))
    assert write_known(table, tmp_path / "known.npz") == 2
    with np.load(tmp_path / "known.npz") as archive:
        np.testing.assert_array_equal(archive["fingerprints"], fingerprint(PICTURES[[0, 2]]))
    with pytest.raises(DataError, match="no picture of the Training split"):
        write_known(table.take(np.array([1])), tmp_path / "none.npz")


def test_check_counts_in_pictures():
    queries = np.concatenate([PICTURES[:3], PICTURES[20:25]])
    (found,) = check(queries, PICTURES[:10], limits=(MAX_DISTANCE,))
    assert (found.pictures, found.again, found.flagged, found.both) == (8, 3, 3, 3)
    assert (found.precision, found.recall) == (1.0, 1.0)
    (strict,) = check(PICTURES[20:25], PICTURES[:10], limits=(MAX_DISTANCE,))
    assert (strict.again, strict.precision, strict.recall) == (0, 0.0, 0.0)


def test_the_package_ships_all_training_pictures_of_fer2013():
    known = load_known()
    assert known.shape == (28558, 32)
    assert known.dtype == np.uint8


@pytest.mark.parametrize("data", [b"", b"not an archive", b"PK\x03\x04 cut"])
def test_a_broken_asset_is_named(tmp_path, monkeypatch, data):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "training_fingerprints.npz").write_bytes(data)
    monkeypatch.setattr(fingerprints, "files", lambda _package: tmp_path)
    with pytest.raises(DataError, match=r"training_fingerprints\.npz: no fingerprints in there"):
        load_known()


def test_the_shipped_fingerprints_find_the_repeats_of_public_test(fer2013):
    test = read_table(fer2013 / "public_test.parquet")
    again = comes_again(test.images)
    assert again.sum() == 303
    assert (again & (test.labels() >= 0)).sum() == 234


def test_training_alone_chooses_the_limit_and_gives_no_picture_away(fer2013):
    training = read_table(fer2013 / "training.parquet").images
    np.testing.assert_array_equal(fingerprint(training[::100]), load_known()[::100])
    f1 = {found.limit: 2 * found.both / (found.flagged + found.again) for found in check_training(training)}
    assert max(f1, key=lambda limit: f1[limit]) == MAX_DISTANCE
    assert rebuilt_correlation(training) < average_face_correlation(training) + 0.05


def rebuilt_correlation(training: np.ndarray) -> float:
    """Median correlation of a picture with what linear regression makes of its fingerprint."""
    bits = np.unpackbits(load_known()[:14000], axis=1).astype(np.float32) * 2 - 1
    bits = np.hstack([bits, np.ones((len(bits), 1), dtype=np.float32)])
    vectors = normalise(training[:14000])
    learn, ask = slice(0, 12000), slice(12000, 14000)
    ridge = bits[learn].T @ bits[learn] + 50 * np.eye(bits.shape[1], dtype=np.float32)
    rebuilt = bits[ask] @ np.linalg.solve(ridge, bits[learn].T @ vectors[learn])
    return median_correlation(rebuilt, vectors[ask])


def average_face_correlation(training: np.ndarray) -> float:
    vectors = normalise(training[:14000])
    return median_correlation(vectors[:12000].mean(axis=0, keepdims=True), vectors[12000:])


def median_correlation(guess: np.ndarray, vectors: np.ndarray) -> float:
    guess = guess / np.linalg.norm(guess, axis=1, keepdims=True)
    return float(np.median((guess * vectors).sum(axis=1)))
