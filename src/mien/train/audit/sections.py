"""The sections of an audit's page on what the data set itself holds."""

from __future__ import annotations

from collections.abc import Sequence

from mien.document import cell, note, shaded
from mien.train.audit.ballot import CHOICES
from mien.train.audit.cells import part, wide_table
from mien.train.audit.copies import Group
from mien.train.audit.findings import Findings
from mien.train.audit.picture import against_in_words, figure, gallery, group_figure, votes_in_words
from mien.train.table import FER2013_CLASSES, USAGES


def counts(found: Findings, _shown: int) -> str:
    """Pictures by class and split."""
    pictures, usages = found.counts.pictures, found.counts.usages
    columns = [USAGES.index(usage) for usage in usages]
    most = int(pictures.max(initial=1))
    rows = [
        (name, [*(shaded(int(pictures[code, column]), most) for column in columns), cell(f"{total:,}")])
        for code, name in enumerate(FER2013_CLASSES)
        if (total := int(pictures[code].sum()))
    ]
    sums = [int(pictures[:, column].sum()) for column in columns]
    voted = [int(found.counts.voted[column]) for column in columns]
    rows.append(("all", [cell(f"{number:,}") for number in (*sums, sum(sums))]))
    rows.append(("with votes", [cell(f"{number:,}") for number in (*voted, sum(voted))]))
    return wide_table("Pictures, by label and split", (*usages, "all"), rows)


def repeats(found: Findings, shown: int) -> str:
    """What comes again, within and across splits, with the pictures side by side."""
    copies, usages = found.copies, found.counts.usages
    in_split = dict(zip(USAGES, found.counts.pictures.sum(axis=0).tolist(), strict=True))
    disagreeing = sum(group.disagrees for group in copies.groups)
    rows = [
        (
            usage,
            [
                part(int(copies.again[USAGES.index(usage), USAGES.index(other)]), in_split[usage])
                for other in usages
            ],
        )
        for usage in usages
    ]
    return (
        f"<p>Pictures that come more than once: {len(copies.groups):,}; under more than one label: "
        f"{disagreeing:,}. A picture of a test split that training holds as well makes scores too good; a "
        "picture under two labels has a wrong one.</p>"
        + wide_table("Pictures of the row's split that come again in the column's", usages, rows)
        + _groups(found, "Across splits", copies.across, shown)
        + _groups(found, "Within one split", copies.within, shown)
    )


def faceless(found: Findings, shown: int) -> str:
    """What shows nothing or no face."""
    looks, faces = found.faceless, found.faces
    lists = [("Blank", looks.blank)]
    if found.ballot is not None:
        lists.append(("Not a face, most voters say", looks.not_a_face))
        lists.append(("Not a face, some voters say", looks.doubted))
    parts = [
        f"<h3>{heading}: {len(rows):,}</h3>"
        + gallery([figure(faces, row, against_in_words(faces, row)) for row in rows[:shown]], len(rows))
        for heading, rows in lists
    ]
    if looks.unlike:
        told = zip(looks.unlike[:shown], looks.scores, strict=False)
        parts.append(
            "<h3>Least like a face</h3><p>Nobody voted on these. The score is mien's face detector's, 0 to "
            "1; it orders the pictures and is no verdict: covered, turned and dark faces stand here too.</p>"
            + gallery([figure(faces, row, f"score {score:.2f}") for row, score in told], len(looks.unlike))
        )
    return "".join(parts)


def votes(found: Findings, shown: int) -> str:
    """FER2013's label against what people chose."""
    ballot, faces = found.ballot, found.faces
    if ballot is None:
        return note("No votes: give FER+'s fer2013new.csv with --votes for what ten people saw in each.")
    sums = ballot.choices.sum(axis=1)
    rows = [
        (name, [part(int(number), int(sums[code])) for number in ballot.choices[code]])
        for code, name in enumerate(FER2013_CLASSES)
        if sums[code]
    ]
    contradicted = ballot.contradicted
    return (
        f"<p>The voters' choice among the five classes is the label on {ballot.agreement:.1%} of "
        f"{ballot.asked:,} pictures of these classes.</p>"
        + wide_table("Pictures, by label (row) and the answer most voters gave (column)", CHOICES, rows)
        + f"<h3>Labels that the voters contradict: {len(contradicted):,}</h3>"
        "<p>At least five voters chose one other emotion, and fewer the label.</p>"
        + gallery(
            [figure(faces, row, votes_in_words(faces, row)) for row in contradicted[:shown]],
            len(contradicted),
        )
    )


def _groups(found: Findings, heading: str, groups: Sequence[Group], shown: int) -> str:
    figures = [group_figure(found.faces, group) for group in groups[:shown]]
    return f"<h3>{heading}: {len(groups):,}</h3>{gallery(figures, len(groups))}"
