"""From a network in torch to a sealed ONNX file: traced, made lean, described, compared with torch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien import model_file
from mien.errors import ModelError

OPSET = 18


def trace(
    net: nn.Module, example: Tensor, sizes: Mapping[int, Any], taken: str, given: Sequence[str]
) -> onnx.ModelProto:
    """The graph of a network in evaluation mode that takes one tensor.

    sizes: by axis of `example`, the `torch.export.Dim` of those that may change. taken, given: names of what
    goes in and comes out.
    """
    # Its logger lists packages that the network does not need, and it warns of its own future.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
        program = torch.onnx.export(
            net.eval(),
            (example,),
            input_names=[taken],
            output_names=list(given),
            dynamic_shapes={taken: dict(sizes)},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    return _lean(program.model_proto)


def _lean(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without notes on which line of whose source folder each step comes from: a quarter of a small file."""
    graph = model.graph
    for part in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    del graph.value_info[:]
    return model


def seal(model: onnx.ModelProto, entries: Mapping[str, str]) -> bytes:
    """The file with these metadata entries and no others, and its own digest."""
    del model.metadata_props[:]
    for key, value in {**entries, model_file.KEY: model_file.BLANK}.items():
        model.metadata_props.add(key=key, value=value)
    return model_file.seal(model.SerializeToString())


Answers = Sequence[NDArray[np.float32]]
"""What comes out for one batch, output by output."""


def check_agreement(
    data: bytes,
    taken: str,
    given: Sequence[str],
    answer: Callable[[NDArray[np.uint8]], Answers],
    batches: Iterable[NDArray[np.uint8]],
    tolerance: float,
) -> float:
    """Largest difference between ONNX Runtime and torch in any output; ModelError from `tolerance` on.

    taken, given: names in the graph. answer: what torch makes of a batch, in the order of `given`.
    """
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in batches:
        for ours, theirs in zip(session.run(list(given), {taken: batch}), answer(batch), strict=True):
            worst = max(worst, float(np.abs(ours - theirs).max()))
    if worst >= tolerance:
        raise ModelError(f"ONNX Runtime and torch differ by {worst:.1e}: expected less than {tolerance:.0e}")
    return worst
