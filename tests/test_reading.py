from __future__ import annotations

import csv

import pytest

from mien.errors import DataError
from mien.train.reading import column_numbers, csv_rows, keep_good


def whole_number(text: str) -> int:
    if not text.isdigit():
        raise DataError(f"{text} is no number")
    return int(text)


def test_the_first_bad_item_raises_unless_someone_is_told():
    with pytest.raises(DataError, match="x is no number"):
        list(keep_good(["1", "x", "3"], whole_number, None))
    told: list[str] = []
    assert list(keep_good(["1", "x", "3"], whole_number, told.append)) == [1, 3]
    assert told == ["x is no number"]


def test_blank_lines_are_passed_over_and_cells_stripped(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(" a , b\n\n1, 2 \n,\n")
    assert list(csv_rows(path)) == [["a", "b"], ["1", "2"]]


def test_a_cell_of_a_million_characters_is_read_and_the_limit_put_back(tmp_path):
    before = csv.field_size_limit()
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "7 " * 500_000 + "\n")
    assert len(list(csv_rows(path))[1][0]) == 999_999
    assert csv.field_size_limit() == before


def test_columns_are_found_in_any_order_and_case(tmp_path):
    assert column_numbers(["Pixels", "x", "emotion"], ("emotion", "pixels"), tmp_path) == [2, 0]
    with pytest.raises(DataError, match="no column usage: expected a header with emotion, usage"):
        column_numbers(["emotion"], ("emotion", "usage"), tmp_path)
