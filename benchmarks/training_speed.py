"""How long a training step takes on this machine: precision, and BatchNorm that learns or stays fixed.

    python benchmarks/training_speed.py [--config configs/shipped.yaml] [--threads 1] [--steps 5]

A recipe's network on random faces, as large as in its last phase, one batch after the other: forward,
backward, AdamW, no augmentation. The four ways take turns, so that what else the machine does slows all of
them alike; the median is printed.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from pathlib import Path

import torch

from mien.train.model import EmotionNet
from mien.train.settings import TrainSettings, read_settings

PRECISIONS = {"32-true": False, "bf16-mixed": True}


def step_s(net: EmotionNet, faces: torch.Tensor, optimizer: torch.optim.Optimizer, *, mixed: bool) -> float:
    """Seconds of one step."""
    start_s = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        logits = net(faces)
    (logits.label.float().logsumexp(dim=1) + logits.crowd.float().logsumexp(dim=1)).mean().backward()
    optimizer.step()
    optimizer.zero_grad()
    return time.perf_counter() - start_s


def measure(settings: TrainSettings, steps: int) -> dict[tuple[str, bool], float]:
    """Median seconds a step, by precision and by whether BatchNorm's statistics are fixed."""
    net = EmotionNet(settings.network, settings.phases[-1].upsample_px)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4)
    faces = torch.rand(settings.batch_size, 1, 48, 48)
    ways = tuple(itertools.product(PRECISIONS, (False, True)))
    took: dict[tuple[str, bool], list[float]] = {way: [] for way in ways}
    for number in range(steps + 1):
        for precision, fixed in ways:
            net.fix_statistics(fixed)
            seconds = step_s(net, faces, optimizer, mixed=PRECISIONS[precision])
            if number:  # the first round compiles kernels and takes memory
                took[precision, fixed].append(seconds)
    return {way: statistics.median(seconds) for way, seconds in took.items()}


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=Path("configs/shipped.yaml"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    settings = read_settings(args.config)
    print("| precision | BatchNorm's statistics | s a step | pictures/s |")
    print("|---|---|---|---|")
    for (precision, fixed), seconds in measure(settings, args.steps).items():
        rate = settings.batch_size / seconds
        print(f"| {precision} | {'fixed' if fixed else 'learn'} | {seconds:.2f} | {rate:.0f} |")


if __name__ == "__main__":
    main()
