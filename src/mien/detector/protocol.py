"""What every face detector offers."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from mien.options import Framing
from mien.types import Face, Image


class FaceDetector(Protocol):
    """Finds faces in one picture.

    `name` is what a person calls the detector; `framing` is how a crop is cut around one of its boxes so that
    it looks like the pictures that the network learned from.
    """

    @property
    def name(self) -> str:
        """Short name, such as "yunet"."""

    @property
    def framing(self) -> Framing:
        """How the network wants a crop around a box of this detector."""

    def detect(self, image: Image) -> list[Face]:
        """The faces, largest first.

        image: HxWx3 uint8 BGR in [0, 255], of any size from 1x1. Boxes and landmarks are in pixels of this
        picture; the middle of a box lies in the picture, but a box may reach over its edge, because a crop is
        framed by the whole box.
        """


@runtime_checkable
class GlancingDetector(FaceDetector, Protocol):
    """One that can find large faces with less effort."""

    def glance(self, image: Image, least_px: float) -> list[Face] | None:
        """The faces whose longer side is at least so many pixels, in less detail; None if that saves nothing.

        image: as for `detect`. Smaller faces may be among them or not.
        """
