"""A grey picture goes through the first convolution once, not three times."""

import pytest

torch = pytest.importorskip("torch")

from mien.train.grey_stem import with_grey_stem  # noqa: E402
from mien.train.model import EmotionNet  # noqa: E402
from mien.train.settings import NetworkSettings  # noqa: E402

pytestmark = pytest.mark.train


def make_net(normalisation):
    torch.manual_seed(0)
    settings = NetworkSettings(cut=3, blocks=(8,), normalisation=normalisation, even_light=True)
    return EmotionNet(settings, upsample_px=64).eval()


def test_the_stem_takes_one_channel_and_the_answers_stay():
    net = make_net("signed")
    lean = with_grey_stem(net)
    faces = torch.rand(3, 1, 48, 48)
    with torch.inference_mode():
        before, after = net(faces), lean(faces)
    assert lean.backbone.features[0][0].weight.shape == (32, 1, 3, 3)
    assert after.label.numpy() == pytest.approx(before.label.numpy(), abs=1e-5)
    assert after.crowd.numpy() == pytest.approx(before.crowd.numpy(), abs=1e-5)


def test_the_network_itself_is_left_alone():
    net = make_net("signed")
    with_grey_stem(net)
    assert net.backbone.features[0][0].weight.shape == (32, 3, 3, 3)
    assert net.mean.shape == (1, 3, 1, 1)


def test_channels_of_different_means_stay_three():
    """Zeros are padded after the mean is taken off: at the border one channel could not stand for all."""
    net = make_net("imagenet")
    assert with_grey_stem(net) is net
