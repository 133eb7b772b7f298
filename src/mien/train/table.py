"""A split of FER2013 in memory, and its one file form: Parquet with PNG bytes.

Columns: `id` (`ferNNNNNNN`, NNNNNNN the row in Kaggle's CSV, or the file's stem), `usage` (Training,
PublicTest or PrivateTest), `emotion` (FER2013's code, 0 to 6), `image` (struct of `bytes`, a PNG, and
`path`), and, where FER+ was joined, `votes` (ten counts a picture, null where there are none).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError, MissingExtraError
from mien.files import write_whole
from mien.train.reading import SkipBad, keep_good
from mien.types import EMOTIONS, LABELS, Crops, Emotion, Grey

SIDE_PX = 48
"""FER2013's pictures are 48 x 48 grey."""

_COLUMNS = ("id", "usage", "emotion", "image")
_VOTES = "votes"

USAGES = ("Training", "PublicTest", "PrivateTest")

FER2013_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in the order of its codes 0 to 6."""

VOTE_COLUMNS = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""FER+'s ten answers in the order of its file; NF is "not a face"."""

VOTE_OF_EMOTION = {
    Emotion.ANGRY: "anger",
    Emotion.HAPPY: "happiness",
    Emotion.SAD: "sadness",
    Emotion.SURPRISE: "surprise",
    Emotion.NEUTRAL: "neutral",
}


@dataclass(frozen=True)
class FaceTable:
    """N faces with their labels.

    ids, usage: (N,) str. codes: (N,) int8, FER2013's own 0 to 6. images: (N, 48, 48) uint8 grey.
    votes: (N, 10) uint8 in the order of `VOTE_COLUMNS`, all zero where nobody voted, or None without FER+.
    """

    ids: NDArray[np.str_]
    usage: NDArray[np.str_]
    codes: NDArray[np.int8]
    images: Crops
    votes: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> FaceTable:
        """The rows chosen by a mask or by their numbers, in that order."""
        votes = None if self.votes is None else self.votes[rows]
        return FaceTable(self.ids[rows], self.usage[rows], self.codes[rows], self.images[rows], votes)

    def labels(self) -> NDArray[np.int64]:
        """(N,) int64: column in `EMOTIONS` of FER2013's label, -1 for disgust and fear."""
        column = [LABEL_OF_CODE.get(code, -1) for code in range(len(FER2013_CLASSES))]
        return np.asarray(column, dtype=np.int64)[self.codes]

    def crowd(self) -> NDArray[np.float32]:
        """(N, 5) float32: votes for each of the five emotions, 0 to 10 or so; all zero without votes."""
        if self.votes is None:
            return np.zeros((len(self), len(EMOTIONS)), dtype=np.float32)
        columns = [VOTE_COLUMNS.index(VOTE_OF_EMOTION[emotion]) for emotion in EMOTIONS]
        return self.votes[:, columns].astype(np.float32)

    def crowd_says_five(self) -> NDArray[np.bool_]:
        """(N,) bool: more voters chose one of the five emotions than any other answer."""
        if self.votes is None:
            return np.zeros(len(self), dtype=np.bool_)
        others = [VOTE_COLUMNS.index(name) for name in VOTE_COLUMNS if name not in VOTE_OF_EMOTION.values()]
        return np.asarray(self.crowd().max(axis=1) > self.votes[:, others].max(axis=1))


LABEL_OF_CODE = {code: LABELS.index(name) for code, name in enumerate(FER2013_CLASSES) if name in LABELS}


def decode_picture(data: bytes, where: str) -> Grey:
    """(48, 48) uint8 grey of a PNG or JPEG; DataError names `where` if it is broken or of another size."""
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # nothing to decode, or a header that claims more pixels than OpenCV allows
        image = None
    if image is None:
        raise DataError(f"{where}: the picture cannot be decoded: expected PNG or JPEG bytes")
    if image.shape != (SIDE_PX, SIDE_PX):
        raise DataError(
            f"{where}: the picture has {image.shape[1]}x{image.shape[0]} pixels: expected {SIDE_PX}x{SIDE_PX}"
        )
    return np.asarray(image, dtype=np.uint8)


def encode_picture(image: Grey) -> bytes:
    """Lossless PNG of a (48, 48) uint8 grey picture."""
    return bytes(cv2.imencode(".png", image)[1])


def build_table(
    ids: Sequence[str],
    usage: Sequence[str],
    codes: Sequence[int],
    images: Sequence[Grey],
    votes: Sequence[Sequence[int]] | None = None,
) -> FaceTable:
    """A table out of plain lists, one entry a picture."""
    shape = (0, SIDE_PX, SIDE_PX)
    return FaceTable(
        ids=np.asarray(ids, dtype=np.str_),
        usage=np.asarray(usage, dtype=np.str_),
        codes=np.asarray(codes, dtype=np.int8),
        images=np.stack(images).astype(np.uint8) if images else np.empty(shape, dtype=np.uint8),
        votes=None
        if votes is None
        else np.asarray(votes, dtype=np.uint8).reshape(len(ids), len(VOTE_COLUMNS)),
    )


def write_table(table: FaceTable, path: Path) -> None:
    """Write the Parquet form; an interrupted call leaves what was there before."""
    pa, pq = _pyarrow()
    columns = {
        "id": pa.array(table.ids.tolist(), pa.string()),
        "usage": pa.array(table.usage.tolist(), pa.string()),
        "emotion": pa.array(table.codes, pa.int8()),
        "image": pa.array(
            [
                {"bytes": encode_picture(image), "path": f"{name}.png"}
                for image, name in zip(table.images, table.ids, strict=True)
            ],
            pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        ),
    }
    if table.votes is not None:
        rows = [row.tolist() if row.any() else None for row in table.votes]
        columns[_VOTES] = pa.array(rows, pa.list_(pa.uint8()))
    write_whole(path, lambda beside: pq.write_table(pa.table(columns), beside))


def read_table(path: Path, skip_bad: SkipBad | None = None) -> FaceTable:
    """Read the Parquet form.

    skip_bad: called with one line for each row that is dropped because it is bad; without it the first bad
    row raises DataError.
    """
    records = _read_records(path)
    good = list(
        keep_good(enumerate(records), lambda item: _parse_record(item[1], f"{path}: row {item[0]}"), skip_bad)
    )
    with_votes = bool(records) and _VOTES in records[0]
    ids, usage, codes, images, votes = zip(*good, strict=True) if good else ((), (), (), (), ())
    return build_table(ids, usage, codes, images, votes if with_votes else None)


def _parse_record(record: dict[str, object], where: str) -> tuple[str, str, int, Grey, list[int]]:
    name, usage, code, image = (record[key] for key in _COLUMNS)
    where = f"{where} ({name})"
    if usage not in USAGES:
        raise DataError(f"{where}: usage is {usage!r}: expected one of {', '.join(USAGES)}")
    if not isinstance(code, int) or not 0 <= code < len(FER2013_CLASSES):
        raise DataError(f"{where}: emotion is {code!r}: expected a code from 0 to 6")
    data = image.get("bytes") if isinstance(image, dict) else image
    votes = record.get(_VOTES) or [0] * len(VOTE_COLUMNS)
    if not isinstance(votes, list) or len(votes) != len(VOTE_COLUMNS) or not all(map(_is_count, votes)):
        raise DataError(f"{where}: votes are {votes!r}: expected {len(VOTE_COLUMNS)} counts")
    return str(name), str(usage), code, decode_picture(data if isinstance(data, bytes) else b"", where), votes


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= 255


def _read_records(path: Path) -> list[dict[str, object]]:
    pa, pq = _pyarrow()
    if not path.is_file():
        raise DataError(f"{path}: no such file: expected a Parquet file")
    try:
        held = pq.read_schema(path).names
        missing = sorted(set(_COLUMNS) - set(held))
        if missing:
            raise DataError(f"{path}: no column {', '.join(missing)}: expected {', '.join(_COLUMNS)}")
        table = pq.read_table(path, columns=[name for name in (*_COLUMNS, _VOTES) if name in held])
        records: list[dict[str, object]] = table.to_pylist()
    # Beside Arrow's own errors those of Python's text and dates, into which it turns what the file holds.
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError) as error:
        raise DataError(
            f"{path}: cannot be read as Parquet, is it truncated? ({error})".splitlines()[0]
        ) from error
    return records


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("Parquet files need pyarrow: pip install 'mien[data]'") from error
    return pa, pq
