"""Write `suspects.json`: probabilities, labels, and what cleanlab finds suspect in them.

pip install cleanlab==2.9.0 && python tests/vectors/make_suspects.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues

FILE = Path(__file__).with_name("suspects.json")
PICTURES = 240
CLASSES = 5


def build():
    """A model that is right on four of five pictures, and labels of which one in six is wrong."""
    rng = np.random.default_rng(4)
    true = rng.integers(0, CLASSES, PICTURES)
    labels = np.where(rng.random(PICTURES) < 1 / 6, rng.integers(0, CLASSES, PICTURES), true)
    logits = rng.normal(size=(PICTURES, CLASSES))
    logits[np.arange(PICTURES), true] += 2.2
    probs = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).round(4)
    probs[:, 0] = (1 - probs[:, 1:].sum(axis=1)).round(4)
    ranked = find_label_issues(
        labels, probs, filter_by="confident_learning", return_indices_ranked_by="normalized_margin", n_jobs=1
    )
    joint = compute_confident_joint(labels, probs, calibrate=False)
    return {
        "probs": probs.tolist(),
        "labels": labels.tolist(),
        "ranked": ranked.tolist(),
        "joint": joint.tolist(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), separators=(",", ":")) + "\n", encoding="utf-8")
