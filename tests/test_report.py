"""A session becomes one page that anybody can read; what is no session is named by its line."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser

import pytest

from mien.cli import main
from mien.errors import DataError
from mien.types import Doubt, Emotion, FrameResult, Quality, Timing, TrackedFace

pytest.importorskip("matplotlib")

from mien.report import read_session, write_page
from mien.report.figures import MAX_RUNS, clock, timeline_svg
from mien.report.page import MAX_GLIMPSES, MAX_PEOPLE, page
from mien.report.person import Person

PROBS = (0.1, 0.5, 0.2, 0.1, 0.1)


def line(time_s, *emotions, doubt=None, timing=None):
    faces = tuple(
        TrackedFace(number, (1.0, 2.0, 30.0, 40.0), 0.9, emotion, PROBS, None, Quality(38, 0.4, 0.5), doubt)
        for number, emotion in enumerate(emotions, start=1)
        if emotion
    )
    result = FrameResult(round(time_s * 10), time_s, 640, 480, faces, 9.0, timing=timing)
    return json.dumps(result.as_record()) + "\n"


def session_file(folder, lines, name="session.jsonl"):
    path = folder / name
    path.write_text("".join(lines))
    return path


@pytest.fixture
def session(tmp_path):
    """Four seconds happy, two sad; a second person for one second, in doubt."""
    lines = [line(n / 10, Emotion.HAPPY if n < 40 else Emotion.SAD) for n in range(61)]
    lines[:11] = [line(n / 10, Emotion.HAPPY, Emotion.ANGRY) for n in range(11)]
    return session_file(tmp_path, lines)


def test_time_shares_and_changes_are_those_of_the_lines(session):
    first, second = read_session(session).people.values()
    assert dict(first.seconds) == {"happy": pytest.approx(4.0), "sad": pytest.approx(2.0)}
    assert dict(first.changes) == {("happy", "sad"): 1}
    assert second.seen_s == pytest.approx(1.0)
    assert first.quality["light"][3] == (pytest.approx(5.0), 10)


def test_time_away_belongs_to_no_label(tmp_path):
    lines = [line(t, Emotion.HAPPY) for t in (0.0, 0.5)] + [line(t, Emotion.SAD) for t in (9.0, 9.5)]
    (person,) = read_session(session_file(tmp_path, lines)).people.values()
    assert dict(person.seconds) == {"happy": 0.5, "sad": 0.5}
    assert not person.changes


def test_doubt_and_timing_are_summed_up(tmp_path):
    lines = [line(0.1 * n, Emotion.HAPPY, doubt=Doubt.DARK, timing=Timing(20 + n, n, 30)) for n in range(11)]
    read = read_session(session_file(tmp_path, lines))
    assert dict(read.people[1].doubts) == {"dark": 11}
    assert list(read.people[1].seconds) == ["unsure"]
    assert (read.latency_ms, read.dropped) == (pytest.approx(25.0), 10)
    assert "25 ms from camera to result, 10 frames dropped" in page(read)


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.pictures, self.ids, self.tags, self.open = [], [], set(), []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.add(tag)
        if tag == "svg":
            self.pictures.append(given)
        if "id" in given:
            self.ids.append(given["id"])


def test_the_page_is_whole_by_itself_and_tells_its_pictures_in_words(session, tmp_path):
    write_page(read_session(session), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    outline = Outline()
    outline.feed(text)
    assert len(outline.pictures) == 6
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in outline.pictures)
    assert "happy 67%, sad 33%" in outline.pictures[0]["aria-label"]
    assert len(outline.ids) == len(set(outline.ids)), "no two parts of the page have one name"
    assert not outline.tags & {"script", "link", "img", "iframe"}
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert not re.search(r"url\((?!#)", text)
    assert "prefers-color-scheme" in text or "color-scheme: light dark" in text
    assert "currentColor" in text
    assert "@media print" in text


def test_a_name_is_no_markup(tmp_path):
    path = session_file(tmp_path, [line(0, Emotion.HAPPY)], "<script>alert(1)<&.jsonl".replace("/", ""))
    text = page(read_session(path))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;&amp;.jsonl" in text


def test_a_killed_recording_is_read_up_to_its_last_whole_line(tmp_path):
    path = session_file(tmp_path, [line(0, Emotion.HAPPY), line(0.1, Emotion.HAPPY), line(0.2)[:40]])
    read = read_session(path)
    assert read.frames == 2
    assert read.notes == ["Line 3 is cut off: the recording was killed while it was written."]
    assert "Line 3 is cut off" in page(read)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("no json\n", "line 2 is no JSON"),
        ("[1, 2]\n", "line 2 is no frame's result"),
        ('{"path": "a.jpg"}\n', "line 2 is no frame's result"),
        (line(0.1).replace('"schema": 2', '"schema": 9'), "line 2 has schema 9, expected 2"),
        (line(0.1, Emotion.SAD).replace('"label"', '"lable"'), "line 2 does not fit the schema"),
        (
            line(0.1, Emotion.SAD).replace('"label": "sad"', '"label": "grim"'),
            "line 2 does not fit the schema",
        ),
        (line(0.1).replace('"faces": []', '"faces": 3'), "line 2 does not fit the schema"),
        (
            line(0.1, Emotion.SAD).replace('"light": 0.5', '"light": 1e999'),
            "line 2 does not fit the schema (ValueError: light is inf)",
        ),
    ],
)
def test_what_is_no_session_is_named_by_its_line(tmp_path, second, why):
    path = session_file(tmp_path, [line(0), second, line(0.2)])
    with pytest.raises(DataError, match=re.escape(f"{path}, {why}")) as caught:
        read_session(path)
    assert "\n" not in str(caught.value)


def test_two_sessions_in_one_file_are_not_mixed(tmp_path):
    path = session_file(tmp_path, [line(7), line(8), line(0)])
    with pytest.raises(DataError, match=r"line 3 .* timestamp_s goes back to 0, is it another session"):
        read_session(path)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_holds_no_frame(tmp_path, text):
    with pytest.raises(DataError, match="holds no frame"):
        read_session(session_file(tmp_path, [text]))


def test_a_session_without_faces_has_a_page(tmp_path):
    assert "No face was found" in page(read_session(session_file(tmp_path, [line(0), line(0.1)])))


def test_a_long_session_makes_no_long_page():
    person = Person(1)
    for n in range(40_000):
        person.add_label(n / 10, "happy" if n % 2 else "sad")
    assert len(person.runs) == 40_000
    drawn = timeline_svg(person, 0.0, 4000.0)
    assert drawn.count("<path") < MAX_RUNS + 200
    assert len(drawn) < 500_000


def test_a_crowd_has_sections_for_those_seen_longest(tmp_path):
    lines = [line(n / 10, *[Emotion.HAPPY] * (MAX_PEOPLE + 2)) for n in range(2)]
    text = page(read_session(session_file(tmp_path, lines)))
    assert text.count("<section>") == MAX_PEOPLE
    assert "2 more people" in text


def test_faces_of_single_photos_are_told_in_a_line_each(tmp_path):
    shown = [(0, Emotion.HAPPY, None), (2, None, Emotion.SAD), (4, Emotion.ANGRY, None)]
    text = page(read_session(session_file(tmp_path, [line(time_s, *two) for time_s, *two in shown])))
    assert "<svg" not in text
    assert re.findall(r"<tr><th scope=\"row\">(.*?)</th><td>(.*?)</td>", text) == [
        ("Person 1", "happy at 0:00, angry at 0:04"),
        ("Person 2", "sad at 0:02"),
    ]


def test_a_passer_by_takes_no_room_from_those_who_stayed(tmp_path):
    lines = [line(n / 10, Emotion.HAPPY, Emotion.SAD if n == 5 else None) for n in range(31)]
    text = page(read_session(session_file(tmp_path, lines)))
    assert text.count("<svg") == 3
    assert "sad at 0:00" in text


def test_of_many_glimpses_the_last_are_counted(tmp_path):
    lines = [line(2 * n, *[None] * n, Emotion.HAPPY) for n in range(MAX_GLIMPSES + 3)]
    text = page(read_session(session_file(tmp_path, lines)))
    assert text.count('<th scope="row">') == MAX_GLIMPSES
    assert "3 more people, seen for a moment only" in text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (75.4, "1:15"), (3723, "1:02:03")])
def test_times_are_told_as_a_clock_tells_them(seconds, text):
    assert clock(seconds) == text


@pytest.fixture
def mien(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mien", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, capsys.readouterr().err.splitlines()

    return call


def test_the_command_writes_the_page_beside_the_session(mien, session):
    code, err = mien("report", session)
    assert (code, err) == (0, [f"mien: saved {session.with_suffix('.html')}"])
    assert session.with_suffix(".html").read_text().startswith("<!doctype html>")


def test_a_folder_is_no_session(mien, tmp_path):
    code, err = mien("report", tmp_path)
    assert (code, len(err)) == (2, 1)
    assert "it is a folder, expected a file of `mien run --jsonl`" in err[0]


@pytest.mark.parametrize("number", ["Infinity", "1e300", "NaN", "-1.0"])
def test_a_time_that_none_can_be_is_refused_by_line(tmp_path, number):
    text = line(0.5, Emotion.HAPPY).replace('"timestamp_s": 0.5', f'"timestamp_s": {number}')
    assert number in text
    with pytest.raises(DataError, match="line 1"):
        read_session(session_file(tmp_path, [text]))


def test_the_command_does_not_write_over_the_session(mien, session):
    before = session.read_text()
    code, err = mien("report", session, "-o", session)
    assert (code, len(err)) == (2, 1)
    assert "is the session itself" in err[0]
    assert session.read_text() == before


def test_a_session_that_is_not_there_is_one_line(mien, tmp_path):
    code, err = mien("report", tmp_path / "nothing.jsonl")
    assert (code, len(err)) == (2, 1)
    assert "nothing.jsonl" in err[0]


def test_without_matplotlib_one_line_says_what_to_install(mien, session, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("mien.report")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, err = mien("report", session)
    assert (code, err) == (2, ["mien: this needs matplotlib: pip install 'mien[report]'"])
