"""What a client of a stream has sent and nobody has taken yet."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrival:
    """A frame as it came: its number among all that were sent, when, on a steady clock, and its bytes."""

    index: int
    time_s: float
    data: bytes


class Inbox:
    """Room for the newest frame, and for the commands before it; for one event loop."""

    def __init__(self) -> None:
        self._frame: Arrival | None = None
        self._commands: list[str] = []
        self._count = 0
        self._came = asyncio.Event()

    def put_frame(self, data: bytes, time_s: float) -> bool:
        """Leave a frame; whether it took the place of one that is now dropped."""
        dropped = self._frame is not None
        self._frame = Arrival(self._count, time_s, data)
        self._count += 1
        self._came.set()
        return dropped

    def put_command(self, text: str) -> None:
        """Leave a command."""
        self._commands.append(text)
        self._came.set()

    async def wait(self) -> None:
        """Until there is something to take."""
        await self._came.wait()

    def take(self) -> tuple[list[str], Arrival | None]:
        """The commands, in order, and the newest frame or None."""
        taken = self._commands, self._frame
        self._commands, self._frame = [], None
        self._came.clear()
        return taken
