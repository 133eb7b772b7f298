"""The next item of a line is made while the last one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The same items in the same order, each made on a thread of its own while the one before is used.

    What goes wrong in making an item is raised where that item would have come. Whoever stops early closes
    the generator, which waits for the item in hand and ends the thread: close it before anything that the
    items are made from.
    """
    line = iter(items)
    with ThreadPoolExecutor(1, "mien: ahead") as thread:
        coming: Future[T] = thread.submit(next, line)
        while True:
            try:
                item = coming.result()
            except StopIteration:
                return
            coming = thread.submit(next, line)
            yield item
