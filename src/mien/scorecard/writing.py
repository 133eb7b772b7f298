"""The card's files: the JSON, the page beside it, its pictures in a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from mien.errors import DataError
from mien.files import naming, write_text
from mien.scorecard.card import Card
from mien.scorecard.figures import FIGURES, draw_figures
from mien.scorecard.goals import judge
from mien.scorecard.page import FOLDER, page
from mien.scorecard.places import PLACES
from mien.scorecard.readme import filled_file
from mien.train.figures import save_figure

JSON_NAME, PAGE_NAME = "scorecard.json", "scorecard.md"


@dataclass(frozen=True)
class _Told:
    """All that is written of a card; figures by name."""

    figures: dict[str, Figure]
    record: str
    page: str

    @classmethod
    def of(cls, card: Card) -> _Told:
        record = {**card.as_record(), "bars": [verdict.as_record() for verdict in judge(card)]}
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        return cls(draw_figures(card), text, page(card))


def check_whole(card: Card, path: Path) -> None:
    """DataError, which names the file that the card was read from, if something of it cannot be told."""
    try:
        _Told.of(card)
        for fill in PLACES.values():
            fill(card)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise DataError(f"{path}: no whole card ({said}): expected what `mien scorecard` wrote") from error


def write_card(card: Card, folder: Path, readmes: Sequence[Path] = ()) -> None:
    """Write all files, each whole or not at all, and fill the marked places of READMEs.

    All is drawn and filled before the first file is written. Pictures of parts that were not measured are
    taken away. SinkError if a file cannot be written, DataError as `fill`.
    """
    told = _Told.of(card)
    filled = {path: filled_file(path, card) for path in readmes}
    for name, figure in told.figures.items():
        save_figure(figure, folder / FOLDER / f"{name}.png")
    for name in set(FIGURES) - set(told.figures):
        with naming(folder):
            (folder / FOLDER / f"{name}.png").unlink(missing_ok=True)
    write_text(folder / JSON_NAME, told.record)
    write_text(folder / PAGE_NAME, told.page)
    for path, text in filled.items():
        write_text(path, text)
