"""The page follows people as Python does: the same ids for four who wander, meet, go and come back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import numpy as np
import pytest
from browsing import WEB, node

from mien.tracker import FaceTracker
from mien.types import Face

PEOPLE = 4
FRAMES = 300
SIZE = (640.0, 480.0)
LEAVES, COMES = 0.03, 0.15


@dataclass
class Walker:
    """Someone whose face looks like no other one's, on a way across the picture."""

    look: np.ndarray
    xy: np.ndarray
    speed_xy: np.ndarray
    is_here: bool = True

    def walk(self, rng, passed_s):
        self.speed_xy += rng.normal(0, 150, 2) * passed_s
        self.xy += self.speed_xy * passed_s
        self.speed_xy = np.where((self.xy < 0) | (self.xy > SIZE), -self.speed_xy, self.speed_xy)
        self.is_here = rng.random() < (1 - LEAVES if self.is_here else COMES)

    def seen(self, rng):
        side = 90 * (1 + 0.05 * rng.normal())
        x, y = (self.xy + rng.normal(0, 3, 2)).tolist()
        crop = np.clip(self.look + rng.normal(0, 20, (48, 48)), 0, 255).astype(np.uint8)
        return Face((x, y, x + side, y + side), 0.9), crop


def scene(seed):
    """(time in seconds, people's numbers, faces, crops) of each frame, in any order, at an uneven pace."""
    rng = np.random.default_rng(seed)
    people = [
        Walker(
            np.kron(rng.uniform(0, 255, (6, 6)), np.ones((8, 8))), rng.uniform(0, SIZE), rng.normal(0, 200, 2)
        )
        for _ in range(PEOPLE)
    ]
    time_s = 0.0
    for _ in range(FRAMES):
        passed_s = float(rng.uniform(0.03, 0.12))
        time_s += passed_s
        for walker in people:
            walker.walk(rng, passed_s)
        here = [number for number in rng.permutation(PEOPLE).tolist() if people[number].is_here]
        seen = [people[number].seen(rng) for number in here]
        yield (
            time_s,
            here,
            [face for face, _ in seen],
            np.array([crop for _, crop in seen]).reshape(-1, 48, 48),
        )


def in_python(frames, *, with_looks):
    tracker = FaceTracker()
    for time_s, _, faces, crops in frames:
        yield tracker.update(faces, time_s, crops if with_looks else None)


def in_page(frames, *, with_looks):
    asked = [
        {
            "timestampS": time_s,
            "boxes": [face.box_xyxy for face in faces],
            **(
                {"crops": [base64.b64encode(crop.tobytes()).decode() for crop in crops]} if with_looks else {}
            ),
        }
        for time_s, _, faces, crops in frames
    ]
    return json.loads(node(str(WEB / "tracker.mjs"), text=json.dumps(asked)))


@pytest.fixture(scope="module")
def frames():
    return list(scene(1))


@pytest.mark.parametrize("with_looks", [True, False], ids=["by looks too", "by place alone"])
def test_the_same_people_have_the_same_ids(frames, with_looks):
    assert in_page(frames, with_looks=with_looks) == list(in_python(frames, with_looks=with_looks))


def test_looks_and_motion_count_in_this_scene(frames):
    """Else the test above would say little: people meet and come back, and looks tell them apart."""
    by_looks = list(in_python(frames, with_looks=True))
    assert by_looks != list(in_python(frames, with_looks=False))
    of_person = [[] for _ in range(PEOPLE)]
    for (_, here, _, _), ids in zip(frames, by_looks, strict=True):
        for number, track_id in zip(here, ids, strict=True):
            of_person[number].append(track_id)
    assert sum(map(len, of_person)) > FRAMES
    steady = [max(map(ids.count, set(ids))) / len(ids) for ids in of_person]
    assert np.mean(steady) > 0.5 and len({track_id for ids in of_person for track_id in ids}) > PEOPLE
