"""What each person was told in the last seconds, and a small strip that shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mien.options import OverlayOptions
from mien.overlay.colours import BGR_OF_LABEL, DARK, ink_on
from mien.overlay.ink import text_mask
from mien.overlay.sheet import Sheet, side_of
from mien.types import Box, FrameResult, TrackedFace


@dataclass(frozen=True)
class Segment:
    """One label over a time, in seconds of the source."""

    label: str
    start_s: float
    end_s: float


class Timeline:
    """Remembers the labels of the last seconds, a list of segments a person."""

    def __init__(self, options: OverlayOptions | None = None) -> None:
        options = options or OverlayOptions()
        self.seconds = options.timeline_s
        self._gap_s = options.timeline_gap_s
        self._now_s = 0.0
        self._segments: dict[int, deque[Segment]] = {}

    def add(self, result: FrameResult) -> None:
        """Take one result; the same one again changes nothing, and time that jumps back begins anew."""
        if result.timestamp_s < self._now_s:
            self._segments.clear()
        self._now_s = result.timestamp_s
        for face in result.faces:
            self._extend(self._segments.setdefault(face.id, deque()), face.label)
        self._forget(self._now_s - self.seconds)

    def of(self, person: int) -> tuple[tuple[str, float, float], ...]:
        """Label, begin and end of each segment, oldest first; 0 is the oldest moment kept, 1 is now."""
        start_s = self._now_s - self.seconds
        return tuple(
            (
                one.label,
                max(0.0, (one.start_s - start_s) / self.seconds),
                (one.end_s - start_s) / self.seconds,
            )
            for one in self._segments.get(person, ())
        )

    def _extend(self, segments: deque[Segment], label: str) -> None:
        last = segments[-1] if segments else None
        if last is None or self._now_s - last.end_s > self._gap_s:
            segments.append(Segment(label, self._now_s, self._now_s))
            return
        segments[-1] = replace(last, end_s=self._now_s)
        if last.label != label:
            segments.append(Segment(label, self._now_s, self._now_s))

    def _forget(self, before_s: float) -> None:
        for person, segments in list(self._segments.items()):
            while segments and segments[0].end_s < before_s:
                segments.popleft()
            if not segments:
                del self._segments[person]


def draw_strip(sheet: Sheet, face: TrackedFace, timeline: Timeline, others: Iterable[Box]) -> None:
    """The person's last seconds below the face or above it, now at the right, words where they fit."""
    segments = timeline.of(face.id)
    side = side_of(face)
    if side < sheet.options.min_bars_face_px or not segments:
        return
    text_px = max(8, round(0.6 * sheet.text_px_beside(side)))
    x0, y0, x1, y1 = face.box_xyxy
    size = (round(max(x1 - x0, 10 * text_px)), round(1.3 * text_px))
    gap = max(3, text_px // 2)
    left = sheet.inside((x0, 0), size)[0]
    tops = (y1 + gap, y0 - size[1] - gap, y0 - size[1] - 5 * gap, y1 + 5 * gap, y1 - size[1] - gap)
    spot = sheet.place(size, [(left, top) for top in tops], others)
    if spot is None:
        return
    sheet.fill(spot, size, DARK, 0.65)
    pad = max(1, size[1] // 8)
    top, bottom = spot[1] + pad, spot[1] + size[1] - pad
    for label, begin, end in segments:
        start, stop = (spot[0] + pad + round(share * (size[0] - 2 * pad)) for share in (begin, end))
        # A flicker, too, is to be seen.
        sheet.canvas[top:bottom, min(start, stop - 1) : stop] = BGR_OF_LABEL[label]
        word = text_mask(label, text_px)
        if word.shape[1] + text_px // 2 <= stop - start:
            spot_of_word = (start + (stop - start - word.shape[1]) // 2, spot[1] + (size[1] - text_px) // 2)
            sheet.write(spot_of_word, label, text_px, ink_on(BGR_OF_LABEL[label]))
