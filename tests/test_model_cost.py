"""What the benchmarks of the emotion model's cost count and change."""

from __future__ import annotations

import floors
import numpy as np
import onnx
import pytest
import runtimes
from onnx import TensorProto, helper, numpy_helper

from mien.classifier import SHIPPED_MODEL, EmotionClassifier

CROPS = np.random.default_rng(0).integers(0, 256, (4, 48, 48), np.uint8)


@pytest.fixture(scope="module")
def convolution() -> onnx.ModelProto:
    """One convolution of 3 x 3, from 2 channels of 6 x 8 to 5 channels of 4 x 6."""
    graph = helper.make_graph(
        [helper.make_node("Conv", ["given", "kernel"], ["made"], kernel_shape=[3, 3])],
        "one",
        [helper.make_tensor_value_info("given", TensorProto.FLOAT, [1, 2, 6, 8])],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, [1, 5, 4, 6])],
        [numpy_helper.from_array(np.ones((5, 2, 3, 3), np.float32), "kernel")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_the_work_of_a_convolution_is_counted_by_its_shapes(convolution):
    work = floors.count(convolution)
    outputs = 5 * 4 * 6
    assert work.products == outputs * 2 * 3 * 3
    assert work.weights == 4 * 5 * 2 * 3 * 3
    assert work.maps == 2 * 4 * outputs


def test_the_shares_of_the_time_are_all_of_it():
    shares = floors.shares(SHIPPED_MODEL.read_bytes(), CROPS[:1], runs=3)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["Conv"] > 0.2


@pytest.fixture(scope="module")
def ways(tmp_path_factory) -> dict[str, runtimes.Way]:
    folder = tmp_path_factory.mktemp("ways")
    return {name: way for name, _, way in runtimes.ways(SHIPPED_MODEL, CROPS, folder)}


def test_every_way_reads_nearly_the_same(ways):
    usual = EmotionClassifier().classify(CROPS)
    for name, way in ways.items():
        assert np.abs(way.classify(CROPS) - usual).max() < (0.3 if "int8" in name else 0.01), name


def test_int8_and_half_weights_are_other_files_than_the_usual(ways):
    usual = EmotionClassifier().classify(CROPS)
    changed = [name for name, way in ways.items() if np.abs(way.classify(CROPS) - usual).max() > 0]
    assert {"ONNX Runtime, float16 weights", "ONNX Runtime, int8"} <= set(changed)
