"""What a person sees: faces, words, their last seconds, and how the stream keeps up, drawn on a copy.

The colours are Okabe and Ito's, which people with any kind of colour vision can tell apart; the word always
stands beside the colour. Text and plates are drawn four times as large and scaled down, for smooth edges.
"""

from __future__ import annotations

from mien import boxes
from mien.options import OverlayOptions
from mien.overlay.colours import BGR_OF_EMOTION, BGR_OF_LABEL
from mien.overlay.faces import WORDS_OF_DOUBT, draw_bars, draw_box, draw_label
from mien.overlay.heat import lay_heat
from mien.overlay.panels import draw_help, draw_notice, draw_status
from mien.overlay.sheet import Sheet
from mien.overlay.timeline import Timeline, draw_strip
from mien.types import FrameResult, Image, TrackedFace
from mien.view import ViewState

__all__ = ["BGR_OF_EMOTION", "BGR_OF_LABEL", "WORDS_OF_DOUBT", "Timeline", "draw"]


def draw(
    image: Image,
    result: FrameResult,
    view: ViewState | None = None,
    *,
    options: OverlayOptions | None = None,
    timeline: Timeline | None = None,
) -> Image:
    """A copy of the picture with what was found in it.

    image: HxWx3 uint8 BGR, left as it is. view: what is told about the stream, or None. timeline: the last
    seconds of each person, shown as it is, or None; who draws a stream adds each result to it.
    Returns HxWx3 uint8 BGR.
    """
    options, view = options or OverlayOptions(), view or ViewState()
    sheet = Sheet(image.copy(), options)
    for heat in view.heats:
        lay_heat(sheet.canvas, heat, options.heat_opacity)
    _draw_faces(sheet, result.faces, view, timeline)
    if view.show_help:
        draw_help(sheet)
    return sheet.canvas


def _draw_faces(
    sheet: Sheet, found: tuple[TrackedFace, ...], view: ViewState, timeline: Timeline | None
) -> None:
    """Faces and the status line, what matters most first: it has the first choice of places."""
    faces = sorted(found, key=lambda face: -boxes.area(face.box_xyxy))
    others = {face.id: [other.box_xyxy for other in faces if other is not face] for face in faces}
    for face in reversed(faces):
        draw_box(sheet, face)
    for face in faces:
        draw_label(sheet, face, others[face.id])
    if view.notice:
        draw_notice(sheet, view.notice)
    draw_status(sheet, view)
    if len(faces) > sheet.options.max_bars_faces:
        return
    if timeline is not None:
        for face in faces:
            draw_strip(sheet, face, timeline, others[face.id])
    for face in faces if sheet.options.bars else ():
        draw_bars(sheet, face, others[face.id])
