"""A network to go on from: out of a file that `mien export-detector` wrote, ready to learn again."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from mien.errors import ModelError
from mien.model_file import read_sealed
from mien.train.backbone import ConvNorm
from mien.train.detector.network import FaceNet


def read_into(net: FaceNet, path: Path, images: Tensor) -> None:
    """Give the network the weights of a file.

    The file holds BatchNorm folded into the convolutions. Here each norm gets its own numbers again: those
    that it measures on `images`, (N, 3, H, W) uint8 BGR, and those that undo them. So what the network
    answers stays the same, in evaluation and, but for the choice of pictures, in training.
    ModelError if the file holds no network of this size.
    """
    kernels, biases = _convolutions(path)
    layers = {name: layer for name, layer in net.named_modules() if isinstance(layer, ConvNorm)}
    heads = {name: layer for name, layer in net.named_modules() if name.startswith("heads.")}
    shapes = {f"{name}.0.weight": layer[0].weight.shape for name, layer in layers.items()}
    shapes |= {f"{name}.weight": head.weight.shape for name, head in heads.items()}
    if {name: kernel.shape for name, kernel in kernels.items()} != shapes:
        raise ModelError(f"model {path}: its network is of another size than the recipe's: expected the same")
    for name, head in heads.items():
        head.load_state_dict({"weight": kernels[f"{name}.weight"], "bias": biases[f"{name}.weight"]})
    for name, layer in layers.items():
        _unfold(layer, kernels[f"{name}.0.weight"], biases[f"{name}.0.weight"])
    _measure(net, list(layers.values()), images)


def _convolutions(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Kernels and biases by the name of the kernel, which is its name in the network."""
    graph = onnx.load_from_string(read_sealed(path)).graph
    values = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    layers = [node.input for node in graph.node if node.op_type == "Conv"]
    return {name: values[name] for _, name, _ in layers}, {name: values[bias] for _, name, bias in layers}


@torch.no_grad()
def _unfold(layer: ConvNorm, kernel: Tensor, bias: Tensor) -> None:
    """Kernels as long as a new network's, so that a step of the optimiser means as much to each of them."""
    conv, norm = layer[0], layer[1]
    assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    lengths = kernel.flatten(1).norm(dim=1).clamp(min=1e-6)
    scale = conv.weight.flatten(1).norm(dim=1) / lengths
    conv.weight.copy_(kernel * scale[:, None, None, None])
    norm.reset_running_stats()
    norm.weight.copy_((1 + norm.eps) ** 0.5 / scale)
    norm.bias.copy_(bias)


@torch.no_grad()
def _measure(net: FaceNet, layers: list[ConvNorm], images: Tensor) -> None:
    """Give each norm the statistics of its own input, and weights that keep its answers as they are."""
    moments: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    def note(layer: nn.Module, inputs: tuple[Tensor]) -> None:
        assert isinstance(layer, ConvNorm)
        maps = layer[0](inputs[0])
        moments[layer] = maps.mean(dim=(0, 2, 3)), maps.var(dim=(0, 2, 3))

    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    net.eval()(images)
    for layer, hook in zip(layers, hooks, strict=True):
        hook.remove()
        norm, (mean, variance) = layer[1], moments[layer]
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None and norm.running_var is not None
        slope = norm.weight / (1 + norm.eps) ** 0.5
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(slope * (variance + norm.eps).sqrt())
        norm.bias.add_(slope * mean)
    net.train()
