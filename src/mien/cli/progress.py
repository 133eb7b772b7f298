"""One progress bar for all commands that make a person wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


def with_progress(items: Iterable[T], total: int | None, label: str, *, hidden: bool = False) -> Iterator[T]:
    """The items, with a bar on stderr that goes away in the end; none where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
        # Redirecting would send to stderr what is meant for stdout.
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        yield from progress.track(items, total=total, description=label)
