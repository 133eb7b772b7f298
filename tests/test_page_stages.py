"""The page's own stages say what Python's say, to the same numbers."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import numpy as np
import pytest
from browsing import WEB, node

from mien.doubt import Judge
from mien.neutral import PersonalNeutral
from mien.options import (
    DetectorOptions,
    DoubtOptions,
    LookoutOptions,
    NeutralOptions,
    SmootherOptions,
    TrackerOptions,
)
from mien.overlay import BGR_OF_LABEL
from mien.resting import FLOOR, USUAL
from mien.smoother import EmotionSmoother
from mien.types import EMOTIONS, LABELS, SCHEMA, Quality, TrackedFace

LEARN_AT = 20
FRAMES = 200


def frames_of(seed):
    """A person who wanders between emotions, sometimes dark, turned or blurred; a frame each 60 ms or so."""
    rng = np.random.default_rng(seed)
    logits, time_s = rng.normal(size=5), 0.0
    for _ in range(FRAMES):
        logits = 0.9 * logits + rng.normal(size=5)
        time_s += float(rng.uniform(0.03, 0.1)) if rng.random() < 0.97 else 1.7
        probs = tuple((np.exp(logits) / np.exp(logits).sum()).tolist())
        quality = Quality(float(rng.uniform(22, 40)), *rng.uniform(0.02, 0.5, 2).tolist(), 5.0, 0.4)
        yield time_s, TrackedFace(1, (0, 0, 9, 9), 0.9, EMOTIONS[int(np.argmax(probs))], probs, None, quality)


def in_python(frames):
    neutral, smoother, judge = PersonalNeutral(), EmotionSmoother(), Judge()
    for row, (time_s, face) in enumerate(frames):
        if row == LEARN_AT:
            neutral.learn()
        (said,) = judge.update(smoother.update(neutral.update([face], time_s), time_s), time_s)
        yield said


@pytest.fixture(scope="module")
def runs():
    """Python's answers to two sequences, node's, and node's options."""
    pairs = []
    for seed in (1, 2):
        frames = list(frames_of(seed))
        asked = [
            {
                "timestampS": time_s,
                "faces": [
                    {"id": 1, "boxXyxy": face.box_xyxy, "probs": face.probs, "quality": vars(face.quality)}
                ],
            }
            for time_s, face in frames
        ]
        answer = json.loads(
            node(str(WEB / "stages.mjs"), text=json.dumps({"frames": asked, "learnAt": LEARN_AT}))
        )
        pairs.append((list(in_python(frames)), [faces[0] for faces in answer["said"]]))
    return pairs, answer["options"]


def test_calm_probabilities_emotions_doubts_and_resting_faces_are_the_same(runs):
    for ours, theirs in runs[0]:
        for mine, other in zip(ours, theirs, strict=True):
            assert other["probs"] == pytest.approx(mine.probs, abs=1e-9)
            assert (other["emotion"], other["personal"]) == (mine.emotion.value, mine.personal)
            assert other["doubt"] == (mine.doubt and mine.doubt.value)


def test_the_sequences_hold_doubt_several_emotions_and_a_resting_face(runs):
    (ours, theirs), _ = runs[0]
    assert len({face.emotion for face in ours}) >= 3
    assert len({face.doubt for face in ours}) >= 3
    assert any(face["personal"] for face in theirs)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("DETECTOR", DetectorOptions()),
        ("LOOKOUT", LookoutOptions()),
        ("FOLLOWING", TrackerOptions()),
        ("SMOOTHER", SmootherOptions()),
        ("DOUBT", DoubtOptions()),
        ("NEUTRAL", NeutralOptions()),
    ],
)
def test_the_page_has_the_numbers_of_the_runtime(runs, name, options):
    known = {
        re.sub("_([a-z])", lambda found: found[1].upper(), key): value
        for key, value in asdict(options).items()
    }
    theirs = runs[1][name]
    assert theirs == {key: known[key] for key in theirs}


def test_the_page_has_the_names_and_the_usual_resting_face_of_the_runtime(runs):
    options = runs[1]
    assert options["EMOTIONS"] == list(LABELS) and options["SCHEMA"] == SCHEMA
    assert options["RESTING"] == {"usual": list(USUAL), "floor": FLOOR}


def test_the_page_has_the_colours_of_the_window():
    words = (WEB.parent / "src/mien/server/static/page/words.js").read_text()
    for label, (blue, green, red) in BGR_OF_LABEL.items():
        assert f'{label}: "#{red:02x}{green:02x}{blue:02x}"' in words


def test_the_pages_own_tests_pass():
    tests = sorted(map(str, (WEB / "tests").glob("*.test.js")))
    assert tests
    node("--test", *tests)
