"""Marked places in a Markdown file that are filled from the card.

A place is `<!-- scorecard:NAME -->…<!-- /scorecard -->`: within a line it holds a figure, over several lines
a table. NAME is one of `PLACES`.
"""

from __future__ import annotations

import re
from pathlib import Path

from mien.errors import DataError
from mien.scorecard.card import Card
from mien.scorecard.places import PLACES

_MARK = re.compile(r"<!-- (?:scorecard:([\w-]*)|(/scorecard)) -->")


def fill(text: str, card: Card, where: str) -> str:
    """The text with every marked place filled anew.

    where: the file's name, for errors. DataError names the line of a mark that has no partner, or an unknown
    name, or says that there is no mark.
    """
    parts, at, opened = [], 0, None
    for mark in _MARK.finditer(text):
        name, line = mark[1], text.count("\n", 0, mark.start()) + 1
        if (opened is None) == (name is None):
            raise DataError(f"{where}: line {line}: {mark[0]} without its partner: expected them in pairs")
        if opened is None:
            parts.append(text[at : mark.end()])
            opened = _known(name, f"{where}: line {line}")
        else:
            parts.append(_filling(opened, card, is_block="\n" in text[at : mark.start()]))
            parts.append(mark[0])
            opened = None
        at = mark.end()
    if opened is not None:
        raise DataError(f"{where}: scorecard:{opened} is never closed: expected <!-- /scorecard -->")
    if not parts:
        raise DataError(f"{where}: no place is marked: expected <!-- scorecard:NAME -->…<!-- /scorecard -->")
    return "".join(parts) + text[at:]


def filled_file(path: Path, card: Card) -> str:
    """What a file comes to with its places filled; DataError if it cannot be read, or as `fill`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}): expected a Markdown file") from error
    return fill(text, card, str(path))


def _known(name: str, where: str) -> str:
    if name not in PLACES:
        raise DataError(f"{where}: unknown place {name!r}: expected one of {', '.join(PLACES)}")
    return name


def _filling(name: str, card: Card, *, is_block: bool) -> str:
    text = PLACES[name](card)
    # A blank line on both sides: the marks are HTML, and Markdown's blocks end at blank lines for sure.
    return f"\n\n{text}\n\n" if is_block else text
