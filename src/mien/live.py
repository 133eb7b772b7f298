"""The visible line of a view that never waits for the analysis."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from mien.mailbox import Mailbox
from mien.stream import FrameSink, Pipeline, StreamStats, run_stream
from mien.types import Frame, FrameResult

if TYPE_CHECKING:
    from typing_extensions import Self


class View(Protocol):
    """What shows a stream, such as `mien.sinks.WindowSink`."""

    @property
    def wants_stop(self) -> bool: ...

    def show(self, frame: Frame | None, result: FrameResult | None) -> None: ...


def run_live(moments: Iterable[Frame | None], analyst: Analyst, view: View) -> StreamStats:
    """Show each frame at once, under the newest result there is, while the analyst works on the newest frame.

    moments: frames as they come, and None now and then where none comes, so that the view stays awake.
    """
    with analyst:
        for frame in moments:
            if frame is not None:
                analyst.hand_in(frame)
            view.show(frame, analyst.newest())
            if view.wants_stop or analyst.has_ended:
                break
    return analyst.stats


class Analyst:
    """Analyses the newest frame on a thread of its own, and hands each result to the sinks, in order.

    A context manager: on the way out the frame in hand is finished and the thread is gone. What goes wrong in
    the thread is raised where `newest` is asked for, or on the way out.

    stats: what was analysed, once the thread is gone.
    """

    def __init__(self, pipeline: Pipeline, sinks: Sequence[FrameSink]) -> None:
        """pipeline, sinks: are used by the thread alone while it runs; `ask` it for what touches them."""
        self.stats = StreamStats(0, 0, 0.0)
        self._pipeline = pipeline
        self._board = _Board()
        self._sinks = [*sinks, self._board]
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._wishes: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="mien: analysis", daemon=True)

    @property
    def has_ended(self) -> bool:
        """Whether no further frame will be analysed: a sink has had enough, or something went wrong."""
        return not self._thread.is_alive()

    def hand_in(self, frame: Frame) -> None:
        """Leave a frame; one that is still waiting is dropped for it."""
        self._mailbox.put(frame)

    def ask(self, wish: Callable[[], None]) -> None:
        """Have this done on the thread, before its next frame."""
        self._wishes.put(wish)

    def newest(self) -> FrameResult | None:
        """The newest result, None before the first; raises what went wrong in the thread."""
        if self._error is not None:
            raise self._error
        return self._board.result

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mailbox.close()
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            self.stats = run_stream(self._frames(), self._pipeline, self._sinks)
        except BaseException as error:
            self._error = error

    def _frames(self) -> Iterator[Frame]:
        while (frame := self._mailbox.take()) is not None:
            while not self._wishes.empty():
                self._wishes.get()()
            yield frame


class _Board:
    """Keeps the newest result where others can see it."""

    wants_stop = False
    result: FrameResult | None = None

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        self.result = result
