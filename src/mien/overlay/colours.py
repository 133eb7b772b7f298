"""The colours of the five emotions, and of what is no emotion."""

from __future__ import annotations

from typing import TypeAlias

from mien.types import UNSURE, Emotion, TrackedFace

Colour: TypeAlias = tuple[int, int, int]
"""Blue, green, red, 0 to 255."""

BGR_OF_EMOTION: dict[Emotion, Colour] = {
    Emotion.ANGRY: (0, 94, 213),
    Emotion.HAPPY: (66, 228, 240),
    Emotion.SAD: (178, 114, 0),
    Emotion.SURPRISE: (167, 121, 204),
    Emotion.NEUTRAL: (115, 158, 0),
}
"""Vermilion, yellow, blue, reddish purple, bluish green: Okabe and Ito, "Color Universal Design", 2008."""

BGR_OF_UNSURE: Colour = (176, 170, 166)
"""A quiet grey: doubt is no alarm."""

BGR_OF_LABEL: dict[str, Colour] = {
    **{emotion.value: colour for emotion, colour in BGR_OF_EMOTION.items()},
    UNSURE: BGR_OF_UNSURE,
}
"""The colour of every word that a face can be given."""

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
DARK: Colour = (24, 20, 20)


def colour_of(face: TrackedFace) -> Colour:
    """The colour of what a person is told about this face."""
    return BGR_OF_LABEL[face.label]


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever has the higher contrast (WCAG 2 relative luminance)."""
    blue, green, red = ((value / 255) ** 2.2 for value in colour)
    return BLACK if 0.0722 * blue + 0.7152 * green + 0.2126 * red > 0.179 else WHITE
