"""Where results go: a window, a video, pictures, lines of JSON or CSV. Nothing is kept unless asked for."""

from mien.sinks.display import display_problem, window_backend
from mien.sinks.explainer import Explainer
from mien.sinks.lines import CsvSink, JsonLinesSink
from mien.sinks.photos import PhotoSink
from mien.sinks.sink import Sink
from mien.sinks.video import VideoSink
from mien.sinks.window import WindowSink

__all__ = [
    "CsvSink",
    "Explainer",
    "JsonLinesSink",
    "PhotoSink",
    "Sink",
    "VideoSink",
    "WindowSink",
    "display_problem",
    "window_backend",
]
