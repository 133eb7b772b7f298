"""Commands that need more packages than the plain install brings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from mien.errors import MissingExtraError


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn a missing package into the line that says how to get it."""
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(f"this needs {error.name}: pip install 'mien[{extra}]'") from error


def need_matplotlib() -> None:
    """Ask for it before minutes of work rather than after them."""
    with needs_extra("report"):
        import_module("matplotlib")
