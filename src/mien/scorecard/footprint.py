"""What mien takes: time to start, memory, and room on the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cv2

from mien.scorecard.fresh_process import first_result_s, peak_of_predict_mb
from mien.scorecard.install import installed_bytes
from mien.scorecard.quantiles import p50_p95
from mien.scorecard.speed import drawn_frames
from mien.train.reading import Progress, unwatched


def measure_footprint(model: Path | None, starts: int, progress: Progress = unwatched) -> dict[str, Any]:
    """First result and peak memory of fresh processes, and the install's size; plain values for JSON."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "drawn.png"
        cv2.imwrite(str(photo), drawn_frames(1)[0].image)
        first_result_s(photo, model)  # files come from the disk's cache from now on, modules are compiled
        took_s = []
        for number in range(starts):
            took_s.append(first_result_s(photo, model))
            progress(number + 1, starts + 1)
        peak_mb = peak_of_predict_mb(photo, model)
    install = installed_bytes()
    return {
        "first_result_s": {"starts": starts, **p50_p95(took_s)},
        "predict_peak_mb": None if peak_mb is None else round(peak_mb, 1),
        "install_mb": None
        if install is None
        else {name: round(size / 1e6, 2) for name, size in install.items()},
    }
