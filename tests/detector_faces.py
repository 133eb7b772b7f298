"""Drawn faces with known boxes and landmarks, and a data set of them in the form of `faces.jsonl`."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

POINTS = np.float32([[0.27, 0.38], [0.73, 0.38], [0.5, 0.58], [0.3, 0.75], [0.7, 0.75]])
"""Where the five points are, as shares of the box."""


def draw_faces(width, height, boxes, rng):
    """A noisy picture with an oval, two eyes, a nose, a mouth in each box; and the landmarks, (N, 5, 2)."""
    image = rng.integers(60, 110, (height, width, 3), dtype=np.uint8)
    landmarks = []
    for x0, y0, x1, y1 in boxes:
        centre, axes = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
        ellipse(image, centre, axes, (150, 190, 235))
        points = np.float32([x0, y0]) + POINTS * np.float32([x1 - x0, y1 - y0])
        for point in points[:2]:
            ellipse(image, point, (axes[0] * 0.16, axes[1] * 0.12), (30, 30, 30))
        ellipse(image, points[2], (axes[0] * 0.08, axes[1] * 0.12), (90, 120, 180))
        ellipse(image, points[3:].mean(axis=0), (axes[0] * 0.4, axes[1] * 0.08), (60, 60, 170))
        landmarks.append(points)
    return image, np.float32(landmarks).reshape(-1, 5, 2)


def ellipse(image, centre, axes, colour):
    size = (2 * float(axes[0]), 2 * float(axes[1]))
    cv2.ellipse(image, ((float(centre[0]), float(centre[1])), size, 0.0), colour, -1, cv2.LINE_AA)


def one_box(side, rng, share=(0.25, 0.7)):
    """A box, higher than wide, somewhere in a square picture."""
    tall = float(rng.uniform(*share)) * side
    wide = 0.78 * tall
    x, y = rng.uniform(0, side - wide), rng.uniform(0, side - tall)
    return [float(value) for value in (x, y, x + wide, y + tall)]


def write_data_set(folder: Path, counts, side=96, seed=0):
    """`faces.jsonl` and PNGs: so many pictures a split, one face each, every fourth without a face."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    lines = []
    for split, count in counts.items():
        for number in range(count):
            boxes = [] if number % 4 == 3 else [one_box(side, rng)]
            image, landmarks = draw_faces(side, side, boxes, rng)
            name = f"images/{split}{number}.png"
            cv2.imwrite(str(folder / name), image)
            faces = [
                {"box_xyxy": box, "landmarks_xy": points.tolist(), "score": 0.9}
                for box, points in zip(boxes, landmarks, strict=True)
            ]
            lines.append({"file": name, "faces": faces, "ignore": [], "split": split})
    (folder / "faces.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
