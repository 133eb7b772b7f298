"""How live mien is, on photographs that move, tilt, grow, dim and blur: speed, latency, calm, memory.

    python benchmarks/live.py [--photos ../shared/photos] [--json live.json]
    python benchmarks/live.py --part calm --part change --cuts 30 --seed 7
    python benchmarks/live.py --minutes 60

The first prints a table, with the bars that are to be kept. Speed is the way of a 640x480 Motion JPEG clip to
JSON lines; frames a second of the process's own time are given too, for a machine that does other work
beside. Latency is that of a camera of 30 frames a second whose pictures are drawn as in a window. A label
change is one of the largest face on a clip of one photograph. A change of expression is a cut between two
photographs nine in ten frames of which, each alone, are read as they are labelled, or just differently where
there are no labels.

The second does a part of it: calm and changes are the same on a machine that is busy, speed is not.

The third plays a clip as a camera for so long, and prints latency and memory every minute.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from live_calm import IN_TIME_S, measure_calm, measure_change
from live_speed import in_own_process, measure_live, measure_speed, watch_live
from moving_photos import Photo, Scene, load_photos, photos_at_hand, write_clip
from rich.console import Console
from rich.table import Table

from mien.pipeline import Models, load_models
from mien.scorecard.bars import Bar

LEAST_FPS = {1: 60, 4: 35}
MOST_CHANGES, MOST_MB = 2.0, 350.0
CORES = (1, 2)
PARTS = ("speed", "calm", "change")
QUANTILES = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Row:
    """One line of the table, perhaps with a bar: the least or the most that is good."""

    what: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def bar(self) -> str:
        return Bar(self.least, self.most).text

    @property
    def good(self) -> bool | None:
        """Whether the bar is kept, None without one."""
        return Bar(self.least, self.most).met(self.value)


def main() -> None:
    """Measure, print, and write what was asked for."""
    chosen = _arguments()
    models = load_models()
    photos = load_photos(chosen.photos, models.detector, max(4, chosen.clips, chosen.cuts * 12), chosen.seed)
    parts, rows = chosen.part or PARTS, []
    with tempfile.TemporaryDirectory() as folder:
        if chosen.minutes:
            _long_run(_clips(Path(folder), photos, chosen)[1], chosen.minutes)
            return
        if "speed" in parts:
            clips = _clips(Path(folder), photos, chosen)
            rows += [*_speed_rows(clips), *_latency_rows(clips, chosen.seconds)]
    if "calm" in parts:
        rows += _calm_rows(models, photos[: chosen.clips], chosen.seconds)
    if "change" in parts:
        rows += _change_rows(models, photos, chosen.cuts)
    _print(rows, f"{models.detector.name}, photographs of {chosen.photos or 'the dev packages'}")
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--photos", type=Path, default=photos_at_hand(), help="folder of photographs of faces"
    )
    parser.add_argument("--clips", type=int, default=12, help="photographs looked at for calm")
    parser.add_argument("--cuts", type=int, default=12, help="changes of expression")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a clip")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be given again")
    parser.add_argument("--minutes", type=float, help="a long run instead")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _clips(folder: Path, photos: Sequence[Photo], chosen: argparse.Namespace) -> dict[int, Path]:
    """A clip of one face and one of four, by their number."""
    clips = {number: folder / f"{number}.avi" for number in LEAST_FPS}
    for number, path in clips.items():
        scene = Scene([photos[place % len(photos)] for place in range(number)], chosen.seed)
        write_clip(path, scene, chosen.seconds)
    return clips


def _speed_rows(clips: dict[int, Path]) -> Iterator[Row]:
    for number, clip in clips.items():
        for cores in CORES:
            speed = in_own_process(measure_speed, clip, cores)
            name = _name(number, cores)
            least = LEAST_FPS[number] if cores == 1 else None
            yield Row(f"{name}: frames a second by the clock", speed.fps)
            yield Row(f"{name}: frames a second of own time", speed.own_fps, least=least)
            for quantile, value in zip(QUANTILES, speed.analysis_ms, strict=True):
                yield Row(f"{name}: analysis of a frame by the clock, ms, {quantile}", value)
            yield Row(f"{name}: peak memory, MB", speed.peak_mb, most=MOST_MB)


def _latency_rows(clips: dict[int, Path], seconds: float) -> Iterator[Row]:
    for number, clip in clips.items():
        for cores in CORES:
            live = in_own_process(measure_live, clip, cores, seconds)
            name = f"camera, {_name(number, cores)}"
            yield Row(f"{name}: pictures shown a second", live.shown_fps)
            yield Row(f"{name}: frames analysed a second", live.analysed_fps)
            for quantile, value in zip(QUANTILES, live.latency_ms, strict=True):
                yield Row(f"{name}: latency, ms, {quantile}", value)
            yield Row(f"{name}: peak memory, MB", live.peak_mb, most=MOST_MB)


def _calm_rows(models: Models, photos: Sequence[Photo], seconds: float) -> Iterator[Row]:
    calm = measure_calm(models, photos, seconds)
    name = f"{calm.minutes:.1f} minutes of constant faces"
    yield Row(f"{name}: label changes a minute, raw", calm.raw)
    yield Row(f"{name}: label changes a minute, smoothed", calm.smoothed, most=MOST_CHANGES)
    yield Row(f"{name}: share of frames that are unsure", calm.unsure)


def _change_rows(models: Models, photos: Sequence[Photo], cuts: int) -> Iterator[Row]:
    change = measure_change(models, photos, cuts)
    name = f"{change.cuts} changes of expression"
    yield Row(f"{name}: s until shown, median", change.median_s)
    yield Row(f"{name}: s until shown, slowest", change.slowest_s, most=IN_TIME_S)
    yield Row(f"{name}: shown within {IN_TIME_S:g} s", change.in_time)
    yield Row(f"{name}: never shown", change.never, most=0)


def _long_run(clip: Path, minutes: float) -> None:
    print("| minute | shown a second | analysed a second | latency ms p50 | p95 | p99 | memory MB |")
    print("|---" * 7 + "|")
    for minute, live in enumerate(watch_live(clip, 1, 60 * minutes, 60.0), 1):
        cells = (live.shown_fps, live.analysed_fps, *live.latency_ms, live.memory_mb)
        print(f"| {minute} | {' | '.join(f'{cell:.1f}' for cell in cells)} |", flush=True)


def _name(number: int, cores: int) -> str:
    return f"{number} face{'s' if number > 1 else ''}, {cores} core{'s' if cores > 1 else ''}"


def _print(rows: Sequence[Row], title: str) -> None:
    table = Table(title=title)
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("bar")
    for row in rows:
        colour = "" if row.good is None else "[green]" if row.good else "[red]"
        table.add_row(row.what, f"{colour}{row.value:.2f}", row.bar)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
