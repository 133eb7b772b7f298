"""Pictures on disk as every worker reads them: raw pixels and a list of where each one is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mien.types import Image


@dataclass(frozen=True)
class Gallery:
    """So many pictures in `stem`.bin and `stem`.json; see `workers/serving.py`. `digest` tells the pixels."""

    stem: Path
    count: int
    digest: str

    def as_question(self, first: int, count: int) -> dict[str, object]:
        """These pictures, for a worker."""
        return {"pictures": str(self.stem), "first": first, "count": min(count, self.count - first)}


def hang(stem: Path, images: Iterable[Image]) -> Gallery:
    """Write a gallery. images: HxWx3 uint8 BGR each, of any size."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    places: list[tuple[int, int, int]] = []
    sha, offset = hashlib.sha256(), 0
    with Path(f"{stem}.bin").open("wb") as file:
        for image in images:
            pixels = image.tobytes()
            file.write(pixels)
            sha.update(f"{image.shape}".encode())
            sha.update(pixels)
            places.append((offset, *image.shape[:2]))
            offset += len(pixels)
    Path(f"{stem}.json").write_text(json.dumps(places))
    Path(f"{stem}.sha256").write_text(sha.hexdigest())
    return open_gallery(stem)


def open_gallery(stem: Path) -> Gallery:
    """A gallery that was hung before."""
    places = json.loads(Path(f"{stem}.json").read_text())
    return Gallery(stem, len(places), Path(f"{stem}.sha256").read_text())
