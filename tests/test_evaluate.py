"""What is counted, on which pictures, under which protocol."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import drawn_table, joined
from typer.testing import CliRunner

from mien.classifier import SHIPPED_MODEL, Reading
from mien.cli import app
from mien.data_protocol import DataProtocol
from mien.errors import DataError, MienError, OptionError
from mien.train import evaluate as scoring
from mien.train.table import VOTE_COLUMNS, write_table


class Oracle:
    """Knows the label of each picture by its corner pixel."""

    input_px = 48

    def __init__(self, serve="crowd"):
        self.batches = []
        self.serve = serve

    def read(self, crops):
        self.batches.append(len(crops))
        rows = np.eye(5, dtype=np.float32)[crops[:, 0, 0]]
        return Reading(rows, rows[:, ::-1].copy(), np.zeros((len(crops), 5, 1, 1), np.float32))


def marked(table):
    """Each picture's corner tells its label."""
    images = table.images.copy()
    images[:, 0, 0] = np.maximum(table.labels(), 0)
    return replace(table, images=images)


def test_a_crowd_head_that_never_learned_from_votes_is_not_scored():
    table = marked(drawn_table(20, "PublicTest"))
    assert scoring.evaluate(Oracle("crowd"), table).crowd is not None
    assert scoring.evaluate(Oracle("label"), table).crowd is None


def test_the_last_partial_batch_counts():
    oracle, table = Oracle(), marked(drawn_table(301, "PublicTest"))
    result = scoring.evaluate(oracle, table)
    assert oracle.batches == [128, 128, 45]
    assert (result.label.n, result.label.accuracy) == (301, 1.0)


def test_fear_and_disgust_do_not_count():
    table = marked(drawn_table(20, "PublicTest"))
    codes = table.codes.copy()
    codes[:4] = (1, 2, 1, 2)
    assert scoring.evaluate(Oracle(), replace(table, codes=codes)).label.n == 16


def test_the_crowd_head_counts_only_where_five_voters_agree_on_one_of_the_five():
    table = marked(drawn_table(10, "PublicTest"))
    votes = np.zeros((10, 10), np.uint8)
    votes[0, 1], votes[0, 8] = 5, 5  # happiness 5 of 10: counts
    votes[1, 1], votes[1, 0] = 4, 4  # no five for one: does not
    votes[2, 6] = 9  # fear: does not
    result = scoring.evaluate(Oracle(), replace(table, votes=votes))
    assert result.crowd.n == 1
    assert result.crowd.per_class["happy"].n == 1


def test_without_votes_there_is_no_crowd_score():
    result = scoring.evaluate(Oracle(), marked(drawn_table(10, "PublicTest", votes=False)))
    assert result.crowd is None
    assert result.as_record()["crowd"] is None


def test_votes_for_other_pictures_are_refused_rather_than_none_counted(tmp_path):
    data, votes = tmp_path / "faces.parquet", tmp_path / "votes.csv"
    write_table(drawn_table(3, "PublicTest"), data)
    names = ",".join(VOTE_COLUMNS)
    votes.write_text(f"Usage,Image name,{names}\nPublicTest,fer9999999.png,{','.join('1' * 10)}\n")
    with pytest.raises(DataError, match=r"votes\.csv: votes for no picture in .*faces\.parquet: expected"):
        scoring.load_split(data, votes)


def test_the_leak_free_protocol_leaves_out_what_training_holds(monkeypatch):
    table = marked(drawn_table(10, "PublicTest"))
    monkeypatch.setattr(scoring, "comes_again", lambda images: np.arange(len(images)) < 3)
    result = scoring.evaluate(Oracle(), table, DataProtocol.LEAK_FREE)
    assert (result.label.n, result.left_out) == (7, 3)
    assert scoring.evaluate(Oracle(), table).label.n == 10


def test_a_file_of_several_splits_wants_one_named(tmp_path):
    path = tmp_path / "both.parquet"
    write_table(joined(drawn_table(5, "Training"), drawn_table(10, "PublicTest")), path)
    with pytest.raises(DataError, match="holds PublicTest, Training: expected one of them by --split"):
        scoring.load_split(path)
    assert len(scoring.load_split(path, usage="PublicTest")) == 10
    with pytest.raises(DataError, match="holds no picture of PrivateTest"):
        scoring.load_split(path, usage="PrivateTest")


@pytest.mark.train
def test_a_checkpoint_and_its_onnx_file_score_alike(tiny_run, tiny_model, tmp_path):
    """Temperatures change no ranking, so with no prior taken out both must agree on every count."""
    confusions = []
    for number, model in enumerate((tiny_run.checkpoint, tiny_model)):
        out = tmp_path / f"{number}.json"
        said = ["evaluate", "--data", str(tiny_run.data), "--split", "PublicTest", "--json", str(out)]
        said += ["--prior-share", "0"]
        answer = CliRunner().invoke(
            app, [*said, "--model", str(model), "--corruptions", "--figures", str(tmp_path / "figures")]
        )
        assert answer.exit_code == 0, answer.output
        record = json.loads(out.read_text())
        confusions.append((record["label"]["confusion"], record["crowd"]["confusion"], record["corruptions"]))
        assert {"accuracy", "macro_f1", "n", "interval95", "per_class", "ece"} <= set(record["label"])
        assert record["label"]["n"] == 23
    assert confusions[0] == confusions[1]
    for name in ("confusion-label", "confusion-crowd", "corruptions"):
        assert (tmp_path / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def run_shipped(tmp_path, *options, votes=True):
    """`mien evaluate` with the shipped model; its record and what it printed."""
    if not SHIPPED_MODEL.is_file():
        pytest.skip("this checkout has no model yet")
    write_table(drawn_table(10, "PublicTest", votes=votes), tmp_path / "faces.parquet")
    said = ["evaluate", "--data", str(tmp_path / "faces.parquet"), "--json", str(tmp_path / "out.json")]
    answer = CliRunner().invoke(app, [*said, *options], env={"COLUMNS": "80"})
    assert answer.exit_code == 0, answer.output
    return json.loads((tmp_path / "out.json").read_text()), answer.stdout


def test_corruptions_are_a_second_table_of_80_columns(tmp_path):
    record, shown = run_shipped(tmp_path, "--corruptions")
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(record["corruptions"]) == 10
    for row in record["corruptions"]:
        (line,) = (line for line in lines if row["name"] in line)
        cells = [cell.strip() for cell in line.strip("│").split("│")]
        verdict = {True: "met", False: "not met", None: ""}[row["meets_bar"]]
        crowd, label = row["crowd"], row["label"]
        assert cells[1:5] == [
            f"{crowd['accuracy']:.2%}",
            f"{crowd['loss_points']:.2f}",
            f"{crowd['worst_points']:.2f}",
            verdict,
        ]
        assert cells[5:] == [f"{label['accuracy']:.2%}", f"{label['loss_points']:.2f}"]


def test_corruptions_without_votes_tell_of_the_label_head_alone(tmp_path):
    record, shown = run_shipped(tmp_path, "--corruptions", votes=False)
    assert {(row["crowd"], row["meets_bar"]) for row in record["corruptions"]} == {(None, None)}
    assert "crowd" not in shown
    assert "worst" not in shown


@pytest.mark.train
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["evaluate", "--json", "faces.parquet"], "faces.parquet is read by this command"),
        (["evaluate", "--json", "votes.csv", "--votes", "votes.csv"], "votes.csv is read by this command"),
        (["evaluate", "--json", "."], "it is a folder, expected a file name"),
        (["evaluate", "--figures", "votes.csv"], "cannot write votes.csv"),
        (["export", "votes.csv", "-o", "votes.csv"], "votes.csv is read by this command"),
        (["export", "votes.csv", "-o", "."], "it is a folder, expected a file name"),
    ],
)
def test_an_output_that_cannot_be_is_named_before_anything_is_read(tmp_path, monkeypatch, options, told):
    monkeypatch.chdir(tmp_path)
    for name in ("faces.parquet", "votes.csv"):
        (tmp_path / name).write_text("before")
    answer = CliRunner().invoke(app, [*options, "--data", "faces.parquet"])
    assert isinstance(answer.exception, MienError)
    assert told in str(answer.exception)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"before"}


def test_corruptions_are_measured_only_if_asked_for(tmp_path):
    record, shown = run_shipped(tmp_path)
    assert "corruptions" not in record
    assert "Corrupted" not in shown


@pytest.mark.train
def test_the_rule_in_use_is_stated_and_what_it_serves_is_scored(tiny_run, tiny_model, tmp_path):
    said = ["evaluate", "--data", str(tiny_run.data), "--split", "PublicTest", "--model", str(tiny_model)]
    records = {}
    for share in ("0", "1"):
        out = tmp_path / f"{share}.json"
        answer = CliRunner().invoke(app, [*said, "--prior-share", share, "--json", str(out)])
        told = f"share of the prior taken out: label head {share}.00, crowd head {share}.00"
        assert told in answer.stdout, answer.output
        records[share] = json.loads(out.read_text())
        assert records[share]["rules"]["crowd"]["share"] == float(share)
        assert sum(records[share]["rules"]["crowd"]["prior"]) == pytest.approx(1.0)
    assert records["0"]["crowd"]["ece"] != records["1"]["crowd"]["ece"]


@pytest.mark.train
def test_a_checkpoint_knows_no_prior_that_could_be_taken_out(tiny_run):
    with pytest.raises(OptionError, match=r"prior_share is 0\.5: the model states no class prior"):
        scoring.open_reader(tiny_run.checkpoint, prior_share=0.5)
