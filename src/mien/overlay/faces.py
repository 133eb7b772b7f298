"""What is drawn for each face: its box, its word, and the five probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2

from mien.overlay.colours import BGR_OF_EMOTION, DARK, WHITE, colour_of
from mien.overlay.ink import SHIFT, blend, rounded_mask, rounded_outline, text_mask
from mien.overlay.sheet import Plate, Sheet, side_of
from mien.types import EMOTIONS, LABELS, Box, Doubt, TrackedFace

WORDS_OF_DOUBT: dict[Doubt, str] = {
    Doubt.PROBABILITY: "unsure",
    Doubt.SMALL: "unsure: too small",
    Doubt.BLURRED: "unsure: blurred",
    Doubt.DARK: "unsure: too dark",
    Doubt.TURNED: "unsure: turned away",
}
"""What stands beside a face in doubt; where the probabilities are near each other no reason helps."""


def draw_box(sheet: Sheet, face: TrackedFace) -> None:
    """The frame around a face: thin where its emotion is in doubt."""
    side = side_of(face)
    width = max(1, round(min(sheet.short_px / 300, side / 32) * (0.5 if face.doubt else 1.0)))
    outline = rounded_outline(face.box_xyxy, side * 0.08)
    for colour, thickness in ((DARK, width + max(2, width // 2)), (colour_of(face), width)):
        cv2.polylines(sheet.canvas, [outline], True, colour, thickness, cv2.LINE_AA, shift=SHIFT)


def draw_label(sheet: Sheet, face: TrackedFace, others: Sequence[Box] = ()) -> None:
    """The word, above the face where there is room: the emotion and how probable, or "unsure" and why.

    others: faces on which it had better not stand, since it would seem to be theirs.
    """
    text = WORDS_OF_DOUBT[face.doubt] if face.doubt else f"{face.emotion} {face.confidence:.0%}"
    opacity = 0.85 if face.doubt else 1.0
    plate = Plate(text, sheet.text_px_beside(side_of(face)), colour_of(face), opacity, marked=face.personal)
    plate = replace(plate, text_px=sheet.fit(plate.size, plate.text_px))
    x0, y0, _, y1 = face.box_xyxy
    gap = max(2, plate.text_px // 4)
    tops = (y0 - plate.size[1] - gap, y1 + gap, max(y0, 0) + gap)
    spots = [sheet.inside((x0, top), plate.size) for top in tops]
    free = [spot for spot, top in zip(spots, tops, strict=True) if spot[1] == round(top)]
    # In a crowd two words may touch: better than a face without its word.
    spot = sheet.place(plate.size, free, others) or sheet.place(plate.size, free) or spots[0]
    plate.draw(sheet, spot)


def draw_bars(sheet: Sheet, face: TrackedFace, others: Iterable[Box]) -> None:
    """The five probabilities, beside the face or where else there is room; none for a small face."""
    if side_of(face) < sheet.options.min_bars_face_px:
        return
    bars = _Bars(max(9, round(0.85 * sheet.text_px_beside(side_of(face)))))
    width, height = bars.size
    x0, y0, x1, y1 = face.box_xyxy
    gap = bars.text_px // 2
    beside = [(x1 + gap, max(y0, 0)), (x0 - width - gap, max(y0, 0))]
    spots = [*beside, (x0, y1 + gap), (x1 - width, y1 + gap), (x1 - width, y0 - height - gap)]
    if height < 0.4 * (y1 - y0) and width < x1 - x0:
        spots.append(sheet.inside((x0 + gap, y1 - height - gap), bars.size))
    spot = sheet.place(bars.size, spots, others)
    if spot:
        bars.draw(sheet, spot, face)


@dataclass(frozen=True)
class _Bars:
    """The panel of five probabilities; all its measures follow from the height of its text."""

    text_px: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return 3 * self._pad_px + self._word_px + self._bar_px, self._pad_px + 5 * self._row_px

    def draw(self, sheet: Sheet, spot: tuple[int, int], face: TrackedFace) -> None:
        canvas = sheet.canvas
        blend(canvas, rounded_mask(*self.size, self.text_px // 2), DARK, spot, 0.65)
        thick = max(3, round(0.5 * self.text_px))
        left = spot[0] + self._pad_px
        bar_left = left + self._word_px + self._pad_px
        for row, (emotion, prob) in enumerate(zip(EMOTIONS, face.probs, strict=True)):
            top = spot[1] + self._pad_px // 2 + row * self._row_px
            opacity = 1.0 if emotion.value == face.label else 0.75
            word_top = top + (self._row_px - self.text_px) // 2
            sheet.write((left, word_top), emotion.value, self.text_px, WHITE, opacity)
            bar_top = top + (self._row_px - thick) // 2
            blend(canvas, rounded_mask(self._bar_px, thick, thick // 2), WHITE, (bar_left, bar_top), 0.2)
            length = round(prob * self._bar_px)
            if length:
                bar = rounded_mask(length, thick, min(thick, length) // 2)
                blend(canvas, bar, BGR_OF_EMOTION[emotion], (bar_left, bar_top), opacity)

    @property
    def _pad_px(self) -> int:
        return round(0.6 * self.text_px)

    @property
    def _row_px(self) -> int:
        return round(1.2 * self.text_px)

    @property
    def _bar_px(self) -> int:
        return 4 * self.text_px

    @property
    def _word_px(self) -> int:
        return max(int(text_mask(label, self.text_px).shape[1]) for label in LABELS)
