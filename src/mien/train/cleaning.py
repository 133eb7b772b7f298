"""What is left out of FER2013 before training, and why: a table in, what is kept and what is dropped out.

`official`: everything stays but fear and disgust; of those, the training split keeps what its voters call one
of the five, for the crowd head to learn from. `leak-free`: the training split also loses blank pictures,
pictures without a face, pictures that come again in a test split, and repeats. The test splits lose the two
classes and nothing else, so that scores on them stay comparable.

Pictures of all seven classes are compared with each other, before fear and disgust go: a test picture must
not be in training under any label, and a repeat labelled fear is evidence against the same picture labelled
sad.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.data_protocol import DataProtocol
from mien.errors import OptionError
from mien.files import write_whole
from mien.train.reading import Progress, unwatched
from mien.train.repeats import THRESHOLD, Pairs, Rows, correlation, find_repeats, groups
from mien.train.table import FER2013_CLASSES, VOTE_COLUMNS, FaceTable

BLANK_MAX_SPREAD = 3.0
"""A picture whose grey levels have a smaller standard deviation shows nothing; FER2013's flattest has 9."""

_VOTE_OF_CODE = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
VOTE_COLUMN_OF_CODE = [VOTE_COLUMNS.index(name) for name in _VOTE_OF_CODE]
"""FER+'s answer for each of FER2013's codes, as a place in `VOTE_COLUMNS`."""

_TIE = -1


class Reason(str, Enum):
    """Why a picture is dropped. One that has several gets the first of this order."""

    CLASS = "class"
    BLANK = "blank"
    NOT_A_FACE = "not-a-face"
    LEAK = "leak"
    REPEAT = "repeat"
    CONFLICT = "conflict"

    @property
    def meaning(self) -> str:
        """One line for people."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.CLASS: "labelled fear or disgust, and nothing for the crowd head to learn from",
    Reason.BLANK: "blank or constant",
    Reason.NOT_A_FACE: "most voters say: not a face",
    Reason.LEAK: "training picture that comes again in a test split",
    Reason.REPEAT: "training picture that comes again in training, where the right one stands for all",
    Reason.CONFLICT: "the same training picture under different labels, none of them the voters' choice",
}


@dataclass(frozen=True)
class Dropped:
    """One dropped picture. row, partner: rows of the table that was cleaned; partner is the picture it
    repeats.
    """

    row: int
    reason: Reason
    detail: str
    partner: int | None = None


@dataclass(frozen=True)
class Cleaned:
    """What is kept, in its old order, and what is dropped, by row."""

    kept: FaceTable
    dropped: tuple[Dropped, ...]


def clean(
    table: FaceTable, protocol: DataProtocol, threshold: float = THRESHOLD, progress: Progress = unwatched
) -> Cleaned:
    """Clean a table that holds the training split and whichever test splits there are.

    threshold: correlation above which two pictures are the same, 0.5 to 1. Leaks are only found into test
    splits that the table holds. OptionError for a threshold outside its range.
    """
    check_threshold(threshold)
    if protocol == DataProtocol.OFFICIAL:
        return clean_official(table)
    return clean_leak_free(table, find_repeats(table.images, threshold, progress))


def check_threshold(threshold: float) -> None:
    """OptionError for a threshold that is no correlation from 0.5 to under 1."""
    if not 0.5 <= threshold < 1:
        raise OptionError(f"threshold is {threshold}: expected a correlation from 0.5 to under 1")


def clean_official(table: FaceTable) -> Cleaned:
    """The `official` protocol."""
    return _without(table, _class_dropped(table))


def clean_leak_free(table: FaceTable, repeats: Pairs) -> Cleaned:
    """The `leak-free` protocol. repeats: what `find_repeats` finds in all pictures of the table."""
    return _without(table, [*_class_dropped(table), *_training_dropped(table, repeats)])


def _without(table: FaceTable, found: Iterable[Dropped]) -> Cleaned:
    by_row: dict[int, Dropped] = {}
    for entry in found:
        by_row.setdefault(entry.row, entry)
    mask = np.ones(len(table), dtype=np.bool_)
    mask[list(by_row)] = False
    return Cleaned(table.take(mask), tuple(by_row[row] for row in sorted(by_row)))


def write_dropped(dropped: Iterable[Dropped], table: FaceTable, path: Path) -> None:
    """CSV with a line for each dropped picture: id, usage, emotion, reason, detail."""

    def write(beside: Path) -> None:
        with beside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("id", "usage", "emotion", "reason", "detail"))
            for entry in dropped:
                row = entry.row
                label = FER2013_CLASSES[table.codes[row]]
                writer.writerow((table.ids[row], table.usage[row], label, entry.reason.value, entry.detail))

    write_whole(path, write)


def _class_dropped(table: FaceTable) -> Iterator[Dropped]:
    for row in np.flatnonzero(~_wanted(table)).tolist():
        yield Dropped(row, Reason.CLASS, f"labelled {FER2013_CLASSES[table.codes[row]]}")


def _wanted(table: FaceTable) -> NDArray[np.bool_]:
    """(N,) whether there is something to learn from a picture or to score it by, whichever its quality."""
    return np.asarray((table.labels() >= 0) | ((table.usage == "Training") & table.crowd_says_five()))


def _training_dropped(table: FaceTable, repeats: Pairs) -> list[Dropped]:
    rows = np.flatnonzero(table.usage == "Training")
    finders: tuple[Callable[[Rows], Iterable[Dropped]], ...] = (
        lambda left: find_blank(table, left),
        lambda left: find_not_a_face(table, left),
        lambda left: _leaks(table, left, repeats),
        lambda left: _repeats(table, left, repeats),
    )
    found: list[Dropped] = []
    for find in finders:
        new = list(find(rows))
        found += new
        rows = np.setdiff1d(rows, [entry.row for entry in new])
    return found


def find_blank(table: FaceTable, rows: Rows) -> Iterator[Dropped]:
    """Those of the rows that show nothing."""
    spread = table.images[rows].std(axis=(1, 2))
    for row, value in zip(rows.tolist(), spread.tolist(), strict=True):
        if value < BLANK_MAX_SPREAD:
            yield Dropped(row, Reason.BLANK, f"grey levels spread by {value:.2f}, under {BLANK_MAX_SPREAD}")


def find_not_a_face(table: FaceTable, rows: Rows) -> Iterator[Dropped]:
    """Those of the rows that most voters call not a face."""
    if table.votes is None:
        return
    for row in rows.tolist():
        total, against = int(table.votes[row].sum()), int(table.votes[row, VOTE_COLUMNS.index("NF")])
        if 2 * against > total:
            yield Dropped(row, Reason.NOT_A_FACE, f"{against} of {total} votes for NF")


def _leaks(table: FaceTable, rows: Rows, repeats: Pairs) -> Iterator[Dropped]:
    is_test = table.usage != "Training"
    partner_of: dict[int, tuple[int, float]] = {}
    for left, right, value in repeats.as_tuples():
        for row, partner in ((left, right), (right, left)):
            if is_test[partner] and partner < partner_of.get(row, (len(table), 0.0))[0]:
                partner_of[row] = partner, value
    for row in rows.tolist():
        if row in partner_of:
            partner, value = partner_of[row]
            yield Dropped(row, Reason.LEAK, f"{_named(table, partner)}, correlation {value:.4f}", partner)


def _repeats(table: FaceTable, rows: Rows, repeats: Pairs) -> Iterator[Dropped]:
    wanted = _wanted(table)
    for group in groups(repeats.within(rows)):
        yield from _thin(table, group, wanted)


def _thin(table: FaceTable, group: Sequence[int], wanted: NDArray[np.bool_]) -> Iterator[Dropped]:
    """All of a group of repeats but the first with the right label, of those the first that is wanted if any
    is; the whole group if no label is right.
    """
    choice = _right_code(table, group)
    right = [row for row in group if table.codes[row] == choice]
    keeper = next((row for row in right if wanted[row]), next(iter(right), None))
    for row in group:
        if row == keeper:
            continue
        reason = Reason.CONFLICT if keeper is None else Reason.REPEAT
        partner = _contradicting(table, row, group) if keeper is None else keeper
        yield Dropped(row, reason, _repeat_detail(table, row, partner, group), partner)


def _contradicting(table: FaceTable, row: int, group: Sequence[int]) -> int:
    return next(other for other in group if table.codes[other] != table.codes[row])


def _right_code(table: FaceTable, group: Sequence[int]) -> int:
    """The label that all share, else the code of the seven that most of the group's votes are for, else a
    tie.
    """
    codes = set(table.codes[group].tolist())
    if len(codes) == 1:
        return int(codes.pop())
    votes = _group_votes(table, group)
    winners = np.flatnonzero(votes == votes.max())
    return int(winners[0]) if len(winners) == 1 else _TIE


def _group_votes(table: FaceTable, group: Sequence[int]) -> NDArray[np.int64]:
    if table.votes is None:
        return np.zeros(len(FER2013_CLASSES), dtype=np.int64)
    votes: NDArray[np.int64] = table.votes[np.asarray(group)].sum(axis=0, dtype=np.int64)
    return votes[VOTE_COLUMN_OF_CODE]


def _repeat_detail(table: FaceTable, row: int, partner: int, group: Sequence[int]) -> str:
    value = correlation(table.images[row], table.images[partner])
    detail = f"{_named(table, partner)}, correlation {value:.4f}"
    if len(set(table.codes[group].tolist())) == 1:
        return detail
    votes = _group_votes(table, group)
    told = ", ".join(
        f"{FER2013_CLASSES[code]} {votes[code]}" for code in np.argsort(-votes, kind="stable")[:3]
    )
    return f"{detail}; labels disagree, votes: {told if votes.any() else 'none'}"


def _named(table: FaceTable, row: int) -> str:
    return f"{table.ids[row]} ({table.usage[row]}, {FER2013_CLASSES[table.codes[row]]})"
