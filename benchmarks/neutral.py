"""Whether knowing a resting face takes "sad" and "angry" from it, and what real expressions lose by that.

    python benchmarks/neutral.py FACES.parquet VOTES.csv [--photos PHOTOS LABELS.csv] [--model FILE]
        [--detector NAME] [--detector-model FILE] [--clips 60] [--out neutral.md]

Nobody is named in FER2013, so a person is played by one picture: one that most people call neutral and mien
calls sad or angry. It moves a little, by a seeded generator: shifted, turned, scaled, lit otherwise, with
noise. The resting face is learned from the first half of that clip, the second half is scored with it. Then
pictures of real expressions are read under each of these persons' corrections: a hard test, for the smile is
another person's.

Photographs whose file names name the person (`Name_0001.jpg`) make a second test: the resting face is learned
from one neutral photograph of a person, and that person's other photographs are scored with it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from framing import NOTES
from numpy.typing import NDArray
from rich.progress import track
from told import tell
from unsure import find_faces

from mien.classifier import EmotionClassifier
from mien.detector import make_detector
from mien.options import NeutralOptions
from mien.preprocess import cut_faces, grey_square
from mien.resting import FLOOR, RestingFace
from mien.train.evaluate import load_split, majority
from mien.types import EMOTIONS, Emotion, Grey, Probs

FRAMES = 40
LIMITS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Faces:
    """Pictures of faces, what most people see in each (a column of `EMOTIONS`), and what mien serves."""

    images: NDArray[np.uint8]
    truth: NDArray[np.int64]
    probs: Probs

    def showing(self, emotion: Emotion) -> Probs:
        """(N, 5) what mien serves on the pictures of one emotion."""
        return np.asarray(self.probs[self.truth == emotion.column])


def read_faces(faces: Path, votes: Path, classifier: EmotionClassifier) -> Faces:
    """The pictures that most people agree on, read."""
    table = load_split(faces, votes)
    truth = majority(table)
    agreed = truth >= 0
    images = table.images[agreed]
    crops = np.stack([grey_square(image, classifier.input_px) for image in images])
    return Faces(images, truth[agreed], classifier.classify(crops))


def clip(image: Grey, seed: int, frames: int = FRAMES) -> Iterator[Grey]:
    """One picture as a face that holds still as well as people do."""
    rng = np.random.default_rng(seed)
    side = len(image)
    for _ in range(frames):
        middle = (side / 2, side / 2)
        matrix = cv2.getRotationMatrix2D(middle, rng.normal(0, 2.0), 1 + rng.normal(0, 0.02))
        matrix[0, 2] += rng.normal(0, 0.015 * side)
        matrix[1, 2] += rng.normal(0, 0.015 * side)
        moved = cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
        lit = moved * rng.normal(1, 0.08) + rng.normal(0, 2.0, moved.shape)
        yield np.clip(lit, 0, 255).astype(np.uint8)


def misread_clips(faces: Faces, classifier: EmotionClassifier, wanted: int) -> list[Probs]:
    """(FRAMES, 5) of each of so many resting faces that mien calls sad or angry, drawn by lot."""
    said = faces.probs.argmax(axis=1)
    wrong = np.isin(said, (Emotion.SAD.column, Emotion.ANGRY.column))
    rows = np.flatnonzero((faces.truth == Emotion.NEUTRAL.column) & wrong)
    rows = np.random.default_rng(0).permutation(rows)[:wanted]
    return [
        classifier.classify(
            np.stack([grey_square(frame, classifier.input_px) for frame in clip(faces.images[row], int(row))])
        )
        for row in track(rows.tolist(), "clips", console=NOTES)
    ]


def corrected(probs: Probs, resting: RestingFace, options: NeutralOptions) -> Probs:
    """(N, 5): all rows under one person's correction."""
    raised = probs * np.exp(np.asarray(resting.correction(options), dtype=np.float32))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def share(probs: Probs, *emotions: Emotion) -> float:
    """How often one of these is the most probable."""
    return float(np.isin(probs.argmax(axis=1), [emotion.column for emotion in emotions]).mean())


def clip_table(faces: Faces, clips: Sequence[Probs]) -> str:
    """Markdown: resting faces and real expressions over the limit of the correction."""
    half = FRAMES // 2
    people = [RestingFace.of(map(tuple, probs[:half].tolist())) for probs in clips]
    real = [emotion for emotion in EMOTIONS if emotion is not Emotion.NEUTRAL]
    lines = [
        "| limit | at rest: sad or angry | at rest: neutral | "
        + " | ".join(f"{emotion} stays {emotion}" for emotion in real)
        + " |",
        "|---" * (3 + len(real)) + "|",
    ]
    for limit in LIMITS:
        options = NeutralOptions(limit=limit)
        rest = [corrected(probs[half:], who, options) for probs, who in zip(clips, people, strict=True)]
        cells = [np.mean([share(one, Emotion.SAD, Emotion.ANGRY) for one in rest])]
        cells += [np.mean([share(one, Emotion.NEUTRAL) for one in rest])]
        for emotion in real:
            hits = faces.showing(emotion)
            hits = hits[hits.argmax(axis=1) == emotion.column]
            cells.append(np.mean([share(corrected(hits, who, options), emotion) for who in people]))
        lines.append(f"| {limit:g} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    return "\n".join(lines)


@dataclass(frozen=True)
class Named:
    """A photograph of somebody: who, what it shows, and the probabilities, five."""

    person: str
    emotion: Emotion
    probs: tuple[float, ...]


def read_named(
    photos: Path, labels: Path, classifier: EmotionClassifier, detector_name: str, file: Path | None
) -> list[Named]:
    """The photographs of people of whom there are several."""
    detector = make_detector(detector_name, file)
    named = []
    for portrait in find_faces(photos, labels, detector):
        crops = cut_faces(portrait.image, [portrait.face], detector.framing, classifier.input_px)
        probs = tuple(classifier.classify(crops)[0].tolist())
        named.append(Named(portrait.name.rpartition("_")[0], portrait.emotion, probs))
    return named


def named_table(named: Sequence[Named]) -> str:
    """Markdown: people's other photographs, under what one neutral photograph teaches."""
    groups: dict[str, list[Named]] = defaultdict(list)
    for one in named:
        groups[one.person].append(one)
    pairs = [
        (rest, other)
        for group in groups.values()
        for rest in group
        for other in group
        if rest is not other and rest.emotion is Emotion.NEUTRAL
    ]
    lines = ["| limit | " + " | ".join(f"{emotion} right" for emotion in EMOTIONS) + " |", "|---" * 6 + "|"]
    for limit in LIMITS:
        options = NeutralOptions(limit=limit)
        cells = []
        for emotion in EMOTIONS:
            rows = [
                corrected(np.array([other.probs], np.float32), RestingFace.of([rest.probs]), options)
                for rest, other in pairs
                if other.emotion is emotion
            ]
            cells.append(f"{share(np.concatenate(rows), emotion):.3f} of {len(rows)}" if rows else "none")
        lines.append(f"| {limit:g} | " + " | ".join(cells) + " |")
    people = sum(len(group) > 1 for group in groups.values())
    return (
        f"{people} people with several photographs, {len(pairs)} pairs of a neutral one and another.\n\n"
        + "\n".join(lines)
    )


def usual(faces: Faces) -> str:
    """What mien serves on faces that most people call neutral: `mien.resting.USUAL`."""
    logs = np.log(np.maximum(faces.showing(Emotion.NEUTRAL).mean(axis=0), FLOOR))
    numbers = ", ".join(f"{value:.2f}" for value in logs)
    return f"Usual resting face, logarithms of the mean probabilities: ({numbers})"


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("faces", "votes"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--photos", type=Path, nargs=2, metavar=("PHOTOS", "LABELS"))
    parser.add_argument("--model", type=Path, help="another emotion model than mien's own")
    parser.add_argument("--detector", default="auto", help="what finds the faces")
    parser.add_argument("--detector-model", type=Path, help="its file")
    parser.add_argument("--clips", type=int, default=60, help="so many resting faces at most")
    parser.add_argument("--out", type=Path, help="write Markdown into this file instead")
    said = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = EmotionClassifier(said.model)
    faces = read_faces(said.faces, said.votes, classifier)
    clips = misread_clips(faces, classifier, said.clips)
    parts = [
        usual(faces),
        f"{len(clips)} resting faces that mien calls sad or angry.",
        clip_table(faces, clips),
    ]
    if said.photos:
        photos, labels = said.photos
        named = read_named(photos, labels, classifier, said.detector, said.detector_model)
        parts.append(named_table(named))
    text = "\n\n".join(parts) + "\n"
    tell(text, said.out)


if __name__ == "__main__":
    main()
