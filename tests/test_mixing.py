"""Faces are laid over one another in the shares that their losses get."""

import pytest

torch = pytest.importorskip("torch")

from mien.train.mixing import mix  # noqa: E402

pytestmark = pytest.mark.train


def test_each_face_is_a_share_of_itself_and_the_rest_of_another():
    torch.manual_seed(0)
    faces = torch.rand(6, 1, 8, 8)
    mixed, others, share = mix(faces, 0.5)
    assert sorted(others.tolist()) == list(range(6))
    for row, other in enumerate(others.tolist()):
        assert torch.allclose(mixed[row], share * faces[row] + (1 - share) * faces[other])


def test_a_small_spread_mixes_little_and_a_large_one_halves():
    torch.manual_seed(0)
    faces = torch.rand(2, 1, 4, 4)
    little, much = ([mix(faces, spread).share for _ in range(200)] for spread in (0.1, 10.0))
    assert sum(min(share, 1 - share) < 0.05 for share in little) > 100
    assert all(0.1 < share < 0.9 for share in much)
