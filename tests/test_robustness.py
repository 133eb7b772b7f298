"""How losses are counted, and when the bar is met."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import drawn_table

from mien.classifier import Reading
from mien.data_protocol import DataProtocol
from mien.train import evaluate as scoring
from mien.train import robustness
from mien.train.corruptions import Corruption
from mien.train.robustness import CorruptionScore, HeadLoss, measure


class CornerReader:
    """Both heads say the column that the corner pixel holds."""

    input_px = 48
    serve = "crowd"

    def read(self, crops):
        rows = np.eye(5, dtype=np.float32)[crops[:, 0, 0]]
        return Reading(rows, rows, np.zeros((len(crops), 5, 1, 1), np.float32))


def marked(count, *, votes=True):
    """Drawn faces whose corner tells their label."""
    table = drawn_table(count, "PublicTest", votes=votes)
    images = table.images.copy()
    images[:, 0, 0] = table.labels()
    return replace(table, images=images)


def say(column):
    """A change after which the reader says `column` of every face."""

    def change(face):
        said = face.copy()
        said[0, 0] = column
        return said

    return change


@pytest.fixture
def three_corruptions(monkeypatch):
    """One that does nothing, one of two directions (all angry, all taken rightly), one without a bar."""
    table = (
        Corruption("nothing", "nothing", np.copy),
        Corruption("to angry", "both ways", say(0)),
        Corruption("to itself", "both ways", np.copy),
        Corruption("to happy", "to happy", say(1), None),
    )
    monkeypatch.setattr(robustness, "CORRUPTIONS", table)


def run(table, protocol=DataProtocol.OFFICIAL, **more):
    reader = CornerReader()
    return measure(reader, table, scoring.evaluate(reader, table, protocol), **more)


def crowd_score(clean, *right, n=100, bar_points=4.0):
    head = HeadLoss(n, clean, right)
    return CorruptionScore("it", tuple(f"way {way}" for way in range(len(right))), bar_points, head, head)


def test_a_loss_is_counted_against_the_clean_pictures(three_corruptions):
    nothing, both_ways, to_happy = run(marked(40))
    assert (nothing.crowd.loss_points, nothing.label.accuracy) == (0.0, 1.0)
    assert (to_happy.crowd.loss_points, to_happy.label.accuracy) == (80.0, 0.2)
    assert both_ways.directions == ("to angry", "to itself")


def test_a_line_of_several_directions_is_their_mean_and_keeps_the_worst(three_corruptions):
    row = run(marked(40))[1].as_record()["crowd"]
    assert (row["accuracy"], row["loss_points"], row["worst_points"]) == (0.6, 40.0, 80.0)
    assert row["worst_direction"] == "to angry"
    assert row["loss_by_direction"] == {"to angry": 80.0, "to itself": 0.0}


@pytest.mark.parametrize("n", [25, 50, 75, 100, 2775, 28700])
def test_the_bar_holds_at_four_points_exactly_and_breaks_one_picture_later(n):
    allowed = 4 * n // 100
    assert crowd_score(n, n - allowed, n=n).meets_bar is True
    assert crowd_score(n, n - allowed - 1, n=n).meets_bar is False


def test_the_bar_is_judged_by_the_worst_direction_not_by_the_mean():
    score = crowd_score(90, 90, 85)
    assert score.crowd.loss_points == 2.5
    assert score.meets_bar is False


def test_a_corruption_that_helps_has_a_loss_below_nothing():
    score = crowd_score(90, 92)
    assert score.crowd.loss_points == -2.0
    assert score.meets_bar is True


def test_nothing_is_judged_where_there_is_no_bar(three_corruptions):
    assert [score.meets_bar for score in run(marked(40))] == [True, False, None]


def test_without_votes_only_the_label_head_is_scored_and_nothing_is_judged(three_corruptions):
    scores = run(marked(40, votes=False))
    assert [(score.crowd, score.meets_bar) for score in scores] == [(None, None)] * 3
    assert [score.label.loss_points for score in scores] == [0.0, 40.0, 80.0]


def test_the_crowd_head_is_scored_on_the_majoritys_pictures_only(three_corruptions):
    table = marked(10)
    votes = table.votes.copy()
    votes[:5] = 1  # ten opinions: no majority
    nothing, *_ = run(replace(table, votes=votes))
    assert (nothing.label.n, nothing.crowd.n, nothing.crowd.right) == (10, 5, (5,))


def test_the_leak_free_protocol_corrupts_what_it_scores(three_corruptions, monkeypatch):
    monkeypatch.setattr(scoring, "comes_again", lambda images: np.arange(len(images)) < 15)
    scores = run(marked(40), DataProtocol.LEAK_FREE)
    assert {score.label.n for score in scores} == {25}
    assert scores[0].label.right == (25,)


def test_progress_runs_once_through_all_corruptions(three_corruptions):
    told = []
    run(marked(150), progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == [128, 150, 278, 300, 428, 450, 578, 600]
    assert {total for _, total in told} == {600}


def test_a_record_is_plain_json_and_rounds_points_to_hundredths():
    record = json.loads(json.dumps(crowd_score(2444, 2255, 2400, n=2768).as_record()))
    assert record["bar_points"] == 4.0
    assert record["meets_bar"] is False
    assert record["crowd"]["loss_by_direction"] == {"way 0": 6.83, "way 1": 1.59}
    assert (record["crowd"]["n"], record["crowd"]["accuracy"]) == (2768, 0.8409)
