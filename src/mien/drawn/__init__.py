"""A face drawn by the project itself: expressions as numbers, curves on a canvas, soft light."""

from mien.drawn.crop import draw_crop
from mien.drawn.expression import POSES, Expression
from mien.drawn.face import Stance, draw_face

__all__ = ["POSES", "Expression", "Stance", "draw_crop", "draw_face"]
