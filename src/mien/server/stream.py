"""A stream: frames come in, the newest is analysed, its result goes out."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from fastapi import APIRouter
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from mien.server.access import token_protocol
from mien.server.commands import parse_command
from mien.server.flood import MessageRate
from mien.server.inbox import Arrival, Inbox
from mien.server.refusal import Reason, RefusedError
from mien.server.service import Service, TheService
from mien.server.session import Session, as_record

router = APIRouter(prefix="/v1")

POLICY = 1008
"""Close code for a client that does what it should not."""

BUSY = 1013
"""Close code for a client that should come again later."""

GONE = 1006
"""Code of a stream that ended without a closing handshake."""

_LONGEST_COMMAND = 1000
"""Characters; what is cut there is no JSON any more."""

_LONGEST_REASON = 120
"""Characters; RFC 6455 leaves 123 bytes."""


@dataclass(frozen=True)
class Ending:
    """Why the server closes a stream: close code, reason as the metrics count it, and one line."""

    code: int
    reason: Reason
    line: str


@router.websocket("/stream")
async def stream(socket: WebSocket, service: TheService) -> None:
    """Pictures as binary messages in, a result as a text message each out: docs/server.md."""
    await socket.accept(subprotocol=token_protocol(socket.scope))
    try:
        with service.streams.one(), service.metrics.open_stream():
            ending = await Stream(socket, service).run()
    except RefusedError as refusal:
        ending = Ending(BUSY, refusal.reason, str(refusal))
    if ending is not None:
        service.metrics.refused(ending.reason)
        await _close(socket, ending, service.limits.send_s)


class Stream:
    """One client's frames, read and analysed side by side: a frame that comes meanwhile replaces the last."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket = socket
        self._service = service
        self._limits = service.limits
        self._inbox = Inbox()
        self._session = Session(service.models, service.runtime, service.limits)
        self._bad_messages = 0

    async def run(self) -> Ending | None:
        """Until the client goes, which is None, or has to go."""
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._work())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return done.pop().result()

    async def _read(self) -> Ending | None:
        rate = MessageRate(self._limits.max_messages_a_second)
        while True:
            try:
                with anyio.fail_after(self._limits.idle_s):
                    message = await self._socket.receive()
            except TimeoutError:
                return Ending(POLICY, Reason.SLOW, f"nothing came for {self._limits.idle_s:g} s")
            if message["type"] == "websocket.disconnect":
                return None
            if rate.is_exceeded(time.monotonic()):
                return Ending(POLICY, Reason.FLOOD, f"more than {rate.limit} messages came in a second")
            self._take_in(message)

    def _take_in(self, message: Message) -> None:
        data = message.get("bytes")
        if data is None:
            self._inbox.put_command(message["text"][:_LONGEST_COMMAND])
        elif self._inbox.put_frame(data, time.monotonic()):
            self._service.metrics.dropped()

    async def _work(self) -> Ending | None:
        pause_s = 1 / self._limits.max_fps
        while self._bad_messages < self._limits.max_bad_messages:
            await self._inbox.wait()
            not_before_s = time.monotonic() + pause_s
            commands, arrival = self._inbox.take()
            try:
                for text in commands:
                    await self._obey(text)
                if arrival is not None:
                    await self._analyse(arrival)
            except TimeoutError:
                return Ending(POLICY, Reason.SLOW, f"results were not taken for {self._limits.send_s:g} s")
            except WebSocketDisconnect:
                return None
            await asyncio.sleep(not_before_s - time.monotonic())
        return Ending(POLICY, Reason.FLOOD, f"{self._bad_messages} messages in a row could not be read")

    async def _obey(self, text: str) -> None:
        try:
            self._session.obey(parse_command(text))
        except RefusedError as refusal:
            await self._refuse(refusal, {})

    async def _analyse(self, arrival: Arrival) -> None:
        try:
            result, heats = await self._service.workers.run(partial(self._session.read, arrival))
        except RefusedError as refusal:
            await self._refuse(refusal, {"frame": arrival.index})
            return
        self._bad_messages = 0
        self._service.metrics.analysed(result)
        await self._send(as_record(result, heats))

    async def _refuse(self, refusal: RefusedError, beside: dict[str, Any]) -> None:
        self._bad_messages += 1
        self._service.metrics.refused(refusal.reason)
        await self._send({"error": str(refusal), **beside})

    async def _send(self, record: dict[str, Any]) -> None:
        text = json.dumps(record)
        try:
            with anyio.fail_after(self._limits.send_s):
                await self._socket.send_text(text)
        except RuntimeError as error:
            # So Starlette and uvicorn tell of a stream that was closed meanwhile, such as for want of a pong.
            raise WebSocketDisconnect(GONE) from error


async def _close(socket: WebSocket, ending: Ending, send_s: float) -> None:
    """Say why, to programs and to people, and close; a client that is gone already is left alone."""
    try:
        with anyio.fail_after(send_s):
            await socket.send_text(json.dumps({"error": ending.line}))
            await socket.close(ending.code, ending.line[:_LONGEST_REASON])
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return
