"""The card's figures as Markdown tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mien.scorecard.card import Card, Part
from mien.scorecard.goals import judge
from mien.scorecard.speed import IDLE_SHARE
from mien.types import LABELS

_VERDICTS = {True: "met", False: "**short**", None: ""}
_HEADS = ("label", "crowd")

COVERAGE_LIMITS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""The points of the curve that the table gives."""


def markdown(heading: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """A table; the first so many columns are text, the others are numbers."""
    lines = [heading, [*["---"] * texts, *["---:"] * (len(heading) - texts)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def of_part(card: Card, part: Part, render: Callable[[dict[str, Any]], str]) -> str:
    """What a part's figures look like, or that it was not measured."""
    return render(card.found[part]) if part in card.found else f"not measured: {card.missing[part]}"


def bars_table(card: Card) -> str:
    """Each bar, the figure, whether it is met."""
    rows = [
        (
            verdict.goal.name,
            verdict.shown,
            verdict.goal.bar.text,
            "**short**" if verdict.met is False else verdict.word,
        )
        for verdict in judge(card)
    ]
    return markdown(("", "measured", "bar", ""), rows)


def accuracy_table(found: dict[str, Any], *, classes: bool = False) -> str:
    """Both heads under both protocols; with precision, recall and F1 by class if asked for."""
    columns = {
        f"{head} head, {protocol}": scores[head]
        for head in _HEADS
        for protocol, scores in found["protocols"].items()
        if scores[head] is not None
    }
    lines: dict[str, Callable[[dict[str, Any]], str]] = {
        "pictures": lambda score: f"{score['n']:,}",
        "accuracy": lambda score: f"**{score['accuracy']:.1%}**",
        "95 % interval": lambda score: "{:.1%} – {:.1%}".format(*score["interval95"]),
        "macro-F1": lambda score: f"{score['macro_f1']:.3f}",
        "mean recall": lambda score: f"{score['mean_recall']:.1%}",
        "calibration error": lambda score: f"{score['ece']:.3f}",
    }
    rows = [(name, *map(tell, columns.values())) for name, tell in lines.items()]
    if classes:
        rows += [
            (f"{label}: precision, recall, F1", *(_class_cell(score, label) for score in columns.values()))
            for label in LABELS
        ]
    return markdown(("", *columns), rows)


def _class_cell(score: dict[str, Any], label: str) -> str:
    said = score["per_class"][label]
    return f"{said['precision']:.1%}, {said['recall']:.1%}, {said['f1']:.3f}"


def coverage_table(found: dict[str, Any]) -> str:
    """Of a few limits: for how many faces an emotion is said, and how often that is right."""
    if found["coverage"] is None:
        return "not measured: no votes named"
    default = found["coverage"]["default"]["limit"]
    points = [point for point in found["coverage"]["points"] if point["limit"] in COVERAGE_LIMITS]
    if default not in COVERAGE_LIMITS:
        points = sorted([*points, found["coverage"]["default"]], key=lambda point: float(point["limit"]))
    rows = [
        (
            f"{point['limit']:g}" + (" (default)" if point["limit"] == default else ""),
            f"{point['share']:.1%}",
            "–" if point["accuracy"] is None else f"{point['accuracy']:.1%}",
        )
        for point in points
    ]
    return markdown(("least probability", "says an emotion", "is right then"), rows)


def corruption_table(found: dict[str, Any]) -> str:
    """What both heads lose under each corruption."""
    with_crowd = found["clean"]["crowd"] is not None
    bars = {score["bar_points"] for score in found["scores"]} - {None}
    crowd = ("crowd head", "lost", "worst direction", f"bar of {min(bars):g} points") if with_crowd else ()
    clean = found["clean"]
    first = (
        "as they are",
        *((f"{clean['crowd']:.2%}", "", "", "") if with_crowd else ()),
        f"{clean['label']:.2%}",
        "",
    )
    return markdown(("", *crowd, "label head", "lost"), [first, *map(_corruption_row, found["scores"])])


def _corruption_row(score: dict[str, Any]) -> tuple[str, ...]:
    label, crowd = score["label"], score["crowd"]
    cells: tuple[str, ...] = ()
    if crowd is not None:
        verdict = _VERDICTS[score["meets_bar"]]
        cells = (
            f"{crowd['accuracy']:.2%}",
            _points(crowd["loss_points"]),
            _points(crowd["worst_points"]),
            verdict,
        )
    return (score["name"], *cells, f"{label['accuracy']:.2%}", _points(label["loss_points"]))


def _points(value: float) -> str:
    return f"{value + 0.0:.2f}"  # without the sign of a zero


def labelled_in_words(found: dict[str, Any]) -> str:
    """How many photographs carry each label."""
    return ", ".join(f"{count} {label}" for label, count in found["labelled"].items())


def photograph_table(found: dict[str, Any]) -> str:
    """Each detector's way through the photographs."""
    heading = ("detector", "turned", "one / no / several faces", "mean recall", "accuracy", *LABELS)
    rows = [
        (
            row["detector"],
            f"{row['turned_deg']:+g}°" if row["turned_deg"] else "–",
            f"{row['one']} / {row['none']} / {row['several']}",
            f"{row['mean_recall']:.3f}",
            f"{row['accuracy']:.3f}",
            *("–" if row["recalls"][label] is None else f"{row['recalls'][label]:.3f}" for label in LABELS),
            *_ms_cells(row["ms"], 0),
        )
        for row in found["rows"]
    ]
    return markdown((*heading, "ms a photo, p50", "p95"), rows)


def busy_warning(found: dict[str, Any]) -> str | None:
    """One sentence if the machine did other work while speed was measured, else None."""
    share = found["threads"]["1"]["core_share"]
    if share >= IDLE_SHARE:
        return None
    return (
        f"measured on a busy machine: a single thread had {share:.0%} of a core; measure again on an idle one"
    )


def stage_table(found: dict[str, Any]) -> str:
    """Milliseconds of each stage by number of threads."""
    return _by_threads(found["threads"], "stages", "stage, ms")


def batch_table(found: dict[str, Any]) -> str:
    """Milliseconds of the classifier a face by how many are read at once."""
    return _by_threads(found["threads"], "batches", "faces at once; ms a face")


def _by_threads(threads: dict[str, Any], kind: str, corner: str) -> str:
    heading = [text for count in threads for text in (f"{_threads(count)}, p50", "p95")]
    columns = [each[kind] for each in threads.values()]
    rows = [
        (name, *(cell for column in columns for cell in _ms_cells(column[name], 2))) for name in columns[0]
    ]
    return markdown((corner, *heading), rows)


def footprint_table(found: dict[str, Any]) -> str:
    """Start, memory, size, the largest packages first."""
    start, peak, packages = found["first_result_s"], found["predict_peak_mb"], found["install_mb"]
    rows = [
        ("import and first result, s: p50", f"{start['p50']:.2f}"),
        (f"the same, p95 of {start['starts']} starts", f"{start['p95']:.2f}"),
        ("peak memory of `mien predict` on one photo, MB", "not measured" if peak is None else f"{peak:.0f}"),
    ]
    if packages is None:
        return markdown(("", ""), [*rows, ("install, MB", "not measured: mien is not installed here")])
    largest = sorted(packages.items(), key=lambda pair: -pair[1])
    rows.append(("install, MB", f"{sum(packages.values()):.0f}"))
    rows += [(f"of that {name}", f"{size:.0f}") for name, size in largest if size >= 5]
    return markdown(("", ""), rows)


def _ms_cells(took: dict[str, float], digits: int) -> tuple[str, str]:
    return f"{took['p50']:.{digits}f}", f"{took['p95']:.{digits}f}"


def _threads(count: str) -> str:
    return f"{count} thread{'' if count == '1' else 's'}"
