"""Where a stream's results go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from mien.cli.app import note
from mien.cli.ready import keep_apart
from mien.errors import OptionError, SinkError
from mien.sinks import (
    Anonymize,
    AnonymizedSink,
    CsvSink,
    Explainer,
    JsonLinesSink,
    ParquetSink,
    Sink,
    VideoSink,
    VirtualCameraSink,
    display_problem,
)
from mien.sources import Source
from mien.types import Heat

WindowFlag = Annotated[
    bool, typer.Option("--window/--no-window", help="Show what is found while it is found.")
]
SaveOption = Annotated[
    Path | None, typer.Option("--save", metavar="FILE", help="Write an annotated video (.mp4, .mkv, .avi …).")
]
JsonlOption = Annotated[
    Path | None, typer.Option("--jsonl", metavar="FILE", help="Write a line of JSON a frame; `-` is stdout.")
]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write a row a face; `-` is stdout.")
]
ParquetOption = Annotated[
    Path | None,
    typer.Option("--parquet", metavar="FILE", help="Write a row a face in Parquet; needs `mien[parquet]`."),
]
VcamFlag = Annotated[
    bool, typer.Option("--vcam", help="Be a camera for calls and OBS; needs `mien[vcam]` and a driver.")
]
AnonymizeOption = Annotated[
    Anonymize,
    typer.Option(
        "--anonymize",
        help="Cover all faces in what is saved or sent (video, virtual camera, photos): **blur** or "
        "**block**. The window stays as it is.",
    ),
]
ExplainFlag = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Lay over each face where the model looks, in the window and in what is saved or sent; the key "
        "`e` turns it on and off.",
    ),
]


@dataclass(frozen=True)
class Outputs:
    """Where results go."""

    window: bool = True
    save: Path | None = None
    jsonl: Path | None = None
    csv: Path | None = None
    parquet: Path | None = None
    vcam: bool = False
    anonymize: Anonymize = Anonymize.OFF
    explain: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The files asked for, in the order of the options."""
        paths = (self.save, self.jsonl, self.csv, self.parquet)
        return tuple(path for path in paths if path is not None)

    @property
    def keeps(self) -> bool:
        """Whether anything is written or sent."""
        return bool(self.files) or self.vcam

    def checked(self, source: str, beside: Path | None = None) -> Outputs:
        """The same, without the window where there is no display but a file is asked for.

        beside: another file that the command may write. SinkError where nothing would be left. OptionError
        where nothing was asked for, where two outputs would be mixed in one file, where a file is the source
        itself, which it would destroy, or where pictures are to be changed of which none is kept or shown.
        """
        keep_apart(self.files if beside is None else (*self.files, beside), [Path(source)])
        self._check_pictures()
        if not self.window:
            if not self.keeps:
                raise OptionError(
                    "--no-window leaves nothing to write: expected --jsonl, --csv, --parquet or --save FILE, "
                    "or --vcam"
                )
            return self
        problem = display_problem()
        if problem is None:
            return self
        if not self.keeps:
            raise SinkError(
                f"cannot open a window: {problem}; use `--no-window --jsonl out.jsonl` or `--save out.mp4`, "
                "or see `mien demo`"
            )
        note(f"no window: {problem}")
        return replace(self, window=False)

    def _check_pictures(self) -> None:
        keeps_pictures = bool(self.save) or self.vcam
        if self.anonymize is not Anonymize.OFF and not keeps_pictures:
            raise OptionError(
                f"--anonymize {self.anonymize.value} covers faces in what is saved or sent: "
                "expected --save FILE or --vcam with it"
            )
        if self.explain and not (keeps_pictures or self.window):
            raise OptionError(
                "--explain is laid over pictures, and none is shown or kept: expected --save FILE or --vcam"
            )

    @contextmanager
    def opened(self, source: Source, explainer: Explainer) -> Iterator[list[Sink]]:
        """The sinks that keep results, closed in the end whatever happens, so that their files are whole.

        The explainer comes first: the others ask it where the model looked.
        """
        with ExitStack() as stack:
            sinks = self._sinks(source, lambda: explainer.heats)
            yield [explainer, *(stack.enter_context(sink) for sink in sinks)]

    def _sinks(self, source: Source, heats: Callable[[], tuple[Heat, ...]]) -> Iterator[Sink]:
        """One sink after the other; what could be seen in it is covered before it comes there."""
        if self.jsonl:
            yield JsonLinesSink(self.jsonl)
        if self.csv:
            yield CsvSink(self.csv)
        if self.parquet:
            yield ParquetSink(self.parquet)
        if self.save:
            yield self._covered(VideoSink(self.save, source.fps, on_fallback=note, heats=heats))
        if self.vcam:
            yield self._covered(VirtualCameraSink(source.fps, heats=heats))

    def _covered(self, sink: Sink) -> Sink:
        return sink if self.anonymize is Anonymize.OFF else AnonymizedSink(sink, self.anonymize)
