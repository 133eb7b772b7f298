"""The whole card from drawn faces: what is measured, told as not measured, kept, and refused."""

import json
import re

import cv2
import numpy as np
import pytest
from conftest import drawn_table
from typer.testing import CliRunner

from mien.classifier import SHIPPED_MODEL
from mien.cli import app, main
from mien.drawn import POSES, draw_face
from mien.files import file_sha256
from mien.train.table import write_table
from mien.types import EMOTIONS

pytest.importorskip("matplotlib")

from mien.scorecard import plan as planning
from mien.scorecard.card import Card, Part, read_card
from mien.scorecard.figures import FIGURES

QUICK = [option for part in list(Part)[:4] for option in ("--only", part.value)]
"""All but the footprint, which starts process after process."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Thirty drawn crops with votes, and a drawn photograph of each emotion."""
    folder = tmp_path_factory.mktemp("inputs")
    write_table(drawn_table(30, "PublicTest"), folder / "faces.parquet")
    photos = folder / "photos"
    photos.mkdir()
    for emotion in EMOTIONS:
        cv2.imwrite(str(photos / f"{emotion}.png"), draw_face(POSES[emotion], (320, 240)))
    rows = "".join(f"{emotion}.png,{emotion}\n" for emotion in EMOTIONS)
    (photos / "labels.csv").write_text(f"file,emotion\n{rows}")
    return folder


def run(*options):
    return CliRunner().invoke(app, ["scorecard", *map(str, options)], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def made(inputs, tmp_path_factory):
    """The folder of a card of everything but the footprint, and what was printed."""
    out = tmp_path_factory.mktemp("card")
    answer = run(
        "--data", inputs / "faces.parquet", "--photos", inputs / "photos", "--repeats", 2, *QUICK, "-o", out
    )
    assert answer.exit_code == 0, answer.output
    return out, answer.stdout


def test_the_json_says_which_model_what_data_when_and_on_what(made, inputs):
    record = json.loads((made[0] / "scorecard.json").read_text())
    assert record["models"]["emotion"]["sha256"] == file_sha256(SHIPPED_MODEL)
    accuracy = record["parts"]["accuracy"]
    assert accuracy["data"]["pictures"] == {
        "file": "faces.parquet",
        "sha256": file_sha256(inputs / "faces.parquet"),
    }
    assert set(accuracy["protocols"]) == {"official", "leak-free"}
    assert accuracy["protocols"]["official"]["label"]["n"] == 30
    assert sum(accuracy["reliability"]["crowd"]["n"]) == 30
    assert {"on", "took_s", "machine"} == set(accuracy["measured"])
    assert accuracy["measured"]["machine"]["cpu"]
    assert str(inputs) not in (made[0] / "scorecard.json").read_text()


def test_every_table_of_the_page_is_filled_and_every_picture_there(made):
    text = (made[0] / "scorecard.md").read_text()
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", text)
    assert sorted(pictures) == sorted(f"scorecard/{name}.png" for name in FIGURES)
    for picture in pictures:
        assert (made[0] / picture).read_bytes().startswith(b"\x89PNG")
    for line in ("| detect |", "| whole way of a frame |", "| 32 |", "| mien | +30° |", "| blur 1 px |"):
        assert line in text
    widths = [len(row.split("|")) for row in text.splitlines() if row.startswith("|")]
    assert min(widths) >= 4


def test_stages_and_batches_are_timed_at_one_and_two_threads(made):
    speed = json.loads((made[0] / "scorecard.json").read_text())["parts"]["speed"]
    assert (speed["width"], speed["height"], speed["repeats"]) == (640, 480, 2)
    for threads in ("1", "2"):
        said = speed["threads"][threads]
        assert {"detect", "cut", "classify", "track", "draw"} <= set(said["stages"])
        assert list(said["batches"]) == ["1", "2", "4", "8", "16", "32"]
        times = [*said["stages"].values(), *said["batches"].values()]
        assert all(0 < took["p50"] <= took["p95"] for took in times)


def test_a_recording_is_gone_through_both_ways(made):
    record = json.loads((made[0] / "scorecard.json").read_text())
    told = record["parts"]["speed"]["recording_fps"]
    assert list(told) == ["one by one", "watched"]
    assert min(told.values()) > 0
    assert f"{told['watched']:.0f} frames a second" in (made[0] / "scorecard.md").read_text()


def test_bars_are_printed_beside_what_was_measured(made):
    folder, shown = made
    record = json.loads((folder / "scorecard.json").read_text())
    for bar in record["bars"]:
        if bar["name"].startswith(("import", "peak", "install")):
            assert (bar["value"], bar["met"]) == (None, None)
        else:
            assert bar["met"] is not None
    assert shown.count("not measured") == 3
    recall = record["parts"]["photographs"]["rows"][0]["mean_recall"]
    assert f"{recall:.4f}" in shown


def test_the_photographs_are_turned_by_the_own_detector_alone(made):
    rows = json.loads((made[0] / "scorecard.json").read_text())["parts"]["photographs"]["rows"]
    assert rows[0]["detector"] == "mien"
    assert [row["detector"] for row in rows if row["turned_deg"]] == ["mien", "mien"]
    assert {row["photos"] for row in rows} == {5}


def test_what_is_left_out_or_has_no_data_says_so_and_its_old_pictures_go(made, inputs, tmp_path):
    (tmp_path / "scorecard").mkdir()
    for name in (*FIGURES, "of somebody else"):
        (tmp_path / "scorecard" / f"{name}.png").write_bytes(b"old")
    answer = run("--photos", inputs / "photos", "--only", "photographs", "--only", "accuracy", "-o", tmp_path)
    assert answer.exit_code == 0, answer.output
    parts = json.loads((tmp_path / "scorecard.json").read_text())["parts"]
    assert parts["accuracy"] == {"not_measured": "no pictures of FER2013 named"}
    assert parts["speed"] == {"not_measured": "left out"}
    assert parts["photographs"]["rows"]
    left = {path.stem for path in (tmp_path / "scorecard").iterdir()}
    assert left == {"photographs", "of somebody else"}
    text = (tmp_path / "scorecard.md").read_text()
    assert "Not measured: no pictures of FER2013 named." in text


def test_keep_leaves_other_parts_as_they_were(made, tmp_path):
    old = json.loads((made[0] / "scorecard.json").read_text())
    (tmp_path / "scorecard.json").write_text(json.dumps(old))
    answer = run("--only", "speed", "--keep", "--repeats", 3, "-o", tmp_path)
    assert answer.exit_code == 0, answer.output
    new = json.loads((tmp_path / "scorecard.json").read_text())
    assert new["parts"]["speed"]["repeats"] == 3
    assert {**new["parts"], "speed": 0} == {**old["parts"], "speed": 0}


def test_a_card_of_another_model_is_not_kept(made, tmp_path, monkeypatch):
    old = json.loads((made[0] / "scorecard.json").read_text())
    old["models"]["emotion"]["sha256"] = "0" * 64
    (tmp_path / "scorecard.json").write_text(json.dumps(old))
    before = (tmp_path / "scorecard.json").read_bytes()
    monkeypatch.setattr(planning, "measure_speed", lambda *_: pytest.fail("measured for nothing"))
    answer = run("--only", "speed", "--keep", "-o", tmp_path)
    assert "was made for another emotion model, SHA-256 000000000000…" in str(answer.exception)
    assert (tmp_path / "scorecard.json").read_bytes() == before


def test_rewriting_measures_nothing_and_changes_nothing(made, tmp_path):
    for name in ("scorecard.json", "scorecard.md"):
        (tmp_path / name).write_bytes((made[0] / name).read_bytes())
    (tmp_path / "scorecard.md").write_text("lost")
    assert run("--rewrite", "-o", tmp_path).exit_code == 0
    for name in ("scorecard.json", "scorecard.md"):
        assert (tmp_path / name).read_bytes() == (made[0] / name).read_bytes()
    assert {path.stem for path in (tmp_path / "scorecard").iterdir()} == set(FIGURES)


def test_ctrl_c_leaves_the_card_of_before(made, tmp_path, monkeypatch):
    (tmp_path / "scorecard.json").write_bytes((made[0] / "scorecard.json").read_bytes())

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(planning, "measure_footprint", interrupted)
    answer = run("--only", "speed", "--only", "footprint", "--repeats", 2, "-o", tmp_path)
    assert answer.exit_code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["scorecard.json"]
    assert (tmp_path / "scorecard.json").read_bytes() == (made[0] / "scorecard.json").read_bytes()


def test_without_votes_there_is_a_label_head_alone(tmp_path):
    write_table(drawn_table(10, "PublicTest", votes=False), tmp_path / "faces.parquet")
    answer = run(
        *("--data", tmp_path / "faces.parquet", "--only", "accuracy", "--only", "corruptions", "-o", tmp_path)
    )
    assert answer.exit_code == 0, answer.output
    text = (tmp_path / "scorecard.md").read_text()
    assert "|  | label head, official | label head, leak-free |\n" in text
    assert "|  | label head | lost |\n" in text
    assert "not measured: no votes named" in text
    assert not (tmp_path / "scorecard" / "coverage.png").exists()


BAD = {
    "no such picture file": (["--data", "none.parquet"], "none.parquet: no such file"),
    "no such part": (["--only", "beauty"], "part 'beauty': expected one of accuracy, corruptions"),
    "no labels": (["--photos", "."], "labels.csv: no such file: expected a CSV file"),
    "no card to keep": (["--keep"], "scorecard.json: no such file: expected a card"),
    "nothing to rewrite": (["--rewrite"], "scorecard.json: no such file: expected a card"),
    "rewrite and only": (
        ["--rewrite", "--only", "speed", "--keep"],
        "--rewrite measures nothing: expected it without --only, --keep",
    ),
    **{
        f"rewrite and {option}": (
            ["--rewrite", option, value],
            f"--rewrite measures nothing: expected it without {option}",
        )
        for option, value in {
            "--data": "faces.parquet",
            "--votes": "votes.csv",
            "--split": "PublicTest",
            "--photos": "photos",
            "--photo-labels": "labels.csv",
            "--yunet": "yunet.onnx",
            "--model": "emotion.onnx",
            "--repeats": "9",
        }.items()
    },
    "no such model": (["--model", "none.onnx"], "model none.onnx: cannot be read"),
    "no such readme": (
        ["--only", "speed", "--repeats", "2", "--readme", "none.md"],
        "none.md: cannot be read",
    ),
}


@pytest.mark.parametrize(("options", "told"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_leaves_nothing(options, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["mien", "scorecard", "-o", "card", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert (ended.value.code, told in line) == (2, True), line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,emotion\na.png,bored\n", "row 2: 'a.png,bored': expected a file and one of angry"),
        ("file,emotion\n,happy\n", "row 2: ',happy': expected a file"),
        ("file,emotion\n", "no photograph in there"),
        ("name,emotion\na.png,happy\n", "no column file"),
        ("file,emotion\na.png,happy\n", "a.png: no such file"),
    ],
)
def test_bad_labels_name_their_row(text, told, tmp_path):
    (tmp_path / "labels.csv").write_text(text)
    answer = run("--photos", tmp_path, "--only", "photographs", "-o", tmp_path / "card")
    assert told in str(answer.exception)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON"),
        ("[]", "form is None: expected a card of form 1"),
        ('{"form": 2}', "form is 2"),
        ('{"form": 1, "models": {}, "parts": {}}', "no whole card"),
    ],
)
def test_what_is_no_card_is_said_to_be_none(text, told, tmp_path):
    (tmp_path / "scorecard.json").write_text(text)
    assert told in str(run("--rewrite", "-o", tmp_path).exception)


def test_a_card_is_read_as_it_was_written(made):
    card = read_card(made[0] / "scorecard.json")
    assert Card.from_record(card.as_record()) == card
    assert card.missing == {Part.FOOTPRINT: "left out"}


def test_confusions_of_both_protocols_and_heads_count_every_picture(made):
    scores = read_card(made[0] / "scorecard.json").found[Part.ACCURACY]["protocols"]["official"]
    for head in ("label", "crowd"):
        assert np.sum(scores[head]["confusion"]) == scores[head]["n"] == 30


@pytest.mark.parametrize(("share", "busy"), [(0.31, True), (0.97, False)])
def test_times_of_a_busy_machine_are_told_to_be_such(made, tmp_path, share, busy):
    record = json.loads((made[0] / "scorecard.json").read_text())
    record["parts"]["speed"]["threads"]["1"]["core_share"] = share
    (tmp_path / "scorecard.json").write_text(json.dumps(record))
    answer = run("--rewrite", "-o", tmp_path)
    assert ("mien: speed was measured on a busy machine: a single thread had 31%" in answer.stderr) is busy
    assert (
        "**These times were measured on a busy machine" in (tmp_path / "scorecard.md").read_text()
    ) is busy
