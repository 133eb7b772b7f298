"""The network's shapes, and that training and runtime see the same input."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from conftest import drawn_table  # noqa: E402

from mien.options import Framing  # noqa: E402
from mien.preprocess import cut_faces  # noqa: E402
from mien.train.data import FaceDataset  # noqa: E402
from mien.train.detector.network import count_parameters  # noqa: E402
from mien.train.fit import LoadedNet  # noqa: E402
from mien.train.model import EmotionNet, evenly_lit  # noqa: E402
from mien.train.module import crowd_loss, label_loss  # noqa: E402
from mien.train.net_reader import NetReader  # noqa: E402
from mien.train.settings import NetworkSettings, TrainSettings, read_settings  # noqa: E402
from mien.types import Face  # noqa: E402


def test_two_heads_of_five_from_one_trunk():
    net = EmotionNet(NetworkSettings(cut=5, blocks=(8, 8)))
    logits = net(torch.rand(3, 1, 48, 48))
    assert logits.label.shape == logits.crowd.shape == (3, 5)


def test_the_model_card_tells_how_many_parameters_the_shipped_recipe_makes():
    root = Path(__file__).parents[1]
    count = count_parameters(EmotionNet(read_settings(root / "configs" / "shipped.yaml").network))
    assert f"; {count:,} parameters;" in (root / "docs" / "model-card.md").read_text(encoding="utf-8")


def test_the_default_network_is_small():
    net = EmotionNet(NetworkSettings())
    assert 1.2e6 < count_parameters(net) < 1.5e6


def test_both_normalisations_put_mid_grey_where_the_weights_expect_it():
    grey = torch.full((1, 1, 48, 48), 0.5)
    for kind, expected in (("signed", (0.0, 0.0, 0.0)), ("imagenet", (0.066, 0.196, 0.418))):
        net = EmotionNet(NetworkSettings(cut=2, blocks=(8,), normalisation=kind))
        assert ((grey - net.mean) / net.std)[0, :, 0, 0].tolist() == pytest.approx(expected, abs=1e-3)


def test_an_even_light_makes_a_dim_flat_face_the_same_input_as_a_bright_one():
    face = torch.rand(2, 1, 48, 48)
    even = evenly_lit(face)
    assert even.mean(dim=(1, 2, 3)).tolist() == pytest.approx([0.5, 0.5], abs=1e-4)
    assert even.std(dim=(1, 2, 3)).tolist() == pytest.approx([0.25, 0.25], abs=0.01)
    assert torch.allclose(evenly_lit(0.1 + 0.5 * face), even, atol=0.02)
    almost_blank = 0.3 + 0.001 * face
    assert evenly_lit(almost_blank).std() < 0.02, "noise must not be blown up"


def test_a_network_of_even_light_answers_the_same_in_dim_light():
    torch.manual_seed(0)
    net = EmotionNet(NetworkSettings(cut=5, blocks=(8, 8), even_light=True)).eval()
    plain = EmotionNet(NetworkSettings(cut=5, blocks=(8, 8))).eval()
    plain.load_state_dict(net.state_dict())
    face = torch.rand(1, 1, 48, 48)
    assert torch.allclose(net(face).crowd, net(0.6 * face).crowd, atol=1e-2)
    assert not torch.equal(plain(face).crowd, net(face).crowd)


def test_a_crop_is_the_same_input_in_training_and_at_run_time():
    """A training picture shown to the runtime as a face that fills the frame must arrive unchanged."""
    table = drawn_table(5, "Training")
    dataset = FaceDataset(table)
    for row, image in enumerate(table.images):
        frame = np.repeat(image[:, :, None], 3, axis=2)
        whole = Face((0.0, 0.0, 48.0, 48.0), 1.0)
        crop = cut_faces(frame, [whole], Framing(1.0, 0.0), 48)
        assert np.array_equal(crop[0], dataset[row].faces[0].numpy())


def test_the_label_loss_weighs_classes_and_the_crowd_loss_weighs_votes():
    logits = torch.tensor([[4.0, 0, 0, 0, 0], [4.0, 0, 0, 0, 0]])
    labels = torch.tensor([0, 1])
    even = label_loss(logits, labels, torch.ones(5), 0.0)
    heavy = label_loss(logits, labels, torch.tensor([1.0, 9, 1, 1, 1]), 0.0)
    assert heavy > even, "the wrong answer is on the heavy class"
    right, wrong = torch.tensor([[10.0, 0, 0, 0, 0]]), torch.tensor([[0.0, 10, 0, 0, 0]])
    assert crowd_loss(logits[:1], right) < crowd_loss(logits[:1], wrong)
    nobody = torch.cat([right, torch.zeros(1, 5)])
    assert crowd_loss(logits, nobody).item() == pytest.approx(crowd_loss(logits[:1], right).item())
    assert crowd_loss(logits, torch.zeros(2, 5)).item() == 0.0


def test_the_label_loss_of_a_batch_is_the_weighted_mean_over_its_labels():
    logits, labels, weights = torch.randn(6, 5), torch.tensor([0, 4, -1, 2, 2, -1]), torch.rand(5) + 0.5
    known = labels >= 0
    ours = label_loss(logits, labels, weights, 0.1)
    torchs = torch.nn.functional.cross_entropy(logits[known], labels[known], weights, label_smoothing=0.1)
    assert ours.item() == pytest.approx(torchs.item(), rel=1e-5)
    assert label_loss(logits, torch.full((6,), -1), weights, 0.1).item() == 0.0


def test_activation_maps_cover_the_crop_on_the_backbones_grid():
    net = EmotionNet(NetworkSettings(cut=14, blocks=(8, 8)), upsample_px=96).eval()
    reader = NetReader(LoadedNet(net, TrainSettings(), votes=True))
    reading = reader.read(drawn_table(2, "Training").images)
    assert reading.cam.shape == (2, 5, 6, 6)
    assert reading.crowd.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
