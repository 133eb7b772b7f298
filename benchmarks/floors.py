"""How near the emotion model comes to what one core can do: operations over rate, bytes over bandwidth.

    python benchmarks/floors.py [--model FILE] [--seconds 5]

Multiplications with an addition are counted in convolutions and matrix products, for one face; bytes are the
weights and, written once and read once, every map that a convolution makes. The core's rate is the best that
ONNX Runtime reaches in a product of two large matrices, its bandwidth the best of copying 8 MB, which lie in
a cache that all cores share. Then the share of time by kind of node, from ONNX Runtime's own profile.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from mien.classifier import INPUT, SHIPPED_MODEL
from mien.types import Crops

QUIET = 0.1
"""The time taken is this quantile of all: the rates are the best ones, and a core is not ours alone."""

SIDE = 768
"""Of the matrices whose product gives the core's rate."""

COPIED_MB = 8
_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Work:
    """What one face takes: multiplications with an addition, bytes of weights, bytes of maps."""

    products: int
    weights: int
    maps: int


def count(model: onnx.ModelProto) -> Work:
    """The work of one face, from the shapes in the graph."""
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    typed = (*inferred.value_info, *inferred.output)
    shapes = {each.name: [dim.dim_value for dim in each.type.tensor_type.shape.dim] for each in typed}
    shapes |= {each.name: list(each.dims) for each in model.graph.initializer}
    products = weights = maps = 0
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            kernel, given = shapes[node.input[1]], math.prod(shapes[node.output[0]][1:])
            products += given * math.prod(kernel[1:])
            weights += _FLOAT_BYTES * math.prod(kernel)
            maps += 2 * _FLOAT_BYTES * given
    return Work(products, weights, maps)


def one_core(model: bytes, profile: Path | None = None) -> ort.InferenceSession:
    """A session of one thread, which writes a profile if it is told where."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def timed(work: Callable[[], object], seconds: float) -> list[float]:
    """Seconds of the thread's own time, call by call, for so long by the clock; the first call is dropped."""
    took: list[float] = []
    end_s = time.monotonic() + seconds
    while not took or time.monotonic() < end_s:
        start_s = time.thread_time()
        work()
        took.append(time.thread_time() - start_s)
    return took[1:] or took


def products_a_second(seconds: float) -> float:
    """The best rate of a large matrix product."""
    shape = [SIDE, SIDE]
    values = np.random.default_rng(0).random(shape, np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(values, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = one_core(model.SerializeToString())
    return SIDE**3 / min(timed(lambda: session.run(None, {"a": values}), seconds))


def bytes_a_second(seconds: float) -> float:
    """The best rate of copying, reads and writes together."""
    source = np.ones(COPIED_MB * 250_000, np.float32)
    target = np.empty_like(source)
    return 2 * source.nbytes / min(timed(lambda: np.copyto(target, source), seconds))


def shares(model: bytes, crops: Crops, runs: int = 100) -> dict[str, float]:
    """By kind of node, its share of the median times of all nodes."""
    took: dict[str, list[float]] = {}
    kinds: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        session = one_core(model, Path(folder) / "profile")
        for _ in range(runs):
            session.run(None, {INPUT: crops})
        events = json.loads(Path(session.end_profiling()).read_text())
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            took.setdefault(event["name"], []).append(event["dur"])
            kinds[event["name"]] = event["args"]["op_name"]
    whole = sum(float(np.median(values)) for values in took.values())
    shared: defaultdict[str, float] = defaultdict(float)
    for name, values in took.items():
        shared[kinds[name]] += float(np.median(values)) / whole
    return dict(shared)


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement")
    chosen = parser.parse_args()
    data = chosen.model.read_bytes()
    crops = np.random.default_rng(0).integers(0, 256, (1, 48, 48), np.uint8)
    session, work = one_core(data), count(onnx.load_from_string(data))
    rate, bandwidth = products_a_second(chosen.seconds), bytes_a_second(chosen.seconds)
    took_s = timed(lambda: session.run(None, {INPUT: crops}), chosen.seconds)
    ms = float(np.quantile(took_s, QUIET)) * 1e3
    print_floors(work, rate, bandwidth, ms)
    largest = sorted(shares(data, crops).items(), key=itemgetter(1), reverse=True)
    print_shares(largest[:5])


def print_floors(work: Work, rate: float, bandwidth: float, ms: float) -> None:
    """A table of what there is to do, how fast it can be done, and what that makes."""
    moved = work.weights + work.maps
    print("| floor | a face | of one core | ms | share of the time taken |\n|---|---:|---:|---:|---:|")
    rows: Sequence[tuple[str, str, str, float]] = (
        (
            "operations",
            f"{work.products / 1e6:.1f} M products",
            f"{rate / 1e9:.1f} G/s",
            work.products / rate * 1e3,
        ),
        ("bytes", f"{moved / 1e6:.1f} MB", f"{bandwidth / 1e9:.1f} GB/s", moved / bandwidth * 1e3),
    )
    for name, amount, speed, floor_ms in rows:
        print(f"| {name} | {amount} | {speed} | {floor_ms:.2f} | {floor_ms / ms:.0%} |")
    print(f"| taken | | | {ms:.2f} | |\n")


def print_shares(found: Sequence[tuple[str, float]]) -> None:
    """The kinds of node that take most."""
    print("| kind of node | share of the time |\n|---|---:|")
    for kind, share in found:
        print(f"| {kind} | {share:.1%} |")


if __name__ == "__main__":
    main()
