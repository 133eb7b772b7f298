"""A process that is killed leaves what was written: lines whole, videos that play."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import cv2
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")

FRAMES = 60

RECORDER = """
import os, signal, sys, time
from contextlib import ExitStack
from pathlib import Path
import numpy as np
from mien.sinks import JsonLinesSink, VideoSink
from mien.types import Frame, FrameResult

folder, video = Path(sys.argv[1]), sys.argv[2]
rng, quiet = np.random.default_rng(0), sys.argv[4] == "quiet"
with ExitStack() as stack:
    sinks = [stack.enter_context(VideoSink(folder / video, 25)),
             stack.enter_context(JsonLinesSink(folder / "out.jsonl"))]
    for index in range(int(sys.argv[3])):
        image = np.full((240, 320, 3), 99, np.uint8)
        if not quiet:
            image = rng.integers(0, 256, image.shape, dtype=np.uint8)
        for sink in sinks:
            sink.write(Frame(index, index / 25, image), FrameResult(index, index / 25, 320, 240, (), 1.0))
    time.sleep(0.5)  # What a camera would have given by now is part of the last second.
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("name", "picture"),
    [("out.mp4", "quiet"), ("out.mp4", "noise"), ("out.mkv", "noise"), ("out.avi", "noise")],
)
def test_a_killed_recording_can_be_read_up_to_its_last_second(tmp_path, name, picture):
    command = [sys.executable, "-c", RECORDER, tmp_path, name, str(FRAMES), picture]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.returncode == -9, done.stderr
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines] == list(range(FRAMES))
    capture = cv2.VideoCapture(str(tmp_path / name))
    played = sum(1 for _ in iter(lambda: capture.read()[0], False))
    capture.release()
    assert played >= FRAMES - 25, "more than a second is lost"
