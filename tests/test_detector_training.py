"""The detector learns, is taken up again after a kill, becomes a file, and finds faces from it."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from conftest import drawn_table  # noqa: E402
from detector_faces import draw_faces, one_box, write_data_set  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from mien import boxes  # noqa: E402
from mien.cli import app  # noqa: E402
from mien.detector.decode import CHANNELS, cell_grid, decode  # noqa: E402
from mien.detector.face_spec import INPUT, OUTPUT, FaceModelSpec  # noqa: E402
from mien.detector.onnx_face import SHIPPED_FACE_MODEL, OnnxFaceDetector  # noqa: E402
from mien.errors import DataError, ModelError, OptionError  # noqa: E402
from mien.files import file_sha256  # noqa: E402
from mien.options import DetectorOptions, Framing  # noqa: E402
from mien.train.detector import export as exporting  # noqa: E402
from mien.train.detector import module, run  # noqa: E402
from mien.train.detector.batches import collate  # noqa: E402
from mien.train.detector.evaluate import Contender, evaluate  # noqa: E402
from mien.train.detector.fit import load_face_net  # noqa: E402
from mien.train.detector.labels import FaceLabels, read_labels  # noqa: E402
from mien.train.detector.losses import face_loss  # noqa: E402
from mien.train.detector.network import FaceNet, count_parameters  # noqa: E402
from mien.train.detector.settings import (  # noqa: E402
    FaceNetSettings,
    FaceTrainSettings,
    LossSettings,
    read_settings,
)
from mien.train.detector.sources import Sample  # noqa: E402
from mien.train.recipe import write_settings  # noqa: E402
from mien.train.table import write_table  # noqa: E402

pytestmark = pytest.mark.train

SMALL = FaceNetSettings(stem=8, second=8, widths=(24, 24, 24), depths=(1, 1, 1), neck=24)
TINY = FaceTrainSettings(
    network=SMALL, side_px=64, check_side_px=96, epochs=2, looks=1, batch_size=4, ema_decay=0.5
)


@dataclass(frozen=True)
class Run:
    """A finished run of two epochs and the file made of it."""

    data: Path
    folder: Path
    checkpoint: Path
    model: Path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("detector")
    data = write_data_set(folder / "faces", {"train": 8, "val": 4})
    report = run.execute(run.new_plan(data, folder / "run", TINY), folder / "run")
    exporting.export(report.checkpoint, read_labels(data, "val"), folder / "face.onnx")
    return Run(data, folder / "run", report.checkpoint, folder / "face.onnx")


def test_eight_drawn_faces_are_learnt_by_heart():
    """Assignment, losses and decoding agree: where the loss is small the faces are found."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    side, settings = 96, LossSettings()
    samples = []
    for share in np.linspace(0.15, 0.9, 8):
        corners = one_box(side, rng, (share, share))
        image, landmarks = draw_faces(side, side, [corners], rng)
        samples.append(Sample(image, FaceLabels.build([corners], landmarks)))
    batch, grid, net = collate(samples), torch.from_numpy(cell_grid(side, side)), FaceNet(SMALL).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-2, total_steps=80)
    totals = []
    for _ in range(80):
        loss = face_loss(net(batch.images), grid, batch.labels, settings).total(settings)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        totals.append(float(loss.detach()))
    assert totals[-1] < 0.35 * totals[0]
    with torch.inference_mode():
        raw = net(batch.images).numpy()
    for answer, sample in zip(raw, samples, strict=True):
        found = decode(answer, side, side, 0.3)
        assert len(found) >= 1
        true = sample.labels
        assert boxes.iou(tuple(found.boxes_xyxy[0]), tuple(true.boxes_xyxy[0])) > 0.6
        apart = np.linalg.norm(found.landmarks_xy[0] - true.landmarks_xy[0], axis=1).mean()
        assert apart < 0.15 * true.sizes_px()[0]


def test_the_network_is_small_and_answers_once_a_cell():
    net = FaceNet().eval()
    assert count_parameters(net) <= 150_000
    with torch.inference_mode():
        raw = net(torch.zeros((2, 3, 64, 96), dtype=torch.uint8))
    assert raw.shape == (2, len(cell_grid(96, 64)), CHANNELS)
    # Before training hardly a cell sees a face.
    assert raw[..., 0].sigmoid().mean() == pytest.approx(0.01, abs=0.01)


def test_no_depthwise_layer_has_a_stride():
    strided = [layer for layer in FaceNet().modules() if getattr(layer, "stride", 1) == (2, 2)]
    assert strided and all(layer.groups == 1 for layer in strided)


def test_cells_answer_for_where_they_are():
    """A change in the upper left corner reaches the first cells of each level first."""
    net = FaceNet(replace(SMALL, depths=(1, 1, 1))).eval()
    grey = torch.full((1, 3, 256, 512), 114, dtype=torch.uint8)
    spot = grey.clone()
    spot[..., 240:, 496:] = 255
    with torch.inference_mode():
        change = (net(spot) - net(grey)).abs().sum(dim=-1)[0]
    grid = torch.from_numpy(cell_grid(512, 256))
    for stride in (8, 16):
        level = grid[:, 2] == stride
        assert change[level].argmax() >= level.sum() * 0.75
        far = level & (grid[:, 0] < 100)
        assert change[far].max() < 1e-3 * change[level].max()


def test_a_run_leaves_a_best_model_a_log_and_learning_curves(tiny):
    assert tiny.checkpoint == tiny.folder / "best.ckpt"
    parts = (
        "settings.yaml",
        "run.json",
        "learning-curves.png",
        "fit/csv/version_0/metrics.csv",
        "fit/last.ckpt",
    )
    for part in parts:
        assert (tiny.folder / part).stat().st_size > 0, part
    assert load_face_net(tiny.checkpoint).settings == TINY


class Killed(Exception):
    """Stands for a kill in the middle of a run."""


def test_a_run_that_was_killed_goes_on_where_it_stood(tiny, tmp_path, monkeypatch):
    begun = []

    def begin(self):
        begun.append(self.current_epoch)
        if len(begun) == 2:
            raise Killed

    monkeypatch.setattr(module.FaceModule, "on_train_epoch_start", begin)
    plan = run.new_plan(tiny.data, tmp_path / "killed", TINY)
    with pytest.raises(Killed):
        run.execute(plan, tmp_path / "killed")
    assert not (tmp_path / "killed" / "best.ckpt").exists()
    report = run.execute(run.read_plan(tmp_path / "killed"), tmp_path / "killed")
    assert begun == [0, 1, 1]
    assert report.checkpoint.is_file() and report.curves.is_file()


def test_a_run_is_resumed_with_what_it_began_with_and_with_nothing_else(tiny, tmp_path):
    plan = run.read_plan(tiny.folder)
    plan.check_same(tiny.data, TINY)
    with pytest.raises(OptionError, match="the run began with"):
        plan.check_same(tmp_path, TINY)
    with pytest.raises(OptionError, match="another recipe"):
        plan.check_same(None, replace(TINY, seed=9))
    with pytest.raises(OptionError, match="holds a run already"):
        run.new_plan(tiny.data, tiny.folder, TINY)
    with pytest.raises(DataError, match="holds no run to resume"):
        run.read_plan(tmp_path)
    (tmp_path / "run").mkdir()
    for name in ("run.json", "settings.yaml"):
        shutil.copy(tiny.folder / name, tmp_path / "run")
    said = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**said, "labels_sha256": "0" * 64}))
    with pytest.raises(DataError, match="not the file that the run began with"):
        run.read_plan(tmp_path / "run")


@pytest.fixture
def with_files(tiny, tmp_path):
    """The folder of a run that was planned with close-ups and with a file to start from, both beside it."""
    for name in ("close_ups", "start_from"):
        (tmp_path / name).write_text(name)
    run.new_plan(tiny.data, tmp_path / "run", TINY, tmp_path / "close_ups", tmp_path / "start_from")
    return tmp_path / "run"


@pytest.mark.parametrize("name", ["close_ups", "start_from"])
@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("another")])
def test_a_run_whose_files_are_gone_or_changed_is_not_resumed(name, spoil, with_files):
    spoil(with_files.parent / name)
    with pytest.raises(DataError, match=f"{name}: is not the file that the run began with"):
        run.read_plan(with_files)


@pytest.mark.parametrize("name", ["close_ups", "start_from"])
def test_a_file_that_is_not_there_is_named_before_a_plan_is_written(name, tiny, tmp_path):
    with pytest.raises(DataError, match="missing: no such file: expected a"):
        run.new_plan(tiny.data, tmp_path / "run", TINY, **{name: tmp_path / "missing"})
    assert not (tmp_path / "run").exists()


def test_a_run_of_before_its_files_were_hashed_is_resumed(with_files):
    said = json.loads((with_files / "run.json").read_text())
    older = {key: value for key, value in said.items() if not key.startswith(("close_ups_", "start_from_"))}
    (with_files / "run.json").write_text(json.dumps({**older, "start_from": None}))
    (with_files.parent / "close_ups").write_text("another")
    plan = run.read_plan(with_files)
    assert (plan.close_ups.path, plan.start_from) == (with_files.parent / "close_ups", None)


@pytest.mark.parametrize("option", ["--close-ups", "--start-from"])
def test_a_run_is_resumed_with_the_files_it_began_with_and_with_no_others(option, with_files, monkeypatch):
    begun = with_files.parent / option[2:].replace("-", "_")
    report = run.RunReport(with_files / "best.ckpt", 0.5, with_files)
    monkeypatch.setattr(run, "execute", lambda *_: report)
    asked = ["train-detector", "--resume", "-o", str(with_files), option]
    assert CliRunner().invoke(app, [*asked, str(begun)]).exit_code == 0
    error = CliRunner().invoke(app, [*asked, str(with_files / "other")]).exception
    assert isinstance(error, OptionError)
    assert f"{option} {with_files / 'other'}: the run began with {begun}: expected the same" in str(error)


def test_the_exported_file_is_small_sealed_and_tells_what_it_is(tiny):
    detector = OnnxFaceDetector(tiny.model)
    assert detector.spec.weights_sha256 == file_sha256(tiny.checkpoint)
    assert detector.spec.training["recipe"]["side_px"] == 64
    assert detector.spec.scores["pictures"] == 4 and "over 32" in detector.spec.scores
    session = onnx.load(tiny.model).graph
    assert [part.name for part in (*session.input, *session.output)] == [INPUT, OUTPUT]
    assert "BatchNormalization" not in {node.op_type for node in session.node}
    spoilt = tiny.model.with_name("spoilt.onnx")
    spoilt.write_bytes(tiny.model.read_bytes()[:-1] + b"\0")
    with pytest.raises(ModelError):
        OnnxFaceDetector(spoilt)


def test_scores_in_use_are_those_at_the_files_own_threshold(tmp_path):
    """Of the shipped network on drawn faces, scored anew at two thresholds."""
    pictures = read_labels(write_data_set(tmp_path / "faces", {"val": 4}, side=192), "val")
    model = tmp_path / "face.onnx"
    said = []
    for min_score in (0.05, 0.99):
        spec = exporting.export(SHIPPED_FACE_MODEL, pictures, model, min_score=min_score, force=True).spec
        scored = evaluate(Contender.mien(model), pictures)
        assert scored.used_score == min_score == spec.min_score
        assert spec.scores == {"pictures": 4, **scored.as_record()["bands"]}
        said.append(spec.scores["all"])
    assert said[0]["used_recall"] + said[0]["used_false"] > 0
    assert said[1]["used_recall"] == said[1]["used_false"] == 0


def test_a_file_that_is_scored_anew_keeps_its_network(tiny, tmp_path):
    output = tmp_path / "again.onnx"
    again = exporting.export(tiny.model, read_labels(tiny.data, "val"), output, min_score=0.3).spec
    before = OnnxFaceDetector(tiny.model).spec
    assert again == replace(before, min_score=0.3, scores=again.scores)
    assert onnx.load(output).graph == onnx.load(tiny.model).graph


def test_a_network_of_full_size_is_a_file_of_at_most_700_kb():
    assert len(exporting.to_onnx(FaceNet()).SerializeToString()) <= 700_000


def test_a_graph_that_computes_something_else_is_refused(tiny):
    with pytest.raises(ModelError, match=r"differ by .* expected less than 1e-03"):
        exporting.check_agreement(FaceNet(SMALL), tiny.model.read_bytes())


def test_a_better_model_is_not_written_over(tiny, tmp_path, monkeypatch):
    output = tmp_path / "face.onnx"
    pictures = read_labels(tiny.data, "val")
    # Tracing the graph takes seconds, and it is the same each time.
    monkeypatch.setattr(exporting, "to_onnx", lambda net: onnx.load(tiny.model))
    exporting.export(tiny.checkpoint, pictures, output)
    precision = iter([0.4, 0.5])
    monkeypatch.setattr(exporting, "_precision", lambda spec: next(precision))
    with pytest.raises(ModelError, match="holds a better model"):
        exporting.export(tiny.checkpoint, pictures, output)
    exporting.export(tiny.checkpoint, pictures, output, force=True)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (33, 31), (480, 640), (1200, 900)])
def test_pictures_of_any_size_are_looked_at(tiny, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    detector = OnnxFaceDetector(tiny.model, DetectorOptions(min_score=0.01, min_face_px=8))
    for face in detector.detect(image):
        assert 0 <= face.score <= 1 and len(face.landmarks_xy) == 5
        x, y = boxes.centre(face.box_xyxy)
        assert 0 <= x < size[1] and 0 <= y < size[0]


@pytest.mark.parametrize(
    ("picture", "smallest", "sharp"),
    [
        ((360, 640), 24, (270, 480)),
        ((720, 1280), 20, (432, 768)),
        ((2160, 3840), 20, (540, 960)),
        ((2160, 3840), 96, (270, 480)),
        ((30, 20), 20, (30, 20)),
    ],
)
def test_the_smallest_wanted_face_is_large_enough_for_the_model_as_far_as_that_goes(
    tiny, picture, smallest, sharp
):
    seen = []
    detector = OnnxFaceDetector(tiny.model, DetectorOptions(min_face_px=smallest))
    read = detector.read
    detector.read = lambda image: seen.append(image.shape[:2]) or read(image)
    detector.detect(np.zeros((*picture, 3), np.uint8))
    assert seen[0] == sharp
    assert max(seen[1]) == 160


def test_the_runtime_and_torch_see_the_same_faces(tiny):
    image = cv2.imread(str(tiny.data / "images" / "val0.png"))
    net = load_face_net(tiny.checkpoint).net
    with torch.inference_mode():
        raw = net(torch.from_numpy(image.transpose(2, 0, 1)[None].copy())).numpy()[0]
    ours = OnnxFaceDetector(tiny.model, DetectorOptions(min_score=0.001)).read(image)
    theirs = decode(raw, 96, 96, 0.001)
    assert len(ours) == len(theirs) > 0
    assert ours.boxes_xyxy == pytest.approx(theirs.boxes_xyxy, abs=0.05)


def test_the_models_own_threshold_and_framing_may_be_overruled(tiny):
    own = OnnxFaceDetector(tiny.model)
    assert (own.min_score, own.framing) == (own.spec.min_score, own.spec.framing)
    other = OnnxFaceDetector(tiny.model, DetectorOptions(min_score=0.9), Framing(1.2, 0.0))
    assert (other.min_score, other.framing) == (0.9, Framing(1.2, 0.0))


def test_metadata_of_something_else_is_named():
    with pytest.raises(ModelError, match="model x: holds no face detector"):
        FaceModelSpec.from_metadata({}, "model x")
    good = FaceModelSpec(12.0, 0.5, Framing(), "0" * 64)
    assert FaceModelSpec.from_metadata(good.to_metadata(), "x") == good
    (key, text), *_ = good.to_metadata().items()
    for part, other, said in (
        ('"format": 1', '"format": 9', "metadata form 9"),
        ('"min_score": 0.5', '"min_score": 5', "broken mien metadata: face model: min_score is 5"),
        ("[8, 16, 32]", "[4, 8, 16]", "strides"),
    ):
        assert part in text
        with pytest.raises(ModelError, match=said):
            FaceModelSpec.from_metadata({key: text.replace(part, other)}, "x")


def test_a_recipe_comes_back_from_its_file_and_mistakes_in_it_are_named(tmp_path):
    path = tmp_path / "recipe.yaml"
    write_settings(TINY, path)
    assert read_settings(path) == TINY
    for line, said in (
        ("epochz: 3", "unknown key epochz"),
        ("epochs: 2.5", "epochs is 2.5: expected a whole number"),
        ("network: {widths: [1, 2]}", r"network.widths is \(1, 2\): expected three counts"),
        ("network: {widths: wide}", "expected a list of whole numbers"),
        ("augment: 3", "augment is 3: expected keys and values"),
        ("side_px: 100", "side_px is 100: expected a multiple of 32"),
        ("precision: half", "precision is 'half'"),
        ("[", "cannot be read as YAML"),
    ):
        path.write_text(line)
        with pytest.raises((DataError, OptionError), match=said):
            read_settings(path)


@pytest.mark.parametrize("name", ["detector", "detector-further"])
def test_the_recipes_in_the_repository_are_read(name):
    assert read_settings(Path(__file__).parents[1] / "configs" / f"{name}.yaml").side_px == 320


def test_a_checkpoint_of_something_else_is_named(tmp_path):
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(DataError, match=r"other\.ckpt: holds no detector"):
        load_face_net(tmp_path / "other.ckpt")
    with pytest.raises(DataError, match="no such file"):
        load_face_net(tmp_path / "none.ckpt")


def test_the_commands_train_score_and_export(tiny, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    write_settings(replace(TINY, epochs=1, precision="bf16-mixed"), recipe)
    write_table(drawn_table(5, "Training"), tmp_path / "fer.parquet")
    invoke = CliRunner().invoke
    folder, model, record = tmp_path / "run", tmp_path / "face.onnx", tmp_path / "scores.json"
    asked = ["train-detector", str(tiny.data), "-o", str(folder), "--config", str(recipe)]
    done = invoke(app, [*asked, "--close-ups", str(tmp_path / "fer.parquet")])
    assert done.exit_code == 0 and "Best model" in done.stdout, done.output
    asked = ["export-detector", str(folder / "best.ckpt"), "--data", str(tiny.data), "-o", str(model)]
    done = invoke(app, asked)
    assert done.exit_code == 0 and "differs from torch" in done.stdout, done.output
    asked = ["evaluate-detector", str(tiny.data), "--model", str(model), "--haar", "--json", str(record)]
    done = invoke(app, asked)
    assert done.exit_code == 0 and "haar" in done.stdout, done.output
    said = json.loads(record.read_text())
    assert [each["detector"] for each in said["detectors"]] == ["mien", "haar"]
    assert said["detectors"][0]["bands"]["all"]["faces"] == 3


def test_a_command_without_what_it_needs_says_so(tmp_path):
    for asked, said in (
        (["train-detector"], "no DATA given"),
        (["evaluate-detector", str(tmp_path)], "no detector given"),
    ):
        error = CliRunner().invoke(app, asked).exception
        assert isinstance(error, OptionError) and said in str(error)


def test_the_labels_are_not_written_over(tmp_path):
    labels = tmp_path / "faces.jsonl"
    labels.write_text("labels")
    for asked in (
        ["evaluate-detector", tmp_path, "--haar", "--json", labels],
        ["export-detector", "best.ckpt", "--data", tmp_path, "-o", labels],
    ):
        error = CliRunner().invoke(app, [*map(str, asked)]).exception
        assert isinstance(error, OptionError) and "faces.jsonl is read by this command" in str(error)
    assert labels.read_text() == "labels"
