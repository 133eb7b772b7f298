"""mien beside its peers: accuracy, speed, memory and size of each, in one table.

    python benchmarks/compare.py [--fer2013 FOLDER] [--photos FOLDER] [--only mien] [--what scores|speed|all]

FER2013's folder holds `public_test.parquet` and FER+'s `fer2013new.csv`; the photographs' folder holds
pictures of one face each and `labels.csv` with the columns `file` and `emotion`. Each peer is installed once,
in an environment of its own in `.venv-peers/`, and measured by a worker that runs there. What cannot be
measured is told in a line and has no figure.

    python benchmarks/compare.py --only mien        after a change to mien: its scores, and all turns again
    python benchmarks/compare.py --only human       one peer again, and its turns with mien
    python benchmarks/compare.py --what speed       turns alone

With `--only`, the others keep the figures that the last table has of them, if these were taken of the same
versions, on the same data.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from framing import NOTES
from peers.homes import CHECKOUT
from peers.material import gather
from peers.page import render
from peers.plan import Plan
from peers.record import Entry, Table, read_table, this_machine
from peers.roster import ALL, Peer
from rich.progress import Progress

from mien.errors import DataError, MienError
from mien.files import write_text

SHARED = CHECKOUT.parent / "shared"
SCENES = 8


def named(names: Sequence[str] | None) -> list[Peer]:
    """The peers of these names, all without any; DataError for a name that none has."""
    known = [peer.name for peer in ALL]
    for name in names or ():
        if name not in known:
            raise DataError(f"--only {name}: expected one of {', '.join(known)}")
    return [peer for peer in ALL if not names or peer.name in names]


def compare(plan: Plan) -> Table:
    """Everybody, one after the other; who has no figure is told at once."""
    entries: dict[str, Entry] = {}
    with Progress(console=NOTES) as bar:
        for peer in ALL:
            entries[peer.name] = entry = plan.entry(peer, bar)
            if entry.missing:
                bar.console.print(f"{peer.name}: not measured: {entry.missing}", markup=False)
    return Table(this_machine(), entries)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fer2013", type=Path, default=SHARED / "fer2013", metavar="FOLDER")
    parser.add_argument("--photos", type=Path, default=SHARED / "photos", metavar="FOLDER")
    parser.add_argument("--only", action="append", metavar="NAME", help="may be given again")
    parser.add_argument("--what", choices=("scores", "speed", "all"), default="all")
    parser.add_argument("--homes", type=Path, default=CHECKOUT / ".venv-peers", metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "docs" / "peers.md", metavar="FILE.md")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the page and its JSON, print the page."""
    chosen = parse_arguments(arguments)
    record = chosen.out.with_suffix(".json")
    try:
        peers, last = named(chosen.only), read_table(record)
        material = gather(chosen.fer2013, chosen.photos, SCENES, chosen.homes / "material")
        table = compare(
            Plan(chosen.homes, material, last, peers, chosen.what != "speed", chosen.what != "scores")
        )
        table.write(record)
        page = render(table, SCENES)
        write_text(chosen.out, page)
    except MienError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    print(page, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
