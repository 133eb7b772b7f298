"""A training run, whole, on forty drawn faces."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from conftest import drawn_table, joined  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from mien.cli import app, main  # noqa: E402
from mien.errors import DataError, OptionError  # noqa: E402
from mien.files import file_sha256  # noqa: E402
from mien.train.data import FaceDataset  # noqa: E402
from mien.train.epoch_seed import EpochSeed  # noqa: E402
from mien.train.evaluate import evaluate, load_split  # noqa: E402
from mien.train.fit import load_net, train  # noqa: E402
from mien.train.net_reader import NetReader  # noqa: E402
from mien.train.recipe import write_settings  # noqa: E402
from mien.train.run import execute, new_plan, read_plan  # noqa: E402
from mien.train.run_folder import RunReport  # noqa: E402
from mien.train.table import write_table  # noqa: E402
from mien.train.teachers import Teachers  # noqa: E402

pytestmark = pytest.mark.train


def weights_of(checkpoint):
    return torch.cat([tensor.flatten().float() for tensor in load_net(checkpoint).net.state_dict().values()])


def test_a_run_leaves_a_best_model_logs_and_learning_curves(tiny_run):
    assert tiny_run.checkpoint == tiny_run.folder / "best.ckpt"
    assert 0 <= tiny_run.score <= 1
    for part in (
        "settings.yaml",
        "run.json",
        "learning-curves.png",
        "head/csv/metrics.csv",
        "finetune/last.ckpt",
    ):
        assert (tiny_run.folder / part).stat().st_size > 0, part
    assert list((tiny_run.folder / "finetune" / "tb").glob("events*"))


def test_the_score_that_is_said_is_the_one_of_the_model_that_is_kept(tiny_run):
    result = evaluate(NetReader.open(tiny_run.checkpoint), load_split(tiny_run.data, usage="PublicTest"))
    assert result.label.n == 23
    assert tiny_run.score == pytest.approx((result.label.accuracy + result.crowd.accuracy) / 2, abs=1e-6)


def test_the_same_seed_makes_the_same_network(tiny_settings, tmp_path):
    training, validation = (FaceDataset(drawn_table(n, "Training", seed=n)) for n in (24, 10))
    runs = [
        train(training, validation, tiny_settings, tmp_path / name, backbone_weights=None)
        for name in ("a", "b")
    ]
    assert torch.equal(weights_of(runs[0].checkpoint), weights_of(runs[1].checkpoint))


def test_a_name_of_weights_that_is_empty_is_no_wish_for_random_ones(tiny_settings, tmp_path):
    faces = FaceDataset(drawn_table(10, "Training"))
    with pytest.raises(DataError, match="backbone weights : no such file"):
        train(faces, faces, tiny_settings, tmp_path, backbone_weights="")


def test_statistics_that_are_fixed_stay_while_the_weights_learn(tiny_settings, tmp_path):
    head, finetune = tiny_settings.phases
    fixed = replace(tiny_settings, phases=(head, replace(finetune, unfreeze=1.0, fix_statistics=True)))
    training, validation = (FaceDataset(drawn_table(n, "Training", seed=n)) for n in (24, 10))
    train(training, validation, fixed, tmp_path, backbone_weights=None)
    before, after = (
        load_net(tmp_path / name / "best.ckpt").net.state_dict() for name in ("head", "finetune")
    )
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert not [name for name in moved if "running" in name]
    assert {name for name in before if name.endswith("weight")} <= moved


@pytest.mark.parametrize("way", [{"sharpness": 0.5}, {"mixup": 0.4}])
def test_a_phase_that_climbs_or_mixes_learns_something_else_than_one_that_does_not(
    way, tiny_settings, tmp_path
):
    head, finetune = tiny_settings.phases
    training, validation = (FaceDataset(drawn_table(n, "Training", seed=n)) for n in (24, 10))
    plain, other = (
        train(
            training,
            validation,
            replace(tiny_settings, phases=(head, replace(finetune, **asked))),
            tmp_path / name,
            backbone_weights=None,
        ).checkpoint
        for name, asked in (("plain", {}), ("other", way))
    )
    assert torch.isfinite(weights_of(other)).all()
    assert not torch.equal(weights_of(plain), weights_of(other))


class Killed(Exception):
    """Stands for a kill in the middle of a run."""


@dataclass(frozen=True)
class TakenUp:
    """A run that was killed in its fourth epoch and taken up again, and which epochs it began."""

    folder: Path
    was_whole: bool
    begun: list[tuple[str, int]]


@pytest.fixture(scope="module")
def taken_up(tiny_run, tiny_settings, tmp_path_factory):
    from mien.train import module

    folder, begun = tmp_path_factory.mktemp("taken-up") / "killed", []

    def begin(self):
        begun.append((self.phase.name, self.current_epoch))
        if len(begun) == 4:
            raise Killed

    longer = replace(tiny_settings, phases=tuple(replace(phase, epochs=2) for phase in tiny_settings.phases))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.EmotionModule, "on_train_epoch_start", begin)
        with pytest.raises(Killed):
            execute(new_plan(tiny_run.data, folder, longer, "none"), folder, "auto", 1)
        was_whole = (folder / "best.ckpt").exists()
        execute(read_plan(folder), folder, "auto", 1)
    return TakenUp(folder, was_whole, begun)


def test_a_run_that_was_killed_goes_on_where_it_stood_and_ends_as_if_nothing_had_been(taken_up):
    assert not taken_up.was_whole
    assert taken_up.begun == [("head", 0), ("head", 1), ("finetune", 0), ("finetune", 1), ("finetune", 1)]
    assert load_net(taken_up.folder / "best.ckpt").votes


def test_an_epoch_that_was_no_better_is_not_done_again_after_a_kill(
    tiny_run, tiny_settings, tmp_path, monkeypatch
):
    from mien.train import module

    begun = []

    def begin(self):
        begun.append(self.current_epoch)
        if len(begun) == 3:
            raise Killed

    def score(self):
        self.log("val_score", 1.0 / (1 + self.current_epoch))

    monkeypatch.setattr(module.EmotionModule, "on_train_epoch_start", begin)
    monkeypatch.setattr(module.EmotionModule, "on_validation_epoch_end", score)
    head = replace(tiny_settings.phases[0], epochs=4)
    plan = new_plan(tiny_run.data, tmp_path / "run", replace(tiny_settings, phases=(head,)), "none")
    with pytest.raises(Killed):
        execute(plan, tmp_path / "run", "auto", 1)
    assert execute(read_plan(tmp_path / "run"), tmp_path / "run", "auto", 1).score == 1.0
    assert begun == [0, 1, 2, 2, 3]


def killed_in(epoch, monkeypatch, scores=None):
    """From now on, until it is called, trainings are killed where they begin this epoch."""
    from mien.train import module

    def begin(self):
        if self.current_epoch == epoch:
            raise Killed

    def score(self):
        self.log("val_score", scores[self.current_epoch])

    monkeypatch.setattr(module.EmotionModule, "on_train_epoch_start", begin)
    if scores:
        monkeypatch.setattr(module.EmotionModule, "on_validation_epoch_end", score)
    return lambda: monkeypatch.delattr(module.EmotionModule, "on_train_epoch_start")


def test_a_run_that_was_killed_ends_with_the_network_that_it_would_have_had(
    tiny_run, tiny_settings, tmp_path, monkeypatch
):
    views = replace(tiny_settings.augment, jpeg_prob=0.5, noise=0.1)
    head = replace(tiny_settings.phases[0], epochs=3, unfreeze=1.0, mixup=0.3, views=views)
    recipe = replace(tiny_settings, phases=(head,))
    whole, killed = (new_plan(tiny_run.data, tmp_path / name, recipe, "none") for name in ("whole", "killed"))
    execute(whole, tmp_path / "whole", "auto", 1)
    let_live = killed_in(2, monkeypatch)
    with pytest.raises(Killed):
        execute(killed, tmp_path / "killed", "auto", 1)
    let_live()
    execute(killed, tmp_path / "killed", "auto", 1)
    assert torch.equal(*(weights_of(tmp_path / name / "head" / "last.ckpt") for name in ("whole", "killed")))


def test_each_epoch_and_each_process_has_views_of_its_own():
    def views(epoch, rank, name="head", seed=1):
        trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank)
        EpochSeed(seed, name).on_train_epoch_start(trainer, None)
        return torch.rand(4).tolist()

    assert views(0, 0) == views(0, 0)
    others = [views(1, 0), views(0, 1), views(0, 0, name="finetune"), views(0, 0, seed=2)]
    assert views(0, 0) not in others
    assert len({tuple(drawn) for drawn in others}) == 4


def test_a_run_that_has_moved_keeps_the_best_of_before(tiny_run, tiny_settings, tmp_path, monkeypatch):
    recipe = replace(tiny_settings, phases=(replace(tiny_settings.phases[0], epochs=4),))
    let_live = killed_in(3, monkeypatch, scores=[0.5, 0.9, 0.6, 0.4])
    with pytest.raises(Killed):
        execute(new_plan(tiny_run.data, tmp_path / "here", recipe, "none"), tmp_path / "here", "auto", 1)
    let_live()
    there = (tmp_path / "here").rename(tmp_path / "there")
    assert execute(read_plan(there), there, "auto", 1).score == pytest.approx(0.9)
    assert torch.load(there / "best.ckpt", weights_only=True)["epoch"] == 1
    assert {path.name for path in (there / "head").glob("*.ckpt")} == {"best.ckpt", "last.ckpt"}


def test_who_learns_from_itself_has_the_same_teacher_after_a_kill(
    tiny_run, tiny_settings, tmp_path, monkeypatch
):
    head, last = tiny_settings.phases
    phases = (replace(head, upsample_px=48), replace(last, upsample_px=64, epochs=2, distil=0.5))
    taught = []
    monkeypatch.setattr("mien.train.fit.Teachers", lambda nets: taught.extend(nets) or Teachers(nets))
    plan = new_plan(tiny_run.data, tmp_path / "run", replace(tiny_settings, phases=phases), "none")
    let_live = killed_in(1, monkeypatch)
    with pytest.raises(Killed):
        execute(plan, tmp_path / "run", "auto", 1)
    let_live()
    execute(plan, tmp_path / "run", "auto", 1)
    before, after = taught
    faces = torch.rand(2, 1, 48, 48)
    assert before.upsample_px == after.upsample_px == 48
    assert torch.equal(before(faces).label, after(faces).label)


def test_the_curves_of_a_phase_that_was_taken_up_again_are_whole(taken_up, tmp_path, monkeypatch):
    from mien.train import figures

    drawn = []
    monkeypatch.setattr(figures, "save_figure", lambda figure, path: drawn.append(figure))
    figures.draw_curves(taken_up.folder, ["head", "finetune"], tmp_path / "curves.png")
    for axes in drawn[0].axes:
        curves = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"]
        assert curves == [[1, 2], [1, 2], [3, 4], [3, 4]]


def test_ctrl_c_in_training_is_ctrl_c(tiny_run, tiny_settings, tmp_path, monkeypatch):
    from mien.train import module

    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.EmotionModule, "on_train_epoch_start", interrupt)
    # Lightning switches further signals off while it shuts down.
    before = signal.getsignal(signal.SIGINT)
    try:
        plan = new_plan(tiny_run.data, tmp_path / "run", tiny_settings, "none")
        with pytest.raises(KeyboardInterrupt):
            execute(plan, tmp_path / "run", "auto", 1)
    finally:
        signal.signal(signal.SIGINT, before)


def training_of_two(data, recipe, run):
    """The command line of a training by two processes; its script lies beside the run."""
    script = run.with_name("mien_script.py")
    script.write_text("from mien.cli import main\nmain()\n")
    command = [sys.executable, script, "train", data, "-o", run, "--config", recipe]
    return [*command, "--backbone-weights", "none", "--devices", "2"]


def test_two_processes_train_together_and_one_of_them_writes(tiny_run, tmp_path):
    run = tmp_path / "run"
    command = training_of_two(tiny_run.data, tiny_run.folder / "settings.yaml", run)
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("\n", "").count("Best model:") == 1
    assert load_net(run / "best.ckpt").votes
    assert {path.name for path in (run / "finetune").glob("*.ckpt")} == {"best.ckpt", "last.ckpt"}
    # 23 pictures: one of the two has scored one more than the other.
    result = evaluate(NetReader.open(run / "best.ckpt"), load_split(tiny_run.data, usage="PublicTest"))
    said = json.loads((run / "finetune" / "finished.json").read_text())["val_score"]
    assert said == pytest.approx((result.label.accuracy + result.crowd.accuracy) / 2, abs=1e-6)


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="Linux tells which processes are left")
def test_two_processes_that_are_told_to_end_do(tiny_run, tiny_settings, tmp_path):
    recipe, run = tmp_path / "endless.yaml", tmp_path / "run"
    endless = replace(tiny_settings.phases[0], epochs=10_000, patience=10_000)
    write_settings(replace(tiny_settings, phases=(endless,)), recipe)
    command = training_of_two(tiny_run.data, recipe, run)
    training = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        wait_until((run / "head" / "last.ckpt").exists, 120)
        training.terminate()
        assert training.wait(30) == 130
        wait_until(lambda: not is_any_left(training.pid), 10)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(training.pid, signal.SIGKILL)
    assert load_net(run / "head" / "last.ckpt").votes


def wait_until(is_so, longest_s):
    until_s = time.monotonic() + longest_s
    while not is_so():
        assert time.monotonic() < until_s
        time.sleep(0.1)


def is_any_left(group):
    """Whether a process of a group still is; one that has ended and was not asked about is not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # one that has just ended
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
            if int(of) == group and state != "Z":
                return True
    return False


def test_more_processes_than_pictures_of_a_step_are_refused(tiny_run, tiny_settings, tmp_path, monkeypatch):
    trainer = SimpleNamespace(global_rank=0, world_size=40)
    monkeypatch.setattr("mien.train.fit.Fit.make_trainer", lambda *_: trainer)
    plan = new_plan(tiny_run.data, tmp_path / "run", tiny_settings, "none")
    with pytest.raises(
        OptionError, match=r"40 processes share \d+ pictures a step and 23 to score: expected"
    ):
        execute(plan, tmp_path / "run", "40", 1)
    assert not list(tmp_path.rglob("finished.json"))


@pytest.mark.parametrize("devices", ["many", "0"])
def test_devices_that_are_none_are_named(tiny_run, tiny_settings, tmp_path, devices):
    plan = new_plan(tiny_run.data, tmp_path / "run", tiny_settings, "none")
    with pytest.raises(OptionError, match=f"devices '{devices}'"):
        execute(plan, tmp_path / "run", devices, 1)


def test_a_folder_that_holds_a_run_is_not_written_over(tiny_run, tiny_settings):
    with pytest.raises(OptionError, match="holds a run already"):
        new_plan(tiny_run.data, tiny_run.folder, tiny_settings, "none")


def test_a_plan_that_failed_before_its_first_step_may_be_made_anew(tiny_settings, tmp_path):
    data, run = tmp_path / "training.parquet", tmp_path / "run"
    write_table(drawn_table(10, "Training"), data)
    with pytest.raises(DataError, match=r"training\.parquet, PublicTest: .*expected Training and PublicTest"):
        execute(new_plan(data, run, tiny_settings, "none"), run, "auto", 1)
    assert new_plan(data, run, tiny_settings, "none") == read_plan(run)


def test_a_run_is_resumed_with_what_it_began_with_and_with_nothing_else(tiny_run, tiny_settings, tmp_path):
    plan = read_plan(tiny_run.folder)
    plan.check_same(tiny_run.data, tiny_settings)
    plan.check_same(None, tiny_settings)
    with pytest.raises(OptionError, match=r"other\.parquet: the run began with"):
        plan.check_same(tmp_path / "other.parquet", tiny_settings)
    with pytest.raises(OptionError, match="another recipe"):
        plan.check_same(None, replace(tiny_settings, seed=2))


def test_a_run_whose_data_has_changed_is_not_resumed(tiny_run, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(tiny_run.folder, copy)
    said = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**said, "data_sha256": "0" * 64}))
    with pytest.raises(DataError, match="not the file that the run began with"):
        read_plan(copy)


@pytest.fixture
def with_weights(tiny_run, tiny_settings, tmp_path, monkeypatch):
    """The folder of a run that was planned with weights named as they lie in the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.pth").write_bytes(b"weights")
    new_plan(tiny_run.data, tmp_path / "run", tiny_settings, "own.pth")
    return tmp_path / "run"


def test_a_run_keeps_which_weights_it_began_with(with_weights, monkeypatch):
    weights = with_weights.parent / "own.pth"
    said = json.loads((with_weights / "run.json").read_text())
    assert said["backbone_weights"] == str(weights)
    assert said["backbone_weights_sha256"] == file_sha256(weights)
    monkeypatch.chdir("/")
    assert read_plan(with_weights).backbone_weights == str(weights)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"other weights")])
def test_a_run_whose_weights_are_gone_or_changed_is_not_resumed(spoil, with_weights):
    spoil(with_weights.parent / "own.pth")
    with pytest.raises(DataError, match=r"own\.pth: is not the file that the run began with"):
        read_plan(with_weights)


def test_a_run_of_before_weights_were_hashed_is_resumed(with_weights):
    said = json.loads((with_weights / "run.json").read_text())
    del said["backbone_weights_sha256"]
    (with_weights / "run.json").write_text(json.dumps({**said, "backbone_weights": "own.pth"}))
    (with_weights.parent / "own.pth").unlink()
    plan = read_plan(with_weights)
    plan.check_same_weights("own.pth")
    assert plan.weights_sha256 is None


def test_weights_that_are_not_there_are_named_before_a_plan_is_written(tiny_run, tiny_settings, tmp_path):
    with pytest.raises(DataError, match=r"none\.pth: no such file: expected a .*or imagenet or none"):
        new_plan(tiny_run.data, tmp_path / "run", tiny_settings, str(tmp_path / "none.pth"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("other", ["imagenet", "none", "other.pth"])
def test_a_run_is_not_resumed_with_other_weights(other, with_weights, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["mien", "train", "--resume", "-o", "run", "--backbone-weights", other])
    with pytest.raises(SystemExit) as ended:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert f"{other}: the run began with {with_weights.parent / 'own.pth'}" in line


@pytest.mark.parametrize("same", [[], ["--backbone-weights", "run/../own.pth"]], ids=["none", "the same"])
def test_a_run_is_resumed_with_the_weights_that_it_began_with(same, with_weights, monkeypatch):
    report = RunReport(with_weights / "best.ckpt", 0.5, with_weights)
    monkeypatch.setattr("mien.train.run.execute", lambda *_: report)
    answer = CliRunner().invoke(app, ["train", "--resume", "-o", "run", *same])
    assert answer.exit_code == 0, answer.output


def test_a_head_without_votes_does_not_wait_for_gradients(tiny_settings):
    """Several processes would wait for them for ever."""
    from mien.train.model import EmotionNet
    from mien.train.module import EmotionModule

    for votes in (True, False):
        net = EmotionNet(tiny_settings.network)
        module = EmotionModule(net, tiny_settings, tiny_settings.phases[0], torch.ones(5), votes=votes)
        batch = FaceDataset(drawn_table(8, "Training", votes=votes)).__getitems__(list(range(8)))
        module._loss(net(batch.faces[:, None] / 255), batch).backward()
        assert all(weight.grad is not None for weight in net.parameters() if weight.requires_grad)


def test_without_votes_the_network_serves_from_its_label_head(tiny_settings, tmp_path):
    from mien.classifier import EmotionClassifier
    from mien.train.export import export

    bare = drawn_table(20, "Training", votes=False)
    outcome = train(
        FaceDataset(bare), FaceDataset(bare), tiny_settings, tmp_path / "run", backbone_weights=None
    )
    export(outcome.checkpoint, bare, tmp_path / "model.onnx")
    model = EmotionClassifier(tmp_path / "model.onnx")
    assert model.spec.serve == "label"
    assert np.array_equal(model.classify(bare.images), model.read(bare.images).label)


def test_votes_that_only_training_has_are_refused(tiny_settings, tmp_path):
    data, run = tmp_path / "half.parquet", tmp_path / "run"
    bare = replace(drawn_table(10, "PublicTest"), votes=np.zeros((10, 10), np.uint8))
    write_table(joined(drawn_table(20, "Training"), bare), data)
    with pytest.raises(DataError, match=r"half\.parquet: Training has votes, .*: expected votes in both or"):
        execute(new_plan(data, run, tiny_settings, "none"), run, "auto", 1)
    assert not list(run.glob("*/*"))


def test_a_run_wholly_without_votes_is_trained(tiny_settings, tmp_path):
    data, run = tmp_path / "bare.parquet", tmp_path / "run"
    bare = joined(drawn_table(20, "Training"), drawn_table(10, "PublicTest"))
    write_table(replace(bare, votes=None), data)
    report = execute(new_plan(data, run, tiny_settings, "none"), run, "auto", 1)
    assert not load_net(report.checkpoint).votes


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hyper_parameters": 5}, "holds no mien settings"),
        ({"state_dict": 5}, "holds no mien settings"),
        ({"state_dict": {}}, "expected the weights of its own network"),
        ({"state_dict": {0: 1, "net.mean": 5}}, "expected the weights of its own network"),
        ({"settings": 5}, "settings is 5: expected keys and values"),
        ({"settings": {"network": {"cut": 6}}}, "expected the weights of its own network"),
        ({"upsample_px": "a"}, "upsample_px is 'a': expected a number"),
        ({"upsample_px": -5}, "upsample_px is -5: expected a value from 32"),
        ({"votes": 2}, "votes is 2: expected true or false"),
    ],
    ids=str,
)
def test_a_checkpoint_that_does_not_hold_together_is_named(tiny_run, tmp_path, change, told):
    checkpoint = torch.load(tiny_run.checkpoint, weights_only=True)
    inner = {name: change[name] for name in change if name not in checkpoint}
    said = {**checkpoint["hyper_parameters"], **inner}
    torch.save({**checkpoint, "hyper_parameters": said, **change}, tmp_path / "odd.ckpt")
    with pytest.raises(DataError, match=told):
        load_net(tmp_path / "odd.ckpt")


def test_a_checkpoint_of_something_else_is_named(tmp_path):
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(DataError, match=r"other\.ckpt.*no mien settings"):
        load_net(tmp_path / "other.ckpt")
    (tmp_path / "broken.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(DataError, match=r"broken\.ckpt.*cannot be read"):
        load_net(tmp_path / "broken.ckpt")
