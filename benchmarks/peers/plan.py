"""A run: who is measured anew, who keeps the figures of the last table, and why somebody has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import Progress

from .homes import Settled, settle
from .material import Material
from .pairs import Pair, measure_pair
from .record import Entry, Table, key_of
from .roster import MIEN, Peer
from .scores import Scores, measure_scores
from .talk import NotMeasured

STALE = "its last figures are of another version or of other data"
NOT_YET = "not asked for so far"


@dataclass(frozen=True)
class Plan:
    """What to do. homes: the folder of the environments. last: the table so far. chosen: whom to measure;
    the others are kept. scores, speed: what to measure; what is not is kept."""

    homes: Path
    material: Material
    last: Table
    chosen: Sequence[Peer]
    scores: bool = True
    speed: bool = True

    def entry(self, peer: Peer, bar: Progress) -> Entry:
        """A peer's line of the table."""
        old = self.last.entries.get(peer.name, Entry())
        new = Entry(key=key_of(peer, self.material.digest), pair_key=self._pair_key(peer))
        if peer not in self.chosen and not (self.speed and MIEN in self.chosen):
            return self._kept(old, new)
        try:
            home = settle(peer.home, self.homes)
            new = replace(new, versions=home.versions, size_mb=home.size_mb)
            scores = self._scores(peer, home, old, new, bar)
            new = replace(new, scores=scores, missing=None if scores else _why_none(old))
            return replace(new, pair=self._pair(peer, home, old, new, bar))
        except NotMeasured as reason:
            return replace(new, missing=str(reason))

    def _pair_key(self, peer: Peer) -> str:
        return key_of(peer, key_of(MIEN, self.material.frames.digest))

    @staticmethod
    def _kept(old: Entry, new: Entry) -> Entry:
        if old.key != new.key:
            return replace(new, missing=_why_none(old))
        return replace(old, pair=old.pair if old.pair_key == new.pair_key else None, pair_key=new.pair_key)

    def _scores(self, peer: Peer, home: Settled, old: Entry, new: Entry, bar: Progress) -> Scores | None:
        if not self.scores or peer not in self.chosen:
            return old.scores if old.key == new.key else None
        task = bar.add_task(peer.name, total=None)

        def progress(do: str, done: int, of: int) -> None:
            bar.update(task, description=f"{peer.name}: {do}", completed=done, total=of)

        with home.start(peer) as worker:
            return measure_scores(worker, self.material, progress)

    def _pair(self, peer: Peer, home: Settled, old: Entry, new: Entry, bar: Progress) -> Pair | None:
        if peer is MIEN:
            return None
        if not self.speed:
            return old.pair if old.pair_key == new.pair_key else None
        ours = settle(MIEN.home, self.homes)
        task = bar.add_task(f"{peer.name}: turns with mien", total=None)
        return measure_pair(
            lambda: ours.start(MIEN),
            lambda: home.start(peer),
            self.material.frames,
            lambda done, of: bar.update(task, completed=done, total=of),
        )


def _why_none(old: Entry) -> str:
    return old.missing or (STALE if old.key else NOT_YET)
