"""The exported file: run, calibrated, described, and never worse than the one it replaces."""

import json
from dataclasses import replace

import numpy as np
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")

from conftest import FIVE_CODES, drawn_table  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from mien.classifier import INPUT, OUTPUTS, EmotionClassifier  # noqa: E402
from mien.cli import app  # noqa: E402
from mien.errors import ModelError  # noqa: E402
from mien.files import file_sha256  # noqa: E402
from mien.train import export as exporting  # noqa: E402
from mien.train.calibrate import fit_temperature  # noqa: E402
from mien.train.evaluate import load_split  # noqa: E402
from mien.train.net_reader import NetReader  # noqa: E402

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


def test_torch_and_onnx_runtime_agree(tiny_run, tiny_model):
    images = drawn_table(11, "PublicTest", seed=9).images
    ours = EmotionClassifier(tiny_model)
    temperatures = ours.spec.temperatures
    theirs = NetReader(exporting.load_net(tiny_run.checkpoint), temperatures).read(images)
    mine = ours.read(images)
    for name in ("label", "crowd", "cam"):
        assert getattr(mine, name) == pytest.approx(getattr(theirs, name), abs=1e-4)


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


def test_a_better_model_is_not_written_over_without_force(tiny_run, tiny_model, tmp_path):
    target = tmp_path / "emotion.onnx"
    target.write_bytes(tiny_model.read_bytes())
    validation = load_split(tiny_run.data, usage="PublicTest")
    right = NetReader.open(tiny_run.checkpoint).read(validation.images).label.argmax(axis=1)
    # Labels that the network never gives: on them it scores nothing.
    wrong = replace(validation, codes=np.asarray(FIVE_CODES, np.int8)[(right + 1) % 5], votes=None)
    with pytest.raises(ModelError, match=r"holds a better model \(label 0\.0000 against 0\.\d+\)"):
        exporting.export(tiny_run.checkpoint, wrong, target)
    assert target.read_bytes() == tiny_model.read_bytes()
    exporting.export(tiny_run.checkpoint, wrong, target, force=True)
    assert EmotionClassifier(target).spec.scores["label"]["accuracy"] == 0.0


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
    from mien.train.table import encode_picture

    picture.write_bytes(encode_picture(drawn_table(1, "PublicTest").images[0]))
    answer = CliRunner().invoke(app, ["predict", "--crops", str(picture), "--json", "--model", str(model)])
    assert answer.exit_code == 0, answer.output
    (face,) = json.loads(answer.stdout)["faces"]
    assert sum(face["probs"].values()) == pytest.approx(1.0, abs=1e-3)
