"""Which parts of the card can be measured with what is at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from mien.files import file_sha256
from mien.scorecard.accuracy import measure_accuracy, measure_corruptions
from mien.scorecard.at_hand import make_at_hand
from mien.scorecard.card import Part
from mien.scorecard.footprint import measure_footprint
from mien.scorecard.machine import describe_machine
from mien.scorecard.photographs import load_photos, measure_photographs
from mien.scorecard.speed import measure_speed
from mien.train.evaluate import load_split
from mien.train.reading import Progress, unwatched

Job: TypeAlias = Callable[[Progress], dict[str, Any]]
"""Measures one part; returns plain values for JSON."""


@dataclass(frozen=True)
class Inputs:
    """What the card is made of.

    model: an ONNX file, None for mien's own. data, votes, split: as for `load_split`. photos: a folder, None
    without photographs. labels: its CSV, else `labels.csv` within. yunet: YuNet's file, None without.
    repeats: frames, and batches of each size, that are timed. starts: fresh processes that are timed.
    """

    model: Path | None = None
    data: Path | None = None
    votes: Path | None = None
    split: str | None = None
    photos: Path | None = None
    labels: Path | None = None
    yunet: Path | None = None
    repeats: int = 100
    starts: int = 7


def plan(inputs: Inputs, wanted: Collection[Part]) -> tuple[dict[Part, Job], dict[Part, str]]:
    """The jobs that can be done, and for all other parts why not.

    All data is read here, so that what is wrong with it comes to light before minutes of work: raises what
    `load_split`, `load_photos` and `make_at_hand` raise.
    """
    missing = {part: "left out" for part in Part if part not in wanted}
    if inputs.data is None:
        missing = {
            **dict.fromkeys((Part.ACCURACY, Part.CORRUPTIONS), "no pictures of FER2013 named"),
            **missing,
        }
    if inputs.photos is None:
        missing = {Part.PHOTOGRAPHS: "no photographs named", **missing}
    jobs: dict[Part, Job] = {
        **_scores(inputs, [part for part in (Part.ACCURACY, Part.CORRUPTIONS) if part not in missing]),
        **({} if Part.PHOTOGRAPHS in missing else _photographs(inputs)),
        Part.SPEED: partial(measure_speed, inputs.model, inputs.repeats),
        Part.FOOTPRINT: partial(measure_footprint, inputs.model, inputs.starts),
    }
    return {part: jobs[part] for part in Part if part not in missing}, missing


def run(job: Job, progress: Progress = unwatched) -> dict[str, Any]:
    """What a job measures, and `measured`: when, on what, and how long that took."""
    start_s = time.perf_counter()
    found = job(progress)
    took_s = round(time.perf_counter() - start_s, 1)
    return {
        "measured": {"on": date.today().isoformat(), "took_s": took_s, "machine": describe_machine()},
        **found,
    }


def _scores(inputs: Inputs, parts: Collection[Part]) -> dict[Part, Job]:
    """The jobs that read FER2013's pictures."""
    if not parts:
        return {}
    assert inputs.data is not None
    table = load_split(inputs.data, inputs.votes, inputs.split)
    files = {"pictures": inputs.data, **({"votes": inputs.votes} if inputs.votes else {})}
    data = {name: {"file": path.name, "sha256": file_sha256(path)} for name, path in files.items()}
    measures = {Part.ACCURACY: measure_accuracy, Part.CORRUPTIONS: measure_corruptions}
    return {part: _with_data(data, partial(measures[part], inputs.model, table)) for part in parts}


def _photographs(inputs: Inputs) -> dict[Part, Job]:
    assert inputs.photos is not None
    labels = inputs.labels or inputs.photos / "labels.csv"
    photos = load_photos(inputs.photos, labels)
    data = {"labels": {"file": labels.name, "sha256": file_sha256(labels)}}
    measure = partial(measure_photographs, inputs.model, photos, make_at_hand(inputs.yunet))
    return {Part.PHOTOGRAPHS: _with_data(data, measure)}


def _with_data(data: dict[str, Any], job: Job) -> Job:
    """The job, telling what files it read."""
    return lambda progress: {"data": data, **job(progress)}
