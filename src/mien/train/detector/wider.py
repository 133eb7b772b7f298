"""WIDER FACE's own annotation text (Yang et al. 2016), as its archive `wider_face_split` holds it.

A picture is the line of its file name, the line of its count, and a line a face: x, y, width, height, blur,
expression, illumination, invalid, occlusion, pose. A count of 0 is followed by one line of zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mien.errors import DataError
from mien.train.reading import SkipBad
from mien.types import Box

WIDER_LISTS = {
    "train": "wider_face_split/wider_face_train_bbx_gt.txt",
    "val": "wider_face_split/wider_face_val_bbx_gt.txt",
}

_COLUMNS = 10
_INVALID = 7
_EXPECTED = "expected x y w h blur expression illumination invalid occlusion pose"

_Line: TypeAlias = tuple[int, str]


@dataclass(frozen=True)
class WiderPicture:
    """One picture: faces as x0, y0, x1, y1, and those that WIDER FACE calls invalid, to be ignored."""

    path: Path
    boxes: tuple[Box, ...]
    ignore: tuple[Box, ...]


def read_wider(path: Path, images: Path, skip_bad: SkipBad | None = None) -> Iterator[WiderPicture]:
    """The pictures of an annotation file, whose names are below the folder `images`.

    Boxes without a width or height, of which WIDER FACE has some, are left out. A broken record is told to
    `skip_bad` and left out, or raises DataError without it; a broken count ends the reading in any case.
    """
    for where, name, rows in _records(path):
        try:
            faces = [_parse(row, path) for row in rows]
        except DataError as error:
            if skip_bad is None:
                raise
            skip_bad(f"{error} ({where})")
            continue
        yield WiderPicture(
            images / name,
            tuple(box for box, valid in faces if valid and _has_area(box)),
            tuple(box for box, valid in faces if not valid and _has_area(box)),
        )


def _records(path: Path) -> Iterator[tuple[str, str, list[_Line]]]:
    """Where a picture stands, its name, and the lines of its faces."""
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [(number, line.strip()) for number, line in enumerate(file, start=1) if line.strip()]
    at = 0
    while at < len(lines):
        number, name = lines[at]
        where = f"{path}: line {number} ({name})"
        said = lines[at + 1][1] if at + 1 < len(lines) else "nothing"
        if not said.isdecimal():
            raise DataError(f"{where}: the count of faces is {said!r}: expected a number")
        start, at = at + 2, at + 2 + int(said)
        if at > len(lines):
            raise DataError(f"{where}: the file ends after {len(lines) - start} of {said} faces")
        yield where, name, lines[start:at]
        if int(said) == 0 and at < len(lines) and set(lines[at][1].split()) == {"0"}:
            at += 1


def _parse(row: _Line, path: Path) -> tuple[Box, bool]:
    """The box, and whether WIDER FACE calls it valid."""
    number, text = row
    cells = text.split()
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        numbers = []
    if len(numbers) != _COLUMNS:
        raise DataError(f"{path}: line {number} is {text[:60]!r}: {_EXPECTED}")
    x, y, width, height = numbers[:4]
    return (x, y, x + width, y + height), not numbers[_INVALID]


def _has_area(box_xyxy: Box) -> bool:
    x0, y0, x1, y1 = box_xyxy
    return x1 > x0 and y1 > y0
