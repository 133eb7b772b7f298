"""A table of faces in Parquet, for data frames and databases; needs the extra `[parquet]`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import MissingExtraError, SinkError
from mien.files import STDOUT, beside_of, naming, ready_to_replace
from mien.sinks.sink import Sink
from mien.sinks.table import COLUMNS, Cell, face_rows
from mien.types import Frame, FrameResult

if TYPE_CHECKING:
    import pyarrow

ROWS_A_GROUP = 10_000
"""So many rows wait in memory, about 2 MB, until they are written."""

_INTEGERS = ("frame", "id")
_WORDS = ("label", "emotion", "doubt")


class ParquetSink(Sink):
    """A row a face, columns as in `mien.sinks.table.COLUMNS`, written group by group.

    A Parquet file ends with its table of contents: one that was killed cannot be read. It is therefore
    written beside and takes its name when closed, also after an exception.
    """

    def __init__(self, path: Path, rows_a_group: int = ROWS_A_GROUP) -> None:
        """MissingExtraError without pyarrow, SinkError if the file cannot be written."""
        try:
            import pyarrow.parquet  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("Parquet needs pyarrow: pip install 'mien[parquet]'") from error
        if str(path) == STDOUT:
            raise SinkError("Parquet cannot go to standard output: expected a file name")
        self._path, self._rows_a_group = path, rows_a_group
        self._place = ready_to_replace(path)
        self._beside = beside_of(self._place)
        self._rows: list[tuple[Cell, ...]] = []
        self._schema = _schema()
        with naming(path):
            self._writer = pyarrow.parquet.ParquetWriter(self._beside, self._schema)
        self._is_open = True

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        self._rows += face_rows(result)
        if len(self._rows) >= self._rows_a_group:
            self._write_group()

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._write_group()
            with naming(self._path):
                self._writer.close()
                self._beside.replace(self._place)
        finally:
            self._beside.unlink(missing_ok=True)

    def _write_group(self) -> None:
        if self._rows:
            records = [dict(zip(COLUMNS, row, strict=True)) for row in self._rows]
            with naming(self._path):
                self._writer.write_table(_table(records, self._schema))
            self._rows = []


def _table(records: list[dict[str, Cell]], schema: pyarrow.Schema) -> pyarrow.Table:
    import pyarrow  # noqa: PLC0415 - an extra

    return pyarrow.Table.from_pylist(records, schema)


def _schema() -> pyarrow.Schema:
    import pyarrow  # noqa: PLC0415 - an extra

    kinds = {
        **dict.fromkeys(COLUMNS, pyarrow.float64()),
        **dict.fromkeys(_INTEGERS, pyarrow.int64()),
        **dict.fromkeys(_WORDS, pyarrow.string()),
        "personal": pyarrow.bool_(),
    }
    return pyarrow.schema([(name, kinds[name]) for name in COLUMNS])
