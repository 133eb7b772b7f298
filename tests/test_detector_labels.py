"""Both forms of face labels are read, and what is wrong in them is named."""

import json
import math

import numpy as np
import pytest

from mien.errors import DataError
from mien.train.detector.labels import read_labels

FACE = {"box_xyxy": [10, 20, 30, 50], "landmarks_xy": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]}
GOOD = {"file": "images/a.jpg", "faces": [FACE], "ignore": [[0, 0, 5, 5]], "split": "train"}


def write_lines(folder, *records):
    text = "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)
    (folder / "faces.jsonl").write_text(text + "\n")


def write_wider(folder, text, split="train"):
    path = folder / "wider_face_split" / f"wider_face_{split}_bbx_gt.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_faces_points_and_regions_to_ignore_of_a_split_are_read(tmp_path):
    write_lines(tmp_path, GOOD, {**GOOD, "file": "images/b.jpg", "split": "val"}, "")
    (picture,) = read_labels(tmp_path, "train")
    assert picture.path == tmp_path / "images" / "a.jpg"
    assert picture.labels.boxes_xyxy.tolist() == [[10, 20, 30, 50]]
    assert picture.labels.landmarks_xy.shape == (1, 5, 2)
    assert picture.labels.ignore_xyxy.tolist() == [[0, 0, 5, 5]]
    assert picture.labels.sizes_px() == pytest.approx([600**0.5])


def test_a_picture_without_faces_and_a_face_without_points_are_fine(tmp_path):
    write_lines(
        tmp_path, {**GOOD, "faces": [], "ignore": []}, {**GOOD, "faces": [{"box_xyxy": [0, 0, 9, 9]}]}
    )
    empty, bare = (picture.labels for picture in read_labels(tmp_path, "train"))
    assert len(empty) == 0 and empty.landmarks_xy.shape == (0, 5, 2)
    assert np.isnan(bare.landmarks_xy).all()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("{", "line 2"),
        ({"file": "x"}, "line 2: 'faces'"),
        ({**GOOD, "faces": [{"box_xyxy": [5, 5, 5, 9]}]}, r"line 2 \(images/a.jpg\): an empty box"),
        ({**GOOD, "faces": [{"box_xyxy": [5, 5, 9]}]}, "line 2"),
        ({**GOOD, "faces": [{"box_xyxy": [0, 0, 9, 10**400]}]}, "line 2: int too large"),
        ({**GOOD, "faces": [{"box_xyxy": [0, 0, 9, 1e300]}]}, r"line 2 \(images/a.jpg\): an empty box"),
        ("[" * 100_000, "line 2: maximum recursion depth"),
        (
            {**GOOD, "faces": [{**FACE, "landmarks_xy": [[math.inf, 0]] * 5}]},
            r"line 2 \(images/a.jpg\): landmarks_xy or ignore is not finite: expected pixels",
        ),
        ({**GOOD, "ignore": [[0, 0, 1, math.nan]]}, "landmarks_xy or ignore is not finite"),
    ],
)
def test_a_bad_line_is_named_or_left_out(tmp_path, record, said):
    write_lines(tmp_path, GOOD, record)
    with pytest.raises(DataError, match=said):
        read_labels(tmp_path, "train")
    told = []
    assert len(read_labels(tmp_path, "train", told.append)) == 1
    assert len(told) == 1


def test_a_folder_without_labels_and_a_split_that_is_none_are_named(tmp_path):
    with pytest.raises(DataError, match=r"no face labels .* expected faces.jsonl, or WIDER FACE"):
        read_labels(tmp_path, "train")
    write_lines(tmp_path, GOOD)
    with pytest.raises(DataError, match="no picture of the split 'test': expected one of train, val"):
        read_labels(tmp_path, "test")


WIDER = """0--Parade/one.jpg
2
449 330 122 149 0 0 0 0 0 0
10 20 5 6 2 0 0 1 2 0
0--Parade/none.jpg
0
0 0 0 0 0 0 0 0 0 0
1--Handshaking/two.jpg
2
1 2 3 4 0 0 0 0 0 0
7 8 0 4 0 0 0 0 0 0
"""


def test_wider_face_is_read_as_it_is_distributed(tmp_path):
    write_wider(tmp_path, WIDER)
    one, none, two = read_labels(tmp_path, "train")
    assert one.path == tmp_path / "WIDER_train" / "images" / "0--Parade" / "one.jpg"
    assert one.labels.boxes_xyxy.tolist() == [[449, 330, 571, 479]]
    assert one.labels.ignore_xyxy.tolist() == [[10, 20, 15, 26]]
    assert len(none.labels) == 0 and none.path.name == "none.jpg"
    assert two.labels.boxes_xyxy.tolist() == [[1, 2, 4, 6]]
    assert np.isnan(two.labels.landmarks_xy).all()


def test_a_count_of_zero_without_its_line_of_zeros_takes_no_name_away(tmp_path):
    write_wider(tmp_path, WIDER.replace("0 0 0 0 0 0 0 0 0 0\n1--", "1--"))
    assert [picture.path.name for picture in read_labels(tmp_path, "train")] == [
        "one.jpg",
        "none.jpg",
        "two.jpg",
    ]


def test_each_split_of_wider_face_has_its_file(tmp_path):
    write_wider(tmp_path, WIDER, "val")
    assert "WIDER_val" in str(read_labels(tmp_path, "val")[0].path)
    with pytest.raises(DataError, match="no face labels for the split 'train'"):
        read_labels(tmp_path, "train")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.jpg\nmany\n", r"line 1 \(a.jpg\): the count of faces is 'many'"),
        ("a.jpg\n", "the count of faces is 'nothing'"),
        ("a.jpg\n3\n1 2 3 4 0 0 0 0 0 0\n", "the file ends after 1 of 3 faces"),
        ("a.jpg\n1\n1 2 3\n", "line 3 is '1 2 3': expected x y w h blur"),
    ],
)
def test_a_broken_wider_file_is_named(tmp_path, text, said):
    write_wider(tmp_path, text)
    with pytest.raises(DataError, match=said):
        read_labels(tmp_path, "train")


def test_a_broken_face_of_wider_may_be_left_out(tmp_path):
    write_wider(tmp_path, "a.jpg\n1\n1 2 3\n" + WIDER)
    told = []
    assert len(read_labels(tmp_path, "train", told.append)) == 3
    assert "a.jpg" in told[0]
