"""From a checkpoint, or an earlier file, to the ONNX file of the detector: scored, described, sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from mien.detector.decode import STRIDES
from mien.detector.face_spec import INPUT, OUTPUT, FaceModelSpec
from mien.detector.onnx_face import OnnxFaceDetector
from mien.errors import ModelError
from mien.files import file_sha256, write_bytes
from mien.model_file import read_sealed
from mien.options import Framing
from mien.train import onnx_graph
from mien.train.detector.evaluate import EVERY_FACE, DetectorScore, Looked, look
from mien.train.detector.fit import LoadedFaceNet, load_face_net
from mien.train.detector.labels import LabelledPicture
from mien.train.detector.network import FaceNet
from mien.train.reading import Progress, unwatched
from mien.train.recipe import to_dict

TOLERANCE = 1e-3
"""Largest difference between torch and ONNX Runtime in any raw answer: a thousandth of a stride."""

CHECKED_SIZES = ((1, 64, 96), (2, 256, 320), (5, 32, 32))
"""Pictures, height, width."""

SMALLEST_PX = 12.0

FRAMING = Framing(scale=0.9, lift=-0.05, level=True)
"""Measured by `benchmarks/framing.py` and `benchmarks/photos.py --level`: see `benchmarks/framing.md`."""

_ANY_SCORE = 0.5


@dataclass(frozen=True)
class ExportedDetector:
    """What `export` wrote, and its score on the pictures that chose its threshold.

    max_difference: from torch in any raw answer; None where the network was in a file already.
    """

    path: Path
    spec: FaceModelSpec
    score: DetectorScore
    max_difference: float | None


def export(
    checkpoint: Path,
    validation: Sequence[LabelledPicture],
    output: Path,
    *,
    min_score: float | None = None,
    force: bool = False,
    progress: Progress = unwatched,
) -> ExportedDetector:
    """Write the ONNX file of a checkpoint, or of an `.onnx` that this wrote, whose network stays as it is.

    validation: the pictures on which it is scored. min_score: from which score on a face is believed; None is
    what gives one false face over 32 px in 100 of the pictures.
    ModelError if ONNX Runtime and torch disagree, or if `output` holds a model of a higher average precision,
    and `force` is not set.
    """
    written = checkpoint.suffix == ".onnx"
    model, draft, difference = _reopen(checkpoint) if written else _convert(checkpoint)
    looked = _look(model, draft, validation, progress)
    if min_score is None:
        over32 = looked.score(_ANY_SCORE).bands["over 32"]
        min_score = over32.threshold if over32.faces else _ANY_SCORE
    score = looked.score(min_score)
    spec = replace(
        draft, min_score=min_score, scores={"pictures": score.pictures, **score.as_record()["bands"]}
    )
    if not force:
        _refuse_worse(spec, output)
    write_bytes(output, onnx_graph.seal(model, spec.to_metadata()))
    return ExportedDetector(output, spec, score, difference)


def _convert(checkpoint: Path) -> tuple[onnx.ModelProto, FaceModelSpec, float]:
    """Graph, what is known of it, and how far it is from torch."""
    loaded = load_face_net(checkpoint)
    model = to_onnx(loaded.net)
    difference = check_agreement(loaded.net, model.SerializeToString())
    return model, _draft(loaded, file_sha256(checkpoint)), difference


def _reopen(path: Path) -> tuple[onnx.ModelProto, FaceModelSpec, None]:
    """The same of a file, which was compared with torch when it was written; its framing is today's."""
    spec = OnnxFaceDetector(path).spec
    draft = replace(spec, min_score=_ANY_SCORE, framing=FRAMING, scores={})
    return onnx.load_from_string(read_sealed(path)), draft, None


def _draft(loaded: LoadedFaceNet, digest: str) -> FaceModelSpec:
    return FaceModelSpec(
        smallest_px=SMALLEST_PX,
        min_score=_ANY_SCORE,
        framing=FRAMING,
        weights_sha256=digest,
        training={
            "recipe": to_dict(loaded.settings),
            "torch": torch.__version__,
            "exported": datetime.now(timezone.utc).date().isoformat(),
        },
    )


def _look(
    model: onnx.ModelProto, draft: FaceModelSpec, validation: Sequence[LabelledPicture], progress: Progress
) -> Looked:
    """What the file finds as a user would run it, before it is there."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.onnx"
        path.write_bytes(onnx_graph.seal(model, draft.to_metadata()))
        return look(OnnxFaceDetector(path, EVERY_FACE), validation, progress)


def _refuse_worse(spec: FaceModelSpec, output: Path) -> None:
    if not output.is_file():
        return
    ours, theirs = (_precision(each) for each in (spec, OnnxFaceDetector(output).spec))
    if ours < theirs:
        raise ModelError(
            f"{output}: holds a better model (average precision {ours:.4f} against {theirs:.4f}): "
            "expected a better one, or --force"
        )


def _precision(spec: FaceModelSpec) -> float:
    return float(spec.scores.get("all", {}).get("average_precision") or 0.0)


def to_onnx(net: FaceNet) -> onnx.ModelProto:
    """The graph of a network, for any number of pictures of any size that is a multiple of 32."""
    coarsest = STRIDES[-1]
    example = torch.zeros((2, 3, 3 * coarsest, 4 * coarsest), dtype=torch.uint8)
    dim = torch.export.Dim
    sizes = {0: dim("batch"), 2: coarsest * dim("rows"), 3: coarsest * dim("columns")}
    return onnx_graph.trace(net, example, sizes, INPUT, [OUTPUT])


def check_agreement(net: FaceNet, data: bytes) -> float:
    """Largest difference between torch and ONNX Runtime at any size; ModelError above the tolerance."""

    def answer(images: NDArray[np.uint8]) -> onnx_graph.Answers:
        with torch.inference_mode():
            return [net.eval()(torch.from_numpy(images)).numpy()]

    rng = np.random.default_rng(0)
    batches = (
        rng.integers(0, 256, (count, 3, height, width), dtype=np.uint8)
        for count, height, width in CHECKED_SIZES
    )
    return onnx_graph.check_agreement(data, INPUT, [OUTPUT], answer, batches, TOLERANCE)
