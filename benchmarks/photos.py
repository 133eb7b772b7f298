"""The whole path on labelled photographs: faces found, recall by class, time a photo.

    python benchmarks/photos.py PHOTOS LABELS.csv [--model FILE] [--yunet FILE] [--misses misses.png]

PHOTOS holds pictures of one face each; LABELS.csv has the columns `file` and `emotion`, one of the five. A
photo is read, detected, cut, classified, one after the other on one core, as `mien predict` does. A photo in
which no face is found counts as a miss of its class. `--misses` draws the photos that were read otherwise
than labelled.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from framing import read_labels
from rich.console import Console
from rich.progress import track

from mien.boxes import square
from mien.detector import find_yunet
from mien.options import Framing, RuntimeOptions
from mien.pictures import read_picture
from mien.pipeline import Models, build_pipeline, load_models
from mien.preprocess import cut_square
from mien.types import EMOTIONS, Emotion, Frame, Image, TrackedFace

THUMB_PX = 96


@dataclass(frozen=True)
class Read:
    """One photo: its label, its faces as read (largest first), and how long that took."""

    path: Path
    label: Emotion
    faces: tuple[TrackedFace, ...]
    took_ms: float

    @property
    def right(self) -> bool:
        """Whether the largest face shows what the label says."""
        return bool(self.faces) and self.faces[0].emotion is self.label


def read_all(folder: Path, labels: Path, models: Models) -> list[Read]:
    """Each photo as `mien predict` reads it, with fresh tracker and smoother."""
    options = RuntimeOptions()
    reads = []
    for path, label in track(read_labels(folder, labels), models.detector.name, console=Console(stderr=True)):
        start_s = time.perf_counter()
        result = build_pipeline(models, options).process(Frame(0, 0.0, read_picture(path)))
        reads.append(Read(path, label, result.faces, (time.perf_counter() - start_s) * 1e3))
    return reads


def report(name: str, reads: Sequence[Read]) -> str:
    """One Markdown table row a detector."""
    recalls = [np.mean([read.right for read in reads if read.label is emotion]) for emotion in EMOTIONS]
    counts = [len(read.faces) for read in reads]
    took = np.quantile([read.took_ms for read in reads], (0.5, 0.95))
    found = f"{counts.count(1)} / {counts.count(0)} / {sum(count > 1 for count in counts)}"
    cells = [
        f"{value:.3f}" for value in (np.mean(recalls), np.mean([read.right for read in reads]), *recalls)
    ]
    return f"| {name} | {found} | {' | '.join(cells)} | {took[0]:.0f} | {took[1]:.0f} |"


def draw_misses(reads: Sequence[Read]) -> Image:
    """The faces that were read otherwise than labelled, sorted by label; `label > read` under each."""
    misses = sorted(
        (read for read in reads if read.faces and not read.right), key=lambda read: read.label.column
    )
    tiles = []
    for read in misses:
        face = cut_square(read_picture(read.path), square(read.faces[0].box_xyxy, Framing()))
        tile = np.full((THUMB_PX + 16, THUMB_PX, 3), 255, np.uint8)
        tile[:THUMB_PX] = cv2.resize(face, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
        text = f"{read.label} > {read.faces[0].emotion}"
        cv2.putText(tile, text, (1, THUMB_PX + 11), cv2.FONT_HERSHEY_SIMPLEX, 0.32, (0, 0, 0), 1, cv2.LINE_AA)
        tiles.append(tile)
    columns = 14
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)])


def main() -> None:
    """Measure each detector that is at hand and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--yunet", type=Path, default=find_yunet())
    parser.add_argument("--misses", type=Path)
    chosen = parser.parse_args()
    detectors = {"haar": None, **({"yunet": chosen.yunet} if chosen.yunet else {})}
    print("| detector | one / no / several faces | mean recall | accuracy |", end=" ")
    print(" | ".join(map(str, EMOTIONS)), "| ms a photo, median | p95 |")
    print("|---" * 11 + "|")
    for name, file in detectors.items():
        reads = read_all(chosen.photos, chosen.labels, load_models(name, file, chosen.model))
        print(report(name, reads))
    if chosen.misses:
        cv2.imwrite(str(chosen.misses), draw_misses(reads))
    print(f"\nOne core of {os.cpu_count()}; each photo read, detected, cut and classified on its own.")


if __name__ == "__main__":
    main()
