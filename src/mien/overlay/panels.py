"""What is said about the picture as a whole: how fast it goes, what is the matter, which keys there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mien.overlay.colours import DARK, WHITE
from mien.overlay.ink import text_mask
from mien.overlay.sheet import Plate, Sheet
from mien.view import ViewState

KEYS = (
    ("h", "show or hide this help"),
    ("n", "learn the resting faces"),
    ("e", "show where the model looks"),
    ("q", "quit"),
)
"""The keys of the window, and what they do."""

BGR_OF_NOTICE = (0, 159, 230)
"""Orange, the one colour of Okabe and Ito's that stands for no emotion."""


def status_line(view: ViewState) -> str:
    """The figures in words, as many as are known; empty if none is."""
    timing = view.timing
    parts = []
    if view.fps is not None:
        parts.append(f"camera {view.fps:.0f} fps" if timing else f"{view.fps:.0f} fps")
    if timing:
        if timing.analysis_fps is not None:
            parts.append(f"analysis {timing.analysis_fps:.0f} fps")
        parts += [f"{timing.latency_ms:.0f} ms late", f"{timing.dropped} dropped"]
    return "  ".join(parts)


def draw_status(sheet: Sheet, view: ViewState) -> None:
    """The status line in a corner where nothing else is."""
    text = status_line(view)
    if not text:
        return
    plate = _fitted(sheet, Plate(text, round(sheet.text_px * (0.8 if view.timing else 1.0)), DARK, 0.6))
    width, height = plate.size
    gap = plate.text_px // 2
    right, bottom = sheet.canvas.shape[1] - width - gap, sheet.canvas.shape[0] - height - gap
    spot = sheet.place(
        plate.size, [(right, gap), (right, bottom), (gap, bottom), (gap, gap), (right, bottom - 3 * height)]
    )
    if spot:
        plate.draw(sheet, spot)


def draw_notice(sheet: Sheet, notice: str) -> None:
    """One line for the person at the screen, in the middle of the lower edge, over boxes and words."""
    plate = _fitted(sheet, Plate(notice, sheet.text_px, BGR_OF_NOTICE, 0.95))
    width, height = plate.size
    middle = (sheet.canvas.shape[1] - width) / 2, sheet.canvas.shape[0] - height - plate.text_px
    left, top = sheet.inside(middle, plate.size)
    sheet.taken.append((left, top, left + width, top + height))
    plate.draw(sheet, (left, top))


def draw_help(sheet: Sheet, keys: Sequence[tuple[str, str]] = KEYS) -> None:
    """The list of keys, in the middle of the picture, over everything else."""
    text_px = sheet.fit(_help_size(keys, sheet.text_px), sheet.text_px)
    size = _help_size(keys, text_px)
    height, width = sheet.canvas.shape[:2]
    left, top = sheet.inside(((width - size[0]) / 2, (height - size[1]) / 2), size)
    sheet.fill((left, top), size, DARK, 0.92)
    for row, (key, meaning) in enumerate(keys):
        line = top + text_px + round(1.6 * row * text_px)
        sheet.write((left + text_px, line), key, text_px, BGR_OF_NOTICE)
        sheet.write((left + round(2.5 * text_px), line), meaning, text_px, WHITE)


def _help_size(keys: Sequence[tuple[str, str]], text_px: int) -> tuple[int, int]:
    longest = max(text_mask(meaning, text_px).shape[1] for _, meaning in keys)
    return longest + round(3.5 * text_px), round((1.4 + 1.6 * len(keys)) * text_px)


def _fitted(sheet: Sheet, plate: Plate) -> Plate:
    return replace(plate, text_px=sheet.fit(plate.size, plate.text_px))
