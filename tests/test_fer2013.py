from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.errors import DataError
from mien.train.fer2013 import parse_pixels, read_csv, read_folder, read_source, read_sources
from mien.train.table import build_table, write_table

PICTURES = np.random.default_rng(5).integers(0, 256, (6, 48, 48), dtype=np.uint8)


def pixels(row: int) -> str:
    return " ".join(map(str, PICTURES[row].ravel()))


def write_csv(path: Path, *lines: str, header: str = "emotion,pixels,Usage") -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def write_picture(path: Path, row: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A JPEG would change the pixels; a PNG under the same folders is read by the same code.
    path.write_bytes(cv2.imencode(".png", PICTURES[row])[1].tobytes())
    return path


def test_kaggles_csv_keeps_pixels_labels_splits_and_row_numbers(tmp_path):
    lines = (f"0,{pixels(0)},Training", f"1,{pixels(1)},PublicTest", f"6,{pixels(2)},PrivateTest")
    table = read_csv(write_csv(tmp_path / "fer2013.csv", *lines))
    assert table.ids.tolist() == ["fer0000000", "fer0000001", "fer0000002"]
    assert table.usage.tolist() == ["Training", "PublicTest", "PrivateTest"]
    assert table.codes.tolist() == [0, 1, 6]
    np.testing.assert_array_equal(table.images, PICTURES[:3])
    assert table.votes is None


def test_headers_with_blanks_and_another_order_are_understood(tmp_path):
    path = write_csv(
        tmp_path / "icml_face_data.csv", f"3, Training, {pixels(4)}", header="emotion, Usage, pixels"
    )
    table = read_csv(path)
    assert table.codes.tolist() == [3]
    np.testing.assert_array_equal(table.images[0], PICTURES[4])


def test_a_csv_with_windows_line_ends_and_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "fer2013.csv"
    path.write_bytes(f"\ufeffemotion,pixels,Usage\r\n3,{pixels(0)},Training\r\n\r\n".encode())
    assert read_csv(path).ids.tolist() == ["fer0000000"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("3,1 2 3,Training", "row 1: 3 pixels: expected 2304"),
        (f"3,1_0{' 7' * 2303},Training", "row 1: pixel 0 is '1_0': expected a whole number, 0 to 255"),
        (f"3,7{' 7' * 2302} +1,Training", "row 1: pixel 2303 is '+1'"),
        (f"3,٣{' 7' * 2303},Training", "row 1: pixel 0 is '٣'"),
        (f"3,{'7 ' * 2303}256,Training", "row 1: pixel 2303 is '256': expected a whole number, 0 to 255"),
        (f"3,-1{' 7' * 2303},Training", "row 1: pixel 0 is '-1'"),
        (f"3,7.5{' 7' * 2303},Training", "row 1: pixel 0 is '7.5'"),
        (f"3,x{' 7' * 2303},Training", "row 1: pixel 0 is 'x'"),
        (f"7,{'7 ' * 2304},Training", "row 1: emotion is '7': expected a code from 0 to 6"),
        (f"happy,{'7 ' * 2304},Training", "row 1: emotion is 'happy'"),
        (f"3,{'7 ' * 2304},Validation", "row 1: Usage is 'Validation'"),
        ("3", "row 1: 1 cells"),
        (f"3,{'255 ' * 60000},Training", "row 1: 60000 pixels"),
    ],
)
def test_a_bad_row_is_named_and_skip_bad_leaves_out_only_it(tmp_path, line, told):
    good = [f"3,{pixels(0)},Training", f"4,{pixels(2)},Training"]
    path = write_csv(tmp_path / "fer2013.csv", good[0], line, good[1])
    with pytest.raises(DataError, match=r"fer2013\.csv: row 1") as caught:
        read_csv(path)
    assert told in str(caught.value)
    skipped: list[str] = []
    table = read_csv(path, skipped.append)
    assert table.ids.tolist() == ["fer0000000", "fer0000002"]
    assert len(skipped) == 1
    assert told in skipped[0]


def test_pixels_as_python_would_spell_them_are_no_pixels():
    with pytest.raises(DataError, match="pixel 0 is '1000'"):
        parse_pixels("1000" + " 7" * 2303, "here")


def test_a_csv_without_the_columns_is_refused(tmp_path):
    path = write_csv(tmp_path / "other.csv", "1,2", header="emotion,pixels")
    with pytest.raises(DataError, match="no column Usage: expected a header with emotion, pixels, Usage"):
        read_csv(path)


def test_bytes_that_are_no_csv_are_refused(tmp_path):
    path = tmp_path / "fer2013.csv"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError, match=r"fer2013\.csv"):
        read_csv(path)


def test_folders_give_class_and_the_name_gives_the_official_split(tmp_path):
    write_picture(tmp_path / "train/angry/Training_3908.png", 0)
    write_picture(tmp_path / "test/happy/PublicTest_88.png", 1)
    write_picture(tmp_path / "test/fear/PrivateTest_77.png", 2)
    table = read_folder(tmp_path)
    found = dict(
        zip(table.ids.tolist(), zip(table.usage.tolist(), table.codes.tolist(), strict=True), strict=True)
    )
    assert found == {
        "Training_3908": ("Training", 0),
        "PublicTest_88": ("PublicTest", 3),
        "PrivateTest_77": ("PrivateTest", 2),
    }


def test_other_names_go_by_their_folder_and_keep_their_path_as_id(tmp_path):
    write_picture(tmp_path / "train/sad/im7.png", 0)
    write_picture(tmp_path / "test/sad/im7.png", 1)
    write_picture(tmp_path / "test/neutral/fer0000042.png", 2)
    table = read_folder(tmp_path)
    assert sorted(zip(table.ids.tolist(), table.usage.tolist(), strict=True)) == [
        ("fer0000042", "PublicTest"),
        ("test/sad/im7", "PublicTest"),
        ("train/sad/im7", "Training"),
    ]


def test_a_jpeg_is_read_in_grey(tmp_path):
    path = tmp_path / "train/happy/Training_1.jpg"
    path.parent.mkdir(parents=True)
    colour = np.full((48, 48, 3), (200, 30, 90), dtype=np.uint8)
    path.write_bytes(cv2.imencode(".jpg", colour)[1].tobytes())
    assert read_folder(tmp_path).images.shape == (1, 48, 48)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("train/contempt/a.png", None, "unknown class folder 'contempt'"),
        ("train/happy/broken.jpg", b"not a picture", "cannot be decoded"),
        ("train/happy/empty.png", b"", "cannot be decoded"),
        (
            "test/happy/large.png",
            cv2.imencode(".png", np.zeros((50, 60), np.uint8))[1].tobytes(),
            "60x50 pixels",
        ),
    ],
)
def test_a_bad_file_is_named_and_skip_bad_leaves_out_only_it(tmp_path, name, data, told):
    write_picture(tmp_path / "train/happy/good.png")
    bad = write_picture(tmp_path / name)
    if data is not None:
        bad.write_bytes(data)
    with pytest.raises(DataError, match=told) as caught:
        read_folder(tmp_path)
    assert str(bad) in str(caught.value)
    skipped: list[str] = []
    assert read_folder(tmp_path, skipped.append).ids.tolist() == ["train/happy/good"]
    assert len(skipped) == 1


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(DataError, match="no pictures: expected train/<class>"):
        read_folder(tmp_path)


def test_several_parquet_files_make_one_table(tmp_path):
    first = build_table(["a"], ["Training"], [3], list(PICTURES[:1]), [[1] + [0] * 9])
    second = build_table(["b"], ["PublicTest"], [4], list(PICTURES[1:2]))
    write_table(first, tmp_path / "one.parquet")
    write_table(second, tmp_path / "two.parquet")
    table = read_sources([tmp_path / "one.parquet", tmp_path / "two.parquet"])
    assert table.ids.tolist() == ["a", "b"]
    assert table.votes is not None
    assert table.votes.sum(axis=1).tolist() == [1, 0]


def test_a_truncated_parquet_is_named_and_skip_bad_leaves_out_the_file(tmp_path):
    whole, cut = tmp_path / "whole.parquet", tmp_path / "cut.parquet"
    write_table(build_table(["a"], ["Training"], [3], list(PICTURES[:1])), whole)
    cut.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"cut\.parquet: cannot be read as Parquet, is it truncated"):
        read_sources([whole, cut])
    skipped: list[str] = []
    assert read_sources([whole, cut], skipped.append).ids.tolist() == ["a"]
    assert len(skipped) == 1
    with pytest.raises(DataError, match="no readable picture"):
        read_sources([cut], skipped.append)


def test_an_id_that_comes_twice_is_refused_or_kept_once(tmp_path):
    path = write_csv(tmp_path / "fer2013.csv", f"3,{pixels(0)},Training")
    with pytest.raises(DataError, match="fer0000000: this id comes twice"):
        read_sources([path, path])
    skipped: list[str] = []
    assert len(read_sources([path, path], skipped.append)) == 1
    assert len(skipped) == 1


@pytest.mark.parametrize(
    ("name", "told"), [("gone.csv", "no such file"), ("notes.txt", "expected a .csv file")]
)
def test_what_is_no_source_is_refused(tmp_path, name, told):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=told):
        read_source(tmp_path / name)


def test_progress_ends_with_the_whole_file(tmp_path):
    path = write_csv(tmp_path / "fer2013.csv", f"3,{pixels(0)},Training")
    told: list[tuple[int, int]] = []
    read_csv(path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
