"""One page in one file: readable without a network, by a screen reader, in the dark, and on paper."""

from __future__ import annotations

from html import escape
from pathlib import Path

from mien.files import write_text
from mien.report.figures import ORDER, clock, hex_of, in_words, quality_svg, shares_svg, timeline_svg
from mien.report.person import Person
from mien.report.session import Session

MAX_PEOPLE = 40
"""So many people have a section, those seen longest."""

_CSS = """
:root { color-scheme: light dark; --soft: #8886; --ground: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 0; border-top: 1px solid var(--soft); padding-top: 1rem; }
h3 { margin: 1rem 0 0.3rem; font-size: 1rem; }
svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.5rem; text-align: right; border-bottom: 1px solid var(--soft); }
th:first-child, caption { text-align: left; white-space: nowrap; }
caption { padding-bottom: 0.3rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem; align-items: start; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; margin-right: 0.4em; }
.note { background: var(--ground); border-left: 4px solid #e69f00; padding: 0.5rem 1rem; }
@media (max-width: 45rem) { .pair { grid-template-columns: 1fr; } }
@media print { body { max-width: none; margin: 0; font-size: 11pt; } section { break-inside: avoid; }
  .swatch, td { print-color-adjust: exact; } }
"""


def write_page(session: Session, path: Path) -> None:
    """Write the page, whole or not at all; SinkError if it cannot be written."""
    write_text(path, page(session))


def page(session: Session) -> str:
    """The HTML of a session, with everything inside it."""
    people = sorted(session.people.values(), key=lambda person: (-person.seen_s, person.id))
    notes = list(session.notes)
    if len(people) > MAX_PEOPLE:
        notes.append(f"{len(people) - MAX_PEOPLE} more people, seen for a shorter time, have no section.")
    sections = "".join(_section(person, session) for person in people[:MAX_PEOPLE])
    name = escape(session.name)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} - mien report</title>
<style>{_CSS}</style>
</head>
<body>
<main>
<h1>{name}</h1>
<p>{escape(_summary(session))}</p>
{"".join(f'<p class="note">{escape(note)}</p>' for note in notes)}
{sections or "<p>No face was found.</p>"}
</main>
<footer><p><small>A face shows an expression, not what a person feels. Made by mien.</small></p></footer>
</body>
</html>
"""


def _summary(session: Session) -> str:
    count = len(session.people)
    parts = [
        f"{clock(session.seconds)} long, {session.frames:,} frames analysed",
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
{timeline_svg(person, session.start_s, session.end_s)}
<div class="pair">
<div><h3>Share of the time</h3>{shares_svg(person)}</div>
<div><h3>Changes</h3>{_changes(person)}</div>
</div>
{f"<h3>How well the face could be seen</h3>{quality}" if quality else ""}
</section>
"""


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
    heading = "".join(f'<th scope="col">{label}</th>' for label in ORDER)
    rows = "".join(
        f'<tr><th scope="row"><span class="swatch" style="background:{hex_of(label)}"></span>{label}</th>'
        + "".join(_cell(person.changes[label, other], most) for other in ORDER)
        + "</tr>"
        for label in ORDER
    )
    return (
        "<table><caption>How often the row's label was followed by the column's</caption>"
        f"<thead><tr><td></td>{heading}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(count: int, most: int) -> str:
    if not count:
        return "<td></td>"
    return f'<td style="background:rgb(0 114 178 / {0.1 + 0.35 * count / most:.2f})">{count}</td>'
