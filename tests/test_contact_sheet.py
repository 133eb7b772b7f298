from __future__ import annotations

import cv2
import numpy as np

from mien.train.cleaning import Dropped, Reason
from mien.train.contact_sheet import COLUMNS, PICTURE_PX, draw_sheet, write_sheet
from mien.train.table import build_table


def drawn_table():
    """Twelve pictures, each of one grey level of its own, so that it can be found again on the sheet."""
    levels = range(10, 130, 10)
    return build_table(
        ids=[f"fer{level:07d}" for level in levels],
        usage=["Training"] * 12,
        codes=[3] * 12,
        images=[np.full((48, 48), level, dtype=np.uint8) for level in levels],
    )


def places_of(sheet: np.ndarray, level: int) -> int:
    """How many whole pictures of a grey level are on the sheet."""
    return round((sheet == level).all(axis=2).sum() / PICTURE_PX**2)


def test_single_pictures_stand_side_by_side_up_to_a_full_row():
    dropped = [Dropped(row, Reason.BLANK, "flat") for row in range(12)]
    sheet = draw_sheet(drawn_table(), dropped)
    shown = [places_of(sheet, level) for level in range(10, 130, 10)]
    assert shown == [1] * COLUMNS + [0] * (12 - COLUMNS)


def test_a_repeat_stands_beside_what_it_repeats():
    sheet = draw_sheet(drawn_table(), [Dropped(4, Reason.REPEAT, "fer0000010, correlation 1.0", partner=0)])
    across = sheet[100]
    columns_of_dropped = np.flatnonzero((across == 50).all(axis=1))
    columns_of_kept = np.flatnonzero((across == 10).all(axis=1))
    assert len(columns_of_dropped) == len(columns_of_kept) == PICTURE_PX
    assert columns_of_dropped.max() < columns_of_kept.min() < columns_of_dropped.max() + 30


def test_each_reason_has_its_own_strip():
    one = draw_sheet(drawn_table(), [Dropped(0, Reason.BLANK, "flat")])
    two = draw_sheet(
        drawn_table(), [Dropped(0, Reason.BLANK, "flat"), Dropped(1, Reason.LEAK, "x", partner=2)]
    )
    assert two.shape == (2 * one.shape[0], one.shape[1], 3)
    np.testing.assert_array_equal(two[: one.shape[0]], one)


def test_captions_tell_the_pictures_apart():
    table = drawn_table()
    first = draw_sheet(table, [Dropped(0, Reason.BLANK, "flat")])
    other = draw_sheet(table, [Dropped(0, Reason.BLANK, "flatter")])
    below = first.shape[0] - 70
    assert (first[:below] == other[:below]).all()
    assert (first[below:] != other[below:]).any()


def test_a_sheet_of_nothing_says_so_in_one_line():
    sheet = draw_sheet(drawn_table(), [])
    assert sheet.shape[0] < PICTURE_PX
    assert sheet.min() < 100


def test_the_file_is_a_png_of_the_sheet(tmp_path):
    dropped = [Dropped(0, Reason.CLASS, "labelled fear")]
    write_sheet(drawn_table(), dropped, tmp_path / "sheet.png")
    read = cv2.imread(str(tmp_path / "sheet.png"))
    np.testing.assert_array_equal(read, draw_sheet(drawn_table(), dropped))
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]
