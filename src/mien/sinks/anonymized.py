"""Faces that nobody can recognise, in all that is saved or sent."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from enum import Enum

import cv2
import numpy as np

from mien import boxes
from mien.options import AnonymizeOptions
from mien.sinks.sink import Sink
from mien.types import Box, Frame, FrameResult, Image


class Anonymize(str, Enum):
    """What becomes of a face: it is blurred, hidden by a flat block, or left as it is."""

    BLUR = "blur"
    BLOCK = "block"
    OFF = "off"


class AnonymizedSink(Sink):
    """Hands each frame on to another sink with its heads covered.

    A head is covered where it is and where it was a moment ago, since a detector may miss a face in one
    frame. A face that is not found at all is not covered.
    """

    def __init__(self, sink: Sink, how: Anonymize, options: AnonymizeOptions | None = None) -> None:
        """sink: is closed with this one; never sees a picture with a bare face."""
        self._sink = sink
        self._how = how
        self._options = options or AnonymizeOptions()
        self._seen: deque[tuple[float, int, Box]] = deque()

    def write(self, frame: Frame, result: FrameResult) -> None:
        heads = self._heads(frame, result)
        self._sink.write(replace(frame, image=cover(frame.image, heads, self._how, self._options)), result)

    def close(self) -> None:
        self._sink.close()

    def _heads(self, frame: Frame, result: FrameResult) -> list[Box]:
        """A box a person around the face now and in the last moments; a picture of a folder stands alone."""
        since_s = frame.timestamp_s - self._options.hold_s
        while self._seen and (frame.name or not since_s <= self._seen[0][0] <= frame.timestamp_s):
            self._seen.popleft()
        self._seen.extend((frame.timestamp_s, face.id, face.whole_xyxy) for face in result.faces)
        heads: dict[int, Box] = {}
        for _, person, box in self._seen:
            heads[person] = boxes.union(heads.get(person, box), box)
        return list(heads.values())


def cover(
    image: Image, faces_xyxy: list[Box], how: Anonymize, options: AnonymizeOptions | None = None
) -> Image:
    """A copy of the picture, HxWx3 uint8 BGR, in which the heads around these faces cannot be recognised.

    A blur keeps `options.cells` mean colours along the longer side of the head and spreads them smoothly, so
    that no sharpening brings a face back; a block keeps nothing.
    """
    options = options or AnonymizeOptions()
    covered: Image = image.copy()
    if how is Anonymize.OFF:
        return covered
    height, width = image.shape[:2]
    for box in faces_xyxy:
        x0, y0, x1, y1 = boxes.clip(boxes.grow(box, options.grow), width, height)
        head = covered[int(y0) : int(np.ceil(y1)), int(x0) : int(np.ceil(x1))]
        if head.size:
            head[:] = _blurred(head, options.cells) if how is Anonymize.BLUR else 0
    return covered


def _blurred(head: Image, cells: int) -> Image:
    height, width = head.shape[:2]
    px = max(height, width) / cells
    few = (max(1, round(width / px)), max(1, round(height / px)))
    means = cv2.resize(head, few, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(means, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
