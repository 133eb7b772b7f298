"""docs/peers.md: the table, and in words what it was made of, what is missing, and where a peer is ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .pairs import Pair, Ratio
from .record import Entry, Table
from .roster import ALL, MIEN, PEERS, Peer

TEMPLATE = Path(__file__).with_name("page.md")
NOT_KNOWN = "–"


@dataclass(frozen=True)
class Column:
    """One column: how to get its value of a peer, how to write it, and whether more of it is better."""

    title: str
    value: Callable[[str, Table], float | None]
    write: str
    more_is_better: bool = True

    def cell(self, peer: str, table: Table) -> str:
        """The value as the table shows it."""
        value = self.value(peer, table)
        return NOT_KNOWN if value is None else self.write.format(value)


def _score(name: str) -> Callable[[str, Table], float | None]:
    def value(peer: str, table: Table) -> float | None:
        scores = _entry(peer, table).scores
        return getattr(scores, name) if scores else None

    return value


def _side(name: str) -> Callable[[str, Table], float | None]:
    """Of the peer's part of its pair; of mien's, the median over its pairs."""

    def value(peer: str, table: Table) -> float | None:
        if peer != MIEN.name:
            pair = _entry(peer, table).pair
            return getattr(pair.peer, name) if pair else None
        ours = [getattr(pair.mien, name) for pair in _pairs(table)]
        return median(ours) if ours else None

    return value


COLUMNS = (
    Column("PublicTest, labels", _score("label"), "{:.1%}"),
    Column("PublicTest, votes", _score("votes"), "{:.1%}"),
    Column("photographs, mean recall", _score("recall"), "{:.1%}"),
    Column("with a face found", _score("found"), "{:.1%}"),
    Column("mean recall of these", _score("recall_found"), "{:.1%}"),
    Column("frames a second", _side("middle_fps"), "{:.1f}"),
    Column("peak memory, MB", _side("peak_mb"), "{:,.0f}", more_is_better=False),
    Column("installed, MB", lambda peer, table: _entry(peer, table).size_mb, "{:,.0f}", more_is_better=False),
    Column("first result, s", _side("start_s"), "{:.1f}", more_is_better=False),
)


def render(table: Table, scenes: int) -> str:
    """The whole page."""
    shown = [peer for peer in ALL if peer.name in table.entries]
    return TEMPLATE.read_text(encoding="utf-8").format(
        machine=table.machine,
        scenes=scenes,
        label_shown=_label_shown(table),
        table="".join(_table(shown, table)),
        ratios="".join(_ratios(table)),
        ahead="".join(_ahead(shown, table)),
        missing="".join(_missing(table)),
        versions="".join(_versions(shown, table)),
    )


def _entry(peer: str, table: Table) -> Entry:
    return table.entries.get(peer, Entry())


def _pairs(table: Table) -> list[Pair]:
    return [pair for peer in PEERS if (pair := _entry(peer.name, table).pair)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _table(shown: Sequence[Peer], table: Table) -> Iterator[str]:
    titles = ["", *(column.title for column in COLUMNS)]
    yield _row(titles) + "|---" * len(titles) + "|\n"
    for peer in shown:
        cells = (column.cell(peer.name, table) for column in COLUMNS)
        yield _row([f"**{peer.name}**: {peer.note}", *cells])


RATIOS = (
    "beside",
    "frames a second: mien",
    "the peer",
    "ratio",
    "ms of a core a frame: mien",
    "the peer",
    "ratio",
    "faces found a frame",
    "load",
)


def _ratios(table: Table) -> Iterator[str]:
    yield _row(RATIOS) + "|---" * len(RATIOS) + "|\n"
    for peer in PEERS:
        pair = _entry(peer.name, table).pair
        if pair:
            yield _row([peer.name, *_ratio_cells(pair)])


def _ratio_cells(pair: Pair) -> Iterator[str]:
    yield from (f"{side.middle_fps:.1f}" for side in (pair.mien, pair.peer))
    yield _times(pair.ratio)
    yield from (f"{side.middle_cpu_ms:.1f}" for side in (pair.mien, pair.peer))
    yield _times(pair.cpu_ratio)
    yield f"{pair.mien.faces:.2f}, {pair.peer.faces:.2f}"
    yield f"{pair.load:.1f}"


def _times(ratio: Ratio) -> str:
    return f"**{ratio.middle:.1f} ×** ({ratio.low:.1f} – {ratio.high:.1f})"


def _ahead(shown: Sequence[Peer], table: Table) -> Iterator[str]:
    lines = [
        f"- {column.title}: {_said(column, peer, table)}, {_said(column, MIEN, table)}\n"
        for column in COLUMNS
        for peer in shown
        if _is_ahead(column, peer, table)
    ]
    yield from lines or ["In no column of the table.\n"]


def _said(column: Column, peer: Peer, table: Table) -> str:
    return f"{peer.name} {column.cell(peer.name, table)}"


def _is_ahead(column: Column, peer: Peer, table: Table) -> bool:
    ours, theirs = (column.value(name, table) for name in (MIEN.name, peer.name))
    if ours is None or theirs is None:
        return False
    return theirs > ours if column.more_is_better else theirs < ours


def _missing(table: Table) -> Iterator[str]:
    reasons = [(peer.name, _entry(peer.name, table).missing) for peer in ALL]
    lines = [f"- {name}: not measured: {reason}\n" for name, reason in reasons if reason]
    yield from lines or ["All was measured.\n"]


def _label_shown(table: Table) -> str:
    scores = _entry(MIEN.name, table).scores
    return f"{scores.label_shown:.1%}" if scores else NOT_KNOWN


def _versions(shown: Sequence[Peer], table: Table) -> Iterator[str]:
    told = (_entry(peer.name, table).versions.items() for peer in shown)
    lines = (", ".join(f"{name} {version}" for name, version in versions) for versions in told)
    yield from (f"- {line}\n" for line in dict.fromkeys(lines) if line)
