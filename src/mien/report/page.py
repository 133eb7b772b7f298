"""The page of a session: what was seen of each person."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from mien.document import cell, document, note, shaded, table
from mien.files import write_text
from mien.report.figures import ORDER, clock, hex_of, in_words, quality_svg, shares_svg, timeline_svg
from mien.report.person import Person
from mien.report.session import Session

MAX_PEOPLE = 40
"""So many people have a section, those seen longest."""

MAX_GLIMPSES = 300
"""So many people who were seen for a moment only have a line."""

MAX_MOMENTS = 5
"""So many of such moments of one person are told."""

_CSS = """
svg { width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; }
.pair { display: grid; grid-template-columns: 2fr 3fr; gap: 0 2rem; align-items: start; }
.pair > div { min-width: 0; overflow-x: auto; }
.pair svg { max-width: 32rem; }
.moments td, .moments th { text-align: left; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; margin-right: 0.4em; }
@media (max-width: 62rem), print { .pair { grid-template-columns: 1fr; } }
@media screen and (max-width: 45rem) { .wide svg { min-width: 36rem; } }
@media print { section { break-inside: avoid; } .swatch { print-color-adjust: exact; } }
"""


def write_page(session: Session, path: Path) -> None:
    """Write the page, whole or not at all; SinkError if it cannot be written."""
    write_text(path, page(session))


def page(session: Session) -> str:
    """The HTML of a session, with everything inside it."""
    people = sorted(session.people.values(), key=lambda person: (-person.seen_s, person.id))
    watched = [person for person in people if person.seen_s]
    glimpsed = [person for person in people if not person.seen_s]
    notes = list(session.notes)
    if len(watched) > MAX_PEOPLE:
        notes.append(f"{len(watched) - MAX_PEOPLE} more people, seen for a shorter time, have no section.")
    if len(glimpsed) > MAX_GLIMPSES:
        notes.append(f"{len(glimpsed) - MAX_GLIMPSES} more people, seen for a moment only, have no line.")
    parts = [f"<p>{escape(_summary(session))}</p>", *map(note, notes)]
    parts += [_section(person, session) for person in watched[:MAX_PEOPLE]]
    parts += [_glimpses(glimpsed[:MAX_GLIMPSES])] if glimpsed else []
    parts += [] if people else ["<p>No face was found.</p>"]
    footer = "A face shows an expression, not what a person feels."
    return document(session.name, "report", parts, footer, _CSS)


def _summary(session: Session) -> str:
    count, frames = len(session.people), session.frames
    parts = [
        f"{clock(session.seconds)} long, {frames:,} {'frame' if frames == 1 else 'frames'} analysed",
        f"{count} {'person' if count == 1 else 'people'} (an id is one person until it is lost from view)",
    ]
    if session.latency_ms is not None:
        parts.append(f"{session.latency_ms:.0f} ms from camera to result, {session.dropped:,} frames dropped")
    return "; ".join(parts) + "."


def _section(person: Person, session: Session) -> str:
    quality = quality_svg(person, session.start_s, session.end_s)
    return f"""<section>
<h2>Person {person.id}</h2>
<p>{escape(_in_short(person))}</p>
<div class="wide">{timeline_svg(person, session.start_s, session.end_s)}</div>
<div class="pair">
<div><h3>Share of the time</h3>{shares_svg(person)}</div>
<div><h3>Changes</h3>{_changes(person)}</div>
</div>
{f'<h3>How well the face could be seen</h3><div class="wide">{quality}</div>' if quality else ""}
</section>
"""


def _glimpses(people: Sequence[Person]) -> str:
    """Those of whom nothing can be drawn over time, such as the faces of photos, a line each."""
    rows = ((f"Person {person.id}", [cell(_moments(person))]) for person in people)
    return f"""<section class="moments">
<h2>Seen for a moment</h2>
{table("Faces that were seen in single frames", ["what they showed"], rows)}
</section>
"""


def _moments(person: Person) -> str:
    told = [f"{run.label} at {clock(run.start_s)}" for run in person.runs[:MAX_MOMENTS]]
    more = len(person.runs) - MAX_MOMENTS
    return ", ".join(told) + (f", and {more} times more" if more > 0 else "")


def _in_short(person: Person) -> str:
    parts = [f"In view for {clock(person.seen_s)}: {in_words(person)}"]
    if person.doubts:
        reasons = (f"{reason} ({count / person.frames:.0%})" for reason, count in person.doubts.most_common())
        parts.append(f"In doubt, by share of the frames: {', '.join(reasons)}")
    if person.personal:
        parts.append("Read against this person's own resting face")
    return ". ".join(parts) + "."


def _changes(person: Person) -> str:
    """The matrix of transitions as a table, darker where there are more."""
    if not person.changes:
        return "<p>None.</p>"
    most = max(person.changes.values())
    rows = (
        (
            f'<span class="swatch" style="background:{hex_of(label)}"></span>{label}',
            [shaded(person.changes[label, other], most) for other in ORDER],
        )
        for label in ORDER
    )
    return table("How often the row's label was followed by the column's", ORDER, rows)
