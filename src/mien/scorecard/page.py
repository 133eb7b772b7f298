"""The card as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mien.scorecard import tables
from mien.scorecard.card import Card, Part

FOLDER = "scorecard"
"""The pictures' folder, beside the page."""


_INTRODUCTION = """\
How good, how fast and how large mien is, and the bars that the project set itself. `mien scorecard` measures,
draws and writes all of this page; nothing in it is typed by hand."""

_ACCURACY = """\
One pass, no test-time tricks, as served by each head's decision rule. The **label head** is scored against
FER2013's own labels, the **crowd head**, which is what a person sees, against the majority of ten people
(FER+, at least 5 of 10 votes; of two with five each the first in the tables' order). *Leak-free* leaves out
the test pictures that come again in the training split. Intervals are by bootstrap over pictures."""

_RELIABILITY = """\
How often answers of a given probability are right, official protocol, in 15 equal bins; on the dashed line a
probability is worth what it says."""

_COVERAGE = """\
What saying “unsure” brings: of the pictures that have a majority, for how many the crowd head names an
emotion as the least probability moves, and how often it is right then (official protocol). In a stream a face
can be unsure for its size, light, sharpness or pose as well."""

_CORRUPTIONS = """\
Points lost against the pictures as they are, official protocol; where a change has several directions their
mean, and the worst of them, which the bar is for."""

_PHOTOGRAPHS = """\
The whole path on {photos} photographs of one face each, labelled by one person ({labelled}), as they are and
turned about their middle. A photo in which no face is found counts as a miss. Milliseconds are those of one
core."""

_SPEED = """\
{cpu}, {cores} cores at hand; {repeats} frames of the drawn face, {width} × {height}, one face. The whole way
of a frame is everything but the drawing. In most frames the detector finds the known face again at a glance,
which is the median; the 95th percentile is a full look for new ones."""

_RECORDING = """\
Frame by frame that is {one by one:.0f} frames a second with one thread a network. A recording, where mien
finds the faces of the next frame while it reads those of the last, goes at {watched:.0f} frames a second; its
decoding is not in that."""

_FOOTPRINT = """\
Each start is a fresh process, its files in the disk's cache: imports, opening both models, the faces of one
photo of 640 × 480. The install is mien with all that it requires, no extras."""


def page(card: Card) -> str:
    """The whole page; what was not measured says so and why."""
    return "\n\n".join(_blocks(card)) + "\n"


def _blocks(card: Card) -> Iterator[str]:
    yield "# Scorecard"
    yield _INTRODUCTION
    yield tables.markdown(("model", "file", "SHA-256", "MB"), map(_model_row, card.models.items()), texts=3)
    yield "## Bars"
    yield tables.bars_table(card)
    sections = {
        Part.ACCURACY: ("FER2013", _accuracy),
        Part.CORRUPTIONS: ("Corrupted pictures", _corruptions),
        Part.PHOTOGRAPHS: ("Photographs", _photographs),
        Part.SPEED: ("Speed", _speed),
        Part.FOOTPRINT: ("Footprint", _footprint),
    }
    for part, (title, render) in sections.items():
        yield f"## {title}"
        if part in card.found:
            yield from render(card.found[part])
        else:
            yield f"Not measured: {card.missing[part]}."
    yield "## When, and on what"
    yield _origins(card)


def _model_row(named: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    name, model = named
    return name, f"`{model['file']}`", f"`{model['sha256'][:16]}…`", f"{model['bytes'] / 1e6:.2f}"


def _accuracy(found: dict[str, Any]) -> Iterator[str]:
    yield _ACCURACY
    yield tables.accuracy_table(found, classes=True)
    yield f"Without the decision rule, official protocol: {_plain(found['plain'])}."
    for protocol in found["protocols"]:
        yield _picture(f"confusions-{protocol}", f"Confusion matrices, {protocol} protocol")
    yield _RELIABILITY
    yield _picture("reliability", "Reliability diagrams of both heads")
    yield _COVERAGE
    yield tables.coverage_table(found)
    if found["coverage"] is not None:
        yield _picture("coverage", "Accuracy against the share of faces that are answered")


def _plain(plain: dict[str, dict[str, float]]) -> str:
    parts = (
        f"{head} head {said['accuracy']:.1%} (mean recall {said['mean_recall']:.1%})"
        for head, said in plain.items()
    )
    return ", ".join(parts)


def _corruptions(found: dict[str, Any]) -> Iterator[str]:
    yield _CORRUPTIONS
    yield tables.corruption_table(found)
    yield _picture("corruptions", "A drawn face under each corruption, with what that costs")


def _photographs(found: dict[str, Any]) -> Iterator[str]:
    photos, labelled = sum(found["labelled"].values()), tables.labelled_in_words(found)
    yield _PHOTOGRAPHS.format(photos=photos, labelled=labelled)
    yield tables.photograph_table(found)
    yield _picture("photographs", "Recall of each emotion by detector")


def _speed(found: dict[str, Any]) -> Iterator[str]:
    yield _SPEED.format(**found["measured"]["machine"], **found)
    warning = tables.busy_warning(found)
    if warning is not None:
        yield f"**These times were {warning}.**"
    yield tables.stage_table(found)
    yield _RECORDING.format(**found["recording_fps"])
    yield tables.batch_table(found)
    yield _picture("speed", "Milliseconds a stage, and a face by batch")


def _footprint(found: dict[str, Any]) -> Iterator[str]:
    yield _FOOTPRINT
    yield tables.footprint_table(found)


def _origins(card: Card) -> str:
    """A row a part: the day, the seconds, the machine, the files."""
    rows = [(part.value, *_origin(found)) for part, found in card.found.items()]
    total_s = sum(found["measured"]["took_s"] for found in card.found.values())
    rows.append(("all", "", "", "", f"{total_s:.0f}"))
    return tables.markdown(("part", "measured on", "machine", "files", "took s"), rows, texts=4)


def _origin(found: dict[str, Any]) -> tuple[str, str, str, str]:
    measured, data = found["measured"], found.get("data", {})
    files = ", ".join(f"`{file['file']}` (`{file['sha256'][:12]}…`)" for file in data.values())
    return measured["on"], _machine(measured["machine"]), files, f"{measured['took_s']:.0f}"


def _machine(said: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {said[name]}" for name in ("python", "numpy", "opencv", "onnxruntime"))
    return f"{said['cpu']}, {said['cores']} cores, {said['system']}, {versions}"


def _picture(name: str, words: str) -> str:
    return f"![{words}]({FOLDER}/{name}.png)"
