"""All that an audit finds, in the order in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mien.train.audit.ballot import Ballot, count_votes
from mien.train.audit.copies import Copies, find_copies
from mien.train.audit.counts import Counts, count
from mien.train.audit.faceless import Faceless, find_faceless
from mien.train.audit.protocols import Outcome, compare
from mien.train.audit.readings import read_faces
from mien.train.audit.suspects import Pool, find_suspects
from mien.train.cleaning import check_threshold
from mien.train.evaluate import FaceReader
from mien.train.reading import Watch, unwatched_steps
from mien.train.repeats import THRESHOLD, find_repeats
from mien.train.table import FaceTable


@dataclass(frozen=True)
class Findings:
    """The audit of `faces`; all rows count in that table. ballot: None without votes."""

    faces: FaceTable
    counts: Counts
    copies: Copies
    faceless: Faceless
    ballot: Ballot | None
    suspects: dict[str, Pool]
    protocols: tuple[Outcome, ...]

    def in_short(self) -> str:
        """The audit in one sentence."""
        faceless = len(self.faceless.blank) + len(self.faceless.not_a_face)
        groups, across = len(self.copies.groups), len(self.copies.across)
        parts = [
            f"{len(self.faces):,} pictures ({', '.join(self.counts.usages)})",
            f"{groups:,} come more than once, {across:,} of them across splits",
            f"{faceless:,} blank or not a face",
        ]
        if self.ballot is not None:
            parts.append(f"voters contradict {len(self.ballot.contradicted):,} labels")
        parts.append(f"the model doubts {sum(len(pool.rows) for pool in self.suspects.values()):,} labels")
        return "; ".join(parts) + "."

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "pictures": len(self.faces),
            "counts": self.counts.as_record(),
            "repeats": self.copies.as_record(),
            "faceless": self.faceless.as_record(),
            "votes": None if self.ballot is None else self.ballot.as_record(),
            "suspects": {name: pool.as_record(self.faces) for name, pool in self.suspects.items()},
            "protocols": {outcome.protocol.value: outcome.as_record() for outcome in self.protocols},
        }


def audit(
    faces: FaceTable, reader: FaceReader, threshold: float = THRESHOLD, watch: Watch = unwatched_steps
) -> Findings:
    """Look at a table from all sides.

    reader: the model whose probabilities find suspect labels. threshold: correlation above which two pictures
    are the same, 0.5 to 1; OptionError outside.
    """
    check_threshold(threshold)
    with watch("Comparing pictures") as progress:
        repeats = find_repeats(faces.images, threshold, progress)
    with watch("Looking for faces") as progress:
        faceless = find_faceless(faces, progress)
    readings = read_faces(faces, reader, watch)
    return Findings(
        faces=faces,
        counts=count(faces),
        copies=find_copies(faces, repeats),
        faceless=faceless,
        ballot=count_votes(faces),
        suspects=find_suspects(faces, readings),
        protocols=compare(faces, repeats, readings),
    )
