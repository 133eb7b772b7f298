from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien.errors import DataError
from mien.train.table import FaceTable, build_table, read_table
from mien.train.votes import join_votes, read_votes

HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def write_votes(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def table_of(*ids: str, usage: str = "Training") -> FaceTable:
    count = len(ids)
    return build_table(ids, [usage] * count, [3] * count, list(np.zeros((count, 48, 48), np.uint8)))


def test_votes_find_pictures_by_name_in_whatever_order(tmp_path):
    path = write_votes(
        tmp_path / "v.csv",
        "Training,fer0000001.png,0,9,0,0,0,0,0,0,1,0",
        "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
    )
    joined = join_votes(table_of("fer0000000", "fer0000001", "fer0000009"), read_votes(path))
    assert joined.joined == 2
    assert not joined.by_row
    assert joined.table.votes is not None
    assert joined.table.votes.tolist() == [
        [4, 0, 0, 1, 3, 2, 0, 0, 0, 0],
        [0, 9, 0, 0, 0, 0, 0, 0, 1, 0],
        [0] * 10,
    ]


def unnamed_rows(path: Path) -> Path:
    """Row 1 shows no face and has no name; the name of row 2 is one behind its row, as in FER+."""
    return write_votes(
        path,
        "Training,fer0000000.png,8,0,0,2,0,0,0,0,0,0",
        "Training,,0,0,0,0,0,0,0,0,0,10",
        "Training,fer0000001.png,0,7,0,0,0,0,0,3,0,0",
        "Training,,0,0,0,0,0,0,0,0,0,10",
        "Training,fer0000002.png,0,0,6,0,0,0,4,0,0,0",
    )


def test_pictures_numbered_by_kaggles_rows_get_the_votes_of_their_row(tmp_path):
    joined = join_votes(
        table_of(*(f"fer{row:07d}" for row in range(5))), read_votes(unnamed_rows(tmp_path / "v.csv"))
    )
    assert joined.by_row
    assert joined.joined == 5
    assert joined.table.votes is not None
    assert joined.table.votes[:, 9].tolist() == [0, 10, 0, 10, 0]
    assert joined.table.votes[2, 1] == 7


def test_pictures_with_ferplus_names_get_the_votes_of_their_name(tmp_path):
    joined = join_votes(
        table_of("fer0000000", "fer0000001", "fer0000002"), read_votes(unnamed_rows(tmp_path / "v.csv"))
    )
    assert not joined.by_row
    assert joined.table.votes is not None
    assert joined.table.votes.max(axis=1).tolist() == [8, 7, 6]


def test_a_sheet_of_other_splits_is_not_taken_for_one_numbered_by_rows(tmp_path):
    """fer0000003 is a PrivateTest picture's name, and by chance the number of an unnamed Training row."""
    sheet = read_votes(unnamed_rows(tmp_path / "v.csv"))
    private = table_of("fer0000003", "fer0000004", usage="PrivateTest")
    joined = join_votes(private, sheet)
    assert (joined.joined, joined.by_row) == (0, False)


def test_pictures_that_nobody_voted_on_leave_the_table_without_votes(tmp_path):
    path = write_votes(tmp_path / "v.csv", "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0")
    joined = join_votes(table_of("Training_3908"), read_votes(path))
    assert joined.joined == 0
    assert joined.table.votes is None


def test_a_picture_and_its_votes_must_be_of_the_same_split(tmp_path):
    path = write_votes(tmp_path / "v.csv", "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0")
    with pytest.raises(DataError, match="fer0000000: PublicTest in the pictures, Training in the votes"):
        join_votes(table_of("fer0000000", usage="PublicTest"), read_votes(path))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Training,fer0000001.png,4,0,0", "row 1: 5 cells"),
        ("Training,fer0000001.png,x,0,0,1,3,2,0,0,0,0", "row 1: a count is 'x'"),
        ("Training,fer0000001.png,-4,0,0,1,3,2,0,0,0,0", "row 1: a count is '-4'"),
        ("Train,fer0000001.png,4,0,0,1,3,2,0,0,0,0", "row 1: Usage is 'Train'"),
        ("Training,face1.png,4,0,0,1,3,2,0,0,0,0", "row 1: Image name is 'face1.png'"),
    ],
)
def test_a_bad_row_is_named_and_skip_bad_keeps_the_numbers_of_the_others(tmp_path, line, told):
    rows = [f"Training,fer000000{row}.png,4,0,0,1,3,2,0,0,0,0" for row in (0, 2)]
    path = write_votes(tmp_path / "v.csv", rows[0], line, rows[1])
    with pytest.raises(DataError, match=told):
        read_votes(path)
    skipped: list[str] = []
    assert read_votes(path, skipped.append).rows.tolist() == [0, 2]
    assert len(skipped) == 1


def test_a_file_without_the_columns_or_rows_is_refused(tmp_path):
    with pytest.raises(DataError, match="no column NF"):
        read_votes(write_votes(tmp_path / "a.csv", header=HEADER.removesuffix(",NF")))
    with pytest.raises(DataError, match="no votes in there"):
        read_votes(write_votes(tmp_path / "b.csv"))
    with pytest.raises(DataError, match="no such file"):
        read_votes(tmp_path / "c.csv")


def test_every_picture_of_public_test_finds_its_ten_votes(fer2013):
    joined = join_votes(read_table(fer2013 / "public_test.parquet"), read_votes(fer2013 / "fer2013new.csv"))
    assert joined.joined == len(joined.table) == 3579
    assert not joined.by_row
    assert joined.table.votes is not None
    assert set(joined.table.votes.sum(axis=1).tolist()) <= {9, 10}


def test_a_whole_csv_numbered_by_row_is_known_by_the_rows_without_a_name(fer2013):
    sheet = read_votes(fer2013 / "fer2013new.csv")
    ids = [f"fer{row:07d}" for row in sheet.rows[28709:]]
    joined = join_votes(table_of(*ids, usage="PublicTest"), sheet)
    assert joined.by_row
    assert joined.joined == 3589
