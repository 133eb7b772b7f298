"""Each part of an audit finds what was planted, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import drawn_table, joined

from mien.classifier import Reading
from mien.data_protocol import DataProtocol
from mien.decision import PLAIN
from mien.detector import OnnxFaceDetector
from mien.errors import OptionError
from mien.options import DetectorOptions
from mien.train.audit import audit, readings
from mien.train.audit.ballot import CHOICES
from mien.train.audit.counts import count
from mien.train.audit.faceless import face_scores
from mien.train.audit.suspects import doubt
from mien.train.table import USAGES, VOTE_COLUMNS

VECTORS = Path(__file__).parent / "vectors" / "suspects.json"
HAPPY, SAD, FEAR = 3, 4, 2


class Honest:
    """Is fairly sure of what the corner of each picture says, whatever its label."""

    input_px = 48
    serve = "crowd"

    def __init__(self):
        self.rules = {"label": PLAIN, "crowd": PLAIN}

    def read(self, crops):
        probs = np.full((len(crops), 5), 0.05, np.float32)
        probs[np.arange(len(crops)), crops[:, 0, 0]] = 0.8
        return Reading(probs, probs, np.zeros((len(crops), 5, 1, 1), np.float32))


def faces(grain=0.35):
    """Thirty training and twenty test pictures, their true class in the corner.

    grain: 0 to 1, how much of each is noise of its own, so that no two drawn faces are alike by chance.
    """
    table = joined(drawn_table(30, "Training", 1), drawn_table(20, "PublicTest", 2))
    noise = np.random.default_rng(3).integers(0, 256, table.images.shape)
    images = ((1 - grain) * table.images + grain * noise).astype(np.uint8)
    images[:, 0, 0] = table.labels()
    return replace(table, images=images)


def changed(table, *, images=(), codes=(), votes=()):
    """The table with some rows of its columns replaced, given as pairs of row and value."""
    columns = {name: getattr(table, name).copy() for name in ("images", "codes", "votes")}
    for name, pairs in (("images", images), ("codes", codes), ("votes", votes)):
        for row, value in pairs:
            columns[name][row] = value
    return replace(table, **columns)


def ballot(**counts):
    return [counts.get(name, 0) for name in VOTE_COLUMNS]


def test_a_clean_table_has_nothing_to_show():
    found = audit(faces(), Honest())
    assert found.counts.usages == ("Training", "PublicTest")
    assert not found.copies.groups
    assert found.faceless.as_record() == {
        "blank": 0,
        "not_a_face": 0,
        "doubted": 0,
        "looked_at_by_the_detector": 0,
    }
    assert found.ballot.contradicted == ()
    assert found.ballot.agreement == 1.0
    assert [pool.rows for pool in found.suspects.values()] == [(), ()]


def test_counts_are_by_class_and_split():
    counts = count(changed(faces(), codes=[(0, FEAR)], votes=[(49, 0)]))
    by_class = counts.as_record()["pictures"]
    assert by_class["fear"] == {"Training": 1, "PublicTest": 0, "PrivateTest": 0}
    assert by_class["angry"] == {"Training": 5, "PublicTest": 4, "PrivateTest": 0}
    assert counts.pictures.sum() == 50
    assert counts.voted.tolist() == [30, 19, 0]


def test_repeats_are_told_within_and_across_splits_with_the_disagreeing_first():
    table = faces()
    table = changed(
        table,
        images=[(5, table.images[0]), (31, table.images[1]), (32, table.images[1])],
        codes=[(31, SAD)],
    )
    copies = audit(table, Honest()).copies
    assert [group.rows for group in copies.groups] == [(1, 31, 32), (0, 5)]
    assert [group.disagrees for group in copies.groups] == [True, False]
    assert [group.rows for group in copies.across] == [(1, 31, 32)]
    assert [group.rows for group in copies.within] == [(0, 5)]
    assert copies.again[:2, :2].tolist() == [[2, 1], [2, 2]], USAGES


def test_blank_pictures_are_found_in_every_split():
    table = changed(faces(), images=[(3, 7), (40, 200)])
    found = audit(
        replace(table, codes=np.where(np.isin(np.arange(50), (3, 40)), FEAR, table.codes)), Honest()
    )
    assert found.faceless.blank == (3, 40)


def test_what_most_voters_call_no_face_stands_apart_from_what_some_do():
    votes = [(2, ballot(NF=6, neutral=4)), (8, ballot(NF=1, happiness=9)), (33, ballot(NF=5, sadness=5))]
    faceless = audit(changed(faces(), votes=votes), Honest()).faceless
    assert faceless.not_a_face == (2,)
    assert faceless.doubted == (33, 8)
    assert faceless.unlike == ()


def test_without_votes_the_detector_orders_pictures_and_no_face_comes_first():
    noise = np.random.default_rng(5).integers(0, 256, (48, 48), np.uint8)
    noise[0, 0] = 1
    table = changed(faces(grain=0), images=[(11, noise)])
    found = audit(replace(table, votes=None), Honest())
    assert found.faceless.unlike[0] == 11
    assert len(found.faceless.unlike) == 50
    assert list(found.faceless.scores) == sorted(found.faceless.scores)
    assert found.ballot is None
    assert found.suspects["unseen"].backed is None


def test_pictures_with_votes_are_left_to_the_voters():
    table = changed(faces(), votes=[(4, 0)])
    assert audit(table, Honest()).faceless.unlike == (4,)
    assert face_scores(table.images[:0]).shape == (0,)


def test_a_pictures_score_is_that_of_the_surest_face_that_the_detector_finds():
    detector = OnnxFaceDetector(options=DetectorOptions(min_score=0.01))
    images = faces(grain=0).images[:35]
    large = [cv2.resize(image, (96, 96), interpolation=cv2.INTER_LINEAR) for image in images]
    surest = [detector.read(cv2.merge([image] * 3)).scores.max() for image in large]
    assert face_scores(images) == pytest.approx(surest, abs=1e-4)


def test_labels_against_votes_are_a_matrix_and_the_contradicted_are_ranked():
    votes = [
        (1, ballot(sadness=9, happiness=1)),  # labelled happy
        (6, ballot(neutral=6, happiness=4)),  # labelled happy
        (11, ballot(neutral=5, happiness=5)),  # labelled happy, a tie
        (16, ballot(unknown=10)),  # labelled happy, no emotion
        (0, ballot(contempt=8, anger=2)),  # labelled angry
    ]
    found = audit(changed(faces(), votes=votes), Honest()).ballot
    assert found.contradicted == (1, 0, 6)
    row = dict(zip(CHOICES, found.choices[HAPPY].tolist(), strict=True))
    assert {name: number for name, number in row.items() if number} == {
        "happiness": 6,
        "sadness": 1,
        "neutral": 1,
        "tie": 1,
        "unknown": 1,
    }
    assert found.choices.sum() == 50


def test_flipped_labels_are_the_suspects_and_the_likelier_class_is_the_true_one():
    found = audit(changed(faces(), codes=[(1, SAD), (31, SAD)]), Honest())
    pool = found.suspects["unseen"]
    assert set(pool.rows) == {1, 31}
    assert pool.guesses == ("happy", "happy")
    assert pool.label_probs == pytest.approx((0.05, 0.05))
    assert pool.guess_probs == pytest.approx((0.8, 0.8))
    assert (pool.backed, pool.backed_elsewhere) == (1.0, 0.0)
    assert pool.joint[2].tolist() == [0, 2, 10, 0, 0]
    assert found.suspects["learned"].pictures == 0


def test_pictures_that_the_model_learned_from_are_a_pool_of_their_own(monkeypatch):
    monkeypatch.setattr(readings, "comes_again", lambda images, *_: np.arange(len(images)) < 30)
    found = audit(changed(faces(), codes=[(1, SAD), (31, SAD)]), Honest())
    assert found.suspects["learned"].rows == (1,)
    assert found.suspects["unseen"].rows == (31,)
    assert [pool.pictures for pool in found.suspects.values()] == [20, 30]


def test_suspects_are_those_that_cleanlab_finds_in_the_same_order():
    """The vectors are cleanlab's own answers: `tests/vectors/make_suspects.py`."""
    given = json.loads(VECTORS.read_text())
    found = doubt(np.asarray(given["probs"], np.float64), np.asarray(given["labels"]))
    assert found.places.tolist() == given["ranked"]
    assert found.joint.tolist() == given["joint"]
    assert len(given["ranked"]) > 10


def test_a_class_without_pictures_is_no_likelier_class():
    probs = np.tile(np.asarray([0.1, 0.2, 0.05, 0.05, 0.6], np.float32), (4, 1))
    assert doubt(probs, np.asarray([0, 0, 1, 1])).joint[:, 4].sum() == 0


def test_both_protocols_are_told_with_what_they_drop_and_the_scores(monkeypatch):
    table = faces()
    table = changed(
        table, images=[(5, table.images[0]), (31, table.images[1])], codes=[(2, FEAR), (45, FEAR)]
    )
    votes = [(2, ballot(fear=10)), (9, ballot(NF=10))]
    known = {table.images[31].tobytes()}
    monkeypatch.setattr(
        readings, "comes_again", lambda images, *_: np.array([image.tobytes() in known for image in images])
    )
    official, leak_free = audit(changed(table, votes=votes), Honest()).protocols
    assert official.dropped == {("class", "Training"): 1, ("class", "PublicTest"): 1}
    assert leak_free.dropped == {
        **official.dropped,
        ("not-a-face", "Training"): 1,
        ("leak", "Training"): 1,
        ("repeat", "Training"): 1,
    }
    assert (official.kept["Training"], leak_free.kept["Training"]) == (29, 26)
    assert leak_free.protocol is DataProtocol.LEAK_FREE
    scores = [outcome.scores["PublicTest"] for outcome in (official, leak_free)]
    assert [(score.pictures, score.left_out) for score in scores] == [(19, 0), (18, 1)]
    assert [score.label.accuracy for score in scores] == [1.0, 1.0]


def test_a_table_without_the_five_classes_has_neither_suspects_nor_scores():
    table = faces()
    found = audit(replace(table, codes=np.full_like(table.codes, FEAR)), Honest())
    assert [pool.pictures for pool in found.suspects.values()] == [0, 0]
    assert [outcome.scores for outcome in found.protocols] == [{}, {}]


def test_a_threshold_that_is_no_correlation_is_refused_before_the_work():
    with pytest.raises(OptionError, match=r"threshold is 1\.5"):
        audit(faces(), Honest(), threshold=1.5)


def test_the_numbers_are_json():
    record = audit(changed(faces(), codes=[(31, SAD)]), Honest()).as_record()
    told = json.loads(json.dumps(record))
    assert told["suspects"]["unseen"]["ranked"] == [
        {
            "id": "publictest00001",
            "label": "sad",
            "likelier": "happy",
            "prob_label": 0.05,
            "prob_likelier": 0.8,
        }
    ]
    assert told["protocols"]["official"]["scores"]["PublicTest"]["pictures"] == 20
