"""The card's files: the JSON, the page beside it, its pictures in a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mien.files import naming, write_text
from mien.scorecard.card import Card
from mien.scorecard.figures import FIGURES, draw_figures
from mien.scorecard.goals import judge
from mien.scorecard.page import FOLDER, page
from mien.scorecard.readme import filled_file
from mien.train.figures import save_figure

JSON_NAME, PAGE_NAME = "scorecard.json", "scorecard.md"


def write_card(card: Card, folder: Path, readmes: Sequence[Path] = ()) -> None:
    """Write all files, each whole or not at all, and fill the marked places of READMEs.

    All is drawn and filled before the first file is written. Pictures of parts that were not measured are
    taken away. SinkError if a file cannot be written, DataError as `fill`.
    """
    figures = draw_figures(card)
    filled = {path: filled_file(path, card) for path in readmes}
    for name, figure in figures.items():
        save_figure(figure, folder / FOLDER / f"{name}.png")
    for name in set(FIGURES) - set(figures):
        with naming(folder):
            (folder / FOLDER / f"{name}.png").unlink(missing_ok=True)
    record = {**card.as_record(), "bars": [verdict.as_record() for verdict in judge(card)]}
    write_text(folder / JSON_NAME, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    write_text(folder / PAGE_NAME, page(card))
    for path, text in filled.items():
        write_text(path, text)
