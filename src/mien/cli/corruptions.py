"""What `mien evaluate --corruptions` adds: a second pass and a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from mien.cli.progress import counted

if TYPE_CHECKING:
    from mien.train.evaluate import Evaluation, FaceReader
    from mien.train.robustness import CorruptionScore
    from mien.train.table import FaceTable

_VERDICTS = {None: "", True: "met", False: "not met"}


def measure_corruptions(
    reader: FaceReader, table: FaceTable, clean: Evaluation
) -> tuple[CorruptionScore, ...]:
    """The scores that `clean` has, of the same pictures under every corruption; with a bar on stderr."""
    from mien.train.robustness import measure  # noqa: PLC0415

    with counted("Reading corrupted faces") as progress:
        return measure(reader, table, clean, progress)


def print_corruptions(clean: Evaluation, scores: Sequence[CorruptionScore]) -> None:
    """One line a corruption: accuracies, and what is lost against the clean pictures."""
    table = Table(title="Corrupted pictures: accuracy, and points lost", caption=_caption(scores))
    table.add_column("")
    heads = ["label"] if clean.crowd is None else ["crowd", "label"]
    for head in heads:
        table.add_column(f"{head}\nhead", justify="right")
        table.add_column("\nlost", justify="right")
        if head == "crowd":
            table.add_column("\nworst", justify="right")
            table.add_column("\nbar")
    table.add_row("as they are", *_clean_cells(clean))
    table.add_section()
    for score in scores:
        table.add_row(score.name, *_cells(score))
    Console().print(table)


def _clean_cells(clean: Evaluation) -> Iterator[str]:
    if clean.crowd is not None:
        yield from (f"{clean.crowd.accuracy:.2%}", "", "", "")
    yield from (f"{clean.label.accuracy:.2%}", "")


def _cells(score: CorruptionScore) -> Iterator[str]:
    if score.crowd is not None:
        yield from (f"{score.crowd.accuracy:.2%}", f"{score.crowd.loss_points:.2f}")
        yield from (f"{score.crowd.worst_points:.2f}", _VERDICTS[score.meets_bar])
    yield from (f"{score.label.accuracy:.2%}", f"{score.label.loss_points:.2f}")


def _caption(scores: Sequence[CorruptionScore]) -> str:
    several = "Where there are several directions: their mean"
    if scores[0].crowd is None:
        return several
    return f"{several}, and the worst.\nThe bar: the worst loses at most {scores[0].bar_points:g} points."
