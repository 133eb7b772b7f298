"""Pictures that lie in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.pictures import read_picture
from mien.sources.source import Source
from mien.types import Frame, Image


class PictureSource(Source):
    """Pictures one after the other, each with its path in `Frame.name`.

    on_skip: is told in one line of each picture that cannot be read; without it SourceError is raised.
    """

    is_still = True

    def __init__(
        self,
        name: str,
        paths: list[Path],
        options: SourceOptions,
        on_skip: Callable[[str], None] | None = None,
    ) -> None:
        self.name = name
        self.fps = 1 / options.picture_interval_s
        self.frame_count = len(paths)
        self._paths = paths
        self._options = options
        self._on_skip = on_skip

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        for path in self._paths:
            image = self._read(path)
            if image is not None:
                yield Frame(index, index * self._options.picture_interval_s, image, str(path))
                index += 1
        if index == 0:
            raise SourceError(f"{self.name}: none of its {len(self._paths)} pictures can be read")

    def _read(self, path: Path) -> Image | None:
        try:
            return read_picture(path, self._options)
        except SourceError as error:
            if self._on_skip is None:
                raise
            self._on_skip(str(error))
            return None
