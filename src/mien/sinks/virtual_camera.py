"""A camera for calls and for OBS that shows the annotated picture; needs the extra `[vcam]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from mien.errors import MissingExtraError, SinkError
from mien.options import OverlayOptions
from mien.overlay import Timeline, draw
from mien.sinks.fit import letterboxed
from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Heat
from mien.view import ViewState

_DRIVERS = {
    "linux": "install v4l2loopback-dkms, then: sudo modprobe v4l2loopback devices=1",
    "darwin": "install OBS and start its virtual camera once",
    "win32": "install OBS, it brings one",
}


class VirtualCameraSink(Sink):
    """Sends each frame, annotated, to a camera that other programs can open.

    It has the size of the first frame; later ones of another size are fitted into it.
    """

    def __init__(
        self,
        fps: float | None = None,
        options: OverlayOptions | None = None,
        heats: Callable[[], tuple[Heat, ...]] = tuple,
    ) -> None:
        """fps: frames a second that other programs are told, 25 if unknown. heats: is asked where the model
        looked in each frame.

        MissingExtraError without pyvirtualcam.
        """
        try:
            import pyvirtualcam  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError(
                "a virtual camera needs pyvirtualcam: pip install 'mien[vcam]'"
            ) from error
        self._module: Any = pyvirtualcam
        self._fps = fps or 25.0
        self._options = options
        self._heats = heats
        self._timeline = Timeline(options)
        self._camera: Any = None

    def write(self, frame: Frame, result: FrameResult) -> None:
        if self._camera is None:
            self._camera = self._open(result.width, result.height)
        self._timeline.add(result)
        view = ViewState(heats=self._heats())
        picture = draw(frame.image, result, view, options=self._options, timeline=self._timeline)
        self._camera.send(letterboxed(picture, (self._camera.width, self._camera.height)))

    def close(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _open(self, width: int, height: int) -> Any:  # noqa: ANN401 - the package has no types
        try:
            return self._module.Camera(width, height, self._fps, fmt=self._module.PixelFormat.BGR)
        except RuntimeError as error:
            reason = str(error).strip().partition("\n")[0]
            todo = _DRIVERS.get(sys.platform, "see pyvirtualcam's documentation")
            raise SinkError(f"cannot open a virtual camera: {reason}; {todo}") from error
