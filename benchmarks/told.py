"""Where a benchmark's text goes."""

from __future__ import annotations

from pathlib import Path

from mien.files import write_text


def tell(text: str, out: Path | None) -> None:
    """Write the text into this file, whole, or print it."""
    if out:
        write_text(out, text)
    else:
        print(text, end="")
