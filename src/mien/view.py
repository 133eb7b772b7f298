"""What a window tells about itself, beside what was found in the picture."""

from __future__ import annotations

from dataclasses import dataclass

from mien.types import Heat, Timing


@dataclass(frozen=True)
class ViewState:
    """What is shown over a live picture besides its faces.

    fps: pictures shown a second, measured, or None. timing: how the analysis keeps up, or None for what is
    recorded. show_help: whether the keys are listed. notice: one line for the person at the screen, such as
    why there is no new picture, or None. heats: where the network looked, one a face, boxes in pixels of the
    picture that is drawn on; empty unless asked for.
    """

    fps: float | None = None
    timing: Timing | None = None
    show_help: bool = False
    notice: str | None = None
    heats: tuple[Heat, ...] = ()
