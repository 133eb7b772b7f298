"""What all readers share: how progress is told, and what becomes of a bad row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeAlias, TypeVar

from mien.errors import DataError

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how much is done and how much there is in all, in the same unit."""

Watch: TypeAlias = Callable[[str], AbstractContextManager[Progress]]
"""Called once a step of longer work with the step's name; gives that step's progress report."""

SkipBad: TypeAlias = Callable[[str], None]
"""Called with one line for each bad row or file that is left out; None in its place makes the first one an
error.
"""

_FIELD_LIMIT = 1 << 24
_ROWS_A_REPORT = 256


def unwatched(_done: int, _total: int) -> None:
    """The progress report that nobody reads."""


def unwatched_steps(_step: str) -> AbstractContextManager[Progress]:
    """The progress reports that nobody reads."""
    return nullcontext(unwatched)


def equal_part(progress: Progress, number: int, parts: int) -> Progress:
    """A report on one of several equal parts, told on as a share of them all; `number` counts from 0."""
    return lambda done, total: progress(number * total + done, parts * total)


def keep_good(
    items: Iterable[Item], parse: Callable[[Item], Result], skip_bad: SkipBad | None
) -> Iterator[Result]:
    """Each item parsed; one with a DataError is told to `skip_bad` and left out, or raises without it."""
    for item in items:
        try:
            result = parse(item)
        except DataError as error:  # noqa: PERF203 - one bad row must not end the others
            if skip_bad is None:
                raise
            skip_bad(str(error))
        else:
            yield result


def csv_rows(path: Path, progress: Progress = unwatched) -> Iterator[list[str]]:
    """The rows of a CSV file one by one, the header first; blank lines are passed over, cells are stripped.

    A row may be longer or shorter than the header. DataError if the file is missing or is no CSV.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file: expected a CSV file")
    size = path.stat().st_size
    with path.open("rb") as file, _long_fields():
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""))
        try:
            for number, cells in enumerate(reader):
                if number % _ROWS_A_REPORT == 0:
                    progress(file.tell(), size)
                if any(cells):
                    yield [cell.strip() for cell in cells]
        except csv.Error as error:
            raise DataError(f"{path}: line {reader.line_num} cannot be read as CSV ({error})") from error
    progress(size, size)


def column_numbers(header: list[str], wanted: tuple[str, ...], path: Path) -> list[int]:
    """Where the wanted columns stand in a header, whatever their order and case; DataError names a missing
    one.
    """
    found = [name.lower() for name in header]
    missing = [name for name in wanted if name.lower() not in found]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}: expected a header with {', '.join(wanted)}")
    return [found.index(name.lower()) for name in wanted]


@contextmanager
def _long_fields() -> Iterator[None]:
    # One picture is one cell of about 9,000 characters, and a broken row may be far longer.
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)
