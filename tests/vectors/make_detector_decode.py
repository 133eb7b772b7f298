"""Write `detector_decode.json`: raw answers and the faces in them, for every language that decodes them.

python tests/vectors/make_detector_decode.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mien.detector.decode import CHANNELS, cell_grid, decode

FILE = Path(__file__).with_name("detector_decode.json")
CASES = (("wide", 96, 64, 0.5, 0.45), ("high", 32, 64, 0.3, 0.2), ("nothing", 32, 32, 0.999, 0.45))
"""Name, width, height, min_score, max_iou."""


def raw_answers(width, height, seed):
    """(cells, 15) float32, rounded so that the file is short: boxes of a few cells that overlap."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(len(cell_grid(width, height)), CHANNELS))
    raw[:, 1:5] = 0.6 + 0.5 * raw[:, 1:5]
    return raw.round(3).astype(np.float32)


def build():
    cases = []
    for seed, (name, width, height, min_score, max_iou) in enumerate(CASES):
        raw = raw_answers(width, height, seed)
        found = decode(raw, width, height, min_score, max_iou)
        faces = [
            {"score": score, "box_xyxy": box, "landmarks_xy": points}
            for score, box, points in zip(
                found.scores.round(5).tolist(),
                found.boxes_xyxy.round(3).tolist(),
                found.landmarks_xy.round(3).tolist(),
                strict=True,
            )
        ]
        asked = {"width": width, "height": height, "min_score": min_score, "max_iou": max_iou}
        cases.append(
            {"name": name, **asked, "raw": raw.round(3).astype(float).round(3).tolist(), "faces": faces}
        )
    return cases


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), separators=(",", ":")) + "\n", encoding="utf-8")
