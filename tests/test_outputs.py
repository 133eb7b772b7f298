"""What may be asked for together, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from mien.cli import outputs
from mien.cli.outputs import Outputs
from mien.errors import OptionError, SinkError
from mien.sinks import Anonymize, AnonymizedSink, Explainer, JsonLinesSink, ParquetSink, VideoSink

SOURCE = SimpleNamespace(fps=25.0)
EXPLAINER = Explainer(lambda frame, result: [])


@pytest.mark.parametrize("how", [Anonymize.BLUR, Anonymize.BLOCK])
@pytest.mark.parametrize("asked", [{}, {"jsonl": Path("a.jsonl")}, {"window": False, "csv": Path("a.csv")}])
def test_covering_faces_where_no_picture_is_kept_is_refused(how, asked):
    with pytest.raises(OptionError, match=f"--anonymize {how.value} .* expected --save FILE or --vcam"):
        Outputs(anonymize=how, **asked).checked("0")


@pytest.mark.parametrize("name", ["save", "jsonl", "csv", "parquet"])
def test_no_output_may_be_the_source(tmp_path, name):
    source = tmp_path / "clip.avi"
    source.touch()
    with pytest.raises(OptionError, match="is read by this command"):
        Outputs(window=False, **{name: source}).checked(str(source))


def test_two_outputs_in_one_file_are_refused():
    with pytest.raises(OptionError, match=r"a\.csv would be written twice"):
        Outputs(csv=Path("a.csv"), parquet=Path("a.csv")).checked("0")
    with pytest.raises(OptionError, match="would be written twice"):
        Outputs(csv=Path("sub/../a.csv"), jsonl=Path("a.csv").absolute()).checked("0")


def test_a_resting_face_has_a_file_of_its_own():
    with pytest.raises(OptionError, match=r"me\.json would be written twice"):
        Outputs(jsonl=Path("me.json")).checked("0", Path("me.json"))


def test_a_table_of_contents_cannot_go_to_a_pipe():
    pytest.importorskip("pyarrow")
    with pytest.raises(SinkError, match="Parquet cannot go to standard output"):
        ParquetSink(Path("-"))


def test_a_virtual_camera_is_enough_without_window_and_files(monkeypatch):
    asked = Outputs(window=False, vcam=True)
    assert asked.checked("0") == asked
    monkeypatch.setattr(outputs, "display_problem", lambda: "there is no display")
    assert Outputs(vcam=True).checked("0") == asked


def test_where_the_model_looks_needs_a_picture_to_lie_on():
    with pytest.raises(OptionError, match=r"--explain .* none is shown or kept: expected --save FILE"):
        Outputs(window=False, jsonl=Path("a.jsonl"), explain=True).checked("0")
    asked = Outputs(window=False, save=Path("a.mp4"), explain=True)
    assert asked.checked("0") == asked


def test_nothing_is_kept_unless_asked():
    with Outputs().opened(SOURCE, EXPLAINER) as sinks:
        assert sinks == [EXPLAINER]


def test_only_what_shows_pictures_is_covered(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    asked = Outputs(
        save=tmp_path / "a.avi",
        jsonl=tmp_path / "a.jsonl",
        parquet=tmp_path / "a.parquet",
        anonymize=Anonymize.BLUR,
    )
    with asked.opened(SOURCE, EXPLAINER) as (_, *sinks):
        assert [type(sink) for sink in sinks] == [JsonLinesSink, ParquetSink, AnonymizedSink]
    with Outputs(save=tmp_path / "a.avi").opened(SOURCE, EXPLAINER) as (_, *sinks):
        assert [type(sink) for sink in sinks] == [VideoSink]
