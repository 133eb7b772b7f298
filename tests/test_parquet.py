"""A table of faces that grows group by group and is whole or not there."""

from __future__ import annotations

import sys

import pytest
from test_sinks import step

from mien.errors import MissingExtraError, SinkError
from mien.sinks import ParquetSink
from mien.sinks.table import COLUMNS

parquet = pytest.importorskip("pyarrow.parquet")


def test_a_table_has_a_row_a_face_with_its_types(tmp_path):
    path = tmp_path / "new" / "faces.parquet"
    with ParquetSink(path) as sink:
        sink.write(*step(0, faces=2))
        sink.write(*step(1, 0.04, faces=0))
        sink.write(*step(2, 0.08))
    table = parquet.read_table(path)
    assert tuple(table.column_names) == COLUMNS
    rows = table.to_pylist()
    assert [(row["frame"], row["id"]) for row in rows] == [(0, 1), (0, 2), (2, 1)]
    assert (rows[2]["label"], rows[2]["doubt"], rows[2]["personal"]) == ("happy", None, False)
    assert (rows[2]["happy"], rows[2]["size_px"]) == (0.9, None)


def test_rows_are_written_in_groups_and_do_not_pile_up(tmp_path):
    path = tmp_path / "faces.parquet"
    with ParquetSink(path, rows_a_group=4) as sink:
        for index in range(10):
            sink.write(*step(index))
    file = parquet.ParquetFile(path)
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [4, 4, 2]
    assert list(tmp_path.iterdir()) == [path]


def test_a_session_without_a_face_is_an_empty_table(tmp_path):
    with ParquetSink(tmp_path / "faces.parquet") as sink:
        sink.write(*step(0, faces=0))
    assert parquet.read_table(tmp_path / "faces.parquet").num_rows == 0


def test_an_exception_leaves_a_whole_file(tmp_path):
    path = tmp_path / "faces.parquet"
    with pytest.raises(KeyboardInterrupt), ParquetSink(path) as sink:
        sink.write(*step(0))
        raise KeyboardInterrupt
    assert parquet.read_table(path).num_rows == 1
    assert list(tmp_path.iterdir()) == [path]


def test_until_it_is_closed_the_old_file_stays(tmp_path):
    path = tmp_path / "faces.parquet"
    path.write_text("old")
    sink = ParquetSink(path)
    sink.write(*step(0))
    assert path.read_text() == "old"
    sink.close()
    sink.close()
    assert parquet.read_table(path).num_rows == 1


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    with pytest.raises(SinkError, match="it is a folder"):
        ParquetSink(tmp_path)


def test_without_pyarrow_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mien\[parquet\]'"):
        ParquetSink(tmp_path / "faces.parquet")
    assert list(tmp_path.iterdir()) == []
