"""The progress bars of all commands that make a person wait."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")


def with_progress(
    items: Iterable[T], total: int | None, label: str, *, hidden: bool = False
) -> Generator[T, None, None]:
    """The items, with a bar on stderr that goes away in the end; none where stderr is no terminal."""
    with _bar(MofNCompleteColumn(), hidden=hidden) as progress:
        yield from progress.track(items, total=total, description=label)


@contextmanager
def counted(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function to tell how much is done and how much there is in all; it moves a bar on stderr."""
    with _bar(TaskProgressColumn()) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _bar(how_far: ProgressColumn, *, hidden: bool = False) -> Progress:
    console = Console(stderr=True)
    return Progress(
        # A path may hold brackets that would be read as markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        how_far,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
        # Redirecting would send to stderr what is meant for stdout.
        redirect_stdout=False,
        redirect_stderr=False,
    )
