"""The whole path on labelled photographs: faces found, recall by class, time a photo.

    python benchmarks/photos.py PHOTOS LABELS.csv [--turn 30] [--level] [--model FILE] [--yunet FILE]
        [--detector mien] [--misses misses.png]

PHOTOS holds pictures of one face each; LABELS.csv has the columns `file` and `emotion`, one of the five. A
photo is detected, cut, classified, one after the other on one core, as `mien predict` does. A photo in which
no face is found counts as a miss of its class. `--turn` adds copies that are turned by so many degrees to
either side. `--level` adds each detector that gives landmarks once more with the other kind of crop: levelled
by the eyes, or plain. `--misses` draws the photos that mien's own detector led to another reading than their
label's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from mien.boxes import square
from mien.cli.progress import counted
from mien.detector import FaceDetector, find_yunet
from mien.errors import MienError
from mien.options import Framing
from mien.pipeline import Models, load_models
from mien.preprocess import cut_square
from mien.scorecard.at_hand import make_at_hand
from mien.scorecard.photographs import PhotoReading, PhotoScore, load_photos, read_photos, score_photos
from mien.types import EMOTIONS, Face, Image

THUMB_PX = 96
COLUMNS = ("detector", "turned", "one face", "one / no / several", "mean recall", "accuracy")


@dataclass(frozen=True)
class Reframed:
    """A detector with another framing."""

    detector: FaceDetector
    framing: Framing
    name: str

    def detect(self, image: Image) -> list[Face]:
        """See `FaceDetector.detect`."""
        return self.detector.detect(image)


def variants(detector: FaceDetector, *, both_crops: bool) -> Iterator[FaceDetector]:
    """The detector, and with `both_crops` once more with the other kind of crop."""
    yield detector
    if both_crops and detector.name != "haar":
        framing = replace(detector.framing, level=not detector.framing.level)
        kind = "levelled" if framing.level else "plain"
        yield Reframed(detector, framing, f"{detector.name}, {kind} crops")


def report(score: PhotoScore) -> str:
    """One row of the Markdown table."""
    took = np.quantile(score.took_ms, (0.5, 0.95))
    cells = [
        score.detector,
        f"{score.turned_deg:+g}°" if score.turned_deg else "–",
        f"{score.one / score.photos:.1%}",
        f"{score.one} / {score.none} / {score.several}",
        *(f"{value:.3f}" for value in (score.mean_recall, score.accuracy)),
        *("–" if recall is None else f"{recall:.3f}" for recall in score.recalls.values()),
        *(f"{value:.1f}" for value in took),
    ]
    return f"| {' | '.join(cells)} |"


def draw_misses(reads: Sequence[PhotoReading]) -> Image:
    """The faces that were read otherwise than labelled, sorted by label; `label > read` under each."""
    misses = sorted(
        (read for read in reads if read.faces and not read.right), key=lambda read: read.photo.label.column
    )
    tiles = []
    for read in misses:
        face = cut_square(read.photo.image, square(read.faces[0].box_xyxy, Framing()))
        tile = np.full((THUMB_PX + 16, THUMB_PX, 3), 255, np.uint8)
        tile[:THUMB_PX] = cv2.resize(face, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
        text = f"{read.photo.label} > {read.faces[0].emotion}"
        cv2.putText(tile, text, (1, THUMB_PX + 11), cv2.FONT_HERSHEY_SIMPLEX, 0.32, (0, 0, 0), 1, cv2.LINE_AA)
        tiles.append(tile)
    columns = 14
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)])


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--turn", type=float, metavar="DEGREES", help="also turned to either side")
    parser.add_argument("--level", action="store_true", help="also with the other kind of crop")
    parser.add_argument("--model", type=Path, help="emotion model (default: mien's own)")
    parser.add_argument("--yunet", type=Path, default=find_yunet(), help="YuNet's model file")
    parser.add_argument("--detector", action="append", help="only this one; may be given again")
    parser.add_argument("--misses", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure each detector that is at hand and print a table."""
    chosen = parse_arguments()
    try:
        photos = load_photos(chosen.photos, chosen.labels)
        classifier = load_models("none", None, chosen.model).classifier
        detectors = make_at_hand(chosen.yunet, chosen.detector)
    except (MienError, OSError) as error:
        raise SystemExit(f"photos: {error}") from None
    print(f"| {' | '.join((*COLUMNS, *map(str, EMOTIONS), 'ms a photo, median', 'p95'))} |")
    print("|---" * (len(COLUMNS) + len(EMOTIONS) + 2) + "|")
    for degrees in (0.0, chosen.turn, -chosen.turn) if chosen.turn else (0.0,):
        for detector in detectors:
            for variant in variants(detector, both_crops=chosen.level):
                with counted(variant.name) as progress:
                    reads = read_photos(photos, Models(variant, classifier), degrees, progress)
                print(report(score_photos(variant.name, degrees, reads)), flush=True)
                if chosen.misses and variant.name == "mien" and not degrees:
                    cv2.imwrite(str(chosen.misses), draw_misses(reads))


if __name__ == "__main__":
    main()
