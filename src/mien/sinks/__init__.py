"""Where results go: a window, a video, a camera, pictures, tables. Nothing is kept unless asked for."""

from mien.sinks.anonymized import Anonymize, AnonymizedSink
from mien.sinks.display import display_problem, window_backend
from mien.sinks.explainer import Explainer
from mien.sinks.lines import CsvSink, JsonLinesSink
from mien.sinks.parquet import ParquetSink
from mien.sinks.photos import PhotoSink
from mien.sinks.sink import Sink
from mien.sinks.video import VideoSink
from mien.sinks.virtual_camera import VirtualCameraSink
from mien.sinks.window import WindowSink

__all__ = [
    "Anonymize",
    "AnonymizedSink",
    "CsvSink",
    "Explainer",
    "JsonLinesSink",
    "ParquetSink",
    "PhotoSink",
    "Sink",
    "VideoSink",
    "VirtualCameraSink",
    "WindowSink",
    "display_problem",
    "window_backend",
]
