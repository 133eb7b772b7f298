"""The figures that are stated are those of the card, and the card is that of the models that ship."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from mien.classifier import SHIPPED_MODEL
from mien.detector import SHIPPED_FACE_MODEL
from mien.errors import DataError
from mien.files import file_sha256
from mien.scorecard.card import Card, Part, read_card
from mien.scorecard.goals import judge
from mien.scorecard.page import page
from mien.scorecard.places import PLACES
from mien.scorecard.readme import fill, filled_file

REPOSITORY = Path(__file__).parents[1]
CARD = REPOSITORY / "docs" / "scorecard.json"
FILLED = (REPOSITORY / "README.md", REPOSITORY / "docs" / "model-card.md")
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
