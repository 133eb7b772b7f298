"""FER2013 as people have it: Kaggle's CSVs, Kaggle's picture folders, and our own Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.train.reading import Progress, SkipBad, column_numbers, csv_rows, keep_good, unwatched
from mien.train.table import (
    FER2013_CLASSES,
    SIDE_PX,
    USAGES,
    VOTE_COLUMNS,
    FaceTable,
    build_table,
    decode_picture,
    read_table,
)
from mien.types import Grey

PIXELS = SIDE_PX * SIDE_PX
_SUFFIXES = (".jpg", ".jpeg", ".png")

SPLIT_FOLDERS = {"train": "Training", "test": "PublicTest"}
"""Kaggle's two folders; a picture whose file name gives the official split goes by its name instead."""

_OFFICIAL_NAME = re.compile(rf"({'|'.join(USAGES)})_\d+")
_ROW_NAME = re.compile(r"fer\d{7}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,3}")
_NO_NUMBERS = re.compile(r"[^0-9\s]")

Entry: TypeAlias = tuple[str, str, int, Grey]
"""id, usage, FER2013's code, (48, 48) uint8 picture."""


def read_sources(
    sources: Sequence[Path], skip_bad: SkipBad | None = None, progress: Progress = unwatched
) -> FaceTable:
    """One table out of CSV files, picture folders and Parquet files, in the order given.

    DataError for the first bad row or file, for an id that comes twice, and if no picture is left; with
    `skip_bad` bad rows and files and the second of two equal ids are told and left out.
    """
    tables = keep_good(sources, lambda path: read_source(path, skip_bad, progress), skip_bad)
    table = _each_id_once(merge(list(tables)), skip_bad)
    if not len(table):
        raise DataError(f"{', '.join(map(str, sources))}: no readable picture in there")
    return table


def read_source(path: Path, skip_bad: SkipBad | None = None, progress: Progress = unwatched) -> FaceTable:
    """One CSV file, picture folder or Parquet file, told apart by its name's ending."""
    if path.is_dir():
        return read_folder(path, skip_bad, progress)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.suffix.lower() == ".csv":
        return read_csv(path, skip_bad, progress)
    if path.suffix.lower() == ".parquet":
        return read_table(path, skip_bad)
    raise DataError(f"{path}: expected a .csv file, a .parquet file or a folder with train/ and test/")


def read_csv(path: Path, skip_bad: SkipBad | None = None, progress: Progress = unwatched) -> FaceTable:
    """`fer2013.csv` or `icml_face_data.csv`: columns emotion, pixels and Usage, in any order.

    Ids are `ferNNNNNNN` with the row's number, counted from 0 without the header; bad rows count too.
    """
    rows = csv_rows(path, progress)
    columns = column_numbers(next(rows, []), ("emotion", "pixels", "Usage"), path)
    return _table(keep_good(enumerate(rows), lambda item: _csv_entry(*item, columns, path), skip_bad))


def read_folder(path: Path, skip_bad: SkipBad | None = None, progress: Progress = unwatched) -> FaceTable:
    """`train/<class>/*.jpg` and `test/<class>/*.jpg`, JPEG or PNG.

    `Training_…`, `PublicTest_…` and `PrivateTest_…` in a file name are the id and give the split;
    `ferNNNNNNN` is the id. Any other picture gets its path as id, Training under `train`, PublicTest under
    `test`.
    """
    files = sorted(
        file
        for split in SPLIT_FOLDERS
        for file in (path / split).glob("*/*")
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
    )
    if not files:
        raise DataError(f"{path}: no pictures: expected train/<class>/*.jpg and test/<class>/*.jpg")
    return _table(keep_good(_counted(files, progress), lambda file: _file_entry(file, path), skip_bad))


def merge(tables: Sequence[FaceTable]) -> FaceTable:
    """The tables one after the other; with votes if any has them."""
    if not tables:
        return build_table([], [], [], [])
    has_votes = any(table.votes is not None for table in tables)
    return FaceTable(
        ids=np.concatenate([table.ids for table in tables]),
        usage=np.concatenate([table.usage for table in tables]),
        codes=np.concatenate([table.codes for table in tables]),
        images=np.concatenate([table.images for table in tables]),
        votes=np.concatenate([_votes_or_zeros(table) for table in tables]) if has_votes else None,
    )


def parse_pixels(text: str, where: str) -> Grey:
    """(48, 48) uint8 grey of 2,304 numbers with blanks between; DataError names what is wrong."""
    values = text.split()
    if len(values) != PIXELS:
        raise DataError(f"{where}: {len(values)} pixels: expected {PIXELS}")
    try:
        # int() alone would take 1_0, +1 and the digits of other scripts as well.
        pixels = b"" if _NO_NUMBERS.search(text) else bytes(map(int, values))
    except ValueError:
        pixels = b""
    if not pixels:
        number, bad = next((n, v) for n, v in enumerate(values) if not _is_grey(v))
        raise DataError(f"{where}: pixel {number} is {bad[:20]!r}: expected a whole number, 0 to 255")
    return np.frombuffer(pixels, dtype=np.uint8).reshape(SIDE_PX, SIDE_PX)


def _csv_entry(row: int, cells: list[str], columns: list[int], path: Path) -> Entry:
    where = f"{path}: row {row}"
    if len(cells) <= max(columns):
        raise DataError(f"{where}: {len(cells)} cells: expected emotion, pixels and Usage")
    emotion, pixels, usage = (cells[column] for column in columns)
    if emotion not in {str(code) for code in range(len(FER2013_CLASSES))}:
        raise DataError(f"{where}: emotion is {emotion[:20]!r}: expected a code from 0 to 6")
    if usage not in USAGES:
        raise DataError(f"{where}: Usage is {usage[:20]!r}: expected one of {', '.join(USAGES)}")
    return f"fer{row:07d}", usage, int(emotion), parse_pixels(pixels, where)


def _file_entry(file: Path, root: Path) -> Entry:
    split, class_name = file.parts[len(root.parts) : len(root.parts) + 2]
    if class_name.lower() not in FER2013_CLASSES:
        raise DataError(
            f"{file}: unknown class folder {class_name!r}: expected one of {', '.join(FER2013_CLASSES)}"
        )
    official = _OFFICIAL_NAME.fullmatch(file.stem)
    usage = official[1] if official else SPLIT_FOLDERS[split]
    named = official or _ROW_NAME.fullmatch(file.stem)
    name = file.stem if named else file.relative_to(root).with_suffix("").as_posix()
    try:
        picture = decode_picture(file.read_bytes(), str(file))
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror})") from error
    return name, usage, FER2013_CLASSES.index(class_name.lower()), picture


def _table(entries: Iterable[Entry]) -> FaceTable:
    ids: list[str] = []
    usage: list[str] = []
    codes: list[int] = []
    images: list[Grey] = []
    for name, split, code, image in entries:
        ids.append(name)
        usage.append(split)
        codes.append(code)
        images.append(image)
    return build_table(ids, usage, codes, images)


def _counted(files: Sequence[Path], progress: Progress) -> Iterator[Path]:
    for number, file in enumerate(files, start=1):
        yield file
        progress(number, len(files))


def _votes_or_zeros(table: FaceTable) -> NDArray[np.uint8]:
    return (
        table.votes if table.votes is not None else np.zeros((len(table), len(VOTE_COLUMNS)), dtype=np.uint8)
    )


def _each_id_once(table: FaceTable, skip_bad: SkipBad | None) -> FaceTable:
    first = np.unique(table.ids, return_index=True)[1]
    again = np.setdiff1d(np.arange(len(table)), first)
    for row in again:
        message = f"{table.ids[row]}: this id comes twice: expected each picture once"
        if skip_bad is None:
            raise DataError(message)
        skip_bad(message)
    return table.take(np.sort(first)) if len(again) else table


def _is_grey(value: str) -> bool:
    return _WHOLE_NUMBER.fullmatch(value) is not None and int(value) <= 255
