"""A picture that is being drawn on, and the places on it that are taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mien import boxes
from mien.options import OverlayOptions
from mien.overlay.colours import Colour, ink_on
from mien.overlay.ink import blend, person_mask, rounded_mask, text_mask
from mien.types import Box, Image, TrackedFace


@dataclass
class Sheet:
    """A copy of a picture, HxWx3 uint8 BGR, that grows into the finished drawing."""

    canvas: Image
    options: OverlayOptions
    taken: list[Box] = field(default_factory=list)

    @property
    def short_px(self) -> int:
        """The picture's shorter side."""
        height, width = self.canvas.shape[:2]
        return int(min(height, width))

    @property
    def text_px(self) -> int:
        """Height of a line that belongs to the picture as a whole."""
        return self.text_px_beside(self.short_px)

    def text_px_beside(self, side: float) -> int:
        """Height of a line beside something of this side: smaller for a small face, never unreadable."""
        return round(max(self.options.min_text_px, min(self.options.text * self.short_px, 0.16 * side)))

    def fit(self, size: tuple[int, int], text_px: int) -> int:
        """The height of text, at most `text_px`, at which what then has this size lies within the picture."""
        height, width = self.canvas.shape[:2]
        return max(1, int(text_px * min(1.0, width / size[0], height / size[1])))

    def inside(self, spot: tuple[float, float], size: tuple[int, int]) -> tuple[int, int]:
        """The spot (left, top) moved so that the size lies within the picture."""
        height, width = self.canvas.shape[:2]
        return max(0, min(round(spot[0]), width - size[0])), max(0, min(round(spot[1]), height - size[1]))

    def place(
        self, size: tuple[int, int], spots: Iterable[tuple[float, float]], others: Iterable[Box] = ()
    ) -> tuple[int, int] | None:
        """The first spot (left, top) within the picture where nothing else is, now taken; or None."""
        full = [*self.taken, *others]
        for left, top in spots:
            x, y = self.inside((left, top), size)
            box = (x, y, x + size[0], y + size[1])
            if (x, y) == (round(left), round(top)) and not any(boxes.iou(box, other) for other in full):
                self.taken.append(box)
                return x, y
        return None

    def fill(self, spot: tuple[int, int], size: tuple[int, int], colour: Colour, opacity: float) -> None:
        """Lay a rectangle with round corners over the picture."""
        blend(self.canvas, rounded_mask(*size, min(*size) // 4), colour, spot, opacity)

    def write(
        self, spot: tuple[int, int], text: str, text_px: int, ink: Colour, opacity: float = 1.0
    ) -> None:
        """Write one line, its top left corner at the spot."""
        blend(self.canvas, text_mask(text, text_px), ink, spot, opacity)


@dataclass(frozen=True)
class Plate:
    """One line of text on a coloured ground. marked: with the sign of a person behind the words."""

    text: str
    text_px: int
    colour: Colour
    opacity: float = 1.0
    marked: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        mark_px = round(1.2 * self.text_px) if self.marked else 0
        return text_mask(self.text, self.text_px).shape[1] + self.text_px + mark_px, round(1.3 * self.text_px)

    def draw(self, sheet: Sheet, spot: tuple[int, int]) -> None:
        """Draw it with its top left corner at the spot."""
        sheet.fill(spot, self.size, self.colour, self.opacity)
        ink = ink_on(self.colour)
        left = spot[0] + self.text_px // 2
        sheet.write((left, spot[1] + (self.size[1] - self.text_px) // 2), self.text, self.text_px, ink)
        if self.marked:
            side_px = max(1, round(0.85 * self.text_px))
            right = spot[0] + self.size[0] - self.text_px // 2 - side_px
            blend(sheet.canvas, person_mask(side_px), ink, (right, spot[1] + (self.size[1] - side_px) // 2))


def side_of(face: TrackedFace) -> float:
    """The shorter side of a face's box in pixels, at least 1."""
    x0, y0, x1, y1 = face.box_xyxy
    return max(1.0, min(x1 - x0, y1 - y0))
