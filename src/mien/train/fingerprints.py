"""Which pictures come again in FER2013's training split, told without the training pictures.

A fingerprint has 256 bits. Each bit is the parity of the signs of six projections of the zero-mean picture on
random patterns of +1 and -1, fixed for ever. Two pictures with correlation c lie at an angle arccos(c); one
sign differs with probability arccos(c)/pi, a parity of six with (1 - (1 - 2 arccos(c)/pi)^6)/2: of 256 bits
55 differ on average at c = 0.99, 72 at 0.98, 82 at 0.97, and 128 where two pictures have nothing in common.

The parity is there for two reasons. It separates better than 256 plain signs, since it reads 1,536
projections. And it hides the picture: linear regression makes a blurred copy out of plain signs, but no more
than the average face out of parities of six.

Six signs a bit and a limit of 70 bits have the best F1 of 1 to 8 signs and all limits on Training alone,
5,000 pictures against the other 23,558. `mien data fingerprint --check` measures the limit there and on
another split.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.files import write_whole
from mien.train.reading import Progress, unwatched
from mien.train.repeats import find_pairs
from mien.train.table import SIDE_PX, FaceTable
from mien.types import Crops

BITS = 256
SIGNS_A_BIT = 6
MAX_DISTANCE = 70
"""Two fingerprints that differ in at most so many bits come from one and the same picture."""

CHECKED_LIMITS = (50, 60, 65, 70, 75, 80, 90)
_ASKED_SHARE = 5000 / 28558

_PIXELS = SIDE_PX * SIDE_PX
_SEED = b"mien training fingerprints"
_BLOCK_ROWS = 512
_BLOCK_ROWS_ASKED = 2048

Fingerprints: TypeAlias = NDArray[np.uint8]
"""(N, 32) uint8: 256 bits a picture, packed."""


@dataclass(frozen=True)
class Agreement:
    """How fingerprints agree with the correlation of the pictures themselves, counted in pictures.

    limit: bits that may differ. pictures: all that were asked about. again: those that come again by
    correlation, flagged: by fingerprint, both: by correlation and fingerprint alike.
    """

    limit: int
    pictures: int
    again: int
    flagged: int
    both: int

    @property
    def precision(self) -> float:
        """Share of the flagged that do come again, 0 to 1."""
        return self.both / max(self.flagged, 1)

    @property
    def recall(self) -> float:
        """Share of those that come again that are flagged, 0 to 1."""
        return self.both / max(self.again, 1)


def fingerprint(images: Crops) -> Fingerprints:
    """(N, 32) uint8 of (N, 48, 48) uint8 grey. The same on every machine: all sums are whole numbers."""
    patterns, pattern_sums = _patterns()
    packed = np.empty((len(images), BITS // 8), dtype=np.uint8)
    for start in range(0, len(images), _BLOCK_ROWS):
        pixels = images[start : start + _BLOCK_ROWS].reshape(-1, _PIXELS).astype(np.float32)
        # No partial sum reaches 2^24, so float32 holds each exactly, in whatever order it is summed.
        projected = (pixels @ patterns).astype(np.int64) * _PIXELS
        zero_mean = projected - pixels.sum(axis=1).astype(np.int64)[:, None] * pattern_sums
        parity = (zero_mean > 0).reshape(-1, BITS, SIGNS_A_BIT).sum(axis=2) % 2
        packed[start : start + _BLOCK_ROWS] = np.packbits(parity.astype(np.uint8), axis=1)
    return packed


def nearest_distance(queries: Fingerprints, known: Fingerprints) -> NDArray[np.int64]:
    """(N,) int64: in how many bits each query differs from the nearest known fingerprint, 0 to 256.

    256 where nothing is known.
    """
    nearest = np.full(len(queries), BITS, dtype=np.int64)
    if not len(known):
        return nearest
    # Most pictures of the training split itself are there bit for bit, and need no search.
    known_bits = {row.tobytes() for row in known}
    nearest[[row.tobytes() in known_bits for row in queries]] = 0
    asked = np.flatnonzero(nearest)
    signs = _as_signs(known)
    for start in range(0, len(asked), _BLOCK_ROWS):
        rows = asked[start : start + _BLOCK_ROWS]
        # Of ±1 vectors the product is the bits that agree less those that differ.
        agreement = (_as_signs(queries[rows]) @ signs.T).max(axis=1)
        nearest[rows] = ((BITS - agreement) / 2).astype(np.int64)
    return nearest


def comes_again(
    images: Crops, known: Fingerprints | None = None, progress: Progress = unwatched
) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 48, 48) uint8 pictures are in FER2013's training split; `known` as in
    `load_known`.

    A constant picture is never said to come again.
    """
    known = load_known() if known is None else known
    again = np.zeros(len(images), dtype=np.bool_)
    for start in range(0, len(images), _BLOCK_ROWS_ASKED):
        part = slice(start, start + _BLOCK_ROWS_ASKED)
        again[part] = _comes_again(images[part], known)
        progress(min(start + _BLOCK_ROWS_ASKED, len(images)), len(images))
    return again


def _comes_again(images: Crops, known: Fingerprints) -> NDArray[np.bool_]:
    distance = nearest_distance(fingerprint(images), known)
    shows_something: NDArray[np.bool_] = images.min(axis=(1, 2)) < images.max(axis=(1, 2))
    return (distance <= MAX_DISTANCE) & shows_something


def load_known() -> Fingerprints:
    """The fingerprints of FER2013's 28,558 training pictures that come with the package."""
    asset = files("mien") / "assets" / "training_fingerprints.npz"
    try:
        with asset.open("rb") as file:
            return _read(file)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{asset}: no fingerprints in there ({error}): expected what mien ships") from error


def write_known(table: FaceTable, path: Path) -> int:
    """Write the fingerprints of a table's Training pictures; returns how many. DataError if none."""
    images = table.images[table.usage == "Training"]
    if not len(images):
        raise DataError("no picture of the Training split in there: nothing to take fingerprints of")
    found = fingerprint(images)

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            np.savez_compressed(file, fingerprints=found)

    write_whole(path, write)
    return len(found)


def check(queries: Crops, training: Crops, limits: Sequence[int] = CHECKED_LIMITS) -> list[Agreement]:
    """Compare fingerprints with the pictures' own correlation above 0.98, at each limit; both (N, 48, 48)
    uint8.
    """
    again = np.zeros(len(queries), dtype=np.bool_)
    again[find_pairs(queries, training).left] = True
    distance = nearest_distance(fingerprint(queries), fingerprint(training))
    return [
        Agreement(
            limit,
            len(queries),
            int(again.sum()),
            int((distance <= limit).sum()),
            int(again[distance <= limit].sum()),
        )
        for limit in limits
    ]


def check_training(training: Crops) -> list[Agreement]:
    """The same with a sixth of the training split (5,000 of 28,558) asked against the rest of it, drawn by a
    seed.
    """
    order = np.random.default_rng(0).permutation(len(training))
    asked = round(len(training) * _ASKED_SHARE)
    return check(training[order[:asked]], training[order[asked:]])


def _read(file: IO[bytes]) -> Fingerprints:
    with np.load(file, allow_pickle=False) as archive:
        found = archive["fingerprints"]
    if found.dtype != np.uint8 or found.ndim != 2 or found.shape[1] != BITS // 8:
        raise ValueError(f"shape {found.shape}, {found.dtype}")
    return np.asarray(found, dtype=np.uint8)


@lru_cache(maxsize=1)
def _patterns() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(2304, 1536) float32 of ±1, and their sums; out of a hash, since random generators change with
    versions.
    """
    columns = BITS * SIGNS_A_BIT
    data = hashlib.shake_256(_SEED).digest(_PIXELS * columns // 8)
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8)).reshape(_PIXELS, columns)
    patterns = bits.astype(np.float32) * 2 - 1
    return patterns, patterns.sum(axis=0).astype(np.int64)


def _as_signs(packed: Fingerprints) -> NDArray[np.float32]:
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
