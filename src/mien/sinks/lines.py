"""One line of text a frame or a face, flushed at once, so that an end at any time leaves whole lines."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from mien.errors import SinkError
from mien.files import STDOUT, naming, ready_file
from mien.sinks.sink import Sink
from mien.sinks.table import COLUMNS, face_rows
from mien.types import Frame, FrameResult


class _TextSink(Sink):
    """Text that grows by whole, flushed pieces; a path of `-` is standard output.

    A file that is there is emptied when the first piece comes: before that, another output of the same
    command may still be refused.
    """

    def __init__(self, path: Path | str) -> None:
        """SinkError if the file cannot be written."""
        self._path = path
        self._begun = False
        if str(path) == STDOUT:
            # So Python tells of a process that was started without one.
            if sys.stdout is None:
                raise SinkError("cannot write to standard output: it is closed")
            self._file = sys.stdout
            return
        ready_file(Path(path))
        with naming(path):
            self._file = Path(path).open("a", encoding="utf-8", newline="")  # noqa: SIM115 - see close

    def close(self) -> None:
        if self._file is not sys.stdout:
            with naming(self._path):
                self._file.close()

    def _append(self, text: str) -> None:
        with naming(self._path):
            if not self._begun:
                self._begin()
            self._file.write(text)
            self._file.flush()

    def _begin(self) -> None:
        self._begun = True
        if self._file is not sys.stdout and Path(self._path).is_file():
            self._file.truncate(0)


class JsonLinesSink(_TextSink):
    """A line of JSON a frame: `FrameResult.as_record`."""

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        self._append(json.dumps(result.as_record()) + "\n")


class CsvSink(_TextSink):
    """A row a face, with a heading: `mien.sinks.table.COLUMNS`; what is not known stays empty."""

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        heading = [] if self._begun else [COLUMNS]
        self._append(_csv_rows([*heading, *face_rows(result)]))


def _csv_rows(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
