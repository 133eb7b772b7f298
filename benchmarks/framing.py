"""How large a square suits each detector: recall and accuracy over a grid of scale and lift.

    python benchmarks/framing.py PHOTOS LABELS.csv [--detector mien] [--model FILE] [--yunet FILE]
        [--out framing.md]

PHOTOS holds pictures of one face each; LABELS.csv has the columns `file` and `emotion`, one of the five.
Each photo is looked at once by each detector, and all crops of a framing are classified together. Photos in
which no face is found are counted and left out of the scores.

A single cell of the grid is uncertain by about two points for 500 photos, more than neighbours differ. The
framing recommended is therefore the middle of the best 3 x 3 cells; chosen on these very photos, its score is
a little too good. Where a detector's own framing levels the eyes, all its crops here are levelled.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from mien.classifier import EmotionClassifier
from mien.detector import FaceDetector, find_yunet
from mien.errors import MienError
from mien.options import Framing
from mien.preprocess import cut_faces
from mien.scorecard.at_hand import make_at_hand
from mien.scorecard.photographs import Photo, load_photos
from mien.types import EMOTIONS, Face

SCALES = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
LIFTS = (-0.125, -0.1, -0.075, -0.05, -0.025, 0.0, 0.025, 0.05, 0.075)

# Progress goes beside the table, so that the table alone can be sent to a file.
NOTES = Console(stderr=True)


@dataclass(frozen=True)
class Finding:
    """What a detector found: each photo's largest face or None, how many show several, median CPU ms."""

    detector: FaceDetector
    faces: tuple[Face | None, ...]
    several: int
    median_ms: float


@dataclass(frozen=True)
class Score:
    """How a framing does: mean of the recalls of the classes present, and accuracy, both in [0, 1]."""

    framing: Framing
    recall: float
    accuracy: float


def find(detector: FaceDetector, photos: Sequence[Photo]) -> Finding:
    """Look at each photo once."""
    times_ms, faces, several = [], [], 0
    for photo in track(photos, f"{detector.name} looks", console=NOTES):
        # The process's own time: what else runs on the machine should not count.
        start_s = time.process_time()
        found = detector.detect(photo.image)
        times_ms.append((time.process_time() - start_s) * 1e3)
        faces.append(found[0] if found else None)
        several += len(found) > 1
    return Finding(detector, tuple(faces), several, statistics.median(times_ms))


def measure(finding: Finding, photos: Sequence[Photo], classifier: EmotionClassifier) -> Iterator[Score]:
    """A score for each framing of the grid."""
    pairs = [(photo, face) for photo, face in zip(photos, finding.faces, strict=True) if face]
    truth = np.array([photo.label.column for photo, _ in pairs])
    own = finding.detector.framing
    grid = [replace(own, scale=scale, lift=lift) for scale, lift in product(SCALES, LIFTS)]
    for framing in track(grid, f"{finding.detector.name} framings", console=NOTES):
        crops = [cut_faces(photo.image, [face], framing, classifier.spec.input_px) for photo, face in pairs]
        yield score(framing, truth, classifier.classify(np.concatenate(crops)).argmax(axis=1))


def score(framing: Framing, truth: NDArray[np.int64], said: NDArray[np.int64]) -> Score:
    """truth, said: (N,) columns of `EMOTIONS`."""
    right = truth == said
    recalls = [right[truth == column].mean() for column in range(len(EMOTIONS)) if (truth == column).any()]
    return Score(framing, float(np.mean(recalls)), float(right.mean()))


def recommend(scores: Sequence[Score]) -> tuple[Score, float]:
    """The middle of the best 3 x 3 cells of the grid, and the mean recall over those cells.

    scores: all cells, scale by scale, as `measure` gives them. Cells at the edge are never the middle.
    """
    recall = np.array([score.recall for score in scores]).reshape(len(SCALES), len(LIFTS))
    plateaus = np.lib.stride_tricks.sliding_window_view(recall, (3, 3)).mean(axis=(2, 3))
    row, column = np.unravel_index(plateaus.argmax(), plateaus.shape)
    return scores[(row + 1) * len(LIFTS) + column + 1], float(plateaus.max())


def report(finding: Finding, scores: Sequence[Score]) -> str:
    """Markdown: what was found, the best framing, and the grid as recall / accuracy."""
    none = finding.faces.count(None)
    one = len(finding.faces) - none - finding.several
    best, plateau = recommend(scores)
    cells = {(s.framing.scale, s.framing.lift): f"{s.recall:.3f} / {s.accuracy:.3f}" for s in scores}
    lines = [
        f"## {finding.detector.name}",
        "",
        f"Of {len(finding.faces)} photos {one} show exactly one face, {none} none, "
        f"{finding.several} several; {finding.median_ms:.0f} ms of one core a photo (median).",
        f"Recommended: scale {best.framing.scale:g}, lift {best.framing.lift:g}; "
        f"mean recall {best.recall:.3f} there, {plateau:.3f} over it and its neighbours.",
        "",
        "| scale | " + " | ".join(f"lift {lift:g}" for lift in LIFTS) + " |",
        "|---" * (len(LIFTS) + 1) + "|",
        *(f"| {scale:g} | " + " | ".join(cells[scale, lift] for lift in LIFTS) + " |" for scale in SCALES),
        "",
    ]
    return "\n".join(lines)


def title(classifier: EmotionClassifier) -> str:
    """Heading that names the model by what is inside it."""
    spec = classifier.spec
    return (
        "# Framing: mean of the classes' recalls / accuracy, by scale and lift\n\n"
        f"Head `{spec.serve}` of the model from weights `{spec.weights_sha256[:12]}`, "
        f"crops of {spec.input_px} px. Scale and lift as in `mien.options.Framing`.\n"
    )


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="folder of photos")
    parser.add_argument("labels", type=Path, help="CSV with the columns file and emotion")
    parser.add_argument("--model", type=Path, help="emotion model (default: mien's own)")
    parser.add_argument("--yunet", type=Path, default=find_yunet(), help="YuNet's model file")
    parser.add_argument("--detector", action="append", help="only this one; may be given again")
    parser.add_argument("--out", type=Path, help="write the tables into this file too")
    return parser.parse_args()


def main() -> None:
    """Measure, print, write."""
    arguments = parse_arguments()
    cv2.setNumThreads(1)
    try:
        classifier = EmotionClassifier(arguments.model)
        detectors = make_at_hand(arguments.yunet, arguments.detector)
        photos = load_photos(arguments.photos, arguments.labels)
    except (MienError, OSError) as error:
        raise SystemExit(f"framing: {error}") from None
    findings = [find(detector, photos) for detector in detectors]
    tables = [report(finding, list(measure(finding, photos, classifier))) for finding in findings]
    text = "\n".join([title(classifier), *tables])
    print(text)
    if arguments.out:
        arguments.out.write_text(text)


if __name__ == "__main__":
    main()
