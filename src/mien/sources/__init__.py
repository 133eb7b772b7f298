"""Where frames come from: a camera, a video, a picture, a folder of pictures, or a stream from the network.

What is recorded gives every frame. What is live gives the newest one: whoever reads too slowly misses frames,
which shows in their numbers, and never falls behind.
"""

from mien.sources.live import LiveSource
from mien.sources.opening import open_source
from mien.sources.source import Source
from mien.sources.stills import PictureSource
from mien.sources.video import VideoSource

__all__ = ["LiveSource", "PictureSource", "Source", "VideoSource", "open_source"]
