"""Draws docs/demo.png: the demo's five poses as mien reads them, side by side.

python docs/draw_demo.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mien import build_pipeline, load_models
from mien.demo_face import DemoFace
from mien.overlay import draw


def main() -> None:
    """One picture a scene, three fifths through it, in the order of the timetable."""
    pipeline, face = build_pipeline(load_models()), DemoFace()
    moments = [scene.start_s + 0.6 * (scene.end_s - scene.start_s) for scene in face.timetable]
    pictures = []
    for frame in face:
        result = pipeline.process(frame)
        if len(pictures) < len(moments) and frame.timestamp_s >= moments[len(pictures)]:
            pictures.append(
                cv2.resize(
                    draw(frame.image, result)[:, 60:], None, fx=0.65, fy=0.65, interpolation=cv2.INTER_AREA
                )
            )
    cv2.imwrite(str(Path(__file__).with_name("demo.png")), np.hstack(pictures))


if __name__ == "__main__":
    main()
