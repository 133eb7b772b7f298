from __future__ import annotations

import csv

import numpy as np
import pytest

from mien.data_protocol import DataProtocol
from mien.errors import OptionError
from mien.train.cleaning import Reason, clean, write_dropped
from mien.train.table import VOTE_COLUMNS, FaceTable, build_table, read_table

ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL = range(7)

Row = tuple[int, int, str]
"""Which picture, FER2013's code, split."""


def table_of(*rows: Row, votes: list[dict[str, int]] | None = None) -> FaceTable:
    faces = np.random.default_rng(1).integers(0, 256, (20, 48, 48), dtype=np.uint8)
    faces[19] = 0
    counts = None if votes is None else [[given.get(name, 0) for name in VOTE_COLUMNS] for given in votes]
    return build_table(
        ids=[f"fer{row:07d}" for row in range(len(rows))],
        usage=[split for _, _, split in rows],
        codes=[code for _, code, _ in rows],
        images=[faces[picture] for picture, _, _ in rows],
        votes=counts,
    )


def reasons(table: FaceTable, protocol: DataProtocol = DataProtocol.LEAK_FREE) -> dict[int, str]:
    cleaned = clean(table, protocol)
    assert len(cleaned.kept) + len(cleaned.dropped) == len(table)
    assert not set(cleaned.kept.ids) & {table.ids[entry.row] for entry in cleaned.dropped}
    return {entry.row: entry.reason.value for entry in cleaned.dropped}


def test_official_drops_fear_and_disgust_of_every_split_and_nothing_else():
    table = table_of(
        (0, FEAR, "Training"),
        (1, DISGUST, "PublicTest"),
        (2, HAPPY, "Training"),
        (2, HAPPY, "Training"),
        (2, SAD, "PrivateTest"),
        (19, SAD, "Training"),
        votes=[{"NF": 10}] * 6,
    )
    assert reasons(table, DataProtocol.OFFICIAL) == {0: "class", 1: "class"}


def test_blank_pictures_leave_training_but_not_a_test_split():
    table = table_of((19, HAPPY, "Training"), (0, HAPPY, "Training"), (19, HAPPY, "PublicTest"))
    assert reasons(table) == {0: "blank"}


def test_more_than_half_of_the_votes_make_it_not_a_face():
    votes = [{"NF": 6, "neutral": 4}, {"NF": 5, "neutral": 5}, {}, {"NF": 10}]
    splits = ("Training", "Training", "Training", "PrivateTest")
    table = table_of(*((picture, SAD, split) for picture, split in enumerate(splits)), votes=votes)
    assert reasons(table) == {0: "not-a-face"}


def test_a_training_picture_in_a_test_split_is_a_leak_under_whatever_label():
    table = table_of(
        (0, HAPPY, "Training"),
        (1, SAD, "Training"),
        (2, SAD, "Training"),
        (0, HAPPY, "PublicTest"),
        (1, FEAR, "PrivateTest"),
    )
    cleaned = clean(table, DataProtocol.LEAK_FREE)
    assert {entry.row: (entry.reason, entry.partner) for entry in cleaned.dropped} == {
        0: (Reason.LEAK, 3),
        1: (Reason.LEAK, 4),
        4: (Reason.CLASS, None),
    }
    assert cleaned.kept.ids.tolist() == ["fer0000002", "fer0000003"]


def test_repeats_within_a_test_split_stay():
    assert reasons(table_of((0, HAPPY, "PublicTest"), (0, HAPPY, "PublicTest"))) == {}


def test_of_repeats_with_one_label_the_first_is_kept():
    table = table_of(*((0, HAPPY, "Training") for _ in range(3)))
    assert reasons(table) == {1: "repeat", 2: "repeat"}


def test_of_repeats_with_one_label_one_that_teaches_nothing_is_not_the_one_to_keep():
    votes = [{"fear": 6, "sadness": 4}, {"sadness": 6, "fear": 4}, {"sadness": 6, "fear": 4}]
    assert reasons(table_of(*((0, FEAR, "Training") for _ in range(3)), votes=votes)) == {
        0: "class",
        2: "repeat",
    }


def test_votes_decide_which_label_of_repeats_is_right():
    table = table_of(
        (0, SAD, "Training"),
        (0, NEUTRAL, "Training"),
        (0, NEUTRAL, "Training"),
        votes=[{"sadness": 6, "neutral": 4}, {"neutral": 8}, {"neutral": 9, "sadness": 1}],
    )
    cleaned = clean(table, DataProtocol.LEAK_FREE)
    assert cleaned.kept.ids.tolist() == ["fer0000001"]
    assert [entry.partner for entry in cleaned.dropped] == [1, 1]
    assert "votes: neutral 21, sad 7, angry 0" in cleaned.dropped[0].detail


@pytest.mark.parametrize(
    "votes",
    [
        None,
        [{"sadness": 5, "neutral": 5}, {"sadness": 5, "neutral": 5}],
        [{"happiness": 8, "sadness": 2}, {"happiness": 7, "sadness": 3}],
        [{"contempt": 10}, {"unknown": 10}],
    ],
    ids=["no votes", "a tie", "another label wins", "votes for no label"],
)
def test_repeats_whose_right_label_nobody_can_tell_all_go(votes):
    table = table_of((0, SAD, "Training"), (0, NEUTRAL, "Training"), votes=votes)
    assert reasons(table) == {0: "conflict", 1: "conflict"}


def test_a_repeat_labelled_fear_is_evidence_against_the_other_label():
    fear_wins = [{"fear": 9, "sadness": 1}] * 2
    table = table_of((0, SAD, "Training"), (0, FEAR, "Training"), votes=fear_wins)
    assert reasons(table) == {0: "repeat", 1: "class"}
    sad_wins = [{"fear": 1, "sadness": 9}] * 2
    table = table_of((0, SAD, "Training"), (0, FEAR, "Training"), votes=sad_wins)
    assert reasons(table) == {1: "repeat"}


def test_a_training_picture_labelled_fear_stays_where_its_voters_saw_one_of_the_five():
    votes = [{"sadness": 6, "fear": 4}, {"sadness": 4, "fear": 6}, {"sadness": 6, "fear": 4}]
    table = table_of((0, FEAR, "Training"), (1, FEAR, "Training"), (2, FEAR, "PublicTest"), votes=votes)
    assert reasons(table) == {1: "class", 2: "class"}


def test_the_threshold_says_what_is_the_same():
    table = table_of((0, HAPPY, "Training"), (1, HAPPY, "Training"))
    mixed = (0.8 * table.images[0] + 0.2 * table.images[1]).astype(np.uint8)
    table.images[1] = mixed
    assert len(clean(table, DataProtocol.LEAK_FREE, threshold=0.98).kept) == 2
    assert len(clean(table, DataProtocol.LEAK_FREE, threshold=0.9).kept) == 1


@pytest.mark.parametrize("threshold", [0.4, 1.0, float("nan")])
def test_a_threshold_that_is_no_correlation_is_refused(threshold):
    with pytest.raises(OptionError, match=r"expected a correlation from 0\.5 to under 1"):
        clean(table_of((0, HAPPY, "Training")), DataProtocol.LEAK_FREE, threshold=threshold)


def test_every_dropped_picture_is_a_line_with_its_reason(tmp_path):
    table = table_of((0, HAPPY, "Training"), (0, HAPPY, "Training"), (1, FEAR, "PublicTest"))
    write_dropped(clean(table, DataProtocol.LEAK_FREE).dropped, table, tmp_path / "dropped.csv")
    with (tmp_path / "dropped.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert lines == [
        {
            "id": "fer0000001",
            "usage": "Training",
            "emotion": "happy",
            "reason": "repeat",
            "detail": "fer0000000 (Training, happy), correlation 1.0000",
        },
        {
            "id": "fer0000002",
            "usage": "PublicTest",
            "emotion": "fear",
            "reason": "class",
            "detail": "labelled fear",
        },
    ]


def test_the_official_protocol_leaves_3027_pictures_of_public_test(fer2013):
    kept = clean(read_table(fer2013 / "public_test.parquet"), DataProtocol.OFFICIAL).kept
    assert np.bincount(kept.labels()).tolist() == [466, 891, 652, 414, 604]
