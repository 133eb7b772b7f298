"""The drawn face as a network reads faces."""

from __future__ import annotations

from mien.drawn.expression import POSES
from mien.drawn.face import draw_face
from mien.preprocess import grey_square
from mien.types import Emotion, Grey


def draw_crop() -> Grey:
    """The drawn face, 48x48 uint8 grey, its eyes and mouth where FER2013's faces have theirs."""
    return grey_square(draw_face(POSES[Emotion.HAPPY], (480, 480))[116:416, 90:390], 48)
