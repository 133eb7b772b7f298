"""What many tests share: drawn faces, a data set of them, a network trained on it for a moment."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien import load_models
from mien.pictures import quiet_opencv
from mien.train.table import SIDE_PX, FaceTable, build_table

# The tests measure behaviour, not speed; one thread each keeps runs repeatable.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# As the command has it, whose errors are a line each.
quiet_opencv()

SHARED = Path(__file__).parents[1].parent / "shared"
FIVE_CODES = (0, 3, 4, 5, 6)
VOTE_COLUMN = {0: 4, 3: 1, 4: 3, 5: 2, 6: 0}
MOUTH_BEND = {0: 0, 3: 8, 4: -8, 5: 0, 6: 0}


@pytest.fixture(scope="module")
def models():
    """The shipped models."""
    return load_models()


@pytest.fixture(scope="module")
def url(models):
    """Where a server with the shipped models answers; needs the extra `[server]`."""
    from serving import serving

    with serving(models) as url:
        yield url


def draw_small_face(code: int, rng: np.random.Generator) -> np.ndarray:
    """48x48 grey: an oval with eyes, brows and a mouth that tells the five classes apart."""
    image = np.full((SIDE_PX, SIDE_PX), int(rng.integers(20, 60)), np.uint8)
    dx, dy = (int(value) for value in rng.integers(-2, 3, 2))
    cv2.ellipse(image, (24 + dx, 24 + dy), (18, 22), 0, 0, 360, int(rng.integers(150, 220)), -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (24 + dx + side * 8, 19 + dy)
        cv2.circle(image, eye, 4 if code == 5 else 2, 20, -1, cv2.LINE_AA)
        slant = {0: 3, 4: -3}.get(code, 0)
        inner, outer = (eye[0] - side * 5, eye[1] - 6 + slant), (eye[0] + side * 5, eye[1] - 6 - slant)
        cv2.line(image, inner, outer, 20, 2, cv2.LINE_AA)
    mouth = (24 + dx, 35 + dy)
    if code == 5:
        cv2.ellipse(image, mouth, (4, 6), 0, 0, 360, 20, -1, cv2.LINE_AA)
    else:
        bend = MOUTH_BEND[code]
        points = [(mouth[0] + x, mouth[1] + round(bend * (0.5 - (x / 9) ** 2))) for x in range(-9, 10)]
        cv2.polylines(image, [np.asarray(points, np.int32)], False, 20, 2, cv2.LINE_AA)
    return cv2.add(image, rng.integers(0, 12, image.shape, np.uint8))


def drawn_table(count: int, usage: str, seed: int = 0, *, votes: bool = True) -> FaceTable:
    """`count` drawn faces, the five classes in turn; eight of ten voters agree with the label."""
    rng = np.random.default_rng(seed)
    codes = [FIVE_CODES[row % 5] for row in range(count)]
    rows = np.zeros((count, 10), np.uint8)
    for row, code in enumerate(codes):
        rows[row, VOTE_COLUMN[code]] = 8
        rows[row, 8] = 2
    ids = [f"{usage.lower()}{row:05d}" for row in range(count)]
    images = [draw_small_face(code, rng) for code in codes]
    return build_table(ids, [usage] * count, codes, images, rows.tolist() if votes else None)


def joined(*tables: FaceTable) -> FaceTable:
    """Several tables with votes as one."""
    names = ("ids", "usage", "codes", "images", "votes")
    return FaceTable(*(np.concatenate([getattr(table, name) for table in tables]) for name in names))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data beside a developer's checkout; tests that want it are skipped elsewhere."""
    if not SHARED.is_dir():
        pytest.skip("no data beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def fer2013(shared) -> Path:
    """FER2013 in Parquet, and FER+'s votes."""
    return shared / "fer2013"


@pytest.fixture(scope="session")
def yunet_file(shared) -> Path:
    """YuNet's model file."""
    return shared / "weights" / "yunet_n_320_320.onnx"


@pytest.fixture
def closed_folder(tmp_path, monkeypatch) -> Path:
    """A folder that nobody, root included, may read."""
    closed = tmp_path / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refuse(path="."):
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return closed


@dataclass(frozen=True)
class TinyRun:
    """A finished run on 40 drawn faces."""

    data: Path
    folder: Path
    checkpoint: Path
    score: float


@pytest.fixture(scope="session")
def tiny_settings():
    """Two phases of one epoch each on the smallest cut that still has stride 16."""
    pytest.importorskip("torch")
    from mien.train.settings import NetworkSettings, PhaseSettings, TrainSettings

    return TrainSettings(
        network=NetworkSettings(cut=5, blocks=(16, 16), dropout=0.1, normalisation="signed"),
        phases=(
            PhaseSettings("head", epochs=1, unfreeze=0.0, lr=1e-2, backbone_lr=1e-3, upsample_px=48),
            PhaseSettings("finetune", epochs=1, unfreeze=0.5, lr=5e-3, backbone_lr=5e-3, upsample_px=48),
        ),
        batch_size=8,
        ema_decay=0.5,
    )


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, tiny_settings) -> TinyRun:
    """Train, once a session, through the same call as `mien train`."""
    from mien.train.run import execute, new_plan
    from mien.train.table import write_table

    folder = tmp_path_factory.mktemp("tiny")
    data = folder / "drawn.parquet"
    write_table(joined(drawn_table(40, "Training", 1), drawn_table(23, "PublicTest", 2)), data)
    report = execute(new_plan(data, folder / "run", tiny_settings, "none"), folder / "run", "auto", 1)
    return TinyRun(data, folder / "run", report.checkpoint, report.score)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory, tiny_run) -> Path:
    """The tiny run's model as ONNX."""
    from mien.train.evaluate import load_split
    from mien.train.export import export

    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    export(tiny_run.checkpoint, load_split(tiny_run.data, usage="PublicTest"), path)
    return path
