"""What a client of a stream may ask for, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from mien.server.refusal import Reason, RefusedError

_EXPECTED = (
    'expected {"command": "neutral", "seconds": 3}, {"command": "explain", "on": true} '
    'or {"command": "reset"}'
)


@dataclass(frozen=True)
class LearnNeutral:
    """Learn how those in view look at rest; `seconds` None is the usual time."""

    seconds: float | None


@dataclass(frozen=True)
class Explain:
    """Send with each result where the model looked, or stop it."""

    on: bool


@dataclass(frozen=True)
class Reset:
    """Forget everyone."""


Command: TypeAlias = LearnNeutral | Explain | Reset


def parse_command(text: str) -> Command:
    """The command of a text message; RefusedError for what is none."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_understood("is no JSON") from error
    if not isinstance(said, dict):
        raise _not_understood("is no object")
    match said.get("command"):
        case "neutral":
            return LearnNeutral(_seconds(said))
        case "explain":
            return Explain(_switch(said))
        case "reset":
            return Reset()
    raise _not_understood(f"is {str(said.get('command'))[:50]!r}")


def _seconds(said: dict[str, Any]) -> float | None:
    seconds = said.get("seconds")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float))):
        raise _not_understood(f"has seconds {str(seconds)[:50]!r}")
    return seconds


def _switch(said: dict[str, Any]) -> bool:
    on = said.get("on")
    if not isinstance(on, bool):
        raise _not_understood(f"has on {str(on)[:50]!r}")
    return on


def _not_understood(what: str) -> RefusedError:
    return RefusedError(400, Reason.COMMAND, f"the command {what}: {_EXPECTED}")
