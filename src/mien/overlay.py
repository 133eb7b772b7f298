"""What a person sees: boxes, words, probability bars and frames per second, drawn on a copy of the picture.

The colours are Okabe and Ito's, which people with any kind of colour vision can tell apart; the word always
stands beside the colour. Text and plates are drawn four times as large and scaled down, for smooth edges.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import boxes
from mien.options import OverlayOptions
from mien.types import EMOTIONS, LABELS, Box, Emotion, FrameResult, Image, TrackedFace

BGR_OF_EMOTION: dict[Emotion, tuple[int, int, int]] = {
    Emotion.ANGRY: (0, 94, 213),
    Emotion.HAPPY: (66, 228, 240),
    Emotion.SAD: (178, 114, 0),
    Emotion.SURPRISE: (167, 121, 204),
    Emotion.NEUTRAL: (115, 158, 0),
}
"""Okabe and Ito: vermilion, yellow, blue, reddish purple, bluish green."""

_Mask: TypeAlias = NDArray[np.uint8]
_Colour: TypeAlias = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_DUPLEX
_SMOOTH = 4
_SHIFT = 4
_WHITE: _Colour = (255, 255, 255)
_BLACK: _Colour = (0, 0, 0)
_DARK: _Colour = (24, 20, 20)


def draw(
    image: Image, result: FrameResult, *, fps: float | None = None, options: OverlayOptions | None = None
) -> Image:
    """A copy of the picture with what was found in it.

    image: HxWx3 uint8 BGR, left as it is. fps: measured frames a second, shown in the corner, or None.
    Returns HxWx3 uint8 BGR.
    """
    options = options or OverlayOptions()
    sheet = _Sheet(image.copy(), options)
    faces = sorted(result.faces, key=lambda face: -boxes.area(face.box_xyxy))
    for face in reversed(faces):
        sheet.draw_box(face)
    for face in faces:
        sheet.draw_label(face)
    if fps is not None:
        sheet.draw_rate(fps)
    if options.bars and len(faces) <= options.max_bars_faces:
        for face in faces:
            sheet.draw_bars(face, (other.box_xyxy for other in faces if other is not face))
    return sheet.canvas


@dataclass
class _Sheet:
    """A picture that is being drawn on, and the places on it that are taken."""

    canvas: Image
    options: OverlayOptions
    taken: list[Box] = field(default_factory=list)

    def draw_box(self, face: TrackedFace) -> None:
        side = _side(face)
        width = max(1, round(min(self._short_px / 300, side / 32)))
        outline = _rounded_outline(face.box_xyxy, side * 0.08)
        for colour, thickness in ((_DARK, width + max(2, width // 2)), (BGR_OF_EMOTION[face.emotion], width)):
            cv2.polylines(self.canvas, [outline], True, colour, thickness, cv2.LINE_AA, shift=_SHIFT)

    def draw_rate(self, fps: float) -> None:
        text = f"{fps:.0f} fps"
        text_px = self._fit(text, self._text_px(self._short_px))
        size = _plate_size(text, text_px)
        gap = text_px // 2
        right, bottom = self.canvas.shape[1] - size[0] - gap, self.canvas.shape[0] - size[1] - gap
        spot = self._place(size, [(right, gap), (right, bottom), (gap, bottom)])
        if spot:
            self._draw_plate(spot, text, text_px, _DARK, 0.6)

    def draw_label(self, face: TrackedFace) -> None:
        text = f"{face.emotion} {face.confidence:.0%}"
        text_px = self._fit(text, self._text_px(_side(face)))
        size = _plate_size(text, text_px)
        x0, y0, _, y1 = face.box_xyxy
        gap = max(2, text_px // 4)
        tops = (y0 - size[1] - gap, y1 + gap, max(y0, 0) + gap)
        spots = [self._inside((x0, top), size) for top in tops]
        free = [spot for spot, top in zip(spots, tops, strict=True) if spot[1] == round(top)]
        # In a crowd two words may touch: better than a face without its word.
        spot = self._place(size, free) or spots[0]
        self._draw_plate(spot, text, text_px, BGR_OF_EMOTION[face.emotion], 1.0)

    def draw_bars(self, face: TrackedFace, others: Iterable[Box]) -> None:
        if _side(face) < self.options.min_bars_face_px:
            return
        bars = _Bars(max(9, round(0.85 * self._text_px(_side(face)))))
        width, height = bars.size
        x0, y0, x1, y1 = face.box_xyxy
        gap = bars.text_px // 2
        beside = [(x1 + gap, max(y0, 0)), (x0 - width - gap, max(y0, 0))]
        spots = [*beside, (x0, y1 + gap), (x1 - width, y1 + gap), (x1 - width, y0 - height - gap)]
        if height < 0.4 * (y1 - y0) and width < x1 - x0:
            spots.append(self._inside((x0 + gap, y1 - height - gap), bars.size))
        spot = self._place(bars.size, spots, others)
        if spot:
            bars.draw(self.canvas, spot, face)

    @property
    def _short_px(self) -> int:
        height, width = self.canvas.shape[:2]
        return int(min(height, width))

    def _text_px(self, side: float) -> int:
        """Height of a line beside something of this side: smaller for a small face, never unreadable."""
        return round(max(self.options.min_text_px, min(self.options.text * self._short_px, 0.16 * side)))

    def _fit(self, text: str, text_px: int) -> int:
        """The height, at most `text_px`, at which a plate lies within the picture."""
        width, height = _plate_size(text, text_px)
        return max(1, int(text_px * min(1.0, self.canvas.shape[1] / width, self.canvas.shape[0] / height)))

    def _inside(self, spot: tuple[float, float], size: tuple[int, int]) -> tuple[int, int]:
        """The spot (left, top) moved so that the size lies within the picture."""
        height, width = self.canvas.shape[:2]
        return max(0, min(round(spot[0]), width - size[0])), max(0, min(round(spot[1]), height - size[1]))

    def _place(
        self, size: tuple[int, int], spots: Iterable[tuple[float, float]], others: Iterable[Box] = ()
    ) -> tuple[int, int] | None:
        """The first spot (left, top) within the picture where nothing else is, now taken; or None."""
        full = [*self.taken, *others]
        for left, top in spots:
            x, y = self._inside((left, top), size)
            box = (x, y, x + size[0], y + size[1])
            if (x, y) == (round(left), round(top)) and not any(boxes.iou(box, other) for other in full):
                self.taken.append(box)
                return x, y
        return None

    def _draw_plate(
        self, spot: tuple[int, int], text: str, text_px: int, colour: _Colour, opacity: float
    ) -> None:
        width, height = _plate_size(text, text_px)
        _blend(self.canvas, _rounded(width, height, text_px // 3), colour, spot, opacity)
        mask = _text(text, text_px)
        centred = (spot[0] + (width - mask.shape[1]) // 2, spot[1] + (height - mask.shape[0]) // 2)
        _blend(self.canvas, mask, _ink_on(colour), centred)


@dataclass(frozen=True)
class _Bars:
    """The panel of five probabilities; all its measures follow from the height of its text."""

    text_px: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return 3 * self._pad_px + self._word_px + self._bar_px, self._pad_px + 5 * self._row_px

    def draw(self, canvas: Image, spot: tuple[int, int], face: TrackedFace) -> None:
        _blend(canvas, _rounded(*self.size, self.text_px // 2), _DARK, spot, 0.65)
        thick = max(3, round(0.5 * self.text_px))
        left = spot[0] + self._pad_px
        bar_left = left + self._word_px + self._pad_px
        for row, (emotion, prob) in enumerate(zip(EMOTIONS, face.probs, strict=True)):
            top = spot[1] + self._pad_px // 2 + row * self._row_px
            shown = emotion is face.emotion
            word_top = top + (self._row_px - self.text_px) // 2
            _blend(
                canvas, _text(emotion.value, self.text_px), _WHITE, (left, word_top), 1.0 if shown else 0.75
            )
            bar_top = top + (self._row_px - thick) // 2
            _blend(canvas, _rounded(self._bar_px, thick, thick // 2), _WHITE, (bar_left, bar_top), 0.2)
            length = round(prob * self._bar_px)
            if length:
                bar = _rounded(length, thick, min(thick, length) // 2)
                _blend(canvas, bar, BGR_OF_EMOTION[emotion], (bar_left, bar_top))

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
        return max(int(_text(label, self.text_px).shape[1]) for label in LABELS)


def _side(face: TrackedFace) -> float:
    x0, y0, x1, y1 = face.box_xyxy
    return max(1.0, min(x1 - x0, y1 - y0))


def _plate_size(text: str, text_px: int) -> tuple[int, int]:
    """Width and height in pixels of a plate that carries the text."""
    return _text(text, text_px).shape[1] + text_px, round(1.3 * text_px)


def _ink_on(colour: _Colour) -> _Colour:
    """Black or white, whichever has the higher contrast (WCAG 2 relative luminance)."""
    blue, green, red = ((value / 255) ** 2.2 for value in colour)
    return _BLACK if 0.0722 * blue + 0.7152 * green + 0.2126 * red > 0.179 else _WHITE


def _blend(canvas: Image, mask: _Mask, colour: _Colour, spot: tuple[int, int], opacity: float = 1.0) -> None:
    """Lay a colour over the canvas, in place, where the mask (HxW, 0 to 255) says; left and top in `spot`."""
    x0, y0 = max(0, spot[0]), max(0, spot[1])
    under = canvas[y0 : spot[1] + mask.shape[0], x0 : spot[0] + mask.shape[1]]
    if not under.size:
        return
    part = mask[y0 - spot[1] :, x0 - spot[0] :][: under.shape[0], : under.shape[1]]
    weight = cv2.merge([part] * 3).astype(np.float32) * (opacity / 255)
    ink = np.asarray(colour, dtype=np.float32)
    under[:] = under + (ink - under) * weight + 0.5


@lru_cache(maxsize=1024)
def _text(text: str, text_px: int) -> _Mask:
    """Mask of one line, `text_px` high with room for the letters that reach below the line."""
    height = text_px * _SMOOTH
    thickness = max(1, round(height / 14))
    scale = cv2.getFontScaleFromHeight(_FONT, round(0.62 * height), thickness)
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, thickness)
    mask = np.zeros((height, -(-width // _SMOOTH) * _SMOOTH), dtype=np.uint8)
    cv2.putText(mask, text, (0, round(0.74 * height)), _FONT, scale, 255, thickness, cv2.LINE_AA)
    return _shrink(mask)


@lru_cache(maxsize=1024)
def _rounded(width: int, height: int, radius: int) -> _Mask:
    """Mask of a filled rectangle with round corners; sizes in pixels."""
    mask = np.zeros((height * _SMOOTH, width * _SMOOTH), dtype=np.uint8)
    box = (0.0, 0.0, float(width * _SMOOTH - 1), float(height * _SMOOTH - 1))
    cv2.fillPoly(mask, [_rounded_outline(box, radius * _SMOOTH)], 255, shift=_SHIFT)
    return _shrink(mask)


def _shrink(mask: _Mask) -> _Mask:
    size = (mask.shape[1] // _SMOOTH, mask.shape[0] // _SMOOTH)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _rounded_outline(box_xyxy: Box, radius: float) -> NDArray[np.int32]:
    """(32, 2) int32: corners of a polygon, in pixels times 2 ** _SHIFT."""
    x0, y0, x1, y1 = box_xyxy
    left, top, right, bottom = x0 + radius, y0 + radius, x1 - radius, y1 - radius
    centres = np.array([(right, bottom), (left, bottom), (left, top), (right, top)])
    quarters = np.arange(4)[:, None] * np.pi / 2
    angles = quarters + np.linspace(0, np.pi / 2, 8)
    points = centres[:, None] + radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.asarray(np.round(points.reshape(-1, 2) * 2**_SHIFT), dtype=np.int32)
