"""Streams of the drawn face at a steady rate, and how long each frame's result takes to come back."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from dataclasses import dataclass, field
from itertools import islice

import cv2
import numpy as np
import websockets

from mien.demo_face import DemoFace

KINDS_OF_FRAME = 50
LAST_RESULT_S = 3.0
WARM_UP_FRAMES = 3


@dataclass(frozen=True)
class Streams:
    """What all streams together saw.

    p50_ms, p95_ms, worst_ms: from a frame's sending to its result, at the client. own_ms: the server's own
    time on all cores, over the frames analysed; other work on the machine does not count in it.
    """

    streams: int
    fps: float
    seconds: float
    sent: int
    analysed: int
    errors: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    own_ms: float


@dataclass
class _Log:
    sent: int = 0
    errors: int = 0
    latency_ms: list[float] = field(default_factory=list)


async def measure_streams(port: int, streams: int, fps: float, seconds: float) -> Streams:
    """So many streams at once, each of so many frames a second."""
    frames = [cv2.imencode(".jpg", frame.image)[1].tobytes() for frame in islice(DemoFace(), KINDS_OF_FRAME)]
    url = f"ws://127.0.0.1:{port}/v1/stream"
    logs = [_Log() for _ in range(streams)]
    starts_s = [number / streams / fps for number in range(streams)]
    before = _own(port)
    await asyncio.gather(
        *(
            _stream(url, frames, log, start_s, 1 / fps, seconds)
            for log, start_s in zip(logs, starts_s, strict=True)
        )
    )
    latency_ms = [value for log in logs for value in log.latency_ms]
    p50_ms, p95_ms, worst_ms = (round(float(value), 1) for value in np.quantile(latency_ms, (0.5, 0.95, 1)))
    sent, errors = sum(log.sent for log in logs), sum(log.errors for log in logs)
    after = _own(port)
    own_ms = round((after.own_s - before.own_s) / max(1, after.frames - before.frames) * 1e3, 1)
    return Streams(streams, fps, seconds, sent, len(latency_ms), errors, p50_ms, p95_ms, worst_ms, own_ms)


@dataclass(frozen=True)
class _Own:
    """Processor seconds that the server has used (not a number where it cannot tell), and frames analysed."""

    own_s: float
    frames: float


def _own(port: int) -> _Own:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        said = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#")
    return _Own(float(said.get("process_cpu_seconds_total", "nan")), float(said["mien_frames_total"]))


async def _stream(
    url: str, frames: list[bytes], log: _Log, start_s: float, every_s: float, seconds: float
) -> None:
    try:
        async with websockets.connect(url) as socket:
            for frame in frames[:WARM_UP_FRAMES]:
                await socket.send(frame)
                await socket.recv()
            await asyncio.sleep(start_s)
            sent_s: dict[int, float] = {}
            reader = asyncio.create_task(_read(socket, sent_s, log))
            await _send(socket, frames, sent_s, log, every_s, seconds)
            await asyncio.wait([reader], timeout=LAST_RESULT_S)
            reader.cancel()
    except (OSError, websockets.WebSocketException):
        log.errors += 1


async def _send(
    socket: websockets.ClientConnection,
    frames: list[bytes],
    sent_s: dict[int, float],
    log: _Log,
    every_s: float,
    seconds: float,
) -> None:
    begin_s = time.perf_counter()
    for number in range(round(seconds / every_s)):
        await asyncio.sleep(begin_s + number * every_s - time.perf_counter())
        sent_s[WARM_UP_FRAMES + number] = time.perf_counter()
        await socket.send(frames[number % len(frames)])
        log.sent += 1


async def _read(socket: websockets.ClientConnection, sent_s: dict[int, float], log: _Log) -> None:
    async for text in socket:
        now_s = time.perf_counter()
        record = json.loads(text)
        if "error" in record:
            log.errors += 1
        else:
            log.latency_ms.append((now_s - sent_s[record["frame"]]) * 1e3)
