"""When mien should say "unsure": what its probabilities and a face's quality are worth.

    python benchmarks/unsure.py FACES.parquet VOTES.csv PHOTOS LABELS.csv [--model FILE] [--detector NAME]
        [--detector-model FILE] [--most N] [--out unsure.md]

The first table is the trade-off of risk and coverage (El-Yaniv and Wiener, "On the foundations of noise-free
selective classification", 2010) of the served head, as served: of the pictures on which most people agree and
of all that have votes, the share for which mien says an emotion at a limit of the probability, and how often
that is what most people say.

The others take photographs of one face, make them smaller, more blurred, darker step by step, and tell what
is measured of the faces then and how often mien is right; the faces are those found in the photographs as
they are. The last ones sort the photographs by how far the faces are turned and tilted as they are.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from framing import NOTES
from numpy.typing import NDArray
from rich.progress import track
from told import tell

from mien import boxes
from mien.classifier import EmotionClassifier
from mien.data_protocol import DataProtocol
from mien.detector import FaceDetector, make_detector
from mien.pictures import read_picture
from mien.preprocess import cut_faces
from mien.quality import measure
from mien.scorecard.coverage import coverage_at
from mien.scorecard.photographs import read_labels
from mien.train.evaluate import HeadAnswers, load_split, majority, read_all, scored_pictures
from mien.train.table import FaceTable
from mien.types import Emotion, Face, Image, Probs, Quality

LIMITS = (0.0, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
SIZES_PX = (96, 64, 48, 40, 32, 24, 20, 16, 12)
BLURS = (0.0, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.12)
LIGHTS = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.025)
NOISE = 2.5
"""Standard deviation of a sensor's noise on top of a darkened picture, in grey levels."""


@dataclass(frozen=True)
class Portrait:
    """A photograph of one face, its name without the ending, and what it shows."""

    name: str
    image: Image
    face: Face
    emotion: Emotion


@dataclass(frozen=True)
class Row:
    """One step of a table: of each photograph its quality, whether mien is right, and how sure it is."""

    name: str
    count: int
    qualities: Sequence[Quality]
    right: NDArray[np.bool_]
    confidence: NDArray[np.float32]


def find_faces(folder: Path, labels: Path, detector: FaceDetector, most: int | None = None) -> list[Portrait]:
    """The photographs in which exactly one face is found, of so many drawn by lot, or of all."""
    chosen = read_labels(folder, labels)
    if most is not None:
        random.Random(0).shuffle(chosen)
    found = []
    for path, emotion in track(chosen[:most], "faces", console=NOTES):
        image = read_picture(path)
        faces = detector.detect(image)
        if len(faces) == 1:
            found.append(Portrait(path.stem, image, faces[0], emotion))
    return found


def resized(portrait: Portrait, face_px: float) -> Portrait:
    """The photograph made so small that the face has this size."""
    x0, y0, x1, y1 = portrait.face.box_xyxy
    factor = face_px / max(x1 - x0, y1 - y0)
    image = cv2.resize(portrait.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    points = portrait.face.landmarks_xy
    moved = None if points is None else tuple((x * factor, y * factor) for x, y in points)
    face = replace(portrait.face, box_xyxy=boxes.scale(portrait.face.box_xyxy, factor), landmarks_xy=moved)
    return replace(portrait, image=np.asarray(image, np.uint8), face=face)


def blurred(portrait: Portrait, share: float) -> Portrait:
    """Blurred by a Gaussian whose sigma is this share of the face's size."""
    if not share:
        return portrait
    sigma = share * (portrait.face.box_xyxy[2] - portrait.face.box_xyxy[0])
    return replace(portrait, image=np.asarray(cv2.GaussianBlur(portrait.image, (0, 0), sigma), np.uint8))


def darkened(portrait: Portrait, share: float) -> Portrait:
    """As with so much less light: darker, with a sensor's noise."""
    noise = np.random.default_rng(0).normal(0, NOISE, portrait.image.shape)
    image = np.clip(portrait.image * share + noise, 0, 255)
    return replace(portrait, image=np.asarray(image, np.uint8))


def step(
    name: str,
    portraits: Sequence[Portrait],
    change: Callable[[Portrait], Portrait],
    classifier: EmotionClassifier,
    detector: FaceDetector,
) -> Row:
    """All photographs, changed alike."""
    qualities, probs = [], []
    for changed in map(change, portraits):
        qualities.append(measure(changed.image, changed.face))
        crops = cut_faces(changed.image, [changed.face], detector.framing, classifier.spec.input_px)
        probs.append(classifier.classify(crops)[0])
    return _row(name, portraits, qualities, np.stack(probs))


def _row(name: str, portraits: Sequence[Portrait], qualities: Sequence[Quality], probs: Probs) -> Row:
    truth = np.array([portrait.emotion.column for portrait in portraits])
    return Row(name, len(portraits), qualities, probs.argmax(axis=1) == truth, probs.max(axis=1))


def degraded(
    portraits: Sequence[Portrait], classifier: EmotionClassifier, detector: FaceDetector
) -> Iterator[tuple[str, list[Row]]]:
    """A table for each way to spoil a photograph."""
    ways: list[tuple[str, Callable[[Portrait, float], Portrait], Sequence[float]]] = [
        ("face of px", resized, SIZES_PX),
        ("blur, sigma over face", lambda portrait, share: blurred(resized(portrait, 96), share), BLURS),
        ("light, times", lambda portrait, times: darkened(resized(portrait, 96), times), LIGHTS),
    ]
    for name, way, steps in ways:
        rows = [
            step(f"{value:g}", portraits, _by(way, value), classifier, detector)
            for value in track(steps, name, console=NOTES)
        ]
        yield name, rows


def _by(way: Callable[[Portrait, float], Portrait], amount: float) -> Callable[[Portrait], Portrait]:
    return lambda portrait: way(portrait, amount)


def by_pose(row: Row) -> Iterator[tuple[str, list[Row]]]:
    """The photographs as they are, sorted by turn and tilt."""
    turns = np.abs([np.nan if q.turn is None else q.turn for q in row.qualities])
    tilts = np.abs([np.nan if q.tilt_deg is None else q.tilt_deg for q in row.qualities])
    for name, values, edges in (
        ("turn", turns, (0, 0.1, 0.2, 0.3, 0.4, 0.5, 10)),
        ("tilt in degrees", tilts, (0, 5, 10, 15, 20, 180)),
    ):
        yield (
            name,
            [
                _part(f"{low:g} to {high:g}", row, (values >= low) & (values < high))
                for low, high in pairwise(edges)
            ],
        )


def _part(name: str, row: Row, mask: NDArray[np.bool_]) -> Row:
    qualities = [quality for quality, chosen in zip(row.qualities, mask, strict=True) if chosen]
    return Row(name, int(mask.sum()), qualities, row.right[mask], row.confidence[mask])


def quality_table(name: str, rows: Sequence[Row]) -> str:
    """Markdown: what is measured (medians, and percentiles of sharpness), and how well it goes."""
    lines = [
        f"| {name} | photos | size px | sharpness, 5 % / median / 95 % | light | right | mean probability |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if not row.count:
            continue
        sharp = " / ".join(
            f"{v:.2f}" for v in np.percentile([q.sharpness for q in row.qualities], (5, 50, 95))
        )
        size, light = (np.median([getattr(q, key) for q in row.qualities]) for key in ("size_px", "light"))
        lines.append(
            f"| {row.name} | {row.count} | {size:.0f} | {sharp} | {light:.3f} | {row.right.mean():.3f} "
            f"| {row.confidence.mean():.3f} |"
        )
    return "\n".join(lines)


def risk_table(table: FaceTable, classifier: EmotionClassifier) -> str:
    """Markdown: coverage and accuracy over the limit of the probability, of the served head."""
    kept, _ = scored_pictures(table, DataProtocol.OFFICIAL)
    label_probs, crowd_probs = read_all(classifier, kept.images)
    probs = crowd_probs if classifier.spec.serve == "crowd" else label_probs
    crowd = kept.crowd()
    agreed, voted = majority(kept) >= 0, crowd.sum(axis=1) > 0
    best = crowd.argmax(axis=1)
    lines = [
        "| limit | says, of all | right, of all | says, of agreed | right, of agreed | says, of not agreed |",
        "|---|---|---|---|---|---|",
    ]
    groups = [HeadAnswers(probs[rows], best[rows]) for rows in (voted, agreed, voted & ~agreed)]
    for limit in LIMITS:
        all_of_them, on_agreed, on_others = (coverage_at(limit, group) for group in groups)
        cells = [
            all_of_them.share,
            all_of_them.accuracy,
            on_agreed.share,
            on_agreed.accuracy,
            on_others.share,
        ]
        shown = ("–" if cell is None else f"{cell:.3f}" for cell in cells)
        lines.append(f"| {limit:g} | {' | '.join(shown)} |")
    return f"{voted.sum()} pictures with votes, {agreed.sum()} of them agreed on.\n\n" + "\n".join(lines)


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("faces", "votes", "photos", "labels"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--model", type=Path, help="another emotion model than mien's own")
    parser.add_argument("--detector", default="auto", help="what finds the faces")
    parser.add_argument("--detector-model", type=Path, help="its file")
    parser.add_argument("--most", type=int, help="so many photographs only, drawn by lot")
    parser.add_argument("--out", type=Path, help="write Markdown into this file instead")
    said = parser.parse_args()
    cv2.setNumThreads(1)
    classifier, detector = EmotionClassifier(said.model), make_detector(said.detector, said.detector_model)
    parts = ["## Probability", risk_table(load_split(said.faces, said.votes), classifier)]
    portraits = find_faces(said.photos, said.labels, detector, said.most)
    for name, rows in degraded(portraits, classifier, detector):
        parts += [f"## {name.capitalize()}", quality_table(name, rows)]
    plain = step("as it is", portraits, lambda portrait: portrait, classifier, detector)
    for name, rows in by_pose(plain):
        parts += [f"## {name.capitalize()}", quality_table(name, rows)]
    text = "\n\n".join(parts) + "\n"
    tell(text, said.out)


if __name__ == "__main__":
    main()
