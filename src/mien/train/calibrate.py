"""Temperature scaling (Guo et al. 2017): one number a head, fitted on validation."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from mien.types import Probs


def fit_temperature(probs: Probs, labels: NDArray[np.int64]) -> float:
    """The temperature that makes labels most likely.

    probs: (N, 5) at temperature 1. labels: (N,) columns in `EMOTIONS`. Returns the number by which logits
    are to be divided, 1.0 without any label.
    """
    if not len(labels):
        return 1.0
    logits = torch.from_numpy(np.log(np.maximum(probs, 1e-12))).double()
    target = torch.from_numpy(labels)
    log_temperature = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = functional.cross_entropy(logits / log_temperature.exp(), target)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return float(log_temperature.detach().exp().clamp(0.05, 20.0))
