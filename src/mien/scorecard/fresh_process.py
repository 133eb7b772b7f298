"""What must be measured in a process of its own: how fast mien starts, how much memory it takes at most."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mien.errors import MienError

_FIRST_RESULT = """
import time
start_s = time.perf_counter()
import sys
from pathlib import Path
import mien
from mien.pictures import read_picture
model = Path(sys.argv[2]) if sys.argv[2:] else None
pipeline = mien.build_pipeline(mien.load_models(emotion_model=model))
pipeline.process(mien.Frame(0, 0.0, read_picture(Path(sys.argv[1]))))
print(time.perf_counter() - start_s)
"""

_PEAK_OF_PREDICT = """
import sys
from mien.cli import main
model = ["--model", sys.argv[2]] if sys.argv[2:] else []
sys.argv = ["mien", "predict", "--json", sys.argv[1], *model]
try:
    main()
except SystemExit as end:
    if end.code:
        raise
from mien.scorecard.memory import memory_mb
print(memory_mb("VmHWM"))
"""


def first_result_s(photo: Path, model: Path | None = None) -> float:
    """Seconds from a started Python to the first photo's faces: imports, opening both models, one photo."""
    return float(_last_line(_FIRST_RESULT, photo, model))


def peak_of_predict_mb(photo: Path, model: Path | None = None) -> float | None:
    """The most memory, in MB, that `mien predict` on one photo ever holds; None where no system tells."""
    said = _last_line(_PEAK_OF_PREDICT, photo, model)
    return None if said == "None" else float(said)


def _last_line(script: str, photo: Path, model: Path | None) -> str:
    """What a script prints last; MienError with its own last words if it fails."""
    command = [sys.executable, "-c", script, str(photo), *([str(model)] if model else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise MienError(f"mien failed in a process of its own: {words[-1]}")
    return done.stdout.splitlines()[-1]
