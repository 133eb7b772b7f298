"""The options of `mien run` that say how people are followed, and when nothing is said about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from mien.cli.app import note
from mien.cli.models import ModelChoice
from mien.files import ready_to_replace
from mien.options import DoubtOptions, TrackerOptions
from mien.pipeline import EmotionPipeline, build_pipeline

NeutralOption = Annotated[
    float | None,
    typer.Option(
        "--neutral",
        metavar="SECONDS",
        help="At the start learn for so long how everyone in view looks at rest, and take that into account.",
    ),
]
NeutralFileOption = Annotated[
    Path | None,
    typer.Option(
        "--neutral-file",
        metavar="FILE",
        help="Your resting face: read if the file is there, written when one has been learned. It is applied "
        "to the largest face in view.",
    ),
]
DetectEveryOption = Annotated[
    int,
    typer.Option(
        "--detect-every",
        metavar="N",
        min=1,
        max=100,
        help="Look for faces in every Nth frame only, and expect them where they were heading between; not "
        "with `--anonymize`.",
    ),
]
UnsureBelowOption = Annotated[
    float | None,
    typer.Option(
        "--unsure-below",
        metavar="P",
        min=0.0,
        max=1.0,
        help="Say `unsure` where the emotion is less probable than this; 0 leaves only what cannot be seen "
        f"well [default: {DoubtOptions().min_prob:g}].",
    ),
]


@dataclass(frozen=True)
class LiveChoice:
    """What a person chose on the command line; None is the default."""

    neutral_s: float | None = None
    neutral_file: Path | None = None
    detect_every: int = 1
    unsure_below: float | None = None

    def pipeline(self, models: ModelChoice) -> EmotionPipeline:
        """A fresh pipeline of these models that follows people as chosen.

        OptionError for a number out of range, DataError for a file that holds no resting face, SinkError for
        one that cannot be written.
        """
        doubt = DoubtOptions() if self.unsure_below is None else DoubtOptions(min_prob=self.unsure_below)
        options = replace(models.options, tracker=TrackerOptions(detect_every=self.detect_every), doubt=doubt)
        if self.neutral_file is not None:
            ready_to_replace(self.neutral_file)
        pipeline = build_pipeline(models.load(), options, self.neutral_file)
        if self.neutral_s is not None:
            pipeline.neutral.learn(self.neutral_s)
        elif pipeline.neutral.notice:
            note(f"{pipeline.neutral.notice} (--neutral SECONDS, or the key n)")
        return pipeline
