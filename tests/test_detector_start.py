"""A training goes on from a detector's file, and looks where that detector errs."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from detector_faces import draw_faces, write_data_set  # noqa: E402

from mien.detector.face_spec import FaceModelSpec  # noqa: E402
from mien.errors import ModelError  # noqa: E402
from mien.options import Framing  # noqa: E402
from mien.train import onnx_graph  # noqa: E402
from mien.train.detector import hard, run  # noqa: E402
from mien.train.detector.export import to_onnx  # noqa: E402
from mien.train.detector.fit import load_face_net  # noqa: E402
from mien.train.detector.hard import HardPlace, hard_places  # noqa: E402
from mien.train.detector.labels import FaceLabels  # noqa: E402
from mien.train.detector.network import FaceNet  # noqa: E402
from mien.train.detector.settings import (  # noqa: E402
    FaceAugmentSettings,
    FaceNetSettings,
    FaceTrainSettings,
)
from mien.train.detector.sources import Sample  # noqa: E402
from mien.train.detector.start import read_into  # noqa: E402
from mien.types import Face  # noqa: E402

pytestmark = pytest.mark.train

SMALL = FaceNetSettings(stem=8, second=8, widths=(24, 24, 24), depths=(1, 1, 1), neck=24)


@pytest.fixture(scope="module")
def pictures():
    """Eight drawn pictures, (8, 3, 96, 96) uint8."""
    rng = np.random.default_rng(0)
    drawn = [draw_faces(96, 96, [(20.0 + row, 10.0, 60.0 + row, 70.0)], rng)[0] for row in range(8)]
    return torch.from_numpy(np.stack(drawn).transpose(0, 3, 1, 2).copy())


@pytest.fixture(scope="module")
def known(pictures):
    """A network whose norms have seen the pictures, with weights of all lengths."""
    torch.manual_seed(1)
    net = FaceNet(SMALL).train()
    for _ in range(60):
        net(pictures)
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if weight.ndim == 1:
                weight.add_(0.2 * torch.randn(weight.shape))
            elif "heads" not in name:
                weight.mul_(torch.empty(len(weight), 1, 1, 1).uniform_(0.3, 3.0))
        for _ in range(60):
            net(pictures)
    return net.eval()


@pytest.fixture(scope="module")
def model(known, tmp_path_factory):
    path = tmp_path_factory.mktemp("start") / "face.onnx"
    spec = FaceModelSpec(12.0, 0.5, Framing(), "0" * 64)
    path.write_bytes(onnx_graph.seal(to_onnx(known), spec.to_metadata()))
    return path


def test_a_network_read_from_a_file_says_the_same_when_it_learns_and_when_it_is_used(known, model, pictures):
    torch.manual_seed(2)
    net = FaceNet(SMALL)
    read_into(net, model, pictures)
    assert net.training
    with torch.inference_mode():
        wanted = known(pictures)
        assert wanted.std() > 0.01
        assert (net(pictures) - wanted).abs().max() < 0.02 * wanted.std()
        read_into(net, model, pictures)
        assert (net.eval()(pictures) - wanted).abs().max() < 1e-3


def test_kernels_are_as_long_as_those_of_a_new_network(model, pictures):
    torch.manual_seed(2)
    new, net = FaceNet(SMALL), FaceNet(SMALL)
    read_into(net, model, pictures)
    lengths = [each.stem[1][0].weight.detach().flatten(1).norm(dim=1).median() for each in (new, net)]
    assert lengths[1] == pytest.approx(float(lengths[0]), rel=0.3)


def test_a_file_of_another_size_is_refused(model, pictures):
    with pytest.raises(ModelError, match="of another size than the recipe's"):
        read_into(FaceNet(), model, pictures)


class Files:
    """One picture with two faces and a region to ignore."""

    def __len__(self):
        return 1

    def read(self, row):
        labels = FaceLabels.build([[0, 0, 40, 50], [100, 0, 140, 50]], ignore=[[0, 100, 40, 150]])
        return Sample(np.zeros((200, 300, 3), np.uint8), labels)


def test_false_faces_and_missed_ones_are_hard_places(monkeypatch):
    class Detector:
        def __init__(self, model, options):
            pass

        def detect(self, image):
            corners = [(0, 0, 40, 50), (100, 0, 140, 50), (200, 100, 240, 150), (0, 100, 40, 150)]
            scores = (0.9, 0.4, 0.7, 0.6)
            return [Face(tuple(map(float, box)), score) for box, score in zip(corners, scores, strict=True)]

    monkeypatch.setattr(hard, "OnnxFaceDetector", Detector)
    places = hard_places(None, Files())
    assert [(place.row, place.box_xyxy.tolist()) for place in places] == [
        (0, [200, 100, 240, 150]),
        (0, [100, 0, 140, 50]),
    ]


def test_a_run_begins_with_the_files_weights(known, model, tmp_path):
    data = write_data_set(tmp_path / "faces", {"train": 8, "val": 4})
    settings = FaceTrainSettings(
        network=SMALL,
        augment=FaceAugmentSettings(hard_prob=0.5),
        side_px=64,
        check_side_px=96,
        epochs=1,
        looks=1,
        batch_size=4,
        lr=1e-8,
        ema_decay=0.0,
    )
    folder = tmp_path / "run"
    plan = run.new_plan(data, folder, settings, start_from=model)
    assert json.loads((folder / "run.json").read_text())["start_from"] == str(model)
    assert run.read_plan(folder) == plan
    places = run.find_hard_places(plan)
    assert places and all(isinstance(place, HardPlace) for place in places)
    report = run.execute(plan, folder, hard=places)
    heads = [net.heads[0].weight for net in (load_face_net(report.checkpoint).net, known)]
    assert torch.allclose(*heads, atol=1e-4)


def test_a_run_that_starts_anew_has_no_hard_places(tmp_path):
    data = write_data_set(tmp_path / "faces", {"train": 4, "val": 4})
    assert run.find_hard_places(run.new_plan(data, tmp_path / "run", FaceTrainSettings(network=SMALL))) == []
