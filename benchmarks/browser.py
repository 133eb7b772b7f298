"""How live the page is in a real Chromium, its camera playing photographs that move; needs `make web`.

    python benchmarks/browser.py [--photos ../shared/photos] [--json browser.json]

Server and browser have two cores between them. Each case is a page of its own, for each who analyses: the
server, or the browser alone. What is counted is what the page's own recording holds. Latency is from when the
page takes a frame until it has the answer. The exit code is 1 where the bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from moving_photos import Scene, load_photos, photos_at_hand
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from rich.console import Console
from rich.table import Table
from serve import served

from mien.pipeline import load_models

FACES = (1, 4)
WAYS = {"server": "the server", "browser": "the browser alone"}
LEAST_FPS = {("browser", 1): 15.0}
"""Frames analysed a second that there must be, by who analyses and the number of faces."""

WARM_UP_S = 3.0
PATIENCE_MS = 60_000
QUANTILES = (0.5, 0.95)


@dataclass(frozen=True)
class Case:
    """What one page recorded.

    runs_on: as the page says it. seen: faces in a frame, mean. fps: frames analysed a second. camera_fps: as
    the page counts them. latency_ms, analysis_ms: median and 95th percentile.
    """

    way: str
    faces: int
    runs_on: str
    seen: float
    camera_fps: float
    fps: float
    latency_ms: tuple[float, float]
    analysis_ms: tuple[float, float]

    @property
    def bar(self) -> float | None:
        """The least that `fps` may be, if there is one."""
        return LEAST_FPS.get((self.way, self.faces))

    @property
    def is_good(self) -> bool:
        """Whether the bar is kept."""
        return self.bar is None or self.fps >= self.bar


def main() -> None:
    """Measure all cases and print them."""
    chosen = _arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.cores])
    with tempfile.TemporaryDirectory() as folder, served() as port, sync_playwright() as driver:
        clips = _clips(Path(folder), chosen)
        cases = list(_cases(driver, f"http://127.0.0.1:{port}", clips, chosen.seconds))
    _print(cases, chosen)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(case) for case in cases], indent=2) + "\n")
    raise SystemExit(0 if all(case.is_good for case in cases) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--photos", type=Path, default=photos_at_hand(), help="folder of photographs of faces"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a recording")
    parser.add_argument("--cores", type=int, default=2, help="for server and browser together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _clips(folder: Path, chosen: argparse.Namespace) -> dict[int, Path]:
    """A clip of each number of faces: Motion JPEG, which Chromium plays as a camera over and over."""
    photos = load_photos(chosen.photos, load_models().detector, max(FACES), chosen.seed)
    clips = {}
    for number in FACES:
        scene = Scene([photos[place % len(photos)] for place in range(number)], chosen.seed)
        clips[number] = folder / f"{number}.mjpeg"
        frames = (cv2.imencode(".jpg", frame.image)[1].tobytes() for frame in scene.frames(chosen.seconds))
        clips[number].write_bytes(b"".join(frames))
    return clips


def _cases(driver: Playwright, url: str, clips: dict[int, Path], seconds: float) -> Iterator[Case]:
    for number, clip in clips.items():
        with _chromium(driver, clip) as browser:
            for way in WAYS:
                page = browser.new_page()
                page.set_default_timeout(PATIENCE_MS)
                page.goto(url)
                yield _measured(page, way, number, seconds)
                page.close()


@contextmanager
def _chromium(driver: Playwright, clip: Path) -> Iterator[Browser]:
    flags = ("use-fake-ui-for-media-stream", "use-fake-device-for-media-stream")
    browser = driver.chromium.launch(
        executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
        args=["--no-sandbox", *(f"--{flag}" for flag in flags), f"--use-file-for-fake-video-capture={clip}"],
    )
    try:
        yield browser
    finally:
        browser.close()


def _measured(page: Page, way: str, faces: int, seconds: float) -> Case:
    page.locator(f"input[value={way}]:enabled").check()
    page.click("#start")
    page.locator(".card").nth(faces - 1).wait_for()
    page.wait_for_timeout(1e3 * WARM_UP_S)
    lines = _recorded(page, seconds)
    times_s = [line["timestamp_s"] for line in lines]
    said = page.text_content("#status") or ""
    return Case(
        way,
        faces,
        (page.text_content("#way-note") or "").removeprefix("Runs on ").rstrip("."),
        round(float(np.mean([len(line["faces"]) for line in lines])), 2),
        float(said.split()[1]),
        round((len(lines) - 1) / (times_s[-1] - times_s[0]), 1),
        _quantiles([line["timing"]["latency_ms"] for line in lines]),
        _quantiles([line["analysis_ms"] for line in lines]),
    )


def _recorded(page: Page, seconds: float) -> list[dict[str, Any]]:
    """The lines of a recording of so many seconds."""
    page.keyboard.press("r")
    page.wait_for_timeout(1e3 * seconds)
    with page.expect_download() as download:
        page.keyboard.press("r")
    return [json.loads(line) for line in download.value.path().read_text().splitlines()]


def _quantiles(values: list[float]) -> tuple[float, float]:
    middle, high = (round(float(value), 1) for value in np.quantile(values, QUANTILES))
    return middle, high


def _print(cases: list[Case], chosen: argparse.Namespace) -> None:
    machine = platform.processor() or platform.machine()
    table = Table(
        title=f"Chromium, 640x480, {chosen.cores} cores of {machine}, photographs of {chosen.photos}"
    )
    for heading in ("analysed by", "faces", "camera fps", "analysed fps", "bar", "latency ms", "analysis ms"):
        table.add_column(heading, justify="left" if heading == "analysed by" else "right")
    for case in cases:
        colour = "" if case.bar is None else "[green]" if case.is_good else "[red]"
        table.add_row(
            f"{WAYS[case.way]} {case.runs_on and f'({case.runs_on})'}",
            f"{case.faces} ({case.seen:.1f} seen)",
            f"{case.camera_fps:.0f}",
            f"{colour}{case.fps:.1f}",
            "" if case.bar is None else f"≥ {case.bar:g}",
            *(f"{middle:.0f} ({high:.0f})" for middle, high in (case.latency_ms, case.analysis_ms)),
        )
    Console(width=120).print(table)
    Console(width=120).print("latency and analysis: median (95th percentile)")


if __name__ == "__main__":
    main()
