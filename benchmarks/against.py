"""A frame's way in this checkout against its way in an older commit, in turns on the same frames.

    python benchmarks/against.py COMMIT [--photos FOLDER] [--faces 1] [--rounds 6]

Both run on one thread, each in processes of its own (A B, B A, ...), over the same 640 x 480 frames of
photographs that move. Milliseconds are the process's own time, so that what else the machine does hardly
counts: means of all frames but the slowest tenth. A figure is the median of its rounds, a ratio the median of
the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import MienError, OptionError
from mien.options import RuntimeOptions
from mien.pipeline import build_pipeline, load_models
from mien.types import Frame

CHECKOUT = Path(__file__).parents[1]
WHOLE, REST = "whole way of a frame", "all else"
STAGES = {"detect": ("lookout", "find"), "classify": ("classifier", "classify")}
"""By what it is called here: a part of the pipeline, and its method."""

BEFORE_LOOKOUTS = ("detector", "detect")
"""What older pipelines have for their first stage."""

SECONDS = 4.0


class Clocked:
    """A part of the pipeline, one method of which notes its milliseconds."""

    def __init__(self, part: Any, method: str, took_ms: list[float]) -> None:  # noqa: ANN401 - of any commit
        self._part = part
        self._took_ms = took_ms
        setattr(self, method, self._noting(getattr(part, method)))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._part, name)

    def _noting(self, method: Any) -> Any:  # noqa: ANN401
        def noted(*arguments: Any) -> Any:  # noqa: ANN401
            start_s = time.process_time()
            answer = method(*arguments)
            self._took_ms.append((time.process_time() - start_s) * 1e3)
            return answer

        return noted


def time_frames(images: Path) -> dict[str, float]:
    """Milliseconds by stage, with the mien that this process imports.

    The first ten frames warm up. A mean, for not all frames are alike, without the slowest tenth.
    """
    pipeline = build_pipeline(load_models(options=RuntimeOptions(threads=1)))
    took: dict[str, list[float]] = defaultdict(list)
    for name, (newer, newer_method) in STAGES.items():
        part, method = (newer, newer_method) if newer in vars(pipeline) else BEFORE_LOOKOUTS
        clocked: dict[str, Any] = {part: Clocked(getattr(pipeline, part), method, took[name])}
        pipeline = replace(pipeline, **clocked)
    for index, image in enumerate(np.load(images)):
        frame = Frame(index, index / 30, image)
        start_s = time.process_time()
        pipeline.process(frame)
        took[WHOLE].append((time.process_time() - start_s) * 1e3)
    took[REST] = [
        whole - sum(parts)
        for whole, *parts in zip(took[WHOLE], *(took[name] for name in STAGES), strict=True)
    ]
    return {name: _quiet_mean(values[10:]) for name, values in took.items()}


def _quiet_mean(values: list[float]) -> float:
    return statistics.fmean(sorted(values)[: -(len(values) // 10) or None])


def film(photos: Path | None, faces: int, path: Path) -> None:
    """Write the frames that both are given."""
    # With an older mien, as in a turn of that, it may not even load.
    from moving_photos import Scene, load_photos, photos_at_hand  # noqa: PLC0415

    chosen = load_photos(photos or photos_at_hand(), load_models().detector, faces, seed=0)
    scene = Scene([chosen[place % len(chosen)] for place in range(faces)], 0)
    np.save(path, np.stack([frame.image for frame in scene.frames(SECONDS)]))


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """The source of an older commit."""
    git = ["git", "-C", str(CHECKOUT)]
    named = ["rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"]
    known = subprocess.run([*git, *named], check=False, capture_output=True)
    if known.returncode:
        raise OptionError(f"commit {commit!r}: expected one that this checkout has")
    subprocess.run([*git, "worktree", "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder / "src"
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(folder)], check=True)


def turn(source: Path, images: Path) -> dict[str, float]:
    """One process of a commit, over all frames."""
    command = [sys.executable, __file__, "--worker", str(images)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def in_turns(sources: list[Path], images: Path, rounds: int) -> list[list[dict[str, float]]]:
    """By source, its rounds."""
    told: list[list[dict[str, float]]] = [[] for _ in sources]
    for number in range(rounds):
        order = range(len(sources)) if number % 2 == 0 else reversed(range(len(sources)))
        for place in order:
            told[place].append(turn(sources[place], images))
    return told


def as_table(before: list[dict[str, float]], now: list[dict[str, float]]) -> str:
    """Markdown."""
    lines = ["| stage, ms of own time | before | now | times as fast |", "|---|---:|---:|---:|"]
    for stage in (*STAGES, REST, WHOLE):
        old, new = [each[stage] for each in before], [each[stage] for each in now]
        ratio = statistics.median(one / other for one, other in zip(old, new, strict=True))
        lines.append(
            f"| {stage} | {statistics.median(old):.1f} | {statistics.median(new):.1f} | {ratio:.2f} |"
        )
    return "\n".join(lines) + "\n"


def compare(commit: str, photos: Path | None, faces: int, rounds: int) -> str:
    """Markdown: that commit beside this checkout."""
    with tempfile.TemporaryDirectory() as folder, checked_out(commit, Path(folder) / "before") as older:
        images = Path(folder) / "frames.npy"
        film(photos, faces, images)
        before, now = in_turns([older, CHECKOUT / "src"], images, rounds)
    return as_table(before, now)


def main() -> None:
    """Measure both, print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commit", nargs="?", default="HEAD~1")
    parser.add_argument("--photos", type=Path, help="folder of photographs of faces")
    parser.add_argument("--faces", type=int, choices=(1, 4), default=1)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        print(json.dumps(time_frames(chosen.worker)))
        return
    try:
        print(compare(chosen.commit, chosen.photos, chosen.faces, chosen.rounds), end="")
    except MienError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
