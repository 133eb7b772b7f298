"""The comparison with peers, without any of them: a worker that answers as it is told stands in."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import compare
import numpy as np
import pytest
from peers import homes, material, page, pairs, plan, record, roster, scores
from peers.gallery import hang
from peers.talk import NotMeasured, Worker
from rich.progress import Progress

from mien.errors import DataError

SERVING = Path(homes.WORKERS)
CLASSES = ["anger", "disgust", "happiness", "sadness", "surprise", "neutral"]

FAKE = """
import sys, time
sys.path.insert(0, {serving!r})
from serving import Refused, downloaded, serve

class Fake:
    classes = {classes!r}
    def classify(self, images):
        print("what libraries print is not an answer")
        # The first pixel names the class.
        return [[float(image[0, 0, 0] == place) for place in range(6)] for image in images]
    def find(self, image):
        big, small = self.classify([image])[0], [0, 0, 1, 0, 0, 0]
        return [] if image[0, 0, 0] == 1 else [(1.0, small), (9.0, big)]
    def watch(self, images):
        time.sleep({pause} * len(images))
        return map(self.find, images)

def load():
    {load}

serve(load)
"""


@pytest.fixture
def fake(tmp_path):
    def start(load="return Fake()", pause=0.0, classes=CLASSES, answer_within_s=20.0):
        script = tmp_path / "worker.py"
        script.write_text(FAKE.format(serving=str(SERVING), classes=classes, load=load, pause=pause))
        return Worker([sys.executable, script], tmp_path / "worker.log", answer_within_s)

    return start


def pictures(*values, side=4):
    return [np.full((side, side, 3), value, np.uint8) for value in values]


@pytest.fixture
def little(tmp_path):
    """Six crops and six photographs, one of each of the fake's classes, and two scenes."""
    stem = tmp_path / "data"
    stills = hang(stem / "stills", pictures(0, 1, 2, 3, 4, 5))
    return material.Material(
        crops=stills,
        labels=np.array([0, 0, 1, 2, 3, 4]),
        votes=np.array([0, -1, 1, 2, 4, -1]),
        photos=hang(stem / "photos", pictures(0, 1, 2, 3, 4, 5)),
        photo_labels=np.array([0, 0, 1, 2, 3, 4]),
        frames=hang(stem / "frames", pictures(*[2] * 2 * material.BLOCK_FRAMES)),
    )


def test_material_is_laid_out_once_and_anew_when_its_files_change(tmp_path, monkeypatch):
    laid = []

    def lay_out(_faces, _votes, _photos, scenes, folder):
        laid.append(scenes)
        for name in ("crops", "photos", "frames"):
            hang(folder / name, pictures(*[len(laid)] * 3))
        np.savez(folder / "answers.npz", labels=[0, 1, 2], votes=[0, 1, -1], photo_labels=[3, 3, 4])

    monkeypatch.setattr(material, "_lay_out", lay_out)
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    for name in ("public_test.parquet", "fer2013new.csv", "labels.csv"):
        (data / name).write_text("as good as any")
    first, again = (material.gather(data, data, 2, out) for _ in range(2))
    assert first.votes.tolist() == [0, 1, -1]
    assert (first.crops, first.digest) == (again.crops, again.digest)
    assert len(laid) == 1
    (data / "labels.csv").write_text("others")
    assert material.gather(data, data, 2, out).digest != first.digest
    assert len(laid) == 2


def test_a_worker_reads_pictures_of_any_size_and_answers_past_what_libraries_print(fake, tmp_path):
    gallery = hang(tmp_path / "mixed", [*pictures(3, side=2), *pictures(5, side=7)])
    with fake() as worker:
        assert worker.ask("load") == {"classes": CLASSES, "finds_faces": True}
        answer = worker.ask("classify", **gallery.as_question(0, 9))
    assert answer["scores"] == [[[0, 0, 0, 1, 0, 0]], [[0, 0, 0, 0, 0, 1]]]


def test_a_peer_that_finds_no_faces_says_so_and_is_not_asked_for_any(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(SERVING)!r})\nfrom serving import serve\n"
        f"class Reader:\n    classes = {CLASSES!r}\n"
        "    def classify(self, images):\n        return [[1.0] * 6 for _ in images]\nserve(Reader)\n"
    )
    gallery = hang(tmp_path / "faces", pictures(3))
    with Worker([sys.executable, script], tmp_path / "worker.log") as worker:
        assert worker.ask("load")["finds_faces"] is False
        assert worker.ask("classify", **gallery.as_question(0, 1)) == {"scores": [[[1.0] * 6]]}
        with pytest.raises(NotMeasured, match="finds no faces"):
            worker.ask("find", **gallery.as_question(0, 1))


def test_scores_count_a_missed_face_as_a_miss_and_ask_only_where_voters_agree(fake, little):
    steps = []
    with fake() as worker:
        found = scores.measure_scores(worker, little, lambda *step: steps.append(step))
    # The second crop is disgust alone: nothing of the five, so nothing is read.
    assert (found.label, found.label_count) == (pytest.approx(5 / 6), 6)
    assert (found.votes, found.votes_count) == (pytest.approx(3 / 4), 4)
    assert found.label_shown == found.label
    assert found.found == pytest.approx(5 / 6)
    assert found.recall == pytest.approx((0.5 + 4) / 5)
    assert found.recall_found == 1
    assert steps[-1] == ("find", 6, 6)


def test_the_five_are_found_by_other_words_and_made_to_sum_to_one():
    columns = scores.columns_of(CLASSES)
    assert columns == [0, 2, 3, 4, 5]
    five = scores.five([[0.2, 0.6, 0.1, 0.1, 0, 0], [0, 1, 0, 0, 0, 0]], columns)
    assert five[0] == pytest.approx([0.5, 0.25, 0.25, 0, 0])
    assert scores.said(five).tolist() == [0, -1]
    with pytest.raises(NotMeasured, match=r"classes are happy, sad: expected angry, surprise, neutral"):
        scores.columns_of(["happy", "sad"])


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        ("raise Refused('weights not available')", r"^weights not available$"),
        (
            "import urllib.request as web; downloaded(lambda: web.urlopen('http://127.0.0.1:9/w'))",
            r"^weights not available$",
        ),
        ("raise ValueError('of  two\\n lines')", r"^ValueError: of two lines$"),
        ("sys.exit('the library is broken')", r"ended with code 1: the library is broken$"),
        ("time.sleep(60)", r"^no answer within 1 s$"),
    ],
)
def test_whatever_keeps_a_peer_from_answering_is_a_reason_and_no_figure(fake, load, reason):
    within_s = 1.0 if "sleep" in load else 20.0
    with fake(load, answer_within_s=within_s) as worker, pytest.raises(NotMeasured, match=reason):
        worker.ask("load")


def test_a_peer_that_talks_nonsense_is_not_measured(tmp_path):
    reason = r"^it answered 'hello': expected a JSON object$"
    command = [sys.executable, "-c", "input(); print('hello')"]
    with Worker(command, tmp_path / "log", 20.0) as worker, pytest.raises(NotMeasured, match=reason):
        worker.ask("load")


def test_two_take_turns_on_the_same_frames(fake, little, monkeypatch):
    monkeypatch.setattr(pairs, "TURN_S", 0.05)
    steps = []
    pair = pairs.measure_pair(fake, lambda: fake(pause=0.01), little.frames, lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]
    assert len(pair.mien.fps) == len(pair.peer.fps) == 2
    assert pair.peer.middle_fps <= 100
    assert pair.ratio.low > 1
    assert pair.peer.faces == 2
    assert pair.mien.start_s > 0 < pair.mien.peak_mb


def test_a_ratio_is_taken_turn_by_turn():
    pair = pairs.Pair(
        pairs.Side((10, 30, 20), (9, 5, 4), 1, 1, 1), pairs.Side((5, 5, 2), (9, 10, 40), 1, 1, 1), 1.5
    )
    # Not 20 / 5, the ratio of the medians.
    assert pair.ratio == pairs.Ratio(6, 2, 10)
    assert pair.cpu_ratio == pairs.Ratio(2, 1, 10)
    assert pairs.Pair.from_record(json.loads(json.dumps(pair.as_record()))) == pair


def test_a_turn_is_as_long_for_the_fast_one_as_for_the_slow_one():
    assert pairs.frames_for(0.25) == 6
    assert pairs.frames_for(10.0) == pairs.FEWEST_FRAMES
    assert pairs.frames_for(0.001) == material.BLOCK_FRAMES
    assert pairs.rounds_for(0.01, 5) == 30
    assert pairs.rounds_for(9.0, 4) == 1


PEER, OTHER = roster.PEERS[0], roster.PEERS[2]
SCORES = scores.Scores(0.79, 0.7, 3027, 0.88, 2768, 0.8, 0.85, 0.97, 520)
FASTER = pairs.Pair(
    pairs.Side((100.0, 80.0), (8.0, 10.0), 1, 0.9, 150),
    pairs.Side((10.0, 10.0), (80.0, 90.0), 0.5, 6.0, 900),
    1.5,
)


def entry_of(peer, **more):
    return record.Entry({peer.home.tell[0]: "1.2"}, 370.0, "key", **more)


@pytest.fixture
def table():
    entries = {
        "mien": entry_of(roster.MIEN, scores=SCORES),
        PEER.name: entry_of(PEER, scores=replace(SCORES, label=0.74, found=1.0), pair=FASTER),
        OTHER.name: record.Entry(missing="weights not available"),
    }
    return record.Table("a machine of 2 cores", entries)


def test_the_page_shows_what_was_measured_and_says_what_was_not(table):
    text = page.render(table, 8)
    assert "| **mien**: its own face finder | 79.0% | 88.0% | 80.0% | 97.0% | 85.0% | 90.0 |" in text
    assert "| fer, Haar | 90.0 | 10.0 | **9.0 ×** (8.0 – 10.0) | 9.0 | 85.0 |" in text
    assert "| **9.5 ×** (9.0 – 10.0) | 1.00, 0.50 | 1.5 |" in text
    assert "- face-api, SSD: not measured: weights not available" in text
    row = next(line for line in text.splitlines() if line.startswith("| **face-api, SSD**"))
    assert not any(sign.isdigit() for sign in row)
    assert "what it shows scores\n  70.0% on them" in text
    assert "- fer 1.2\n" in text


def test_the_page_says_where_a_peer_is_ahead(table):
    ahead = page.render(table, 8).split("## Where a peer is ahead of mien")[1].split("##")[0].strip()
    assert ahead == "- with a face found: fer, Haar 100.0%, mien 97.0%"


def test_a_table_comes_back_as_it_was_written(table, tmp_path):
    table.write(tmp_path / "peers.json")
    assert record.read_table(tmp_path / "peers.json") == table
    assert record.read_table(tmp_path / "none.json").entries == {}
    (tmp_path / "other.json").write_text('{"peers": {"mien": {"colour": 1}}}')
    with pytest.raises(DataError, match=r"other\.json.*expected what the comparison wrote"):
        record.read_table(tmp_path / "other.json")


@pytest.fixture
def run(little, tmp_path, monkeypatch):
    """A plan whose homes are there already and whose measuring is told, not done."""
    asked = []
    monkeypatch.setattr(plan, "settle", lambda home, folder: homes.Settled(home, folder, 1.0, {}))
    monkeypatch.setattr(plan, "measure_scores", lambda *_: asked.append("scores") or SCORES)
    monkeypatch.setattr(plan, "measure_pair", lambda *_: asked.append("pair") or FASTER)
    monkeypatch.setattr(homes.Settled, "start", lambda self, peer: Worker([sys.executable], tmp_path / "log"))

    def entry(peer, last, chosen, **more):
        asked.clear()
        one = plan.Plan(tmp_path, little, last, chosen, **more)
        return one.entry(peer, Progress(disable=True)), list(asked)

    return entry


def test_only_mien_measures_mien_and_every_turn_and_keeps_the_peers_scores(run):
    nothing = record.Table("", {})
    first, asked = run(PEER, nothing, roster.ALL)
    assert asked == ["scores", "pair"]
    again, asked = run(PEER, record.Table("", {PEER.name: first}), [roster.MIEN])
    assert asked == ["pair"]
    assert again.scores == SCORES
    ours, asked = run(roster.MIEN, nothing, [roster.MIEN])
    assert asked == ["scores"]
    assert ours.pair is None


def test_figures_of_other_data_or_another_version_are_not_kept(run):
    first, _ = run(PEER, record.Table("", {}), roster.ALL)
    changed = record.Table("", {PEER.name: replace(first, key="of another version")})
    kept, asked = run(PEER, changed, [OTHER])
    assert (kept.missing, kept.scores, asked) == (plan.STALE, None, [])
    turns_of_old_mien = record.Table("", {PEER.name: replace(first, pair_key="of another mien")})
    kept, _ = run(PEER, turns_of_old_mien, [OTHER])
    assert (kept.scores, kept.pair) == (SCORES, None)


def test_a_home_that_cannot_be_made_says_why_and_is_tried_again(tmp_path, monkeypatch):
    home = roster.Home("none", ("none==0",), ("none",))
    monkeypatch.setattr(
        homes, "_commands", lambda *_: [(sys.executable, "-c", "print('ERROR: no such release'); exit(1)")]
    )
    for _ in range(2):
        with pytest.raises(NotMeasured, match=r"^could not be installed: ERROR: no such release$"):
            homes.settle(home, tmp_path)
    monkeypatch.setattr(homes, "_commands", lambda *_: [("no-such-program",)])
    with pytest.raises(NotMeasured, match=r"^no-such-program is not installed on this machine$"):
        homes.settle(home, tmp_path)


def test_a_home_is_made_once_and_anew_when_its_packages_change(tmp_path, monkeypatch):
    made = []

    def commands(home, path):
        made.append(home)
        package = path / "node_modules" / "one" / "package.json"
        return [
            (
                sys.executable,
                "-c",
                f"from pathlib import Path; p = Path({str(package)!r}); "
                'p.parent.mkdir(parents=True); p.write_text(\'{"version": "1.5"}\')',
            )
        ]

    monkeypatch.setattr(homes, "_commands", commands)
    home = roster.Home("one", ("one@1",), ("one",), node=True)
    first, again = (homes.settle(home, tmp_path) for _ in range(2))
    assert first == again
    assert first.versions == {"one": "1.5"}
    assert first.size_mb == pytest.approx(18e-6)
    assert len(made) == 1
    homes.settle(replace(home, packages=("one@2",)), tmp_path)
    assert len(made) == 2


def test_every_peer_is_pinned_and_has_a_worker():
    for peer in roster.ALL:
        assert (homes.WORKERS / peer.worker).is_file()
        for package in peer.home.packages:
            assert ("@" if peer.home.node else "==") in package[1:]


def test_missing_data_is_one_line_and_exit_code_2(tmp_path, capsys):
    arguments = ["--fer2013", str(tmp_path), "--homes", str(tmp_path), "--out", str(tmp_path / "peers.md")]
    assert compare.main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"compare: {tmp_path / 'public_test.parquet'}: no such file: expected it")
    assert said.err.count("\n") == 1
    assert not (tmp_path / "peers.md").exists()
    assert compare.main([*arguments, "--only", "nobody"]) == 2
    assert "--only nobody: expected one of mien, fer, Haar" in capsys.readouterr().err
