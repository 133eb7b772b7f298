"""The page's lookout against Python's, on streams drawn by lot."""

from __future__ import annotations

import json

import numpy as np
import pytest
from browsing import WEB, node
from looking import IMAGE, ScriptedDetector

from mien.lookout import Lookout
from mien.types import Face


def as_faces(boxes):
    return None if boxes is None else [Face(tuple(box), 0.9) for box in boxes]


def seen(rng, places, sides):
    """The faces there, each a little off; now and then one is missed."""
    moved = places + rng.normal(0, 3, (2, 2))
    boxes = np.concatenate([moved, moved + sides[:, None]], axis=1)
    return boxes[: 1 if rng.random() < 0.1 else 2].tolist()


def stream(seed):
    """Two faces that walk and grow; sometimes a glance is no use, and time jumps."""
    rng = np.random.default_rng(seed)
    places, time_s, moments = rng.uniform(50, 300, (2, 2)), 0.0, []
    for _ in range(120):
        time_s += float(rng.choice([0.033, 0.1, 0.5, -0.1], p=[0.65, 0.3, 0.03, 0.02]))
        places += rng.normal(0, 4, (2, 2))
        sides = np.array([100.0, 60.0]) * rng.uniform(0.8, 1.4)
        glance = None if rng.random() < 0.05 else seen(rng, places, sides)
        moments.append({"timestampS": time_s, "full": seen(rng, places, sides), "glance": glance})
    return moments


@pytest.mark.parametrize("seed", range(4))
def test_the_page_looks_and_glances_when_python_does(seed):
    moments = stream(seed)
    detector = ScriptedDetector()
    lookout, found = Lookout(detector), []
    for moment in moments:
        detector.full, detector.quick = as_faces(moment["full"]), as_faces(moment["glance"])
        faces = lookout.find(IMAGE, moment["timestampS"])
        found.append([list(face.box_xyxy) for face in faces])
    theirs = json.loads(node(WEB / "lookout.mjs", text=json.dumps(moments)))
    assert set(detector.asked) == {"look", "glance"}
    assert theirs["asked"] == detector.asked
    assert theirs["leastPx"] == detector.least_px
    assert theirs["found"] == found
