"""Networks that teach: what they answer, and a run that learns from one."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from mien.cli import app  # noqa: E402
from mien.errors import DataError, OptionError  # noqa: E402
from mien.train import fit  # noqa: E402
from mien.train.data import Batch  # noqa: E402
from mien.train.model import EmotionNet, HeadLogits  # noqa: E402
from mien.train.module import EmotionModule  # noqa: E402
from mien.train.recipe import from_dict, to_dict, write_settings  # noqa: E402
from mien.train.run import execute, new_plan  # noqa: E402
from mien.train.settings import TeacherSettings, TrainSettings, read_settings  # noqa: E402
from mien.train.teachers import HeadProbs, Teachers, distillation_loss  # noqa: E402

pytestmark = pytest.mark.train
CONFIGS = Path(__file__).parents[1] / "configs"


def test_teachers_answer_with_the_mean_of_their_probabilities_and_learn_nothing(tiny_settings):
    nets = [EmotionNet(tiny_settings.network, 48) for _ in range(2)]
    faces = torch.rand(3, 1, 48, 48)
    answer = Teachers(nets).answer(faces)
    single = [torch.softmax(net(faces).crowd, dim=1) for net in nets]
    assert torch.allclose(answer.crowd, (single[0] + single[1]) / 2, atol=1e-6)
    assert not answer.label.requires_grad
    assert not any(weight.requires_grad for net in nets for weight in net.parameters())


def test_who_answers_like_the_teachers_has_the_least_loss():
    taught = HeadProbs(*(torch.softmax(torch.randn(4, 5), dim=1) for _ in range(2)))
    same = HeadLogits(taught.label.log(), taught.crowd.log())
    least = distillation_loss(same, taught, votes=True)
    for _ in range(5):
        other = HeadLogits(*(logits + 0.3 * torch.randn(4, 5) for logits in same))
        assert distillation_loss(other, taught, votes=True) > least


def test_without_votes_nothing_is_learned_from_crowd_heads_that_nobody_taught(tiny_settings):
    phase = replace(tiny_settings.phases[-1], distil=1.0)
    nets = [EmotionNet(tiny_settings.network, 48) for _ in range(2)]
    module = EmotionModule(
        nets[0], tiny_settings, phase, torch.ones(5), votes=False, teachers=Teachers(nets[1:])
    ).eval()
    batch = Batch(torch.zeros(4, 48, 48, dtype=torch.uint8), torch.arange(4), torch.zeros(4, 5))
    faces = torch.rand(4, 1, 48, 48)
    before = module._lesson(faces, batch)
    with torch.no_grad():
        nets[1].crowd.bias.add_(torch.tensor([5.0, 0, 0, 0, 0]))
    assert module._lesson(faces, batch) == before


def test_a_recipe_with_teachers_is_read_back_as_it_was_written(tiny_settings):
    taught = replace(tiny_settings, teachers=(TeacherSettings("wide", tiny_settings),))
    assert from_dict(TrainSettings, to_dict(taught), "it") == taught


def test_a_teacher_without_a_usable_name_or_recipe_is_refused(tiny_settings):
    with pytest.raises(OptionError, match=r"a teacher's name is '\.\./up'"):
        TeacherSettings("../up", tiny_settings)
    twice = (TeacherSettings("a", tiny_settings),) * 2
    with pytest.raises(OptionError, match=r"teachers are \['a', 'a'\]"):
        replace(tiny_settings, teachers=twice)
    with pytest.raises(DataError, match="unknown key epochs"):
        from_dict(TrainSettings, {"teachers": [{"name": "a", "recipe": {"epochs": 1}}]}, "file")


def small(settings):
    """The same recipe with the same phases and teachers, for a minute's worth of nothing."""
    blocks, scratch = (tuple(8 for _ in kind) for kind in (settings.network.blocks, settings.network.scratch))
    network = replace(settings.network, cut=5, blocks=blocks, scratch=scratch)
    phases = tuple(replace(phase, epochs=1, upsample_px=32) for phase in settings.phases)
    teachers = tuple(replace(teacher, recipe=small(teacher.recipe)) for teacher in settings.teachers)
    return replace(settings, network=network, phases=phases, teachers=teachers, batch_size=8)


@pytest.mark.parametrize("name", ["shipped", "dense"])
def test_a_recipe_of_the_repository_runs_at_toy_size(name, tiny_run, tmp_path):
    recipe, run = small(read_settings(CONFIGS / f"{name}.yaml")), tmp_path / "run"
    report = execute(new_plan(tiny_run.data, run, recipe, "none"), run, "auto", 1)
    assert fit.load_net(report.checkpoint).settings == recipe
    assert in_order(run / phase.name / "finished.json" for phase in recipe.phases)
    for teacher in recipe.teachers:
        assert (run / "teachers" / teacher.name / "best.ckpt").is_file()


def test_teachers_come_before_the_phases_that_learn_from_them(tiny_run, tiny_settings, tmp_path):
    head, last = tiny_settings.phases
    teachers = tuple(
        TeacherSettings(name, replace(tiny_settings, phases=(head,), seed=seed))
        for seed, name in enumerate(("first", "second"))
    )
    recipe = replace(
        tiny_settings, phases=(head, replace(last, name="distil", distil=0.5)), teachers=teachers
    )
    run = tmp_path / "run"
    report = execute(new_plan(tiny_run.data, run, recipe, "none"), run, "auto", 1)
    assert fit.load_net(report.checkpoint).settings == recipe
    taught = [run / "teachers" / teacher.name / "best.ckpt" for teacher in teachers]
    assert in_order([*taught, *(run / phase.name / "finished.json" for phase in recipe.phases)])


@pytest.fixture
def taught(tiny_settings):
    """A recipe whose network begins with the weights of its teacher and learns from it for an epoch."""
    head, last = tiny_settings.phases
    teacher = TeacherSettings("like", replace(tiny_settings, phases=(head,), seed=5))
    return replace(tiny_settings, phases=(replace(last, distil=0.5),), teachers=(teacher,), begin="like")


def test_a_teacher_is_trained_beside_its_run_which_then_takes_it_as_it_is(tiny_run, taught, tmp_path):
    run = tmp_path / "run"
    plan = new_plan(tiny_run.data, run, taught, "none")
    report = execute(plan, run, "auto", 1, "like")
    assert report.checkpoint == run / "teachers" / "like" / "best.ckpt"
    assert report.curves.parent == run / "teachers" / "like"
    assert not (run / "best.ckpt").exists()
    trained = report.checkpoint.read_bytes()
    assert execute(plan, run, "auto", 1).checkpoint == run / "best.ckpt"
    assert report.checkpoint.read_bytes() == trained
    with pytest.raises(OptionError, match="teacher 'wide': expected like"):
        execute(plan, run, "auto", 1, "wide")


def test_one_command_a_teacher_and_then_the_run(tiny_run, taught, tmp_path):
    two = replace(taught, teachers=(*taught.teachers, replace(taught.teachers[0], name="other")))
    run, recipe = tmp_path / "run", tmp_path / "recipe.yaml"
    write_settings(two, recipe)
    words = ["train", tiny_run.data, "-o", run, "--config", recipe, "--backbone-weights", "none"]
    for name in ("other", "like"):
        answer = CliRunner().invoke(app, [str(word) for word in (*words, "--teacher", name)])
        assert answer.exit_code == 0, answer.output
        assert f"teachers/{name}/best.ckpt" in answer.output.replace("\n", "")
    assert CliRunner().invoke(app, ["train", "--resume", "-o", str(run)]).exit_code == 0
    assert fit.load_net(run / "best.ckpt").settings == two


def test_a_network_begins_with_the_weights_of_the_teacher_that_is_named(tiny_run, taught, tmp_path):
    still = replace(taught.phases[0], lr=1e-8, backbone_lr=1e-8, fix_statistics=True)
    run = tmp_path / "run"
    recipe = replace(taught, phases=(still,), weight_decay=0.0)
    report = execute(new_plan(tiny_run.data, run, recipe, "none"), run, "auto", 1)
    begun = fit.load_net(run / "teachers" / "like" / "best.ckpt").net.state_dict()
    for name, weight in fit.load_net(report.checkpoint).net.state_dict().items():
        assert torch.allclose(weight.float(), begun[name].float(), atol=1e-5), name


def test_a_network_that_begins_with_a_teacher_learns_in_training_mode(
    tiny_run, taught, tmp_path, monkeypatch
):
    modes, step = set(), EmotionModule.training_step

    def watched(module, batch, index):
        norm = module.net.blocks[0][1]
        modes.add((norm.training, module.net.dropout.training, module.net.dropout.p))
        return step(module, batch, index)

    monkeypatch.setattr(EmotionModule, "training_step", watched)
    phase = taught.phases[0]
    still = replace(phase, name="still", fix_statistics=True, dropout=0.0)
    recipe = replace(taught, phases=(phase, still))
    execute(new_plan(tiny_run.data, tmp_path / "run", recipe, "none"), tmp_path / "run", "auto", 1)
    assert modes == {(True, True, recipe.network.dropout), (False, True, 0.0)}


def test_a_network_begins_only_with_a_teacher_of_its_own_form(taught, tiny_settings):
    with pytest.raises(OptionError, match="teacher 'nobody': expected like"):
        replace(taught, begin="nobody")
    with pytest.raises(OptionError, match="begin is 'like': expected a teacher with the network"):
        replace(taught, network=replace(tiny_settings.network, blocks=(8,)))
    with pytest.raises(OptionError, match="teacher 'like': expected a recipe with teachers"):
        replace(tiny_settings, begin="like")


def test_a_phase_names_whom_it_learns_from_among_teachers_and_earlier_phases(
    tiny_run, tiny_settings, tmp_path, monkeypatch
):
    head, last = tiny_settings.phases
    teachers = tuple(
        TeacherSettings(name, replace(tiny_settings, phases=(head,), seed=seed))
        for seed, name in enumerate(("first", "second"))
    )
    phases = (
        head,
        replace(last, name="all", distil=1.0),
        replace(last, name="some", distil=1.0, taught_by=("second", "head")),
    )
    asked, make = {}, fit._make_module

    def remember(net, training, settings, phase, checkpoints):
        asked[phase.name] = [path.parent for path in checkpoints]
        return make(net, training, settings, phase, checkpoints)

    monkeypatch.setattr(fit, "_make_module", remember)
    recipe = replace(tiny_settings, phases=phases, teachers=teachers)
    run = tmp_path / "run"
    execute(new_plan(tiny_run.data, run, recipe, "none"), run, "auto", 1)
    first, second = (run / "teachers" / name for name in ("first", "second"))
    assert (asked["all"], asked["some"]) == ([first, second], [second, run / "head"])


def test_a_phase_learns_only_from_what_is_there_before_it(tiny_settings):
    head, last = tiny_settings.phases
    teachers = (TeacherSettings("first", replace(tiny_settings, phases=(head,))),)
    for phases, words in (
        (
            (replace(head, distil=0.5, taught_by=("finetune",)), last),
            "'head': taught_by is 'finetune': expected one of first",
        ),
        (
            (head, replace(last, distil=0.5, taught_by=("nobody",))),
            "taught_by is 'nobody': expected one of first, head",
        ),
        ((replace(head, name="first"), last), "phase 'first': expected another name"),
    ):
        with pytest.raises(OptionError, match=words):
            replace(tiny_settings, teachers=teachers, phases=phases)
    with pytest.raises(OptionError, match="of which the recipe has none"):
        replace(tiny_settings, phases=(replace(head, distil=0.5, taught_by=("it",)), last))


def in_order(files):
    """Whether the files were written one after the other."""
    times = [path.stat().st_mtime_ns for path in files]
    return times == sorted(times)
