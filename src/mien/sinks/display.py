"""Whether a window can be shown here."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import cv2

_NO_WINDOWS = "this OpenCV has no windows, as opencv-python-headless has none: see mien doctor"

# Not with what lies in the folder we are in, such as a types.py.
_TRIAL = "import sys; sys.path[:] = filter(None, sys.path); import cv2; cv2.namedWindow('mien')"


def window_backend() -> str | None:
    """What this OpenCV draws its windows with, such as QT5, or None where it was built without windows."""
    match = re.search(r"GUI:\s+(\S+)", cv2.getBuildInformation())
    backend = match[1] if match else "unknown"
    return None if backend == "NONE" else backend


def display_problem() -> str | None:
    """Why no window can be shown here, in words, or None if one can.

    Without a display Qt ends the whole process, so that on Linux another process has to try.
    """
    if window_backend() is None:
        return _NO_WINDOWS
    if not sys.platform.startswith("linux"):
        return None
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display:
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    try:
        trial = [sys.executable, "-c", _TRIAL]
        works = subprocess.run(trial, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        works = False
    return None if works else f"the display {display} does not answer"
