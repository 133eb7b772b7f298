"""The same answers from a graph whose 3x3 convolutions take fewer multiplications."""

import numpy as np
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from torch import nn  # noqa: E402

from mien.train.onnx_graph import trace  # noqa: E402
from mien.train.winograd import with_fewer_products  # noqa: E402

pytestmark = pytest.mark.train


class Blocks(nn.Module):
    """Two convolutions, the second with its input added; out come its maps, their mean, and 1x1 sums."""

    def __init__(self, **changes):
        super().__init__()
        same = {"kernel_size": 3, "padding": 1} | changes
        self.first, self.second = nn.Conv2d(4, 8, **same), nn.Conv2d(8, 8, **same)
        self.last = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        x = torch.relu(self.first(x.float() / 255))
        x = x + torch.relu(self.second(x))
        return x, x.mean(dim=(2, 3), keepdim=True), self.last(x)


GIVEN = ("maps", "mean", "last")


def traced(height, width, **changes):
    torch.manual_seed(1)
    example = torch.zeros((2, 4, height, width), dtype=torch.uint8)
    return trace(Blocks(**changes), example, {0: torch.export.Dim("batch")}, "x", GIVEN)


def answers(model, batch, height, width):
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(batch).integers(0, 256, (batch, 4, height, width), dtype=np.uint8)
    return session.run(list(GIVEN), {"x": x})


def kernels(model):
    """(height, width, groups) of every convolution."""
    for node in model.graph.node:
        if node.op_type == "Conv":
            said = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
            yield (*said["kernel_shape"], said.get("group", 1))


@pytest.mark.parametrize(("height", "width"), [(6, 6), (5, 8), (1, 2), (7, 4)])
@pytest.mark.parametrize("batch", [1, 3])
def test_every_answer_stays(height, width, batch):
    before = answers(traced(height, width), batch, height, width)
    model = with_fewer_products(traced(height, width))
    onnx.checker.check_model(model, full_check=True)
    for mine, theirs in zip(answers(model, batch, height, width), before, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-5)


def test_four_products_stand_for_six():
    convs = list(kernels(with_fewer_products(traced(6, 6))))
    assert not any(conv[:2] == (3, 3) for conv in convs)
    assert convs.count((3, 1, 1)) == 2 * 4


@pytest.mark.parametrize(
    ("height", "width", "changes"),
    [
        (6, 5, {}),
        (6, 6, {"padding": 2, "dilation": 2}),
        (6, 6, {"groups": 4}),
        (6, 6, {"kernel_size": (3, 1), "padding": (1, 0)}),
    ],
)
def test_what_has_another_shape_is_left_alone(height, width, changes):
    before = traced(height, width, **changes)
    kinds = [node.op_type for node in before.graph.node]
    assert [node.op_type for node in with_fewer_products(before).graph.node] == kinds


def test_weights_that_nothing_uses_any_more_are_gone():
    model = with_fewer_products(traced(6, 6))
    used = {name for node in model.graph.node for name in node.input}
    assert {each.name for each in model.graph.initializer} <= used


def test_the_weights_take_no_more_room_than_before():
    def room(model):
        return sum(onnx.numpy_helper.to_array(each).nbytes for each in model.graph.initializer)

    assert room(with_fewer_products(traced(6, 6))) < 1.2 * room(traced(6, 6))
