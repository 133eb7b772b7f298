"""The way from a source to what shows and keeps its results."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from types import FrameType
from typing import NoReturn

from mien.cli.app import note
from mien.cli.outputs import Outputs
from mien.cli.progress import with_progress
from mien.live import Analyst, run_live
from mien.pipeline import EmotionPipeline
from mien.sinks import Explainer, Sink, WindowSink
from mien.sources import LiveSource, Source
from mien.stream import StreamStats, deliver, run_stream
from mien.timed import TimedPipeline

ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a process; Windows knows no SIGHUP."""

LEARNING = "learning how you look at rest: hold still"


def watch(
    source: Source,
    pipeline: EmotionPipeline,
    outputs: Outputs,
    more_sinks: Sequence[Sink] = (),
) -> StreamStats:
    """Analyse a source into the outputs; a progress bar where no window shows how far it is.

    In a window a camera, or a recording of which nothing is kept, is shown at its own pace, and as many of
    its frames are analysed as there is time for. Otherwise every frame is.
    """
    explainer = Explainer(pipeline.explain, is_on=outputs.explain)
    try:
        with _ended_by_signals(), outputs.opened(source, explainer) as sinks:
            stats = _run(source, pipeline, outputs, [*sinks, *more_sinks], explainer)
    except (KeyboardInterrupt, SystemExit):
        note(f"stopped{_saved(outputs)}")
        raise
    note(_closing_line(stats) + _saved(outputs))
    if pipeline.neutral.is_learning:
        note("no resting face was learned: the pictures ended before the lesson did")
    return stats


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """What `kill`, `docker stop` and a terminal that closes send ends as Ctrl-C does: with whole files."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number, handler in before.items():
            # What `nohup` lets a process ignore stays ignored.
            if handler is not signal.SIG_IGN:
                signal.signal(number, _end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _run(
    source: Source, pipeline: EmotionPipeline, outputs: Outputs, sinks: Sequence[Sink], explainer: Explainer
) -> StreamStats:
    timed = TimedPipeline(pipeline, source.age_s) if isinstance(source, LiveSource) else pipeline
    if not outputs.window:
        # Left to the garbage collector, the end of the bar could swallow what a signal raises.
        with closing(with_progress(source, source.frame_count, f"mien: {source.name}")) as frames:
            if source.is_live:
                return run_stream(frames, timed, sinks)
            return deliver(pipeline.watch(frames), sinks)
    if source.is_live or not (source.is_still or outputs.keeps):
        analyst = Analyst(timed, sinks)
        with _window(source, pipeline, explainer, lambda: analyst.ask(pipeline.neutral.learn)) as window:
            return run_live(source.moments(), analyst, window)
    with _window(source, pipeline, explainer, pipeline.neutral.learn) as window:
        return deliver(pipeline.watch(source), [*sinks, window])


def _window(
    source: Source, pipeline: EmotionPipeline, explainer: Explainer, learn: Callable[[], None]
) -> WindowSink:
    return WindowSink(
        paced=True,
        actions={"e": explainer.toggle, "n": learn},
        notice=lambda: source.notice or (LEARNING if pipeline.neutral.is_learning else None),
        heats=lambda: explainer.heats,
    )


def _closing_line(stats: StreamStats) -> str:
    left_out = f", {stats.dropped} not analysed" if stats.dropped else ""
    faces = f", {stats.faces / stats.frames:.1f} faces a frame" if stats.frames else ""
    latency = "" if stats.latency_ms is None else f", {stats.latency_ms:.0f} ms from camera to result"
    return f"{stats.frames} frames{left_out}{faces}, {stats.fps:.1f} frames a second{latency}"


def _saved(outputs: Outputs) -> str:
    files = [str(path) for path in outputs.files if str(path) != "-"]
    return f"; saved {', '.join(files)}" if files else ""
