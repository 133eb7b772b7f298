"""Where the model looked, laid over the face."""

from __future__ import annotations

import cv2
import numpy as np

from mien import boxes
from mien.types import Heat, Image


def lay_heat(canvas: Image, heat: Heat, opacity: float) -> None:
    """Lay one map over the canvas, in place, in OpenCV's inferno colours: brightest where it counted most.

    opacity: of the hottest place, 0 to 1; where the map is 0 the face stays as it is.
    """
    height, width = canvas.shape[:2]
    x0, y0, x1, y1 = (round(value) for value in heat.box_xyxy)
    left, top, right, bottom = (round(value) for value in boxes.clip((x0, y0, x1, y1), width, height))
    if right <= left or bottom <= top:
        return
    whole = cv2.resize(heat.map, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    part = np.clip(whole[top - y0 : bottom - y0, left - x0 : right - x0], 0.0, 1.0)
    colours = cv2.applyColorMap((part * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    under = canvas[top:bottom, left:right]
    under[:] = under + (colours.astype(np.float32) - under) * (opacity * part[..., None]) + 0.5
