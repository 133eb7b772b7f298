"""The section of an audit's page on the two protocols."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mien.document import cell
from mien.train.audit.cells import number_cell, wide_table
from mien.train.audit.findings import Findings
from mien.train.cleaning import Reason
from mien.train.evaluate import Evaluation


def protocols(found: Findings, _shown: int) -> str:
    """What both protocols drop, and the model's scores under each."""
    usages = found.counts.usages
    columns = [(outcome, usage) for outcome in found.protocols for usage in usages]
    heads = [f"{outcome.protocol.value}, {usage}" for outcome, usage in columns]
    rows = [
        (
            f"{reason.value} <small>{escape(reason.meaning)}</small>",
            [number_cell(outcome.dropped[reason.value, usage]) for outcome, usage in columns],
        )
        for reason in Reason
        if any(outcome.dropped[reason.value, usage] for outcome, usage in columns)
    ]
    rows.append(("kept", [cell(f"{outcome.kept[usage]:,}") for outcome, usage in columns]))
    return wide_table("What each protocol drops, and keeps", heads, rows) + _scores(found)


def _scores(found: Findings) -> str:
    scored = [
        (f"{outcome.protocol.value}, {usage}", score)
        for outcome in found.protocols
        for usage, score in outcome.scores.items()
    ]
    if not scored:
        return "<p>No test split with pictures of the five classes, so no scores.</p>"
    rows = [
        ("pictures", [cell(f"{score.pictures:,}") for _, score in scored]),
        ("left out: training holds them", [cell(f"{score.left_out:,}") for _, score in scored]),
        *_head_rows("label", [score for _, score in scored]),
    ]
    if any(score.crowd for _, score in scored):
        rows += _head_rows("crowd", [score for _, score in scored])
    return (
        "<h3>The model's scores</h3><p>The label head against FER2013's labels, the crowd head against the "
        "majority of the voters. A test split loses fear and disgust under both protocols; leak-free scoring "
        "also leaves out what FER2013's training split holds, told by fingerprints.</p>"
        + wide_table("Scores", [name for name, _ in scored], rows)
    )


def _head_rows(head: str, scores: Sequence[Evaluation]) -> list[tuple[str, list[str]]]:
    heads = [score.label if head == "label" else score.crowd for score in scores]
    return [
        (f"{head} head: pictures", [cell(f"{score.n:,}" if score else "") for score in heads]),
        (f"{head} head: accuracy", [cell(f"{score.accuracy:.1%}" if score else "") for score in heads]),
        (
            "95 % interval",
            [cell("{:.1%} – {:.1%}".format(*score.interval95) if score else "") for score in heads],
        ),
        ("macro-F1", [cell(f"{score.macro_f1:.3f}" if score else "") for score in heads]),
    ]
