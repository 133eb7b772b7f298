"""How people are followed, as chosen on the command line."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from mien.cli import app
from mien.cli.live_options import LiveChoice
from mien.errors import DataError, OptionError
from mien.options import DoubtOptions, Framing, RuntimeOptions
from mien.pipeline import Models
from mien.resting import RestingFace

MODELS = Models(
    SimpleNamespace(framing=Framing(), detect=lambda image: []),
    SimpleNamespace(spec=SimpleNamespace(input_px=48, weights_sha256="ab" * 32)),
)


class Choice:
    """Stands in for `ModelChoice`."""

    options = RuntimeOptions(prior_share=0.5)

    def load(self):
        return MODELS


@pytest.fixture
def built(monkeypatch):
    """The options and the file that a pipeline is built with."""
    import mien.cli.live_options as part

    calls = []
    build = part.build_pipeline
    monkeypatch.setattr(part, "build_pipeline", lambda *given: calls.append(given) or build(*given))
    return calls


def test_without_a_choice_everything_is_as_usual(built):
    pipeline = LiveChoice().pipeline(Choice())
    assert built == [(MODELS, Choice.options, None)]
    assert not pipeline.neutral.is_learning


def test_each_choice_reaches_its_stage(built, tmp_path):
    path = tmp_path / "me.json"
    RestingFace((-1.0,) * 5).save(path)
    pipeline = LiveChoice(5.0, path, 3, 0.6).pipeline(Choice())
    ((_, options, file),) = built
    assert (options.tracker.detect_every, options.doubt, file) == (3, DoubtOptions(min_prob=0.6), path)
    assert options.prior_share == 0.5
    assert pipeline.neutral.is_learning


def test_a_resting_face_of_another_model_is_told_in_one_line_unless_it_is_learned_anew(tmp_path, capsys):
    path = tmp_path / "me.json"
    RestingFace((-1.0,) * 5, "cd" * 32).save(path)
    LiveChoice(neutral_file=path).pipeline(Choice())
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"mien: {path}: this resting face was learned with another model")
    LiveChoice(5.0, path).pipeline(Choice())
    RestingFace((-1.0,) * 5, "ab" * 32).save(path)
    LiveChoice(neutral_file=path).pipeline(Choice())
    assert capsys.readouterr().err == ""


def test_zero_is_a_choice_and_not_the_default(built):
    LiveChoice(unsure_below=0.0).pipeline(Choice())
    assert built[0][1].doubt.min_prob == 0


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(OptionError, match="neutral seconds is 0"):
        LiveChoice(neutral_s=0).pipeline(Choice())
    path = tmp_path / "me.json"
    path.write_text("{}")
    with pytest.raises(DataError, match=r"me\.json"):
        LiveChoice(neutral_file=path).pipeline(Choice())


def test_the_help_of_run_tells_each_option():
    text = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    assert all(f"--{name}" in text for name in ("neutral", "neutral-file", "detect-every", "unsure-below"))
