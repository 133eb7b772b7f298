"""Speed, pair by pair: mien and a peer take turns on the same frames, so that what else the machine does hits
both alike."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from .gallery import Gallery
from .material import BLOCK_FRAMES
from .talk import NotMeasured, Worker

TURN_S = 1.5
"""About how long a turn takes, for either of the two."""
FEWEST_FRAMES = 4

Start = Callable[[], Worker]


@dataclass(frozen=True)
class Turn:
    """Seconds by the clock and of a core, and faces, a frame; and the most memory so far."""

    frame_s: float
    cpu_s: float
    faces: float
    peak_mb: float


@dataclass(frozen=True)
class Runner:
    """A worker that looks at frames; start_s: from nothing to its first result."""

    worker: Worker
    frames: Gallery
    start_s: float

    def run(self, first: int, count: int, rounds: int) -> Turn:
        """So many frames from this one on, so many times over."""
        answer = self.worker.ask("time", **self.frames.as_question(first, count), rounds=rounds)
        looks = count * rounds
        return Turn(
            frame_s=answer["seconds"] / looks,
            cpu_s=answer["cpu_seconds"] / looks,
            faces=answer["faces"] / looks,
            peak_mb=answer["peak_mb"],
        )


@dataclass(frozen=True)
class Side:
    """One of the two.

    fps: by turn. cpu_ms: by turn, milliseconds of a core a frame, all threads together. faces: how many were
    found a frame. start_s: from nothing to the first result. peak_mb: the most memory.
    """

    fps: tuple[float, ...]
    cpu_ms: tuple[float, ...]
    faces: float
    start_s: float
    peak_mb: float

    @property
    def middle_fps(self) -> float:
        """The median turn."""
        return statistics.median(self.fps)

    @property
    def middle_cpu_ms(self) -> float:
        """The median turn."""
        return statistics.median(self.cpu_ms)


@dataclass(frozen=True)
class Ratio:
    """How many times as much the one is of the other: the median turn, and the least and the most of all."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Pair:
    """A comparison of turns: the frames of turn i were the same for both.

    load: how many processes wanted a core meanwhile, one of them ours; 0 where the system does not say.
    """

    mien: Side
    peer: Side
    load: float

    @property
    def ratio(self) -> Ratio:
        """Frames a second of mien over those of the peer."""
        return _ratio(self.mien.fps, self.peer.fps)

    @property
    def cpu_ratio(self) -> Ratio:
        """Time of a core that the peer takes for a frame over that of mien."""
        return _ratio(self.peer.cpu_ms, self.mien.cpu_ms)

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Pair:
        """The inverse; KeyError or TypeError if it is none."""
        return cls(_side_of(record["mien"]), _side_of(record["peer"]), record["load"])


def _side_of(record: dict[str, Any]) -> Side:
    """The inverse of a `Pair`'s record, of one side."""
    return Side(**{**record, "fps": tuple(record["fps"]), "cpu_ms": tuple(record["cpu_ms"])})


def _ratio(ones: Sequence[float], others: Sequence[float]) -> Ratio:
    turns = [one / other for one, other in zip(ones, others, strict=True)]
    return Ratio(statistics.median(turns), min(turns), max(turns))


def rounds_for(frame_s: float, frames: int) -> int:
    """How often to go through so many frames to fill a turn."""
    return max(1, round(TURN_S / (frame_s * frames)))


def frames_for(frame_s: float) -> int:
    """How many frames the slower one manages in a turn."""
    return min(BLOCK_FRAMES, max(FEWEST_FRAMES, round(TURN_S / frame_s)))


def measure_pair(
    start_mien: Start, start_peer: Start, frames: Gallery, progress: Callable[[int, int], None]
) -> Pair:
    """Start both, warm them up, and let them take turns, one scene a turn: A B, B A, A B, ..."""
    with ExitStack() as stack:
        runners = [_started(start, frames, stack) for start in (start_mien, start_peer)]
        for runner in runners:
            runner.run(0, FEWEST_FRAMES, 1)
        frame_s = [runner.run(0, FEWEST_FRAMES, 1).frame_s for runner in runners]
        count = frames_for(max(frame_s))
        rounds = [rounds_for(one_s, count) for one_s in frame_s]
        turns: list[list[Turn]] = [[], []]
        scenes = frames.count // BLOCK_FRAMES
        for scene in range(scenes):
            for who in (0, 1) if scene % 2 == 0 else (1, 0):
                turns[who].append(runners[who].run(scene * BLOCK_FRAMES, count, rounds[who]))
            progress(scene + 1, scenes)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    mien, peer = (_side(*both) for both in zip(runners, turns, strict=True))
    return Pair(mien, peer, load)


def _side(runner: Runner, turns: Sequence[Turn]) -> Side:
    fps = tuple(1 / turn.frame_s for turn in turns)
    cpu_ms = tuple(turn.cpu_s * 1e3 for turn in turns)
    faces = statistics.mean(turn.faces for turn in turns)
    return Side(fps, cpu_ms, faces, runner.start_s, turns[-1].peak_mb)


def _started(start: Start, frames: Gallery, stack: ExitStack) -> Runner:
    """A worker that has looked at one frame, and how long that took from its start on."""
    began_s = time.perf_counter()
    worker = stack.enter_context(start())
    if not worker.ask("load")["finds_faces"]:
        raise NotMeasured("brings no face finder")
    Runner(worker, frames, 0.0).run(0, 1, 1)
    return Runner(worker, frames, time.perf_counter() - began_s)
