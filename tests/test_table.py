"""One file form for every split, and a row of it that is broken is named."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import drawn_table

from mien.errors import DataError
from mien.train.table import decode_picture, encode_picture, read_table, write_table


def rewritten(path, **columns):
    """The file with columns of one row replaced."""
    table = pq.read_table(path)
    for name, value in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array([value]))
    pq.write_table(table, path)
    return path


@pytest.fixture
def one_row(tmp_path):
    path = tmp_path / "one.parquet"
    write_table(drawn_table(1, "PublicTest"), path)
    return path


def test_what_is_written_is_read_back_picture_by_picture(tmp_path):
    table = drawn_table(7, "Training")
    write_table(table, tmp_path / "seven.parquet")
    back = read_table(tmp_path / "seven.parquet")
    for name in ("ids", "usage", "codes", "images", "votes"):
        np.testing.assert_array_equal(getattr(back, name), getattr(table, name))


def test_where_nobody_voted_the_votes_are_all_zero(tmp_path):
    table = drawn_table(3, "Training")
    table.votes[1] = 0
    write_table(table, tmp_path / "three.parquet")
    assert read_table(tmp_path / "three.parquet").votes.any(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"usage": "Validation"}, "usage is 'Validation': expected one of Training"),
        ({"emotion": 7}, "emotion is 7: expected a code from 0 to 6"),
        ({"emotion": "happy"}, "emotion is 'happy'"),
        ({"image": {"bytes": b"no picture", "path": "x"}}, "cannot be decoded"),
        ({"image": {"bytes": b"", "path": "x"}}, "cannot be decoded"),
        ({"votes": [1, 2]}, "expected 10 counts"),
        ({"votes": [1.5] * 10}, "expected 10 counts"),
        ({"votes": [300] * 10}, "expected 10 counts"),
        ({"votes": ["1"] * 10}, "expected 10 counts"),
    ],
    ids=str,
)
def test_a_bad_row_is_named_or_told_and_left_out(one_row, columns, told):
    path = rewritten(one_row, **columns)
    with pytest.raises(DataError, match=rf"one\.parquet: row 0 \(publictest00000\): .*{told}"):
        read_table(path)
    lines = []
    assert len(read_table(path, lines.append)) == 0
    assert told in lines[0]


def test_a_picture_that_claims_too_many_pixels_is_refused():
    data = bytearray(encode_picture(np.zeros((48, 48), np.uint8)))
    data[16:24] = struct.pack(">II", 100_000, 100_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(DataError, match="row 3: the picture cannot be decoded"):
        decode_picture(bytes(data), "row 3")


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(DataError, match="row 3: the picture has 40x48 pixels: expected 48x48"):
        decode_picture(encode_picture(np.zeros((48, 40), np.uint8)), "row 3")


def test_a_column_that_is_missing_is_named(one_row):
    pq.write_table(pq.read_table(one_row).drop_columns(["usage"]), one_row)
    with pytest.raises(DataError, match=r"one\.parquet: no column usage"):
        read_table(one_row)


@pytest.mark.parametrize(
    "extra",
    [
        pa.array([2**58]).cast(pa.timestamp("us")),
        pa.array([2**30], pa.int32()).cast(pa.date32()),
        pa.array([0], pa.timestamp("s", tz="Nowhere/City")),
    ],
    ids=lambda extra: str(extra.type),
)
def test_a_column_that_nobody_asked_for_is_not_read(one_row, extra):
    pq.write_table(pq.read_table(one_row).append_column("extra", extra), one_row)
    assert len(read_table(one_row)) == 1


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([b"\xff"]).view(pa.string()),
        pa.array([2**30], pa.int32()).cast(pa.date32()),
        pa.array([0], pa.timestamp("s", tz="Nowhere/City")),
    ],
    ids=lambda ids: str(ids.type),
)
def test_what_python_cannot_hold_is_one_line(one_row, ids):
    table = pq.read_table(one_row)
    pq.write_table(table.set_column(0, "id", ids), one_row)
    with pytest.raises(DataError, match=r"one\.parquet: cannot be read as Parquet"):
        read_table(one_row)
