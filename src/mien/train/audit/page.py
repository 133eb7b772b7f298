"""The page of an audit: numbers first, then pictures, all in one file."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

from mien.document import document, note
from mien.files import write_text
from mien.train.audit import sections
from mien.train.audit.findings import Findings
from mien.train.audit.protocol_section import protocols
from mien.train.audit.suspect_section import suspects

SHOWN = 24
"""So many pictures, or groups of repeats, a section shows unless told otherwise."""

_SECTIONS: tuple[tuple[str, str, Callable[[Findings, int], str]], ...] = (
    ("counts", "Counts", sections.counts),
    ("repeats", "Repeats", sections.repeats),
    ("faceless", "Blank, and not a face", sections.faceless),
    ("votes", "Labels against votes", sections.votes),
    ("suspects", "Suspect labels", suspects),
    ("protocols", "Two protocols", protocols),
)

_CSS = """
body { max-width: 76rem; }
.scroll { overflow-x: auto; }
.gallery { display: flex; flex-wrap: wrap; gap: 0.8rem; align-items: flex-start; }
th small { display: block; font-weight: normal; }
.scroll td { white-space: nowrap; }
.group { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0.5rem;
  border: 1px solid var(--soft); border-radius: 6px; }
figure { margin: 0; width: 8.2rem; font-size: 0.75rem; line-height: 1.35; overflow-wrap: anywhere; }
figure img { width: 96px; height: 96px; display: block; margin-bottom: 0.2rem; }
nav ul { padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; }
@media print { figure, .group, table { break-inside: avoid; } h2, h3 { break-after: avoid; }
  nav { display: none; } img { print-color-adjust: exact; } }
"""


def write_page(found: Findings, title: str, path: Path, shown: int = SHOWN) -> None:
    """Write the page, whole or not at all; SinkError if it cannot be written. See `page`."""
    write_text(path, page(found, title, shown))


def page(found: Findings, title: str, shown: int = SHOWN) -> str:
    """The HTML of an audit with everything inside it. shown: how many pictures a section has at most."""
    links = "".join(f'<li><a href="#{key}">{heading}</a></li>' for key, heading, _ in _SECTIONS)
    private = "This page shows pictures of people, out of a data set that is for research: keep it private."
    parts = [
        f"<p>{escape(found.in_short())}</p>",
        note(private) if shown else "",
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>',
    ]
    parts += [
        f'<section aria-labelledby="{key}"><h2 id="{key}">{heading}</h2>{write(found, shown)}</section>'
        for key, heading, write in _SECTIONS
    ]
    footer = "A label says what somebody saw in a face, not what a person felt."
    return document(title, "audit", parts, footer, _CSS)
