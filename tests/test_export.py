"""The exported file: run, calibrated, described, and never worse than the one it replaces."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from conftest import FIVE_CODES, VOTE_COLUMN, drawn_table  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from mien.classifier import INPUT, OUTPUTS, EmotionClassifier  # noqa: E402
from mien.cli import app, main  # noqa: E402
from mien.errors import ModelError  # noqa: E402
from mien.files import file_sha256  # noqa: E402
from mien.train import export as exporting  # noqa: E402
from mien.train.calibrate import fit_temperature  # noqa: E402
from mien.train.evaluate import load_split  # noqa: E402
from mien.train.model import as_floats  # noqa: E402
from mien.train.net_reader import NetReader  # noqa: E402
from mien.train.table import encode_picture, write_table  # noqa: E402

pytestmark = pytest.mark.train


def test_the_graph_has_named_inputs_and_outputs_for_any_batch(tiny_model):
    session = ort.InferenceSession(tiny_model.read_bytes(), providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    assert (taken.name, taken.type, taken.shape[1:]) == (INPUT, "tensor(uint8)", [48, 48])
    assert [given.name for given in session.get_outputs()] == list(OUTPUTS)
    for count in (1, 2, 5, 9):
        label, crowd, cam = session.run(list(OUTPUTS), {INPUT: np.zeros((count, 48, 48), np.uint8)})
        assert label.shape == crowd.shape == (count, 5)
        assert cam.shape[:2] == (count, 5)


def test_the_file_says_nothing_of_the_machine_that_exported_it(tiny_model):
    graph = onnx.load(tiny_model).graph
    for part in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        assert not part.metadata_props and not part.doc_string
    assert str(Path(exporting.__file__).parent).encode() not in tiny_model.read_bytes()


def test_torch_and_onnx_runtime_agree(tiny_run, tiny_model):
    images = drawn_table(11, "PublicTest", seed=9).images
    ours = EmotionClassifier(tiny_model)
    loaded = exporting.load_net(tiny_run.checkpoint)
    theirs = NetReader(loaded, ours.spec.temperatures, ours.rules).read(images)
    mine = ours.read(images)
    for name in ("label", "crowd", "cam"):
        assert getattr(mine, name) == pytest.approx(getattr(theirs, name), abs=1e-4)


def test_the_mean_of_what_explains_is_the_logit_of_the_served_head_less_its_bias(tiny_run, tiny_model):
    images = drawn_table(6, "PublicTest", seed=4).images
    classifier = EmotionClassifier(tiny_model)
    net = exporting.load_net(tiny_run.checkpoint).net
    assert classifier.spec.serve == "crowd"
    with torch.inference_mode():
        logits = net(as_floats(torch.from_numpy(images))).crowd.numpy()
    bias = net.crowd.bias.detach().numpy()
    assert np.abs(bias).max() > 0
    assert classifier.explain(images).mean(axis=(2, 3)) + bias == pytest.approx(logits, abs=1e-4)


def test_a_map_that_is_off_is_refused_like_a_probability(tiny_run, tiny_model, monkeypatch):
    spec = EmotionClassifier(tiny_model).spec
    reader = NetReader(exporting.load_net(tiny_run.checkpoint), spec.temperatures)
    read = reader.read
    monkeypatch.setattr(reader, "read", lambda crops: replace(read(crops), cam=read(crops).cam + 2e-4))
    images = drawn_table(5, "PublicTest").images
    with pytest.raises(ModelError, match=r"differ by 2\.0e-04: expected less than 1e-04"):
        exporting.check_agreement(reader, tiny_model.read_bytes(), images)


def test_a_graph_that_computes_something_else_is_refused(tiny_run, tiny_model):
    other = NetReader(exporting.load_net(tiny_run.checkpoint), {"label": 5.0, "crowd": 0.1})
    images = drawn_table(5, "PublicTest").images
    with pytest.raises(ModelError, match=r"differ by .* expected less than 1e-04"):
        exporting.check_agreement(other, tiny_model.read_bytes(), images)


def test_the_file_says_where_it_comes_from_and_what_it_scored(tiny_run, tiny_model):
    spec = EmotionClassifier(tiny_model).spec
    assert spec.weights_sha256 == file_sha256(tiny_run.checkpoint)
    assert spec.scores["label"]["n"] == 23
    assert spec.training["recipe"]["batch_size"] == 8
    assert set(spec.temperatures) == {"label", "crowd"}


def test_the_file_brings_the_rule_that_validation_chose(tiny_run, tmp_path):
    validation = load_split(tiny_run.data, usage="PublicTest")
    done = exporting.export(tiny_run.checkpoint, validation, tmp_path / "emotion.onnx")
    spec = EmotionClassifier(done.path).spec
    assert spec.rules == {head: choice.rule for head, choice in done.choices.items()}
    for head, scores in spec.scores.items():
        chosen, plain = done.choices[head].chosen, done.choices[head].curve[0]
        assert (scores["accuracy"], scores["mean_recall"]) == (chosen.accuracy, chosen.mean_recall)
        assert scores["plain_accuracy"] == plain.accuracy


def test_the_prior_is_what_the_calibrated_head_gives_on_average(tiny_run, tiny_model):
    images = load_split(tiny_run.data, usage="PublicTest").images
    plain = EmotionClassifier(tiny_model, prior_share=0.0).read(images)
    for head, rule in EmotionClassifier(tiny_model).spec.rules.items():
        assert rule.prior == pytest.approx(getattr(plain, head).mean(axis=0), abs=1e-4)


def with_rule(monkeypatch, share):
    """Let validation choose this share."""
    honest = exporting.choose_rule

    def choose(probs, labels):
        choice = honest(probs, labels)
        return replace(choice, rule=choice.rule.with_share(share))

    monkeypatch.setattr(exporting, "choose_rule", choose)


def test_the_graph_stays_plain_whatever_the_rule(tiny_run, tmp_path, monkeypatch):
    with_rule(monkeypatch, 1.0)
    validation = load_split(tiny_run.data, usage="PublicTest")
    done = exporting.export(tiny_run.checkpoint, validation, tmp_path / "emotion.onnx")
    session = ort.InferenceSession(done.path.read_bytes(), providers=["CPUExecutionProvider"])
    (graph,) = session.run(["crowd_probs"], {INPUT: validation.images})
    served = EmotionClassifier(done.path)
    assert served.spec.rules["crowd"].share == 1.0
    assert served.classify(validation.images) == pytest.approx(served.rules["crowd"].apply(graph), abs=1e-6)
    assert np.abs(served.classify(validation.images) - graph).max() > 1e-3


@pytest.mark.parametrize(
    "there",
    [{"label": {"accuracy": 0.76, "n": 9}}, {"label": {"accuracy": 0.70, "plain_accuracy": 0.76, "n": 9}}],
)
def test_files_with_and_without_a_rule_are_compared_alike(there, tiny_model, monkeypatch):
    monkeypatch.setattr(
        exporting, "EmotionClassifier", lambda _: SimpleNamespace(spec=SimpleNamespace(scores=there))
    )
    exporting._refuse_worse({"label": {"accuracy": 0.7, "plain_accuracy": 0.77}}, tiny_model)
    with pytest.raises(ModelError, match=r"label 0\.7500 against 0\.7600"):
        exporting._refuse_worse({"label": {"accuracy": 0.8, "plain_accuracy": 0.75}}, tiny_model)


def all_voting(codes):
    """(N, 10) votes: all ten of each picture's voters for the class of this FER2013 code."""
    return np.stack([np.eye(10, dtype=np.uint8)[VOTE_COLUMN[code]] * 10 for code in codes])


def test_a_better_model_is_not_written_over_without_force(tiny_run, tiny_model, tmp_path):
    target = tmp_path / "emotion.onnx"
    target.write_bytes(tiny_model.read_bytes())
    validation = load_split(tiny_run.data, usage="PublicTest")
    said = NetReader.open(tiny_run.checkpoint).read(validation.images)
    # Labels and votes that the network never gives: on them it scores nothing.
    others = np.roll(FIVE_CODES, -1)
    label, crowd = (others[head.argmax(axis=1)] for head in (said.label, said.crowd))
    wrong = replace(validation, codes=label.astype(np.int8), votes=all_voting(crowd))
    told = r"holds a better model \(crowd 0\.0000 against 0\.\d+, label 0\.0000 against 0\.\d+\)"
    with pytest.raises(ModelError, match=told):
        exporting.export(tiny_run.checkpoint, wrong, target)
    assert target.read_bytes() == tiny_model.read_bytes()
    exporting.export(tiny_run.checkpoint, wrong, target, force=True)
    assert EmotionClassifier(target).spec.scores["label"]["plain_accuracy"] == 0.0


@pytest.mark.parametrize("votes", [None, np.full((23, 10), 1, np.uint8)], ids=["none", "no majority"])
def test_a_crowd_head_is_not_served_without_votes_to_calibrate_it_on(
    votes, tiny_run, tmp_path, monkeypatch, capsys
):
    data, output = tmp_path / "bare.parquet", tmp_path / "emotion.onnx"
    write_table(replace(load_split(tiny_run.data, usage="PublicTest"), votes=votes), data)
    asked = ["export", tiny_run.checkpoint, "--data", data, "-o", output]
    monkeypatch.setattr("sys.argv", ["mien", *map(str, asked)])
    with pytest.raises(SystemExit) as ended:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert f"{data}, PublicTest: no picture of the five classes has a majority of votes" in line
    assert "expected --votes" in line
    assert not output.exists()


def test_the_temperature_undoes_what_was_done_to_the_logits():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 5)) * 2
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.asarray([rng.choice(5, p=row) for row in true])
    sharp = np.exp(logits * 3) / np.exp(logits * 3).sum(axis=1, keepdims=True)
    assert fit_temperature(sharp.astype(np.float32), labels) == pytest.approx(3.0, rel=0.1)
    assert fit_temperature(sharp[:0].astype(np.float32), labels[:0]) == 1.0


def test_the_whole_way_by_commands(tiny_run, tmp_path):
    """train, export, predict: as a user types them."""
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text((tiny_run.folder / "settings.yaml").read_text())
    run, model = tmp_path / "run", tmp_path / "model.onnx"
    train = [
        "train",
        str(tiny_run.data),
        "-o",
        str(run),
        "--config",
        str(recipe),
        "--backbone-weights",
        "none",
    ]
    answer = CliRunner().invoke(app, [*train, "--epochs", "1", "--seed", "3"])
    assert answer.exit_code == 0, answer.output
    assert "best.ckpt, validation score 0." in answer.output.replace("\n", "")
    answer = CliRunner().invoke(
        app, ["export", str(run / "best.ckpt"), "--data", str(tiny_run.data), "-o", str(model)]
    )
    assert answer.exit_code == 0, answer.output
    picture = tmp_path / "face.png"
    picture.write_bytes(encode_picture(drawn_table(1, "PublicTest").images[0]))
    answer = CliRunner().invoke(app, ["predict", "--crops", str(picture), "--json", "--model", str(model)])
    assert answer.exit_code == 0, answer.output
    (face,) = json.loads(answer.stdout)["faces"]
    assert sum(face["probs"].values()) == pytest.approx(1.0, abs=1e-3)
