"""The official and the leak-free protocol side by side: what each drops, how a model scores under each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.data_protocol import DataProtocol
from mien.train.audit.readings import Readings
from mien.train.cleaning import Cleaned, clean_leak_free, clean_official
from mien.train.evaluate import Evaluation, gather, judged_by
from mien.train.repeats import Pairs
from mien.train.table import USAGES, FaceTable


@dataclass(frozen=True)
class Outcome:
    """One protocol. dropped: pictures by reason and split; kept: by split.

    scores: by test split, on pictures of the five classes; only splits that hold some.
    """

    protocol: DataProtocol
    dropped: Counter[tuple[str, str]]
    kept: Counter[str]
    scores: dict[str, Evaluation]

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "dropped": [
                {"reason": reason, "usage": usage, "pictures": count}
                for (reason, usage), count in sorted(self.dropped.items())
            ],
            "kept": dict(self.kept),
            "scores": {usage: score.as_record() for usage, score in self.scores.items()},
        }


def compare(faces: FaceTable, repeats: Pairs, readings: Readings) -> tuple[Outcome, ...]:
    """Both protocols. repeats: what `find_repeats` finds in all pictures of the table."""
    cleaned = {
        DataProtocol.OFFICIAL: clean_official(faces),
        DataProtocol.LEAK_FREE: clean_leak_free(faces, repeats),
    }
    return tuple(_outcome(faces, protocol, result, readings) for protocol, result in cleaned.items())


def _outcome(faces: FaceTable, protocol: DataProtocol, cleaned: Cleaned, readings: Readings) -> Outcome:
    dropped = Counter((entry.reason.value, str(faces.usage[entry.row])) for entry in cleaned.dropped)
    scores = {usage: _score(faces, usage, protocol, readings) for usage in USAGES if usage != "Training"}
    return Outcome(
        protocol,
        dropped,
        Counter(cleaned.kept.usage.tolist()),
        {usage: score for usage, score in scores.items() if score is not None},
    )


def _score(faces: FaceTable, usage: str, protocol: DataProtocol, readings: Readings) -> Evaluation | None:
    in_split = faces.usage[readings.rows] == usage
    counts = in_split & ~readings.learned if protocol is DataProtocol.LEAK_FREE else in_split
    if not counts.any():
        return None
    kept = judged_by(faces.take(readings.rows[counts]), readings.serve)
    left_out = int(np.count_nonzero(in_split & ~counts))
    return gather(kept, readings.label[counts], readings.crowd[counts], protocol, left_out).score()
