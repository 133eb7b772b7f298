"""FER+: how ten people labelled each picture of FER2013, and how their votes find the pictures.

FER+'s file has one row for each row of Kaggle's CSV, in the same order; that is its key. Its `Image name` is
not quite the row: rows that show no face have no name, and about half of them were not counted when the rest
was named, so names fall behind row numbers, by 1 from row 59 on and by 78 at the end of PublicTest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.train.reading import SkipBad, column_numbers, csv_rows, keep_good
from mien.train.table import USAGES, VOTE_COLUMNS, FaceTable

_NAME = re.compile(r"(fer\d{7})\.png|")
_COUNT = re.compile(r"\d{1,2}")

_Entry: TypeAlias = tuple[int, str, str, list[int]]


@dataclass(frozen=True)
class VoteSheet:
    """M rows of FER+.

    rows: (M,) int64, row in the file, from 0 without the header. usage: (M,) str. ids: (M,) str,
    `ferNNNNNNN`, or empty where FER+ gives no name. counts: (M, 10) uint8 in the order of `VOTE_COLUMNS`.
    """

    rows: NDArray[np.int64]
    usage: NDArray[np.str_]
    ids: NDArray[np.str_]
    counts: NDArray[np.uint8]


@dataclass(frozen=True)
class Joined:
    """A table with votes. `joined`: pictures that got theirs; `by_row`: matched by row, else by name."""

    table: FaceTable
    joined: int
    by_row: bool


def read_votes(path: Path, skip_bad: SkipBad | None = None) -> VoteSheet:
    """`fer2013new.csv`; DataError names the first bad row, or `skip_bad` is told and the row left out."""
    rows = csv_rows(path)
    columns = column_numbers(next(rows, []), ("Usage", "Image name", *VOTE_COLUMNS), path)
    entries = list(keep_good(enumerate(rows), lambda item: _entry(*item, columns, path), skip_bad))
    if not entries:
        raise DataError(f"{path}: no votes in there")
    return VoteSheet(
        rows=np.asarray([entry[0] for entry in entries], dtype=np.int64),
        usage=np.asarray([entry[1] for entry in entries], dtype=np.str_),
        ids=np.asarray([entry[2] for entry in entries], dtype=np.str_),
        counts=np.asarray([entry[3] for entry in entries], dtype=np.uint8),
    )


def join_votes(table: FaceTable, sheet: VoteSheet) -> Joined:
    """The table with FER+'s votes, all zero for a picture that FER+ does not have; votes it had are replaced.

    A table numbered by the rows of Kaggle's CSV is told from one with FER+'s names by the pictures that FER+
    leaves unnamed: only the former has them. DataError if a picture and its votes disagree about the split.
    """
    by_row = _is_numbered_by_row(table, sheet)
    place = _places_by_row(sheet) if by_row else _places_by_name(sheet)
    votes = np.zeros((len(table), len(VOTE_COLUMNS)), dtype=np.uint8)
    joined = 0
    for row, (name, usage) in enumerate(zip(table.ids.tolist(), table.usage.tolist(), strict=True)):
        where = place.get(name)
        if where is None:
            continue
        if sheet.usage[where] != usage:
            raise DataError(
                f"{name}: {usage} in the pictures, {sheet.usage[where]} in the votes: the files do not match"
            )
        votes[row] = sheet.counts[where]
        joined += 1
    return Joined(replace(table, votes=votes if joined else None), joined, by_row)


def agreement(table: FaceTable) -> tuple[float, int]:
    """How often the voters' choice among the five is FER2013's label, 0 to 1, and of how many pictures.

    Counted are the pictures of the five classes with a vote for one of the five; 0 where there is none. Of
    two that have most votes the first counts.
    """
    crowd, labels = table.crowd(), table.labels()
    asked = (labels >= 0) & crowd.any(axis=1)
    agree = (crowd.argmax(axis=1) == labels)[asked]
    return (float(agree.mean()), len(agree)) if len(agree) else (0.0, 0)


def _is_numbered_by_row(table: FaceTable, sheet: VoteSheet) -> bool:
    names = set(sheet.ids.tolist())
    unnamed = sheet.ids == ""
    rows = zip(map(_row_id, sheet.rows[unnamed]), sheet.usage[unnamed].tolist(), strict=True)
    # The split must agree: a sheet that lacks a split may number rows as pictures of that split are named.
    found = set(zip(table.ids.tolist(), table.usage.tolist(), strict=True))
    return any((name, usage) in found for name, usage in rows if name not in names)


def _places_by_row(sheet: VoteSheet) -> Mapping[str, int]:
    return {_row_id(row): place for place, row in enumerate(sheet.rows)}


def _places_by_name(sheet: VoteSheet) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(sheet.ids.tolist()) if name}


def _row_id(row: int) -> str:
    return f"fer{row:07d}"


def _entry(row: int, cells: list[str], columns: list[int], path: Path) -> _Entry:
    where = f"{path}: row {row}"
    if len(cells) <= max(columns):
        raise DataError(
            f"{where}: {len(cells)} cells: expected Usage, Image name and {len(VOTE_COLUMNS)} counts"
        )
    usage, name, *counts = (cells[column] for column in columns)
    if usage not in USAGES:
        raise DataError(f"{where}: Usage is {usage[:20]!r}: expected one of {', '.join(USAGES)}")
    match = _NAME.fullmatch(name)
    if match is None:
        raise DataError(f"{where}: Image name is {name[:30]!r}: expected ferNNNNNNN.png or nothing")
    bad = [count for count in counts if not _COUNT.fullmatch(count)]
    if bad:
        raise DataError(f"{where}: a count is {bad[0][:20]!r}: expected a whole number, 0 to 99")
    return row, usage, match[1] or "", [int(count) for count in counts]
