"""One panel a corruption, with its own loss as title."""

import sys
from itertools import groupby

import numpy as np
import pytest
from typer.testing import CliRunner

from mien.cli import app
from mien.drawn import draw_crop
from mien.errors import MissingExtraError
from mien.train import evaluate as scoring
from mien.train.corruptions import CORRUPTIONS, EYE_ROWS, MOUTH_ROWS
from mien.train.robustness import CorruptionScore, HeadLoss

corruption_figure = pytest.importorskip("mien.train.corruption_figure")


def scores(*, votes=True):
    """Of 100 pictures all are read rightly; the crowd head loses 0, 1, 2 … in the order of the table."""
    rows, lost = [], 0
    for group, members in groupby(CORRUPTIONS, key=lambda corruption: corruption.group):
        names = tuple(member.name for member in members)
        crowd = HeadLoss(100, 98, tuple(98 - lost - way for way in range(len(names))))
        label = HeadLoss(100, 60, (61,) * len(names))
        rows.append(CorruptionScore(group, names, 4.0, label, crowd if votes else None))
        lost += len(names)
    return rows


@pytest.fixture
def panels(monkeypatch, tmp_path):
    """The panels that would be written: title to picture."""

    def draw(rows):
        figures = []
        monkeypatch.setattr(corruption_figure, "save_figure", lambda figure, path: figures.append(figure))
        corruption_figure.draw_corruptions(rows, draw_crop(), tmp_path)
        return {
            axes.get_title(): np.asarray(axes.images[0].get_array())
            for axes in figures[0].axes
            if axes.images
        }

    return draw


def test_each_corruption_is_shown_with_what_the_crowd_head_loses(panels):
    drawn = panels(scores())
    titles = [f"{each.name}\nloses {number:.2f}" for number, each in enumerate(CORRUPTIONS)]
    assert list(drawn) == ["as it is\n", *titles]
    for title, each in zip(titles, CORRUPTIONS, strict=True):
        assert np.array_equal(drawn[title], each.apply(drawn["as it is\n"][None])[0])


def test_without_votes_it_is_the_label_head_and_a_gain_is_called_one(panels):
    assert all(title.endswith("gains 1.00") for title in list(panels(scores(votes=False)))[1:])


def test_the_drawn_face_has_its_eyes_and_mouth_under_the_bars():
    face = draw_crop()
    assert (face.shape, face.dtype) == ((48, 48), np.uint8)
    changes = np.abs(np.diff(face[:, 10:38].astype(float), axis=1)).mean(axis=1)
    assert EYE_ROWS.start <= 8 + changes[8:26].argmax() < EYE_ROWS.stop
    assert MOUTH_ROWS.start <= 26 + changes[26:48].argmax() < MOUTH_ROWS.stop


def test_that_figures_cannot_be_drawn_is_told_before_any_picture_is_read(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(scoring, "load_split", lambda *_: pytest.fail("read the data first"))
    answer = CliRunner().invoke(app, ["evaluate", "--data", "faces.parquet", "--figures", str(tmp_path)])
    assert isinstance(answer.exception, MissingExtraError)
    assert "needs matplotlib" in str(answer.exception)
