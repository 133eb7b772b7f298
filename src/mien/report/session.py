"""Reads what `mien run --jsonl` wrote, line by line, however long it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mien.errors import DataError
from mien.overlay import BGR_OF_LABEL
from mien.report.person import Person
from mien.types import SCHEMA

LONGEST_S = 1e9
"""Thirty years: what lies further on is no session's time."""

_STEP = 1000


@dataclass
class Session:
    """What the lines say, summed up.

    notes: what a reader of the page should know, such as a last line that was cut off. dropped: frames of a
    live session that were not analysed, None for a recording. timed, latency_sum_ms: how many lines tell
    their latency, and the sum of it.
    """

    name: str
    frames: int = 0
    start_s: float = 0.0
    end_s: float = 0.0
    people: dict[int, Person] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dropped: int | None = None
    timed: int = 0
    latency_sum_ms: float = 0.0

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self.end_s - self.start_s

    @property
    def latency_ms(self) -> float | None:
        """Mean time from the camera's frame to its result, None for a recording."""
        return self.latency_sum_ms / self.timed if self.timed else None

    def add(self, record: dict[str, Any]) -> None:
        """Take one frame's record; KeyError, TypeError or ValueError where it is not one."""
        time_s = float(record["timestamp_s"])
        if not 0 <= time_s <= LONGEST_S:
            raise ValueError(f"timestamp_s is {time_s:g}")
        if time_s < self.end_s:
            raise ValueError(f"timestamp_s goes back to {time_s:g}, is it another session?")
        for face in record["faces"]:
            self._add_face(time_s, face)
        if record["timing"]:
            self.timed += 1
            self.latency_sum_ms += float(record["timing"]["latency_ms"])
            self.dropped = int(record["timing"]["dropped"])
        if not self.frames:
            self.start_s = time_s
        self.end_s = time_s
        self.frames += 1

    def _add_face(self, time_s: float, face: dict[str, Any]) -> None:
        number, label = int(face["id"]), face["label"]
        if label not in BGR_OF_LABEL:
            raise ValueError(label)
        person = self.people.setdefault(number, Person(number))
        person.add_label(time_s, label)
        person.personal = person.personal or bool(face["personal"])
        if face["doubt"]:
            person.doubts[str(face["doubt"])] += 1
        if face["quality"]:
            person.add_quality(time_s, face["quality"])


def read_session(path: Path, on_progress: Callable[[int, int], None] | None = None) -> Session:
    """Sum up a file of JSON lines. on_progress: is told how many bytes of how many have been read.

    A last line that is cut off, as a killed recording leaves it, is left out with a note.
    Raises DataError that names the line for a file that holds something else, or nothing.
    """
    session = Session(os.fsencode(path.name).decode(errors="replace"))
    for number, line in _lines(path, on_progress):
        try:
            record = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            if not line.endswith(b"\n") and session.frames:
                session.notes.append(
                    f"Line {number} is cut off: the recording was killed while it was written."
                )
                break
            raise _not_ours(path, number, "is no JSON") from error
        _add(session, record, path, number)
    if not session.frames:
        raise DataError(f"{path} holds no frame: expected lines of `mien run --jsonl`")
    return session


def _lines(path: Path, on_progress: Callable[[int, int], None] | None) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line that is not blank."""
    try:
        with path.open("rb") as file:
            total, done = path.stat().st_size, 0
            for number, line in enumerate(file, start=1):
                done += len(line)
                if on_progress and number % _STEP == 0:
                    on_progress(done, total)
                if line.strip():
                    yield number, line
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _add(session: Session, record: object, path: Path, number: int) -> None:
    if not isinstance(record, dict) or "schema" not in record:
        raise _not_ours(path, number, "is no frame's result")
    if record["schema"] != SCHEMA:
        raise _not_ours(path, number, f"has schema {record['schema']!r}, expected {SCHEMA}")
    try:
        session.add(record)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise _not_ours(path, number, f"does not fit the schema ({type(error).__name__}: {error})") from error


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _not_ours(path: Path, number: int, why: str) -> DataError:
    return DataError(f"{path}, line {number} {why}: expected lines of `mien run --jsonl`")
