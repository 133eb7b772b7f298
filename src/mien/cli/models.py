"""The options that choose the models, the same for every command that analyses something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from mien.options import DetectorOptions, LookoutOptions, RuntimeOptions
from mien.pipeline import EmotionPipeline, Models, build_pipeline, load_models

THOROUGH_MIN_SCORE = 0.4
"""Below the 0.54 that the shipped detector was given: who must not miss a face rather takes what is none."""


class Detector(str, Enum):
    """Which detector finds the faces."""

    AUTO = "auto"
    MIEN = "mien"
    HAAR = "haar"
    YUNET = "yunet"


DetectorOption = Annotated[
    Detector,
    typer.Option(
        "--detector",
        help="What finds the faces: **auto** is **mien**, its own network; OpenCV 4's **haar**; **yunet**, "
        "which needs its file.",
    ),
]
DetectorModelOption = Annotated[
    Path | None,
    typer.Option(
        "--detector-model",
        metavar="FILE",
        help="Another face model (.onnx) than mien's own; with `--detector yunet` YuNet's file.",
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="Another emotion model (.onnx) than mien's own."),
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=1, max=256, help="How many cores one model call may use.")
]
PriorShareOption = Annotated[
    float | None,
    typer.Option(
        "--prior-share",
        min=0.0,
        max=1.0,
        help="Share of the class prior taken out of the probabilities, 0 to 1: higher finds more of the rare "
        "emotions, lower is right more often [default: the model's own].",
    ),
]


@dataclass(frozen=True)
class ModelChoice:
    """What a person chose on the command line.

    crops: the pictures are face crops, detect nothing. thorough: every picture is searched for everybody in
    it, also where a stream's known faces alone would be looked for, and mien's own detector takes more for a
    face, such as one that the edge cuts in half.
    """

    detector: Detector = Detector.AUTO
    detector_model: Path | None = None
    emotion_model: Path | None = None
    threads: int = 1
    crops: bool = False
    prior_share: float | None = None
    thorough: bool = False

    @property
    def options(self) -> RuntimeOptions:
        """The runtime's options."""
        options = RuntimeOptions(threads=self.threads, prior_share=self.prior_share)
        if not self.thorough:
            return options
        own = self.detector in (Detector.AUTO, Detector.MIEN)
        detector = DetectorOptions(min_score=THOROUGH_MIN_SCORE if own else None)
        return replace(options, detector=detector, lookout=LookoutOptions(full_s=0.0))

    def load(self) -> Models:
        """Open the model files; ModelError says what is wrong with one."""
        detector = "none" if self.crops else self.detector.value
        return load_models(detector, self.detector_model, self.emotion_model, self.options)

    def pipeline(self) -> EmotionPipeline:
        """A fresh pipeline of these models."""
        return build_pipeline(self.load(), self.options)
