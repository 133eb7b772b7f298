"""How numbers stand in the tables of an audit's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from mien.document import cell, shaded, table


def part(number: int, whole: int) -> str:
    """A count with its share of the whole."""
    return shaded(number, whole, f"{number:,} ({number / whole:.0%})") if number else cell("0")


def number_cell(number: int) -> str:
    """A count."""
    return cell(f"{number:,}")


def wide_table(caption: str, columns: Sequence[str], rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A table that may be wider than the page; the keyboard reaches it, so that it can be scrolled."""
    inside = table(caption, columns, rows)
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">{inside}</div>'
