"""MobileNetV2 with torchvision's names, cut and partly frozen."""

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from mien.cli import app  # noqa: E402
from mien.errors import DataError  # noqa: E402
from mien.train import run  # noqa: E402
from mien.train.backbone import CutMobileNetV2, load_weights, read_weights  # noqa: E402


@pytest.mark.parametrize(("cut", "channels", "side"), [(4, 24, 24), (7, 32, 12), (14, 96, 6), (18, 320, 3)])
def test_each_cut_has_the_papers_channels_and_stride(cut, channels, side):
    backbone = CutMobileNetV2(cut).eval()
    assert backbone.channels == channels
    assert backbone(torch.zeros(1, 3, 96, 96)).shape == (1, channels, side, side)


@pytest.mark.parametrize("training", [False, True])
def test_the_cheap_form_of_convolution_and_normalisation_is_the_plain_one(training):
    torch.manual_seed(1)
    backbone = CutMobileNetV2(14).train(training)
    for layer in backbone.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.uniform_(layer.bias, -0.5, 0.5)
            layer.running_var.uniform_(0.5, 1.5)
    x = torch.randn(2, 3, 64, 64)
    plain = x
    for stage in backbone.features:
        plain = plainly(stage, plain)
    assert torch.allclose(backbone(x), plain, atol=1e-4)


def plainly(stage, x):
    """Layer after layer, as torch would call them."""
    if not hasattr(stage, "conv"):
        return torch.nn.Sequential.forward(stage, x)
    changed = x
    for layer in stage.conv:
        grouped = isinstance(layer, torch.nn.Sequential)
        changed = torch.nn.Sequential.forward(layer, changed) if grouped else layer(changed)
    return x + changed if stage.adds_input else changed


def test_fixed_statistics_do_not_move_while_the_weights_learn():
    backbone = CutMobileNetV2(5).eval()
    before = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    backbone(torch.randn(2, 3, 32, 32)).sum().backward()
    assert all(weight.grad is not None for weight in backbone.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in backbone.state_dict().items())


def test_the_published_weights_fit_the_default_cut(shared):
    state = read_weights(str(shared / "weights" / "mobilenet_v2_imagenet.safetensors"))
    backbone = CutMobileNetV2(14)
    load_weights(backbone, state)
    assert torch.equal(backbone.features[13].conv[2].weight, state["features.13.conv.2.weight"])


def test_weights_are_read_from_safetensors_and_pth_alike(tmp_path):
    state = {key: tensor.clone() for key, tensor in CutMobileNetV2(3).state_dict().items()}
    save_file(state, tmp_path / "weights.safetensors")
    torch.save(state, tmp_path / "weights.pth")
    for name in ("weights.safetensors", "weights.pth"):
        backbone = CutMobileNetV2(3)
        load_weights(backbone, read_weights(str(tmp_path / name)))
        assert torch.equal(backbone.features[0][0].weight, state["features.0.0.weight"])


def test_missing_odd_and_broken_weights_are_named(tmp_path):
    state = CutMobileNetV2(3).state_dict()
    with pytest.raises(DataError, match=r"hold no features\.3\."):
        load_weights(CutMobileNetV2(4), state)
    state["features.0.0.weight"] = torch.zeros(1, 2, 3, 4)
    with pytest.raises(
        DataError, match=r"features\.0\.0\.weight has shape \(1, 2, 3, 4\): expected \(32, 3, 3, 3\)"
    ):
        load_weights(CutMobileNetV2(3), state)
    state["features.0.0.weight"] = 5
    with pytest.raises(DataError, match=r"features\.0\.0\.weight is int: expected a tensor \(32, 3, 3, 3\)"):
        load_weights(CutMobileNetV2(3), state)
    with pytest.raises(DataError, match="no such file"):
        read_weights(str(tmp_path / "none.pth"))
    for name in ("bad.pth", "bad.safetensors"):
        (tmp_path / name).write_bytes(b"bad")
        with pytest.raises(DataError, match=rf"{name}: cannot be read"):
            read_weights(str(tmp_path / name))


def test_a_refused_download_says_what_to_do(monkeypatch):
    def refuse(*_args, **_more):
        raise OSError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    with pytest.raises(DataError, match=r"no network.*--backbone-weights FILE"):
        read_weights("imagenet")


def test_frozen_stages_neither_learn_nor_move_their_statistics():
    backbone = CutMobileNetV2(14)
    backbone.unfreeze(0.35)
    backbone.train()
    before = {key: tensor.clone() for key, tensor in backbone.state_dict().items()}
    backbone(torch.randn(4, 3, 48, 48)).sum().backward()
    learning = {
        int(name.split(".")[1]) for name, weight in backbone.named_parameters() if weight.grad is not None
    }
    assert learning == set(range(9, 14)), "the top five of fourteen stages"
    moved = {
        int(key.split(".")[1])
        for key, tensor in backbone.state_dict().items()
        if "running" in key and not torch.equal(tensor, before[key])
    }
    assert moved == set(range(9, 14))


def test_unfreezing_all_lets_every_stage_learn_again():
    backbone = CutMobileNetV2(5)
    backbone.unfreeze(0.0)
    assert not any(weight.requires_grad for weight in backbone.parameters())
    backbone.unfreeze(1.0)
    assert all(weight.requires_grad for weight in backbone.parameters())


def test_how_many_batches_a_file_counted_says_nothing():
    state = dict(CutMobileNetV2(3).state_dict())
    counts = [name for name in state if name.endswith("num_batches_tracked")]
    load_weights(CutMobileNetV2(3), {**state, **dict.fromkeys(counts, "many")})
    load_weights(CutMobileNetV2(3), {name: state[name] for name in state if name not in counts})


@pytest.mark.parametrize(
    ("recipe", "weights", "is_told"),
    [
        ("network: {normalisation: signed}", "imagenet", True),
        ("teachers: [{name: a, recipe: {network: {normalisation: signed}}}]", "imagenet", True),
        ("network: {normalisation: signed}", "own.pth", False),
        ("network: {normalisation: signed}", "none", False),
        ("network: {normalisation: imagenet}", "imagenet", False),
        ("network: {normalisation: signed, scratch: [8]}", "imagenet", False),
    ],
)
def test_weights_that_expect_other_pictures_than_the_recipe_gives_are_told_at_the_start(
    tmp_path, monkeypatch, recipe, weights, is_told
):
    monkeypatch.setattr(run, "execute", lambda *_: run.RunReport(tmp_path / "best.ckpt", 0.5, tmp_path))
    (tmp_path / "recipe.yaml").write_text(recipe)
    for name in ("data.parquet", "own.pth"):
        (tmp_path / name).write_text("unread")
    monkeypatch.chdir(tmp_path)
    said = [tmp_path / "data.parquet", "-o", tmp_path / "run", "--config", tmp_path / "recipe.yaml"]
    answer = CliRunner().invoke(app, ["train", *map(str, said), "--backbone-weights", weights])
    assert answer.exit_code == 0, answer.output
    told = [line for line in answer.stderr.splitlines() if "--backbone-weights FILE" in line]
    assert len(told) == is_told
