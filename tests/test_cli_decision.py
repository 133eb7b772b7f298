"""The share of the prior on the command line: passed on, checked, told."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from mien.cli import app, models
from mien.cli.decision import print_choices
from mien.decision import DecisionRule
from mien.errors import ModelError
from mien.train.decide import Choice, Trial

PRIOR = (0.09, 0.33, 0.12, 0.12, 0.34)


@pytest.fixture
def shares_asked_for(monkeypatch):
    """What reaches the place that opens models, which then gives up."""
    asked = []

    def load(_detector, _detector_model, _emotion_model, options):
        asked.append(options.prior_share)
        raise ModelError("enough")

    monkeypatch.setattr(models, "load_models", load)
    return asked


@pytest.mark.parametrize(
    "words", [["predict", "face.png"], ["run", "photos", "--no-window", "--csv", "faces.csv"], ["demo"]]
)
def test_every_command_that_reads_faces_passes_the_share_on(words, shares_asked_for, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "face.png").touch()
    for options in ([], ["--prior-share", "0.35"]):
        assert isinstance(CliRunner().invoke(app, [*words, *options]).exception, ModelError)
    assert shares_asked_for == [None, 0.35]


def test_a_share_above_1_is_refused_before_any_model_is_opened(shares_asked_for):
    answer = CliRunner().invoke(app, ["predict", "face.png", "--prior-share", "1.5"])
    assert (answer.exit_code, shares_asked_for) == (2, [])


def test_an_export_tells_what_the_rule_gains_and_costs(capsys):
    curve = (Trial(0.0, 0.881, 0.842), Trial(0.35, 0.879, 0.860), Trial(0.4, 0.870, 0.861))
    print_choices({"crowd": Choice(DecisionRule(PRIOR, 0.35), curve)})
    assert capsys.readouterr().out == (
        "Decision rule: crowd head 0.35 of the prior taken out "
        "(accuracy 88.1 -> 87.9 %, mean recall 84.2 -> 86.0 %)\n"
    )


def test_an_export_without_votes_says_that_there_was_nothing_to_choose_by(capsys):
    print_choices({"crowd": Choice(DecisionRule(PRIOR, 0.0), ())})
    assert capsys.readouterr().out.endswith("crowd head 0.00 of the prior taken out (nothing to choose by)\n")
