"""One picture with the first examples of each kind of dropped face: a person would rather look."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from mien.files import write_bytes
from mien.train.cleaning import Dropped, Reason
from mien.train.table import FER2013_CLASSES, SIDE_PX, FaceTable
from mien.types import Image

PICTURE_PX = 3 * SIDE_PX
COLUMNS = 8
"""So many pictures in a row: eight single ones, or four pairs."""

_GAP_PX = 14
_LINE_PX = 16
_HEADING_PX = 40
_CAPTION_LINES = 3
_CELL_PX = PICTURE_PX + _GAP_PX
_ROW_PX = _HEADING_PX + PICTURE_PX + _CAPTION_LINES * _LINE_PX + _GAP_PX
_WIDTH_PX = COLUMNS * _CELL_PX + _GAP_PX
_PAPER = 250
_BLACK, _GREY, _BLUE = (20, 20, 20), (110, 110, 110), (190, 110, 20)


def draw_sheet(table: FaceTable, dropped: Sequence[Dropped]) -> Image:
    """HxWx3 uint8 BGR: a strip for each reason that occurs, repeats and leaks beside the picture they repeat.

    table: what was cleaned, which the row numbers in `dropped` count in.
    """
    strips = []
    gone = {entry.row for entry in dropped}
    for reason in Reason:
        entries = [entry for entry in dropped if entry.reason is reason]
        if entries:
            strips.append(_strip(table, reason, entries, gone))
    return np.vstack(strips) if strips else _notice("Nothing was dropped.")


def write_sheet(table: FaceTable, dropped: Sequence[Dropped], path: Path) -> None:
    """Write the sheet as PNG, whole or not at all."""
    write_bytes(path, cv2.imencode(".png", draw_sheet(table, dropped))[1].tobytes())


def _strip(table: FaceTable, reason: Reason, entries: Sequence[Dropped], gone: Set[int]) -> Image:
    sheet = np.full((_ROW_PX, _WIDTH_PX, 3), _PAPER, dtype=np.uint8)
    _write(sheet, f"{reason.value}: {len(entries):,} pictures, {reason.meaning}", (_GAP_PX, 27), _BLACK, 0.62)
    in_pairs = entries[0].partner is not None
    for place, entry in enumerate(islice(entries, COLUMNS // 2 if in_pairs else COLUMNS)):
        column = 2 * place if in_pairs else place
        _place(sheet, table, entry.row, column, "dropped" if in_pairs else _short(entry.detail))
        if entry.partner is not None:
            fate = "dropped as well" if entry.partner in gone else "stays"
            _place(sheet, table, entry.partner, column + 1, fate)
            _tie(sheet, column)
    return sheet


def _place(sheet: Image, table: FaceTable, row: int, column: int, note: str) -> None:
    left, top = _GAP_PX + column * _CELL_PX, _HEADING_PX
    large = cv2.resize(table.images[row], (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_CUBIC)
    sheet[top : top + PICTURE_PX, left : left + PICTURE_PX] = large[:, :, None]
    label = f"{table.usage[row]} {FER2013_CLASSES[table.codes[row]]}"
    for line, (text, colour) in enumerate(
        ((str(table.ids[row])[-20:], _GREY), (label, _BLACK), (note, _BLUE))
    ):
        _write(sheet, text, (left, top + PICTURE_PX + (line + 1) * _LINE_PX - 3), colour, 0.4)


def _tie(sheet: Image, column: int) -> None:
    """A bar between two pictures that belong together."""
    x, y = _GAP_PX + column * _CELL_PX + PICTURE_PX, _HEADING_PX + PICTURE_PX // 2
    cv2.rectangle(sheet, (x, y - 4), (x + _GAP_PX - 1, y + 4), _BLUE, cv2.FILLED)


def _short(detail: str) -> str:
    return detail.split(",", maxsplit=1)[0][:22]


def _notice(text: str) -> Image:
    sheet = np.full((_HEADING_PX, _WIDTH_PX, 3), _PAPER, dtype=np.uint8)
    _write(sheet, text, (_GAP_PX, 27), _BLACK, 0.62)
    return sheet


def _write(sheet: Image, text: str, at: tuple[int, int], colour: tuple[int, int, int], size: float) -> None:
    cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
