"""Where results go: a window, a video, pictures, lines of JSON or CSV. Nothing is kept unless asked for."""

from mien.sinks.lines import CsvSink, JsonLinesSink
from mien.sinks.photos import PhotoSink
from mien.sinks.sink import Sink
from mien.sinks.video import VideoSink
from mien.sinks.window import WindowSink, display_problem, window_backend

__all__ = [
    "CsvSink",
    "JsonLinesSink",
    "PhotoSink",
    "Sink",
    "VideoSink",
    "WindowSink",
    "display_problem",
    "window_backend",
]
