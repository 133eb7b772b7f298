"""`python realtime_emotion_detection.py`: the first line of many tutorials."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "realtime_emotion_detection.py"


def run_script(*arguments):
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_is_mien_run_and_passes_arguments_on():
    ended = run_script("no-such-clip.mp4", "--no-window", "--jsonl", "-")
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("mien: cannot open 'no-such-clip.mp4'")


def test_without_a_source_it_opens_the_first_camera():
    ended = run_script("--help")
    assert ended.returncode == 0
    assert "mien run" in ended.stdout or "realtime_emotion_detection.py run" in ended.stdout
    assert "[default: 0]" in ended.stdout
