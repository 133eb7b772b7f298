"""Draws docs/live.png: the drawn face as the window shows it, with its last seconds, and the list of keys.

python docs/draw_live.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mien import build_pipeline, load_models
from mien.demo_face import DemoFace
from mien.overlay import Timeline, draw
from mien.view import ViewState


def main() -> None:
    """The last frame of the demo, twice: as it is, and after `h`."""
    pipeline, timeline = build_pipeline(load_models()), Timeline()
    for frame in DemoFace(fps=12.5):
        result = pipeline.process(frame)
        timeline.add(result)
    views = [ViewState(), ViewState(show_help=True)]
    pictures = [draw(frame.image, result, view, timeline=timeline) for view in views]
    cv2.imwrite(str(Path(__file__).with_name("live.png")), np.hstack(pictures))


if __name__ == "__main__":
    main()
