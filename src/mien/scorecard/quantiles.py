"""How a series of timings is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def p50_p95(values: Sequence[float]) -> dict[str, float]:
    """Plain values for JSON: the median and the 95th percentile, to four digits after the point."""
    middle, high = np.quantile(values, (0.5, 0.95))
    return {"p50": round(float(middle), 4), "p95": round(float(high), 4)}
