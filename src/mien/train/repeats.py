"""Pictures that come again: zero-mean normalised correlation of every picture with every other.

Comparing 28,558 pictures with each other pixel by pixel is 400 million products of 2,304 numbers. A bound
does most of it for less: of two unit vectors, split into their low frequencies p and the rest q, the
correlation is pa·pb + qa·qb, which is at most pa·pb + |qa| |qb| by Cauchy-Schwarz. So vectors (p, |q|) of 401
numbers find all pairs that can be above the threshold, and only these few are compared in full. The result is
exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.train.reading import Progress, unwatched
from mien.train.table import SIDE_PX
from mien.types import Crops, Grey

THRESHOLD = 0.98
"""Above this correlation two pictures are one and the same. In FER2013 few pairs lie near it."""

_LOW_FREQUENCIES = 20
_BLOCK_ROWS = 512
_ROUNDING = 1e-4

Vectors: TypeAlias = NDArray[np.float32]

Rows: TypeAlias = NDArray[np.int64]
"""Rows of a table, ascending."""


@dataclass(frozen=True)
class Pairs:
    """P pairs above the threshold. left, right: (P,) int64 rows. correlation: (P,) float32, at most 1."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    correlation: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.left)

    def as_tuples(self) -> Iterator[tuple[int, int, float]]:
        """Left row, right row and correlation of each pair."""
        return zip(self.left.tolist(), self.right.tolist(), self.correlation.tolist(), strict=True)

    def within(self, rows: Rows) -> Pairs:
        """The pairs of which both pictures are among these rows."""
        inside = np.isin(self.left, rows) & np.isin(self.right, rows)
        return Pairs(self.left[inside], self.right[inside], self.correlation[inside])


def find_pairs(
    left: Crops, right: Crops, threshold: float = THRESHOLD, progress: Progress = unwatched
) -> Pairs:
    """All pairs of a picture of `left` and one of `right` that correlate above the threshold.

    left, right: (N, 48, 48) and (M, 48, 48) uint8. Ordered by left, then right. Constant pictures match
    nothing.
    """
    return _search(normalise(left), normalise(right), threshold, progress)


def find_repeats(images: Crops, threshold: float = THRESHOLD, progress: Progress = unwatched) -> Pairs:
    """All pairs within one set, each once with left < right; see `find_pairs`."""
    vectors = normalise(images)
    pairs = _search(vectors, vectors, threshold, progress)
    once = pairs.left < pairs.right
    return Pairs(pairs.left[once], pairs.right[once], pairs.correlation[once])


def groups(pairs: Pairs) -> list[list[int]]:
    """Rows that hang together by pairs, directly or through others: ascending in each group, groups by first
    row.
    """
    group_of: dict[int, list[int]] = {}
    for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        first, second = group_of.get(left, [left]), group_of.get(right, [right])
        joined = first if first is second else first + second
        group_of.update(dict.fromkeys(joined, joined))
    unique = {id(group): sorted(group) for group in group_of.values()}
    return sorted(unique.values())


def correlation(left: Grey, right: Grey) -> float:
    """Zero-mean normalised correlation of two (48, 48) uint8 pictures, -1 to 1; 0 if one is constant."""
    a, b = normalise(np.stack([left, right]))
    return float(a @ b)


def normalise(images: Crops) -> Vectors:
    """(N, 2304) float32: zero mean and length 1 a row, so that a product of two is their correlation.

    images: (N, 48, 48) uint8. A constant picture becomes all zero.
    """
    vectors = images.reshape(len(images), SIDE_PX * SIDE_PX).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(length > 0, length, 1)
    return vectors


def _search(a: Vectors, b: Vectors, threshold: float, progress: Progress) -> Pairs:
    folded_a, folded_b = _fold(a), _fold(b)
    found = []
    for start in range(0, len(a), _BLOCK_ROWS):
        # Compared with itself, a set needs only the half of the square that lies above the diagonal.
        first = start if a is b else 0
        bound = folded_a[start : start + _BLOCK_ROWS] @ folded_b[first:].T
        rows, columns = np.nonzero(bound > threshold - _ROUNDING)
        found.append(_compare(a, b, rows + start, columns + first, threshold))
        progress(min(start + _BLOCK_ROWS, len(a)), len(a))
    return _joined(found)


def _fold(vectors: Vectors) -> Vectors:
    basis = cv2.dct(np.eye(SIDE_PX, dtype=np.float32))[:_LOW_FREQUENCIES]
    low = (basis @ vectors.reshape(-1, SIDE_PX, SIDE_PX) @ basis.T).reshape(-1, _LOW_FREQUENCIES**2)
    rest = np.sqrt(np.maximum(0, (vectors**2).sum(axis=1) - (low**2).sum(axis=1)))
    return np.hstack([low, rest[:, None]])


def _compare(
    a: Vectors, b: Vectors, rows: NDArray[np.int64], columns: NDArray[np.int64], threshold: float
) -> Pairs:
    exact = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK_ROWS):
        part = slice(start, start + _BLOCK_ROWS)
        exact[part] = np.einsum("ij,ij->i", a[rows[part]], b[columns[part]])
    above = exact > threshold
    return Pairs(rows[above], columns[above], np.minimum(exact[above], np.float32(1)))


def _joined(parts: list[Pairs]) -> Pairs:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Pairs(none, none, np.empty(0, dtype=np.float32))
    return Pairs(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.correlation for part in parts]),
    )
