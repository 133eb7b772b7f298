"""Weights climb up the loss before a step, and stand where they stood after it."""

import pytest

torch = pytest.importorskip("torch")

from mien.train.sharpness import SMALLEST, Climb  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return [torch.nn.Parameter(torch.randn(3, 4)), torch.nn.Parameter(torch.randn(5))]


def loss_of(weights):
    return sum((weight**2).sum() for weight in weights)


def test_the_loss_is_higher_up_there_and_the_same_after_coming_back(weights):
    before, climb = loss_of(weights).item(), Climb(weights, radius=0.5)
    stood = [weight.detach().clone() for weight in weights]
    climb.up(loss_of(weights))
    assert loss_of(weights).item() > before
    climb.back()
    assert all(torch.equal(weight, was) for weight, was in zip(weights, stood, strict=True))


def test_the_way_is_as_long_as_the_radius_measured_by_each_weights_own_size(weights):
    stood = [weight.detach().clone() for weight in weights]
    Climb(weights, radius=0.3).up(loss_of(weights))
    ways = [
        ((weight - was) / (was.abs() + SMALLEST)).flatten()
        for weight, was in zip(weights, stood, strict=True)
    ]
    assert torch.cat(ways).norm().item() == pytest.approx(0.3, rel=1e-5)


def test_the_gradient_is_taken_up_there_and_the_step_made_from_below(weights):
    (weight, _), lr = weights, 0.1
    stood, climb = weight.detach().clone(), Climb([weight], radius=0.5)
    climb.up(loss_of([weight]))
    above = weight.detach().clone()
    loss_of([weight]).backward()
    climb.back()
    torch.optim.SGD([weight], lr).step()
    assert torch.allclose(weight, stood - lr * 2 * above)


def test_frozen_weights_and_those_without_a_part_in_the_loss_stay(weights):
    used, unused = weights
    frozen = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    Climb([used, unused, frozen], radius=0.5).up((used * frozen.sum()).sum() ** 2)
    torch.manual_seed(0)
    assert not torch.equal(used, torch.randn(3, 4))
    assert torch.equal(unused, torch.randn(5))
    assert torch.equal(frozen, torch.ones(2))


def test_coming_back_without_having_climbed_changes_nothing(weights):
    stood = weights[0].detach().clone()
    Climb(weights, radius=0.5).back()
    assert torch.equal(weights[0], stood)
