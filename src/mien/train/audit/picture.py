"""Pictures of a table as they stand in the page: inside it, with what they are in words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from mien.train.audit.copies import Group
from mien.train.table import FER2013_CLASSES, VOTE_COLUMNS, FaceTable, encode_picture

MOST_OF_A_GROUP = 6
"""So many pictures of a group of repeats are shown."""


def figure(faces: FaceTable, row: int, told: str = "") -> str:
    """One picture with its id, split and label, and what else there is to tell."""
    data = b64encode(encode_picture(faces.images[row])).decode("ascii")
    name, label = escape(str(faces.ids[row])), FER2013_CLASSES[faces.codes[row]]
    more = f"<br>{escape(told)}" if told else ""
    return (
        f'<figure><img src="data:image/png;base64,{data}" width="96" height="96" alt="{name}">'
        f"<figcaption><code>{name}</code><br>{faces.usage[row]}, <b>{label}</b>{more}</figcaption></figure>"
    )


def gallery(figures: Sequence[str], of: int) -> str:
    """Pictures side by side, and how many there would be."""
    if not of:
        return "<p>None.</p>"
    told = f"<p>The first {len(figures):,} of {of:,}.</p>" if 0 < len(figures) < of else ""
    return f'{told}<div class="gallery">{"".join(figures)}</div>' if figures else ""


def group_figure(faces: FaceTable, group: Group) -> str:
    """The pictures of a group of repeats in one frame."""
    # Those of a test split first, lest a large group hide them.
    rows = sorted(group.rows, key=lambda row: bool(faces.usage[row] == "Training"))[:MOST_OF_A_GROUP]
    shown = "".join(figure(faces, row, votes_in_words(faces, row)) for row in rows)
    hidden = len(group.rows) - MOST_OF_A_GROUP
    more = f"<p>and {hidden} more</p>" if hidden > 0 else ""
    labels = sorted({FER2013_CLASSES[faces.codes[row]] for row in group.rows})
    name = f"one picture {len(group.rows)} times, labelled {' and '.join(labels)}"
    return f'<div class="group" role="group" aria-label="{name}">{shown}{more}</div>'


def votes_in_words(faces: FaceTable, row: int) -> str:
    """The three answers with most votes, `anger 6, fear 3, neutral 1`; empty where nobody voted."""
    if faces.votes is None:
        return ""
    votes = faces.votes[row]
    most = sorted(range(len(votes)), key=lambda column: -int(votes[column]))[:3]
    return ", ".join(f"{VOTE_COLUMNS[column]} {votes[column]}" for column in most if votes[column])


def against_in_words(faces: FaceTable, row: int) -> str:
    """How many voters call it no face; empty where nobody voted."""
    if faces.votes is None or not faces.votes[row].any():
        return ""
    votes = faces.votes[row]
    return f"{votes[VOTE_COLUMNS.index('NF')]} of {votes.sum(dtype=int)} votes: not a face"
