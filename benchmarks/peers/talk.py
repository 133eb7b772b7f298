"""The parent's half of the protocol: a worker is asked, and answers in time or is given up.

What is said is told in `workers/serving.py`.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

ANSWER_WITHIN_S = 300.0
"""The slowest answer is the first one, which imports and opens everything."""


class NotMeasured(Exception):  # noqa: N818 - it is an outcome, and goes into the table
    """Why there is no figure."""


class Worker:
    """A peer's process; whatever goes wrong with it is `NotMeasured`. Its other output goes into `log`."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        answer_within_s: float = ANSWER_WITHIN_S,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log = log
        self._answer_within_s = answer_within_s
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **(environment or {})},
            )
        self._lines: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def ask(self, do: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - goes into JSON
        """The answer to one question."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=self._answer_within_s)
        except OSError:
            line = ""
        except queue.Empty:
            raise NotMeasured(f"no answer within {self._answer_within_s:g} s") from None
        return self._read(line)

    def _read(self, line: str) -> dict[str, Any]:
        if not line:
            raise NotMeasured(f"its process ended with code {self._process.wait()}: {self._last_word()}")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NotMeasured(f"it answered {line.strip()[:60]!r}: expected a JSON object")
        for fault in ("refused", "failed"):
            if fault in answer:
                raise NotMeasured(str(answer[fault]))
        return answer

    def _last_word(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip()[:160] for line in reversed(lines) if line.strip()), "it said nothing")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._process.stdout.close()
        with suppress(OSError):  # a question that nobody read
            self._process.stdin.close()
