"""The page of an audit stands alone, shows what was found, and is written whole or not at all."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from conftest import drawn_table, joined

from mien.cli import audit as command
from mien.cli import main
from mien.train import audit as package
from mien.train.audit.picture import MOST_OF_A_GROUP
from mien.train.table import FaceTable, build_table, write_table


class Outline(HTMLParser):
    """What a browser and a screen reader would go by."""

    def __init__(self, text):
        super().__init__()
        self.images, self.ids, self.links, self.headings, self.tags = [], [], [], [], set()
        self.unnamed = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.add(tag)
        if tag == "img":
            self.images.append(given)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and "scope" not in given:
            self.unnamed.append(tag)


def planted(*, votes=True):
    """Eight training pictures that are one, across splits too; one blank; one label changed."""
    table = joined(drawn_table(12, "Training", 1), drawn_table(6, "PublicTest", 2))
    images, codes = table.images.copy(), table.codes.copy()
    images[[1, *range(5, 12), 14]] = images[1]
    images[3] = 90
    codes[1] = 4
    return FaceTable(table.ids, table.usage, codes, images, table.votes if votes else None)


@pytest.fixture
def mien(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mien", "data", "audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err.splitlines()

    return call


@pytest.fixture
def data(tmp_path):
    write_table(planted(), tmp_path / "faces.parquet")
    return tmp_path / "faces.parquet"


@pytest.fixture
def text(mien, data):
    code, _, err = mien(data, "-o", data.with_name("page.html"))
    assert (code, err) == (0, [])
    return data.with_name("page.html").read_text()


def test_the_page_needs_nothing_from_outside(text):
    outline = Outline(text)
    assert not outline.tags & {"script", "link", "iframe", "object"}
    assert "http" not in text
    assert not re.search(r"url\(", text)
    assert all(image["src"].startswith("data:image/png;base64,") for image in outline.images)
    assert len(outline.images) > 9


def test_the_page_can_be_read_aloud_in_the_dark_and_on_paper(text):
    outline = Outline(text)
    assert all(image["alt"] for image in outline.images)
    assert len(outline.ids) == len(set(outline.ids)) == 6
    assert outline.links == [f"#{name}" for name in outline.ids]
    assert outline.unnamed == []
    steps = np.diff(outline.headings)
    assert outline.headings[0] == 1
    assert steps.max() <= 1, "no level of heading is left out"
    assert text.count("<table") == text.count("<caption")
    assert text.count('tabindex="0" role="region" aria-label=') == text.count("tabindex") > 0
    assert "color-scheme: light dark" in text
    assert "@media print" in text


def test_each_section_tells_what_was_planted(text):
    assert "come more than once: 1; under more than one label: 1." in text
    assert "Across splits: 1" in text
    assert "Blank: 1" in text
    assert "The first" not in text
    assert 'aria-label="one picture 9 times, labelled angry and happy and neutral' in text
    assert f"and {9 - MOST_OF_A_GROUP} more" in text
    assert "Labels that the voters contradict: 1" in text
    assert "in-sample" in text
    assert re.search(r">leak <small>.*?</th><td>0</td><td>0</td><td>8</td><td>0</td>", text)


def test_without_votes_the_page_says_what_would_bring_them(mien, data):
    write_table(planted(votes=False), data)
    assert mien(data, "-o", data.with_name("page.html"))[0] == 0
    text = data.with_name("page.html").read_text()
    assert "fer2013new.csv with --votes" in text
    assert "Least like a face" in text
    assert "Voters choose" not in text
    assert "Not a face" not in text


def test_votes_of_a_file_are_joined(mien, data):
    write_table(planted(votes=False), data)
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    table = build_table(["fer0000000"], ["Training"], [3], [planted().images[0]])
    write_table(table, data.with_name("one.parquet"))
    votes = data.with_name("votes.csv")
    votes.write_text(f"{header}\nTraining,fer0000000.png,0,1,0,9,0,0,0,0,0,0\n")
    numbers = data.with_name("numbers.json")
    code, _, err = mien(
        data.with_name("one.parquet"), "--votes", votes, "-o", data.with_name("p.html"), "--json", numbers
    )
    assert (code, err) == (0, ["mien: Votes joined by name for 1 of 1 pictures."])
    assert json.loads(numbers.read_text())["votes"]["contradicted"] == 1


@pytest.mark.parametrize(("limit", "shown"), [(0, 0), (1, 1)])
def test_the_limit_caps_the_pictures_of_each_finding(mien, data, limit, shown):
    write_table(planted(votes=False), data)
    page, numbers = data.with_name("page.html"), data.with_name("numbers.json")
    code, out, _ = mien(data, "--limit", limit, "-o", page, "--json", numbers)
    assert code == 0
    assert "saved" in out
    assert "18 pictures (Training, PublicTest); 1 come more than once" in out
    outline = Outline(page.read_text())
    record = json.loads(numbers.read_text())
    suspects = sum(min(shown, pool["suspects"]) for pool in record["suspects"].values())
    # One group of repeats, the blank picture, the one least like a face, and the suspects.
    assert len(outline.images) == shown * (MOST_OF_A_GROUP + 2) + suspects
    assert ("keep it private" in page.read_text()) == bool(shown)


def test_a_name_is_no_markup(mien, tmp_path):
    table = planted()
    ids = table.ids.astype("<U40")
    ids[1] = 'a"><script>alert(1)</script>'
    write_table(FaceTable(ids, table.usage, table.codes, table.images, table.votes), tmp_path / "a&b.parquet")
    assert mien(tmp_path / "a&b.parquet", "-o", tmp_path / "page.html")[0] == 0
    text = (tmp_path / "page.html").read_text()
    assert "<script" not in text
    assert "Audit of a&amp;b.parquet" in text


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nothing.csv"], "nothing.csv: no such file or folder"),
        (["{data}", "--votes", "nothing.csv"], "nothing.csv: no such file"),
        (["{data}", "--threshold", "2"], "threshold is 2.0: expected a correlation"),
        (["{data}", "--model", "nothing.onnx"], "nothing.onnx"),
        (["{data}", "-o", "{data}"], "is read by this command: expected another file"),
        (["{data}", "--json", "{data}"], "is read by this command: expected another file"),
        (["{data}", "-o", "{folder}"], "it is a folder, expected a file name"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(mien, data, monkeypatch, arguments, why):
    monkeypatch.chdir(data.parent)
    before = data.read_bytes()
    code, _, err = mien(*(part.format(data=data, folder=data.parent) for part in arguments))
    assert (code, len(err)) == (2, 1), err
    assert why in err[0]
    assert [path.name for path in data.parent.iterdir()] == [data.name]
    assert data.read_bytes() == before


def test_one_file_for_both_outputs_is_refused(mien, data):
    both = data.with_name("both")
    code, _, err = mien(data, "-o", both, "--json", both)
    assert (code, len(err)) == (2, 1)
    assert "both would be written twice: expected" in err[0]


def test_an_interrupted_audit_leaves_the_page_that_was_there(mien, data, monkeypatch):
    page = data.with_name("page.html")
    page.write_text("before")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(package, "audit", interrupted)
    assert mien(data, "-o", page)[0] == 130
    assert page.read_text() == "before"
    assert sorted(path.name for path in data.parent.iterdir()) == [data.name, page.name]


def test_help_gives_examples(mien):
    code, out, _ = mien("--help")
    assert code == 0
    assert out.count("mien data audit") >= 3
    assert command.audit_data.__doc__.count("Examples:") == 1
