"""The figures that are stated are those of the card, and the card is that of the models that ship."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("pyarrow")

from mien.classifier import SHIPPED_MODEL
from mien.cli import app, main
from mien.detector import SHIPPED_FACE_MODEL
from mien.errors import DataError
from mien.files import file_sha256
from mien.scorecard import plan as planning
from mien.scorecard.card import Card, Part, read_card
from mien.scorecard.goals import judge
from mien.scorecard.page import page
from mien.scorecard.places import PLACES
from mien.scorecard.readme import fill, filled_file

REPOSITORY = Path(__file__).parents[1]
CARD = REPOSITORY / "docs" / "scorecard.json"
FILLED = (REPOSITORY / "README.md", REPOSITORY / "docs" / "model-card.md")
MARKED = "<!-- scorecard:bars --><!-- /scorecard -->"
NOTHING = Card({"emotion": {"bytes": 7_000_000}}, {}, dict.fromkeys(Part, "left out"))


@pytest.fixture(scope="module")
def card():
    return read_card(CARD)


@pytest.mark.parametrize(("name", "path"), [("emotion", SHIPPED_MODEL), ("face", SHIPPED_FACE_MODEL)])
def test_the_card_is_of_the_model_that_ships(card, name, path):
    assert card.models[name]["sha256"] == file_sha256(path), "another model: make scorecard"


@pytest.mark.parametrize("path", FILLED, ids=lambda path: path.name)
def test_the_figures_stated_are_the_cards(card, path):
    told = f"mien scorecard --rewrite --readme {path.name}"
    assert filled_file(path, card) == path.read_text(encoding="utf-8"), told


def test_page_and_bars_are_the_cards(card):
    assert page(card) == CARD.with_suffix(".md").read_text(encoding="utf-8"), "mien scorecard --rewrite"
    assert json.loads(CARD.read_text())["bars"] == [verdict.as_record() for verdict in judge(card)]


def test_every_picture_of_the_page_is_there_and_no_other(card):
    named = set(re.findall(r"\]\((scorecard/[\w-]+\.png)\)", page(card)))
    there = {f"scorecard/{path.name}" for path in (CARD.parent / "scorecard").iterdir()}
    assert named == there


def test_the_card_is_whole(card):
    assert not card.missing


@pytest.mark.parametrize("path", FILLED, ids=lambda path: path.name)
def test_no_figure_within_a_line_begins_it(path):
    """Markdown takes a line that begins with a comment for HTML, up to its end."""
    begins = [line for line in path.read_text().splitlines() if line.startswith("<!--")]
    assert all(re.fullmatch(r"<!-- (scorecard:[\w-]+|/scorecard) -->", line) for line in begins)


def test_a_changed_figure_would_be_noticed(card):
    text = FILLED[0].read_text(encoding="utf-8")
    changed = re.sub(r"(<!-- scorecard:install-mb -->)[^<]*", r"\g<1>12", text)
    assert changed != text
    assert fill(changed, card, "README.md") == text


def test_filling_again_changes_nothing(card):
    end = "<!-- /scorecard -->"
    text = f"a <!-- scorecard:model-mb -->9{end} b\n\n<!-- scorecard:bars -->\n{end}\n"
    once = fill(text, card, "it")
    assert once != text
    assert fill(once, card, "it") == once
    assert once.startswith("a <!-- scorecard:model-mb -->") and "\n\n|  | measured | bar |  |\n" in once


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("accuracy", {}),
        ("accuracy", []),
        ("accuracy", {"protocols": {}}),
        ("speed", {"threads": {}}),
        ("photographs", {"rows": []}),
        ("footprint", {"install_mb": "much"}),
    ],
)
def test_a_card_that_cannot_be_told_whole_is_named(part, changed, tmp_path, capsys, monkeypatch):
    record = json.loads(CARD.read_text(encoding="utf-8"))
    whole = record["parts"][part]
    record["parts"][part] = {**whole, **changed} if changed else changed
    (tmp_path / CARD.name).write_text(json.dumps(record))
    line = refused(["--rewrite", "-o", tmp_path], capsys, monkeypatch)
    assert f"{CARD.name}: no whole card" in line
    assert [path.name for path in tmp_path.iterdir()] == [CARD.name]


@pytest.mark.parametrize("way", ["--rewrite", "--keep"])
def test_a_card_whose_models_say_nothing_is_named(way, tmp_path, capsys, monkeypatch):
    record = json.loads(CARD.read_text(encoding="utf-8"))
    (tmp_path / CARD.name).write_text(json.dumps({**record, "models": {"emotion": {}, "face": {}}}))
    assert "no whole card" in refused([way, "-o", tmp_path], capsys, monkeypatch)


@pytest.mark.parametrize(
    ("readmes", "told"),
    [
        (["none.md"], "none.md: cannot be read"),
        (["plain.md"], "plain.md: no place is marked"),
        (["marked.md", "marked.md"], "marked.md would be written twice"),
        (["card/scorecard.md"], "card/scorecard.md would be written twice"),
    ],
)
def test_a_readme_that_cannot_be_filled_is_named_before_anything_is_measured(
    readmes, told, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(planning, "measure_speed", lambda *_: pytest.fail("measured for nothing"))
    (tmp_path / "card").mkdir()
    for name, text in {
        "plain.md": "no mark",
        "marked.md": MARKED,
        "card/scorecard.md": MARKED,
    }.items():
        (tmp_path / name).write_text(text)
    options = [option for name in readmes for option in ("--readme", name)]
    assert told in refused(["--only", "speed", "-o", "card", *options], capsys, monkeypatch)


def test_a_card_is_not_written_over_what_was_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(planning, "measure_speed", lambda *_: pytest.fail("measured for nothing"))
    model = tmp_path / "scorecard.json"
    model.write_bytes(SHIPPED_MODEL.read_bytes())
    said = ["--only", "speed", "--model", model, "-o", tmp_path]
    assert "is read by this command" in refused(said, capsys, monkeypatch)


def test_a_part_that_is_measured_again_need_not_be_whole(card, tmp_path, monkeypatch):
    record = json.loads(CARD.read_text(encoding="utf-8"))
    record["parts"]["speed"] = {"threads": "of another form"}
    (tmp_path / CARD.name).write_text(json.dumps(record))
    monkeypatch.setattr(planning, "run", lambda *_: card.found[Part.SPEED])
    answer = CliRunner().invoke(app, ["scorecard", "--only", "speed", "--keep", "-o", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "scorecard.json").read_bytes() == CARD.read_bytes()
    assert (tmp_path / "scorecard.md").read_bytes() == CARD.with_suffix(".md").read_bytes()


def refused(options, capsys, monkeypatch):
    """The one line in which `mien scorecard` says why it does not."""
    monkeypatch.setattr("sys.argv", ["mien", "scorecard", *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2, line
    return line


def test_every_place_says_something(card):
    for name, render in PLACES.items():
        assert render(card), name


def test_a_place_whose_part_was_not_measured_says_so():
    text = "<!-- scorecard:install-mb -->400<!-- /scorecard -->"
    assert fill(text, NOTHING, "it") == text.replace("400", "not measured: left out")
    assert "not measured" in PLACES["bars"](NOTHING)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "a\n<!-- scorecard:beauty -->1<!-- /scorecard -->",
            "it: line 2: unknown place 'beauty': expected one of",
        ),
        ("<!-- scorecard:bars -->\nno end", "it: scorecard:bars is never closed"),
        ("1<!-- /scorecard -->", "it: line 1: <!-- /scorecard --> without its partner"),
        (
            "<!-- scorecard:bars --><!-- scorecard:bars -->",
            "it: line 1: <!-- scorecard:bars --> without its partner",
        ),
        ("nothing", "it: no place is marked"),
    ],
)
def test_bad_marks_name_their_line(text, told):
    with pytest.raises(DataError) as caught:
        fill(text, NOTHING, "it")
    assert str(caught.value).startswith(told)
