"""Commands that need more packages than the plain install brings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mien.errors import MissingExtraError


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn a missing package into the line that says how to get it."""
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(f"this needs {error.name}: pip install 'mien[{extra}]'") from error
