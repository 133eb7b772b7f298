"""How much of a video is left when the process that writes it is killed.

python benchmarks/killed.py

Records 200 frames of the drawn face, plain and with a camera's noise, as fast as it can, kills itself with
SIGKILL after the last one, and counts the frames that can be played. It needs a system with SIGKILL.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.demo_face import DemoFace
from mien.sinks import VideoSink
from mien.types import Frame, FrameResult

FRAMES = 200
FPS = 25.0
NOISE_GREYS = 4.0
"""Standard deviation of a camera's noise in ordinary room light."""


def record(images: NDArray[np.uint8], path: Path) -> None:
    """Write all frames and die."""
    sink = VideoSink(path, FPS)
    for index, image in enumerate(islice(cycle(images), FRAMES)):
        height, width = image.shape[:2]
        time_s = index / FPS
        sink.write(Frame(index, time_s, image), FrameResult(index, time_s, width, height, (), 0.0))
    os.kill(os.getpid(), signal.SIGKILL)


def playable(path: Path) -> int:
    """How many frames can be read."""
    capture = cv2.VideoCapture(str(path))
    count = sum(1 for _ in iter(lambda: capture.read()[0], False))
    capture.release()
    return count


def noisy(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The images with grey noise, the same on every run."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, NOISE_GREYS, (*images.shape[:3], 1)).astype(np.float32)
    return np.asarray(np.clip(images + noise, 0, 255), np.uint8)


def main() -> None:
    """A row a kind of file and picture."""
    plain = np.stack([frame.image for frame in islice(DemoFace(fps=FPS), 50)])
    apart = multiprocessing.get_context("spawn")
    print("| file | picture | frames played | seconds lost | size |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, images in (("drawn", plain), ("with a camera's noise", noisy(plain))):
            for suffix in (".mp4", ".mkv", ".avi"):
                path = Path(folder) / f"killed{suffix}"
                process = apart.Process(target=record, args=(images, path))
                process.start()
                process.join()
                played = playable(path)
                lost_s, size_mb = (FRAMES - played) / FPS, path.stat().st_size / 1e6
                print(f"| `{suffix}` | {kind} | {played} | {lost_s:.1f} | {size_mb:.1f} MB |", flush=True)


if __name__ == "__main__":
    main()
