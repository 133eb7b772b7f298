"""A page in one file: readable without a network, by a screen reader, in the dark, and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_CSS = """
:root { color-scheme: light dark; --soft: #8886; --ground: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 0; border-top: 1px solid var(--soft); padding-top: 1rem; }
h3 { margin: 1rem 0 0.3rem; font-size: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.5rem; text-align: right; border-bottom: 1px solid var(--soft); }
th:first-child, caption { text-align: left; white-space: nowrap; }
caption { padding-bottom: 0.3rem; }
.note { background: var(--ground); border-left: 4px solid #e69f00; padding: 0.5rem 1rem; }
@media print { body { max-width: none; margin: 0; font-size: 11pt; }
  td { print-color-adjust: exact; } }
"""


def document(title: str, name: str, parts: Iterable[str], footer: str, css: str = "") -> str:
    """The whole HTML text. title, footer: plain text; name: what kind of page it is, for its tab.

    parts: HTML, one after the other below the title. css: what the page needs beyond the common rules.
    """
    heading = escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading} - mien {escape(name)}</title>
<style>{_CSS}{css}</style>
</head>
<body>
<main>
<h1>{heading}</h1>
{"".join(f"{part}{chr(10)}" for part in parts)}</main>
<footer><p><small>{escape(footer)} Made by mien.</small></p></footer>
</body>
</html>
"""


def note(text: str) -> str:
    """A line that a reader should not miss; plain text."""
    return f'<p class="note">{escape(text)}</p>'


def table(caption: str, columns: Sequence[str], rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A table with a heading above each column and before each row.

    caption, columns: plain text. rows: HTML of the heading, and its cells as `cell` and `shaded` make them.
    """
    heading = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f'<tr><th scope="row">{head}</th>{"".join(cells)}</tr>' for head, cells in rows)
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr><td></td>{heading}</tr></thead><tbody>{body}</tbody></table>"
    )


def cell(text: str) -> str:
    """One cell of plain text."""
    return f"<td>{escape(text)}</td>"


def shaded(count: int, most: int, text: str = "") -> str:
    """One cell with a count, or with `text` for it, on a ground that is darker the nearer it is to `most`.

    Empty where nothing was counted.
    """
    if not count:
        return "<td></td>"
    ground = f"rgb(0 114 178 / {0.1 + 0.35 * count / most:.2f})"
    return f'<td style="background:{ground}">{escape(text or f"{count:,}")}</td>'
