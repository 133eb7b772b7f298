"""Requests that mean a server ill, and how well it is meanwhile."""

from __future__ import annotations

import asyncio
import http.client
import random
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np

from mien.demo_face import DemoFace

AT_ONCE = 40
HOLD_S = 6.0
"""So long are slow and silent sockets held; the server lets go of them earlier or later as it likes."""

HEALTH_EVERY_S = 0.1
QUIET_S = 3.0


@dataclass(frozen=True)
class Siege:
    """How the server stood.

    answers: how many requests got each status; "none" is a socket that was closed, or held until we let go.
    server_errors: answers of 500 and above, but for 503, which says that the server is busy.
    health_*: of the /health that was asked all the while; quiet_p95_ms is the same before it began, on a
        machine that may have other work.
    """

    requests: int
    seconds: float
    answers: dict[str, int]
    server_errors: int
    health_asked: int
    health_failures: int
    health_p95_ms: float
    health_worst_ms: float
    quiet_p95_ms: float


class Watch(threading.Thread):
    """Asks /health again and again, each time on a new connection, until it is told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.times_ms: list[float] = []
        self.failures = 0
        self._port = port
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(HEALTH_EVERY_S):
            start_s = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
            try:
                connection.request("GET", "/health")
                self.failures += connection.getresponse().status != 200
                self.times_ms.append((time.perf_counter() - start_s) * 1e3)
            except OSError:
                self.failures += 1
            finally:
                connection.close()

    def stop(self) -> None:
        self._done.set()
        self.join()


async def besiege(port: int, requests: int) -> Siege:
    """So many hostile requests of all kinds, the same on every run."""
    weapons = _weapons(random.Random(1), requests)
    quiet = Watch(port)
    quiet.start()
    await asyncio.sleep(QUIET_S)
    quiet.stop()
    watch = Watch(port)
    watch.start()
    start_s = time.perf_counter()
    at_once = asyncio.Semaphore(AT_ONCE)
    answers = Counter(await asyncio.gather(*(_attack(port, at_once, weapon) for weapon in weapons)))
    seconds = time.perf_counter() - start_s
    watch.stop()
    p95_ms, worst_ms = (round(float(value), 1) for value in np.quantile(watch.times_ms, (0.95, 1)))
    errors = sum(count for status, count in answers.items() if status.startswith("5") and status != "503")
    return Siege(
        requests,
        round(seconds, 1),
        dict(sorted(answers.items())),
        errors,
        len(watch.times_ms),
        watch.failures,
        p95_ms,
        worst_ms,
        round(float(np.quantile(quiet.times_ms, 0.95)), 1),
    )


@dataclass(frozen=True)
class Weapon:
    """Bytes that are sent at once, then one after the other, and whether the socket is then held."""

    data: bytes
    drops: bytes = b""
    is_held: bool = False


async def _attack(port: int, at_once: asyncio.Semaphore, weapon: Weapon) -> str:
    async with at_once:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await asyncio.wait_for(_strike(reader, writer, weapon), HOLD_S)
        except (asyncio.TimeoutError, OSError):
            return "none"
        finally:
            writer.close()


async def _strike(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weapon: Weapon) -> str:
    writer.write(weapon.data)
    await writer.drain()
    for drop in weapon.drops:
        if writer.is_closing() or reader.at_eof():
            break
        writer.write(bytes([drop]))
        await asyncio.sleep(0.2)
    first = await reader.readline()
    if weapon.is_held:
        await reader.read()
    return first.split()[1].decode() if first.startswith(b"HTTP/1.1 ") else "none"


def _weapons(rng: random.Random, count: int) -> list[Weapon]:
    picture = cv2.imencode(".jpg", next(islice(DemoFace(), 1)).image)[1].tobytes()
    large = cv2.imencode(".png", np.zeros((7000, 7000), np.uint8))[1].tobytes()
    kinds: list[Callable[[], Weapon]] = [
        lambda: Weapon(_post(_fuzzed(rng, picture))),
        lambda: Weapon(_post(picture[: rng.randrange(len(picture))])),
        lambda: Weapon(_post(rng.randbytes(rng.randrange(5000)), rng.choice(_TYPES))),
        lambda: Weapon(_post(_bomb(60000, 60000), "image/png")),
        lambda: Weapon(_post(large, "image/png")),
        lambda: Weapon(_post(picture[:-2] + b"\xff\xda\x00\x02" * 5000 + picture[-2:])),
        lambda: Weapon(_post(b"--x\r\n" * 100_000, "multipart/form-data; boundary=x", "/v1/analyze/batch")),
        lambda: Weapon(_post(bytes(9_900_000))),
        lambda: Weapon(_head("image/jpeg", 10**9) + bytes(1000)),
        lambda: Weapon(_head("image/jpeg", 500), drops=bytes(400)),
        lambda: Weapon(b"", is_held=True),
        lambda: Weapon(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", drops=b"a" * 400),
        lambda: Weapon(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"),
        lambda: Weapon(rng.randbytes(2000)),
        lambda: Weapon(_UPGRADE, is_held=True),
        lambda: Weapon(_UPGRADE + _masked(rng.randbytes(60)) * 2000, is_held=True),
        lambda: Weapon(_UPGRADE + b"\x82\xff" + struct.pack(">Q", 2**40), is_held=True),
    ]
    return [kinds[number % len(kinds)]() for number in range(count)]


_TYPES = ("image/jpeg", "image/png", "text/html", "application/json", "", "multipart/form-data", "\x7f")

_UPGRADE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def _head(kind: str, length: int, path: str = "/v1/analyze") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _post(body: bytes, kind: str = "image/jpeg", path: str = "/v1/analyze") -> bytes:
    return _head(kind, len(body), path) + body


def _fuzzed(rng: random.Random, picture: bytes) -> bytes:
    data = bytearray(picture)
    for _ in range(rng.randrange(1, 50)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _masked(data: bytes) -> bytes:
    """A binary WebSocket message, masked with zeros."""
    return b"\x82" + bytes([0x80 | len(data)]) + bytes(4) + data


def _bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", b""), (b"IEND", b""))
    written = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)
