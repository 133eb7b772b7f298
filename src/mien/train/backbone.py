"""MobileNetV2 (Sandler et al. 2018) up to a chosen stage, with torchvision's names for its weights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from mien.errors import DataError

IMAGENET_URL = "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"
"""torchvision's MobileNet_V2_Weights.IMAGENET1K_V1; the name carries the start of the file's SHA-256."""

# Expansion, output channels, repeats, first stride: table 2 of the paper.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class ConvNorm(nn.Sequential):
    """Conv2D, BatchNorm, activation, numbered 0, 1, 2 as torchvision numbers them."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        activation: nn.Module,
        *,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), activation)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, inputs, H, W); returns (N, outputs, H / stride, W / stride)."""
        conv, norm, activation = self
        maps: Tensor = activation(convolve_and_normalise(x, conv, norm))
        return maps


def convolve_and_normalise(x: Tensor, conv: nn.Module, norm: nn.Module) -> Tensor:
    """`norm(conv(x))` in the form that costs least: as it stands on a GPU, which has kernels for both.

    On a CPU, with fixed statistics, the normalisation is a part of the kernel. Backward through a strided
    depthwise convolution has no fast kernel in bfloat16; every second pixel of the unstrided one is the same.
    """
    assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    if torch.compiler.is_exporting() or x.device.type != "cpu":
        return cast(Tensor, norm(conv(x)))
    skips = torch.is_grad_enabled() and conv.groups > 1 and conv.stride[0] > 1
    stride, step = (1, conv.stride[0]) if skips else (conv.stride[0], 1)
    if norm.training:
        maps = functional.conv2d(x, conv.weight, None, stride, conv.padding, 1, conv.groups)
        return cast(Tensor, norm(_every(maps, step)))
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    scale = norm.weight * torch.rsqrt(variance + norm.eps)
    kernel, bias = conv.weight * scale.view(-1, 1, 1, 1), norm.bias - mean * scale
    return _every(functional.conv2d(x, kernel, bias, stride, conv.padding, 1, conv.groups), step)


def _every(maps: Tensor, step: int) -> Tensor:
    if step == 1:
        return maps
    return maps[:, :, ::step, ::step].contiguous(memory_format=torch.channels_last)


class InvertedResidual(nn.Module):
    """1x1 expansion, 3x3 depthwise, linear 1x1 projection; the input is added where shapes allow."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.adds_input = stride == 1 and inputs == outputs
        expand = [ConvNorm(inputs, hidden, 1, nn.ReLU6())] if expansion != 1 else []
        self.conv = nn.Sequential(
            *expand,
            ConvNorm(hidden, hidden, 3, nn.ReLU6(), stride=stride, groups=hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, inputs, H, W); returns (N, outputs, H / stride, W / stride)."""
        *activated, project, norm = self.conv
        changed = x
        for layer in activated:
            changed = layer(changed)
        changed = convolve_and_normalise(changed, project, norm)
        return x + changed if self.adds_input else changed


class CutMobileNetV2(nn.Module):
    """The first `cut` of MobileNetV2's stages `features.0` to `features.17`.

    Stages below the unfrozen share neither learn nor update their BatchNorm statistics.
    """

    def __init__(self, cut: int) -> None:
        super().__init__()
        stages: list[nn.Module] = [ConvNorm(3, 32, 3, nn.ReLU6(), stride=2)]
        channels = 32
        channels_of = [channels]
        for expansion, outputs, repeats, first_stride in STAGES:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                stages.append(InvertedResidual(channels, outputs, stride, expansion))
                channels = outputs
                channels_of.append(channels)
        self.features = nn.Sequential(*stages[:cut])
        self.channels = channels_of[cut - 1]
        self._frozen = 0

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float, normalised; returns (N, channels, H / 16, W / 16) at the default cut."""
        maps: Tensor = self.features(x)
        return maps

    def unfreeze(self, share: float) -> None:
        """Let the top `share` (0 to 1) of the stages learn and freeze those below."""
        self._frozen = len(self.features) - math.ceil(share * len(self.features))
        for number, stage in enumerate(self.features):
            stage.requires_grad_(number >= self._frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> CutMobileNetV2:
        """As in torch, but frozen stages stay in evaluation mode."""
        super().train(mode)
        for stage in list(self.features)[: self._frozen]:
            stage.eval()
        return self


def read_weights(source: str) -> dict[str, Any]:
    """What `load_weights` takes: `imagenet` (torchvision's file, downloaded once, hash checked) or a path."""
    if source == "imagenet":
        return _download()
    path = Path(source)
    if not path.is_file():
        raise DataError(f"backbone weights {source}: no such file: expected .safetensors, .pth or 'imagenet'")
    try:
        return load_file(path) if path.suffix == ".safetensors" else load_torch_file(path)
    except SafetensorError as error:
        raise DataError(f"{path}: cannot be read as safetensors: {error}") from error


def load_torch_file(path: Path) -> dict[str, Any]:
    """What `torch.save` wrote, on the CPU; nothing but tensors and plain values is let in."""
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch lets the unpickler's own errors through, whatever they are
        raise DataError(
            f"{path}: cannot be read as a torch file: {' '.join(str(error).split())[:200]}"
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"{path}: holds {type(content).__name__}: expected a dictionary")
    return content


def _download() -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = torch.hub.load_state_dict_from_url(
            IMAGENET_URL, map_location="cpu", check_hash=True, progress=True
        )
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"backbone weights: {IMAGENET_URL} cannot be downloaded ({error}): "
            "pass --backbone-weights FILE with a copy"
        ) from error
    return state


def load_weights(backbone: CutMobileNetV2, state: dict[str, Any]) -> None:
    """Fill the kept stages; DataError names the first weight that is missing, none, or of another shape."""
    every = backbone.state_dict()
    # How many batches BatchNorm saw says nothing here, and not every file has it.
    wanted = {name: tensor for name, tensor in every.items() if not name.endswith("num_batches_tracked")}
    for name, tensor in wanted.items():
        if name not in state:
            raise DataError(f"backbone weights hold no {name}: expected torchvision's MobileNetV2 layout")
        given, shape = state[name], tuple(tensor.shape)
        if not isinstance(given, Tensor):
            raise DataError(f"backbone weights: {name} is {type(given).__name__}: expected a tensor {shape}")
        if given.shape != shape:
            raise DataError(f"backbone weights: {name} has shape {tuple(given.shape)}: expected {shape}")
    backbone.load_state_dict({name: state[name] for name in wanted}, strict=False)
