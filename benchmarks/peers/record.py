"""The table as data, docs/peers.json: what was measured, of whom, on what, and what can be kept of it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mien.errors import DataError
from mien.files import write_text

from .homes import WORKERS, contents
from .pairs import Pair
from .roster import Peer
from .scores import Scores


@dataclass(frozen=True)
class Entry:
    """What is known of one peer. `missing` says why a part is not known.

    key: what the scores were taken of; pair_key: what the turns were taken of, mien's part included.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    size_mb: float | None = None
    key: str = ""
    scores: Scores | None = None
    pair_key: str = ""
    pair: Pair | None = None
    missing: str | None = None

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **vars(self),
            "versions": dict(self.versions),
            "scores": self.scores and self.scores.as_record(),
            "pair": self.pair and self.pair.as_record(),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Entry:
        """The inverse; TypeError or KeyError if it is none."""
        scores, pair = record["scores"], record["pair"]
        return cls(
            **{
                **record,
                "scores": Scores(**scores) if scores else None,
                "pair": Pair.from_record(pair) if pair else None,
            }
        )


@dataclass(frozen=True)
class Table:
    """Everybody's entry by name, the machine, and how many scenes the turns were taken on."""

    machine: str
    entries: Mapping[str, Entry]

    def write(self, path: Path) -> None:
        """As JSON, whole."""
        entries = {name: entry.as_record() for name, entry in self.entries.items()}
        write_text(path, json.dumps({"machine": self.machine, "peers": entries}, indent=1) + "\n")


def read_table(path: Path) -> Table:
    """What `Table.write` wrote; empty if there is no such file. DataError if it holds something else."""
    if not path.is_file():
        return Table("", {})
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        entries = {name: Entry.from_record(entry) for name, entry in record["peers"].items()}
        return Table(str(record["machine"]), entries)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: {error!r}: expected what the comparison wrote there; remove it") from error


def key_of(peer: Peer, *digests: str) -> str:
    """Tells a peer as installed, its worker and the data that it was given."""
    scripts = (
        path for path in sorted(WORKERS.iterdir()) if path.name == peer.worker or path.stem == "serving"
    )
    parts = (contents(peer.home), *peer.how, *(path.read_text() for path in scripts), *digests)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def this_machine() -> str:
    """Processor and cores, for the page."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores, {platform.system()}, Python {platform.python_version()}"
