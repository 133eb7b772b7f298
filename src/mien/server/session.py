"""One stream's own part of the pipeline: who is there, and what they showed until now."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from mien.errors import OptionError
from mien.options import RuntimeOptions
from mien.pipeline import Models, build_pipeline
from mien.server.commands import Command, Explain, LearnNeutral
from mien.server.inbox import Arrival
from mien.server.options import ServerOptions
from mien.server.photo import decode_photo
from mien.server.refusal import Reason, RefusedError
from mien.timed import TimedPipeline
from mien.types import Frame, FrameResult, Heat


class Session:
    """Analyses the frames of one stream with models that all streams share. For one thread at a time."""

    def __init__(self, models: Models, runtime: RuntimeOptions, limits: ServerOptions) -> None:
        self._models = models
        self._runtime = runtime
        self._limits = limits
        self._pipeline = build_pipeline(models, runtime)
        self._explains = False
        self._start_s: float | None = None
        self._timed = TimedPipeline(self, self._age_s)

    def obey(self, command: Command) -> None:
        """Do what the client asks for; RefusedError if it is out of range."""
        if isinstance(command, Explain):
            self._explains = command.on
        elif isinstance(command, LearnNeutral):
            try:
                self._pipeline.neutral.learn(command.seconds)
            except OptionError as error:
                raise RefusedError(400, Reason.COMMAND, str(error)) from error
        else:
            self._pipeline = build_pipeline(self._models, self._runtime)

    def read(self, arrival: Arrival) -> tuple[FrameResult, list[Heat] | None]:
        """The timed result of a frame, and its heats if asked for; RefusedError if it is no picture."""
        if self._start_s is None:
            self._start_s = arrival.time_s
        image = decode_photo(arrival.data, self._limits)
        frame = Frame(arrival.index, arrival.time_s - self._start_s, image)
        result = self._timed.process(frame)
        return result, self._pipeline.explain(frame, result) if self._explains else None

    def process(self, frame: Frame) -> FrameResult:
        """What is timed: the pipeline as it is since the last reset."""
        return self._pipeline.process(frame)

    def _age_s(self, frame: Frame) -> float:
        return time.monotonic() - (self._start_s or 0.0) - frame.timestamp_s


def as_record(result: FrameResult, heats: list[Heat] | None) -> dict[str, Any]:
    """The JSON form of a result, with the heats beside it where they were asked for."""
    record = result.as_record()
    return record if heats is None else {**record, "heats": [heat_record(heat) for heat in heats]}


def heat_record(heat: Heat) -> dict[str, Any]:
    """The JSON form of a heat map: where it lies, how it is turned, its size, its values 0 to 255 by rows."""
    height, width = heat.map.shape
    values = np.rint(heat.map * 255).astype(np.uint8)
    return {
        "box_xyxy": [round(value, 2) for value in heat.box_xyxy],
        "tilt_deg": round(heat.tilt_deg, 2),
        "width": width,
        "height": height,
        "values": values.ravel().tolist(),
    }
