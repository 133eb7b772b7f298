"""What other ways of running the emotion model gain in time, and cost in accuracy, on one core.

    python benchmarks/runtimes.py FACES.parquet [VOTES.csv] [--model FILE] [--seconds 10] [--out runtimes.md]

FACES holds FER2013's Training pictures, on which int8 is calibrated, and its PublicTest pictures, on which
all are scored. The ways take turns, so that what else the machine does hits all alike; the process's own time
counts. "int8" is ONNX Runtime's static quantisation: QDQ, scales a channel, weights of seven bits: sums of
eight overflow on a CPU without VNNI. "float16 weights" are stored so and made float32 at loading. OpenVINO
takes part where it is installed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from told import tell

from mien.classifier import INPUT, OUTPUTS, SHIPPED_MODEL, EmotionClassifier, Reading
from mien.model_file import KEY
from mien.train.evaluate import Evaluation, FaceReader, ask, load_split
from mien.train.onnx_graph import seal
from mien.train.table import FaceTable
from mien.types import Crops, Probs

BATCHES = (1, 4)
CALIBRATION = 500
"""So many pictures show int8 how large values become."""


class Way(FaceReader, Protocol):
    """A model that reads crops, as `EmotionClassifier` does."""

    def classify(self, crops: Crops) -> Probs: ...


@dataclass(frozen=True)
class Row:
    """One line of the table: ms a face by size of batch."""

    name: str
    megabytes: float
    ms: dict[int, float]
    score: Evaluation


class Pictures(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime's classes have no types
    """Crops, one after the other."""

    def __init__(self, crops: Crops) -> None:
        self._left = iter(crops)

    def get_next(self) -> dict[str, Crops] | None:
        crop = next(self._left, None)
        return None if crop is None else {INPUT: crop[None]}


class OpenVino:
    """OpenVINO with one stream of one thread; the decision rules are those of the classifier."""

    def __init__(self, model: Path, like: EmotionClassifier) -> None:
        import openvino  # noqa: PLC0415 - it need not be there

        self.input_px, self.rules, self.serve = like.input_px, like.rules, like.serve
        settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
        self._request = openvino.compile_model(str(model), "CPU", settings).create_infer_request()

    def read(self, crops: Crops) -> Reading:
        """Both heads of any number of crops."""
        self._request.infer({INPUT: crops})
        label, crowd, cam = (self._request.get_tensor(name).data.copy() for name in OUTPUTS)
        return Reading(self.rules["label"].apply(label), self.rules["crowd"].apply(crowd), cam)

    def classify(self, crops: Crops) -> Probs:
        """The served head."""
        self._request.infer({INPUT: crops})
        return self.rules[self.serve].apply(self._request.get_tensor(f"{self.serve}_probs").data)


def sealed(model: onnx.ModelProto, entries: Mapping[str, str], path: Path) -> Path:
    """The file of a changed model, one that `EmotionClassifier` opens."""
    path.write_bytes(seal(model, {key: value for key, value in entries.items() if key != KEY}))
    return path


def quantised(model: Path, calibration: Crops, path: Path) -> onnx.ModelProto:
    """The model with weights and activations of eight bits in its convolutions and sums."""
    prepared = path.with_suffix(".prepared.onnx")
    quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(path),
        Pictures(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["Conv", "Add"],
    )
    return onnx.load(path)


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its larger weights stored as float16 and a cast behind each."""
    graph, casts = model.graph, []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= 64:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def ways(model: Path, calibration: Crops, folder: Path) -> Iterator[tuple[str, Path, Way]]:
    """Name, file and reader of each way, the usual one first."""
    usual = EmotionClassifier(model)
    entries: dict[str, Any] = {each.key: each.value for each in onnx.load(model).metadata_props}
    yield "ONNX Runtime, float32", model, usual
    made: dict[str, Callable[[], onnx.ModelProto]] = {
        "float16 weights": lambda: with_half_weights(onnx.load(model)),
        "int8": lambda: quantised(model, calibration, folder / "quantised.onnx"),
    }
    for name, make in made.items():
        path = sealed(make(), entries, folder / f"{name}.onnx")
        yield f"ONNX Runtime, {name}", path, EmotionClassifier(path)
    if find_spec("openvino") is not None:
        yield "OpenVINO, float32", model, OpenVino(model, usual)


def measure(several: Mapping[str, Way], crops: Crops, seconds: float) -> dict[str, NDArray[np.float64]]:
    """By name: milliseconds a face of the process's own time, a value a call."""
    took: dict[str, list[float]] = {name: [] for name in several}
    for way in several.values():
        way.classify(crops)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for name, way in several.items():
            start_s = time.process_time()
            way.classify(crops)
            took[name].append((time.process_time() - start_s) * 1e3 / len(crops))
    return {name: np.asarray(values) for name, values in took.items()}


def compare(model: Path, training: FaceTable, test: FaceTable, seconds: float) -> list[Row]:
    """A row a way."""
    rng = np.random.default_rng(0)
    shown = training.images[rng.choice(len(training), min(CALIBRATION, len(training)), replace=False)]
    with tempfile.TemporaryDirectory() as folder:
        found = list(ways(model, shown, Path(folder)))
        readers = {name: way for name, _, way in found}
        took = {size: measure(readers, shown[:size], seconds) for size in BATCHES}
        return [
            Row(
                name,
                file.stat().st_size / 1e6,
                {size: float(np.median(took[size][name])) for size in BATCHES},
                ask(way, test).score(),
            )
            for name, file, way in found
        ]


def as_table(rows: list[Row]) -> str:
    """Markdown; the gain is the first row's time over the row's."""
    lines = [
        "| way | file, MB | ms a face | gain | in a batch of 4 | gain | label, % | crowd, % |",
        "|---|" + "---:|" * 7,
    ]
    for row in rows:
        times = (f"{row.ms[size]:.2f} | {rows[0].ms[size] / row.ms[size]:.2f}" for size in BATCHES)
        heads = (row.score.label, row.score.crowd)
        scores = (f"{head.accuracy:.2%}".rstrip("%") if head else "–" for head in heads)
        lines.append(f"| {row.name} | {row.megabytes:.1f} | {' | '.join(times)} | {' | '.join(scores)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and print or write a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faces", type=Path)
    parser.add_argument("votes", type=Path, nargs="?")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument("--seconds", type=float, default=10.0, help="time for each size of batch")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    training = load_split(chosen.faces, usage="Training")
    test = load_split(chosen.faces, chosen.votes, "PublicTest")
    tell(as_table(compare(chosen.model, training, test, chosen.seconds)), chosen.out)


if __name__ == "__main__":
    main()
