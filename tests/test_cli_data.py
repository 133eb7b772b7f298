from __future__ import annotations

import csv

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mien.cli.data import data_app
from mien.errors import DataError, OptionError, SinkError
from mien.train.table import build_table, read_table, write_table

PICTURES = np.random.default_rng(8).integers(0, 256, (6, 48, 48), dtype=np.uint8)
LABELS = ((0, "Training"), (3, "Training"), (2, "Training"), (3, "Training"), (4, "PublicTest"))


def run(*arguments: object):
    return CliRunner().invoke(data_app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


@pytest.fixture
def kaggle(tmp_path):
    """Five pictures in Kaggle's form, the fourth a repeat of the second, with FER+ votes for the first."""
    shown = (0, 1, 2, 1, 4)
    lines = [
        f"{code},{' '.join(map(str, PICTURES[picture].ravel()))},{usage}"
        for picture, (code, usage) in zip(shown, LABELS, strict=True)
    ]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    (tmp_path / "votes.csv").write_text(f"{header}\nTraining,fer0000000.png,1,0,0,0,9,0,0,0,0,0\n")
    return tmp_path


def test_import_then_clean_then_show(kaggle):
    out, clean = kaggle / "fer2013.parquet", kaggle / "clean.parquet"
    imported = run("import", kaggle / "fer2013.csv", "--votes", kaggle / "votes.csv", "-o", out)
    assert imported.exit_code == 0, imported.output
    assert "Votes joined by name for 1 of 5 pictures." in imported.stdout
    assert len(read_table(out)) == 5

    cleaned = run("clean", out, "-o", clean, "--protocol", "leak-free")
    assert cleaned.exit_code == 0, cleaned.output
    assert read_table(clean).ids.tolist() == ["fer0000000", "fer0000001", "fer0000004"]
    with (kaggle / "clean.dropped.csv").open(newline="") as file:
        assert [(line["id"], line["reason"]) for line in csv.DictReader(file)] == [
            ("fer0000002", "class"),
            ("fer0000003", "repeat"),
        ]
    assert cv2.imread(str(kaggle / "clean.dropped.png")) is not None

    shown = run("show", clean)
    assert "happy" in shown.stdout
    assert "fear" not in shown.stdout


def test_official_is_what_clean_does_unless_told(kaggle):
    run("import", kaggle / "fer2013.csv", "-o", kaggle / "a.parquet")
    sheet, dropped = kaggle / "look.png", kaggle / "why.csv"
    cleaned = run(
        "clean", kaggle / "a.parquet", "-o", kaggle / "b.parquet", "--sheet", sheet, "--dropped", dropped
    )
    assert cleaned.exit_code == 0, cleaned.output
    assert len(read_table(kaggle / "b.parquet")) == 4
    assert sheet.exists()
    assert dropped.exists()


def test_cleaning_twice_gives_the_same_files(kaggle):
    run("import", kaggle / "fer2013.csv", "-o", kaggle / "a.parquet")
    written = []
    for name in ("one", "two"):
        run("clean", kaggle / "a.parquet", "-o", kaggle / f"{name}.parquet", "--protocol", "leak-free")
        written.append([(kaggle / f"{name}{end}").read_bytes() for end in (".parquet", ".dropped.csv")])
    assert written[0] == written[1]


def test_a_bad_row_ends_the_import_and_leaves_no_file(kaggle):
    with (kaggle / "fer2013.csv").open("a") as file:
        file.write("3,1 2 3,Training\n")
    result = run("import", kaggle / "fer2013.csv", "-o", kaggle / "out.parquet")
    assert isinstance(result.exception, DataError)
    assert "row 5: 3 pixels: expected 2304" in str(result.exception)
    assert sorted(path.name for path in kaggle.iterdir()) == ["fer2013.csv", "votes.csv"]


def test_an_output_that_cannot_be_written_is_named_before_the_work(kaggle):
    imported = run("import", kaggle / "nothing.csv", "-o", kaggle)
    assert isinstance(imported.exception, SinkError)
    assert "it is a folder" in str(imported.exception)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("import kaggle.csv -o kaggle.csv", "kaggle.csv is read by this command"),
        ("import kaggle.csv --votes votes.csv -o votes.csv", "votes.csv is read by this command"),
        ("clean a.parquet -o a.parquet", "a.parquet is read by this command"),
        ("clean a.parquet -o c.parquet --sheet a.parquet", "a.parquet is read by this command"),
        ("clean a.parquet -o c.parquet --dropped ./c.parquet", "c.parquet would be written twice"),
        ("clean a.parquet -o c.parquet --sheet c.dropped.csv", "c.dropped.csv would be written twice"),
        ("clean a.parquet -o .", "cannot write .: it is a folder"),
        ("clean a.parquet -o c.parquet --sheet .", "cannot write .: it is a folder"),
        ("fingerprint a.parquet -o a.parquet", "a.parquet is read by this command"),
        ("fingerprint a.parquet -o b.npz --check b.npz", "b.npz is read by this command"),
    ],
)
def test_no_output_lies_over_an_input_or_another(tmp_path, monkeypatch, command, told):
    monkeypatch.chdir(tmp_path)
    for name in ("kaggle.csv", "votes.csv", "a.parquet", "b.npz"):
        (tmp_path / name).write_text(name)
    result = run(*command.split())
    assert isinstance(result.exception, (OptionError, SinkError))
    assert told in str(result.exception)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        name: name for name in ("kaggle.csv", "votes.csv", "a.parquet", "b.npz")
    }


def test_skip_bad_counts_and_names_what_it_leaves_out(kaggle):
    with (kaggle / "fer2013.csv").open("a") as file:
        file.write("3,1 2 3,Training\n" * 7)
    result = run("import", kaggle / "fer2013.csv", "-o", kaggle / "out.parquet", "--skip-bad")
    assert result.exit_code == 0, result.output
    assert len(read_table(kaggle / "out.parquet")) == 5
    assert "7 bad rows or files left out:" in result.stderr
    assert "row 5: 3 pixels" in result.stderr
    assert "and 2 more" in result.stderr


def test_pictures_from_folders_are_said_to_get_no_votes(kaggle):
    folder = kaggle / "train" / "happy"
    folder.mkdir(parents=True)
    (folder / "Training_10118481.png").write_bytes(cv2.imencode(".png", PICTURES[0])[1].tobytes())
    result = run("import", kaggle, "--votes", kaggle / "votes.csv", "-o", kaggle / "out.parquet")
    assert result.exit_code == 0, result.output
    assert "for 0 of 1 pictures" in result.stdout
    assert "such pictures get no votes" in result.stdout
    assert read_table(kaggle / "out.parquet").votes is None


def test_fingerprint_writes_the_training_split_and_measures_itself(tmp_path):
    training = build_table([f"a{n}" for n in range(5)], ["Training"] * 5, [3] * 5, list(PICTURES[:5]))
    test = build_table(["b", "c"], ["PublicTest"] * 2, [3] * 2, list(PICTURES[4:6]))
    write_table(training, tmp_path / "training.parquet")
    write_table(test, tmp_path / "test.parquet")
    out = tmp_path / "known.npz"
    result = run(
        "fingerprint", tmp_path / "training.parquet", "-o", out, "--check", tmp_path / "test.parquet"
    )
    assert result.exit_code == 0, result.output
    assert "5 fingerprints" in result.stdout
    assert "1 of 2" in result.stdout
    assert out.exists()


def test_no_fingerprints_are_written_beside_a_split_that_cannot_be_read(tmp_path):
    training = build_table([f"a{n}" for n in range(5)], ["Training"] * 5, [3] * 5, list(PICTURES[:5]))
    write_table(training, tmp_path / "training.parquet")
    (tmp_path / "test.parquet").write_bytes(b"no Parquet")
    out = tmp_path / "known.npz"
    result = run(
        "fingerprint", tmp_path / "training.parquet", "-o", out, "--check", tmp_path / "test.parquet"
    )
    assert isinstance(result.exception, DataError)
    assert "test.parquet: cannot be read as Parquet" in str(result.exception)
    assert not out.exists()


@pytest.mark.parametrize("command", ["import", "clean", "show", "fingerprint"])
def test_help_gives_an_example(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"mien data {command}" in result.stdout


def test_show_says_how_far_the_voters_agree_with_the_labels(tmp_path):
    happy, sad = [0, 9, 0, 0, 1, 0, 0, 0, 0, 0], [2, 0, 0, 8, 0, 0, 0, 0, 0, 0]
    fear_is_not_counted = [0, 0, 0, 0, 0, 0, 9, 0, 0, 0]
    votes = [happy, sad, sad, sad, fear_is_not_counted]
    table = build_table(
        [f"p{n}" for n in range(5)], ["Training"] * 5, [3, 3, 4, 4, 2], list(PICTURES[:5]), votes
    )
    write_table(table, tmp_path / "five.parquet")
    assert "label on 75.0% of 4 pictures" in run("show", tmp_path / "five.parquet").output
