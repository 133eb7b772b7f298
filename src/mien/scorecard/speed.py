"""How long each stage of a frame's way takes, and how the classifier gains from several faces at once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from mien.classifier import EmotionClassifier
from mien.demo_face import DemoFace
from mien.options import RuntimeOptions
from mien.overlay import draw
from mien.pipeline import EmotionPipeline, Models, build_pipeline, load_models
from mien.preprocess import cut_faces
from mien.quality import rate
from mien.scorecard.quantiles import p50_p95
from mien.train.reading import Progress, equal_part, unwatched
from mien.types import Frame, TrackedFace

BATCHES = (1, 2, 4, 8, 16, 32)

WHOLE_WAY = "whole way of a frame"
"""Everything from the picture to its result, as a stream has it; not the drawing."""

THREADS = (1, 2)
ROUNDS = 5
"""How often a recording is gone through, each way."""

IDLE_SHARE = 0.9
"""A single thread that had less of a core than this was kept waiting: the machine was busy."""


class Laps:
    """Milliseconds by name, one value each time that name was run."""

    def __init__(self) -> None:
        self.ms: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        start_s = time.perf_counter()
        yield
        self.ms[name].append((time.perf_counter() - start_s) * 1e3)

    def warm(self) -> dict[str, list[float]]:
        """All but the first value of each name: the first run warms up."""
        return {name: values[1:] for name, values in self.ms.items()}


def measure_speed(model: Path | None, repeats: int, progress: Progress = unwatched) -> dict[str, Any]:
    """Stages and batches by number of threads, in milliseconds; plain values for JSON.

    `core_share` is the process's own time over the clock's: about 1 for one thread on an idle machine.
    """
    frames = drawn_frames(repeats + 1)
    height, width = frames[0].image.shape[:2]
    parts = 2 * len(THREADS) + 1
    found = {}
    for number, threads in enumerate(THREADS):
        options = RuntimeOptions(threads=threads)
        models = load_models("mien", None, model, options)
        wall_s, own_s = time.perf_counter(), time.process_time()
        stages = time_stages(models, options, frames, equal_part(progress, 2 * number, parts))
        batches = time_batches(models.classifier, repeats, equal_part(progress, 2 * number + 1, parts))
        share = (time.process_time() - own_s) / (time.perf_counter() - wall_s)
        found[str(threads)] = {
            "core_share": round(share, 2),
            "stages": {name: p50_p95(took) for name, took in stages.items()},
            "batches": {str(count): p50_p95(batches[count]) for count in BATCHES},
        }
    models = load_models("mien", None, model)
    recording = time_recording(models, frames, equal_part(progress, parts - 1, parts))
    return {
        "width": width,
        "height": height,
        "repeats": repeats,
        "threads": found,
        "recording_fps": recording,
    }


def drawn_frames(count: int) -> list[Frame]:
    """The first so many frames of the drawn face, 640 x 480."""
    return list(islice(DemoFace(endless=True), count))


def time_stages(
    models: Models, options: RuntimeOptions, frames: Sequence[Frame], progress: Progress = unwatched
) -> dict[str, list[float]]:
    """Milliseconds of each stage in each frame but the first, which warms up.

    The stages are timed one after the other within each frame, so that what else the machine does hits all of
    them alike. frames: of one stream, at least two.
    """
    laps = Laps()
    stages, whole = build_pipeline(models, options), build_pipeline(models, options)
    for number, frame in enumerate(frames, start=1):
        _go_through(stages, frame, laps)
        with laps.run(WHOLE_WAY):
            result = whole.process(frame)
        with laps.run("draw"):
            draw(frame.image, result)
        progress(number, len(frames))
    return laps.warm()


def _go_through(pipeline: EmotionPipeline, frame: Frame, laps: Laps) -> None:
    """What `EmotionPipeline.process` does, lap by lap."""
    detector, classifier, now_s = pipeline.detector, pipeline.classifier, frame.timestamp_s
    with laps.run("detect"):
        faces = pipeline.lookout.find(frame.image, now_s)
    with laps.run("cut"):
        crops = cut_faces(frame.image, faces, detector.framing, classifier.spec.input_px)
    with laps.run("track"):
        is_cut = pipeline.cuts.is_cut(frame.image)
        ids = pipeline.tracker.update(faces, now_s, crops, is_cut=is_cut)
    with laps.run("classify"):
        probs = classifier.classify(crops)
    with laps.run("rate, smooth, judge"):
        tracked = [TrackedFace.of(*one) for one in zip(ids, faces, probs.tolist(), strict=True)]
        personal = pipeline.neutral.update(rate(frame.image, tracked), now_s)
        pipeline.judge.update(pipeline.smoother.update(personal, now_s), now_s)


def time_recording(
    models: Models, frames: Sequence[Frame], progress: Progress = unwatched
) -> dict[str, float]:
    """Frames a second of a recording in memory, one by one and as `EmotionPipeline.watch` goes through it.

    The two take turns; each figure is the median of its rounds.
    """
    laps = Laps()
    for number in range(1, ROUNDS + 1):
        alone, watched = build_pipeline(models), build_pipeline(models)
        with laps.run("one by one"):
            for frame in frames:
                alone.process(frame)
        with laps.run("watched"):
            for _ in watched.watch(frames):
                pass
        progress(number, ROUNDS)
    return {name: round(len(frames) * 1e3 / median(took), 1) for name, took in laps.ms.items()}


def time_batches(
    classifier: EmotionClassifier, repeats: int, progress: Progress = unwatched
) -> dict[int, list[float]]:
    """By batch the milliseconds a face, one value a repeat; the batches take turns.

    Each follows an untimed one of its size, as in use: what a larger one left in the cache is no part of it.
    """
    laps = Laps()
    side = classifier.input_px
    crops = np.random.default_rng(0).integers(0, 256, (max(BATCHES), side, side), dtype=np.uint8)
    for number in range(repeats + 1):
        for count in BATCHES:
            classifier.classify(crops[:count])
            with laps.run(str(count)):
                classifier.classify(crops[:count])
        progress(number, repeats)
    return {int(count): [value / int(count) for value in values] for count, values in laps.warm().items()}
