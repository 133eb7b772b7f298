"""The worker's half of the protocol, for peers in Python; needs NumPy and nothing of mien.

A worker reads questions from its standard input and answers on its standard output, one JSON object a line:

    {"do": "load"}                                            {"classes": [...], "finds_faces": true}
    {"do": "classify", "pictures": P, "first": 0, "count": 8} {"scores": [[[...]], ...]}
    {"do": "find", "pictures": P, "first": 0, "count": 8}     {"faces": [[[area, [...]], ...], ...]}
    {"do": "time", "pictures": P, "first": 0, "count": 8, "rounds": 2}
                                       {"seconds": 0.5, "cpu_seconds": 0.6, "faces": 16, "peak_mb": 120}

A score is what the peer says of each of its classes. A crop has one such list, what a user is shown, or a
second one, as FER2013's labellers would have it, from a peer that knows how. `find` takes each picture for
itself and `time` takes them for the frames of a video. An answer {"refused": "why"} says that the peer cannot
be had here, {"failed": "why"} that it broke. P names `P.bin`, all pixels one after the other, 8-bit BGR, and
`P.json`, a list of [offset, height, width].
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

ANSWER_WITHIN_S = 20.0
"""For a server that weights are asked of."""
WAYS = ("classify", "classify_as_labelled")

Image = NDArray[np.uint8]
Row = Iterable[float]
Faces = Sequence[tuple[float, Row]]
"""Area and scores of each face of a picture."""


class Peer(Protocol):
    """A library as it is asked; images are HxWx3 uint8 BGR.

    It may have `classify_as_labelled` besides: as `classify`, and as FER2013's labellers would have it.
    """

    @property
    def classes(self) -> Sequence[str]:
        """What it tells apart, in the order of its scores."""

    def classify(self, images: Sequence[Image]) -> Iterable[Row]:
        """The scores of crops."""


@runtime_checkable
class Finder(Protocol):
    """What a peer has besides if it finds faces itself."""

    def find(self, image: Image) -> Faces:
        """The faces of a photograph."""

    def watch(self, images: Sequence[Image]) -> Iterable[Faces]:
        """The faces of each frame of a video, which goes on with the next call."""


class Refused(Exception):  # noqa: N818 - no error: it is told as an outcome
    """The peer needs what is not to be had on this machine."""


def read_pictures(stem: str, first: int, count: int) -> list[Image]:
    """So many pictures of a gallery, HxWx3 uint8 BGR each."""
    places = json.loads(Path(f"{stem}.json").read_text())[first : first + count]
    images = []
    with Path(f"{stem}.bin").open("rb") as file:
        for offset, height, width in places:
            file.seek(offset)
            pixels = file.read(height * width * 3)
            images.append(np.frombuffer(pixels, np.uint8).reshape(height, width, 3).copy())
    return images


def downloaded(load: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the library opens
    """What `load` returns; whatever keeps it from its weights is Refused."""
    socket.setdefaulttimeout(ANSWER_WITHIN_S)
    try:
        return load()
    except Exception as error:
        raise Refused("weights not available") from error


def area_of(width: float, height: float) -> float:
    """A face's size, by which the largest one is told."""
    return float(max(0, width)) * float(max(0, height))


def serve(load: Callable[[], Peer]) -> None:
    """Answer until the questions end. load: gives the peer, called at the first question."""
    # What libraries print on the way must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = None
    for line in sys.stdin:
        try:
            peer = peer or load()
            said = _answer(peer, json.loads(line))
        except Refused as error:
            said = {"refused": str(error)}
        except Exception as error:  # whatever a peer raises is told, and the next question is heard
            said = {"failed": " ".join(f"{type(error).__name__}: {error}".split())[:200]}
        print(json.dumps(said), file=answers, flush=True)


def _answer(peer: Peer, question: dict[str, Any]) -> dict[str, Any]:
    if question["do"] == "load":
        return {"classes": list(peer.classes), "finds_faces": isinstance(peer, Finder)}
    images = read_pictures(question["pictures"], question["first"], question["count"])
    if question["do"] == "classify":
        ways = [getattr(peer, name) for name in WAYS if hasattr(peer, name)]
        return {"scores": list(zip(*(map(_plain, way(images)) for way in ways), strict=True))}
    if not isinstance(peer, Finder):
        raise TypeError("finds no faces")
    if question["do"] == "find":
        return {"faces": [[(area, _plain(row)) for area, row in peer.find(image)] for image in images]}
    return _timed(peer, images, question["rounds"])


def _timed(peer: Finder, images: Sequence[Image], rounds: int) -> dict[str, Any]:
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    faces = sum(len(found) for _ in range(rounds) for found in peer.watch(images))
    seconds, cpu_seconds = time.perf_counter() - start_s, time.process_time() - start_cpu_s
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "faces": faces, "peak_mb": _peak_mb()}


def _plain(row: Row) -> list[float]:
    return [float(value) for value in row]


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
