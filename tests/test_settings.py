"""A recipe is written, read back, and refused where it says something impossible."""

from pathlib import Path

import pytest

pytest.importorskip("yaml")

from mien.errors import DataError, OptionError
from mien.train.recipe import from_dict, to_dict, with_changes, write_settings
from mien.train.settings import (
    AugmentSettings,
    NetworkSettings,
    PhaseSettings,
    TeacherSettings,
    TrainSettings,
    read_settings,
)

FOLDER = Path(__file__).parents[1] / "configs"
CONFIGS = sorted(path for path in FOLDER.glob("*.yaml") if not path.stem.startswith("detector"))


def test_what_is_written_is_read_back(tmp_path):
    settings = TrainSettings(network=NetworkSettings(blocks=(64, 32)), seed=7)
    write_settings(settings, tmp_path / "recipe.yaml")
    assert read_settings(tmp_path / "recipe.yaml") == settings


def test_parts_in_parts_are_plain_in_the_file_and_whole_again(tmp_path):
    phase = PhaseSettings(
        "last", epochs=1, unfreeze=0, lr=1, backbone_lr=0.1, views=AugmentSettings(zoom=0.0)
    )
    inner = TrainSettings(network=NetworkSettings(blocks=(8,), residual=True))
    settings = TrainSettings(phases=(phase,), teachers=(TeacherSettings("wide", inner),))
    plain = to_dict(settings)
    assert plain["teachers"][0]["recipe"]["network"]["blocks"] == [8]
    assert plain["phases"][0]["views"]["zoom"] == 0.0
    assert list(plain["phases"][0])[:3] == ["name", "epochs", "unfreeze"], "in the order of the fields"
    assert from_dict(TrainSettings, plain, "it") == settings
    write_settings(settings, tmp_path / "recipe.yaml")
    assert read_settings(tmp_path / "recipe.yaml") == settings


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_recipes_in_the_repository_can_be_read(path):
    settings = read_settings(path)
    begun = settings.teacher(settings.begin).recipe if settings.begin else settings
    frozen = begun.phases[0].unfreeze == 0.0
    assert frozen is not bool(begun.network.scratch), "new layers learn first, on what is known"
    assert settings.phases[-1].lr < settings.phases[0].lr, "and the backbone at a reduced rate"


def test_the_default_trains_the_top_third_of_the_backbone_last():
    assert 0.3 <= TrainSettings().phases[-1].unfreeze <= 0.4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed: [", "cannot be read as YAML"),
        ("- 1", "holds list: expected keys and values"),
        ("colour: red", "unknown key colour"),
        ("network: {cut: 99}", "network.cut is 99: expected a value from 2 to 18"),
        ("network: 3", "network is 3: expected keys"),
        ("phases: [{name: head}]", "missing 4 required"),
        ("phases: 5", "phases is 5: expected a list"),
        ("seed: much", "expected a number"),
        ("seed: 1.5", "seed is 1.5: expected a whole number"),
        ("network: {residual: 1}", "residual is 1: expected true or false"),
        ("network: {blocks: 5}", r"blocks is 5: expected a list of whole numbers"),
        ("batch_size: true", "batch_size is True: expected a number"),
        (
            "phases: [{name: a, epochs: 1, unfreeze: 0, lr: 1, backbone_lr: 1, views: 3}]",
            "views is 3: expected",
        ),
        ("precision: best", "precision is 'best': expected one of auto, 32-true"),
        ("seed: 2020-99-99", "cannot be read as YAML settings: month"),
        ("seed: 2001-12-14t21:59:43.10-99:00", "cannot be read as YAML settings: offset must be"),
        ("seed: " + "9" * 5000, "cannot be read as YAML settings: Exceeds the limit"),
        ("seed: 0x" + "f" * 5000, r"broken\.yaml: Exceeds the limit"),
        ("seed: !!int ''", "cannot be read as YAML settings"),
        ("[" * 3000, "cannot be read as YAML settings: maximum recursion depth"),
        ("teachers: &t [{name: a, recipe: {teachers: *t}}]", r"broken\.yaml: maximum recursion depth"),
        ("phases: [{name: ../up, epochs: 1, unfreeze: 0, lr: 0.1, backbone_lr: 0.1}]", "phase's name is"),
    ],
)
def test_a_broken_recipe_is_named(tmp_path, text, words):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises((DataError, OptionError), match=words):
        read_settings(path)


def test_two_phases_of_one_name_would_share_a_folder():
    phase = PhaseSettings("same", epochs=1, unfreeze=0, lr=0.1, backbone_lr=0.1)
    with pytest.raises(OptionError, match="name of its own"):
        TrainSettings(phases=(phase, phase))


def test_a_phase_named_as_the_teachers_folder_would_share_it():
    with pytest.raises(OptionError, match="a phase's name is 'teachers': expected another"):
        PhaseSettings("teachers", epochs=1, unfreeze=0, lr=0.1, backbone_lr=0.1)


def test_whom_a_phase_learns_from_counts_only_with_a_share_of_the_loss():
    with pytest.raises(OptionError, match=r"phase 'alone': taught_by is \['it'\]: expected a distil share"):
        PhaseSettings("alone", epochs=1, unfreeze=0, lr=0.1, backbone_lr=0.1, taught_by=("it",))


def test_only_what_was_asked_for_is_changed():
    changed = with_changes(TrainSettings(), {"seed": 5, "batch_size": None})
    assert (changed.seed, changed.batch_size) == (5, TrainSettings().batch_size)
