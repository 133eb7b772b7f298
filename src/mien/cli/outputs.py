"""Where a stream's results go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from mien.cli.app import note
from mien.errors import OptionError, SinkError
from mien.sinks import CsvSink, JsonLinesSink, Sink, VideoSink, display_problem
from mien.sources import Source

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


@dataclass(frozen=True)
class Outputs:
    """Where results go."""

    window: bool = True
    save: Path | None = None
    jsonl: Path | None = None
    csv: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files asked for, in the order of the options."""
        return tuple(path for path in (self.save, self.jsonl, self.csv) if path is not None)

    def checked(self, source: str) -> Outputs:
        """The same, without the window where there is no display but a file is asked for.

        SinkError where nothing would be left. OptionError where nothing was asked for, where two outputs
        would be mixed in one file, or where a file is the source itself, which it would destroy.
        """
        for path in self.files:
            if path.exists() and path.resolve() == Path(source).resolve():
                raise OptionError(f"{path} is the source itself: expected another file to write")
        if len(set(self.files)) < len(self.files):
            raise OptionError(f"two outputs go to {self.files[-1]}: expected a file for each")
        if not self.window:
            if not self.files:
                raise OptionError(
                    "--no-window leaves nothing to write: expected --jsonl, --csv or --save FILE"
                )
            return self
        problem = display_problem()
        if problem is None:
            return self
        if not self.files:
            raise SinkError(
                f"cannot open a window: {problem}; use `--no-window --jsonl out.jsonl` or `--save out.mp4`, "
                "or see `mien demo`"
            )
        note(f"no window: {problem}")
        return replace(self, window=False)

    @contextmanager
    def opened(self, source: Source) -> Iterator[list[Sink]]:
        """The sinks that keep results, closed in the end whatever happens, so that their files are whole."""
        with ExitStack() as stack:
            sinks: list[Sink] = []
            if self.jsonl:
                sinks.append(stack.enter_context(JsonLinesSink(self.jsonl)))
            if self.csv:
                sinks.append(stack.enter_context(CsvSink(self.csv)))
            if self.save:
                video = VideoSink(self.save, source.fps, on_fallback=note)
                sinks.append(stack.enter_context(video))
            yield sinks
