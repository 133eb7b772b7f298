"""The dense residual backbone that begins with random numbers."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from conftest import drawn_table  # noqa: E402

from mien.errors import OptionError  # noqa: E402
from mien.train.data import FaceDataset  # noqa: E402
from mien.train.evaluate import load_split  # noqa: E402
from mien.train.export import export  # noqa: E402
from mien.train.fit import load_net, train  # noqa: E402
from mien.train.model import EmotionNet  # noqa: E402
from mien.train.scratch import ResidualBackbone, ResidualBlock  # noqa: E402
from mien.train.settings import NetworkSettings  # noqa: E402

pytestmark = pytest.mark.train


@pytest.mark.parametrize(("side", "ends"), [(48, 6), (40, 5), (44, 6)])
def test_maps_are_halved_by_the_stem_and_where_channels_change(side, ends):
    backbone = ResidualBackbone((8, 16, 16, 24)).eval()
    assert backbone.channels == 24
    assert backbone(torch.zeros(1, 3, side, side)).shape == (1, 24, ends, ends)


def test_a_block_begins_as_what_it_adds_to():
    torch.manual_seed(0)
    maps = torch.rand(2, 8, 6, 6)
    assert torch.equal(ResidualBlock(8, 8)(maps), maps)
    halving = ResidualBlock(8, 12).eval()
    assert torch.allclose(halving(maps), halving.added[1](torch.nn.functional.avg_pool2d(maps, 2)).relu())


def test_all_of_it_learns_or_nothing():
    backbone = ResidualBackbone((8, 16))
    for share, learns in ((0.0, False), (0.3, True), (1.0, True)):
        backbone.unfreeze(share)
        assert {weight.requires_grad for weight in backbone.parameters()} == {learns}


def test_its_network_takes_no_weights_from_imagenet_learns_and_is_exported(tiny_run, tiny_settings, tmp_path):
    network = NetworkSettings(blocks=(), scratch=(8, 12, 12), even_light=True, normalisation="signed")
    phases = tuple(replace(phase, unfreeze=1.0) for phase in tiny_settings.phases)
    recipe = replace(tiny_settings, network=network, phases=phases)
    training, validation = (FaceDataset(drawn_table(n, "Training", seed=n)) for n in (24, 10))
    outcome = train(training, validation, recipe, tmp_path / "run", backbone_weights="no such file")
    begun = EmotionNet(network).backbone.state_dict()
    learned = load_net(outcome.checkpoint).net.backbone.state_dict()
    assert not torch.equal(learned["features.1.changed.1.1.weight"], begun["features.1.changed.1.1.weight"])
    exported = export(outcome.checkpoint, load_split(tiny_run.data, usage="PublicTest"), tmp_path / "it.onnx")
    assert exported.max_difference < 1e-4


def test_a_backbone_without_channels_is_refused():
    with pytest.raises(OptionError, match=r"network.scratch is \(8, 0\): expected channel counts above 0"):
        NetworkSettings(scratch=(8, 0))
    with pytest.raises(OptionError, match=r"network.blocks is \(\): expected at least one channel"):
        NetworkSettings(blocks=())
