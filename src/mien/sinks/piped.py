"""A file that has each byte as soon as it is written, whatever its writer would hold back."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from mien.held import Held

_AT_ONCE = 1 << 16


class PipedFile(Held):
    """A named pipe for an encoder, and a thread that carries what comes through it into a file.

    FFmpeg hands each packet to a pipe at once, and to a file 256 kB at a time: what it holds back is lost
    when the process is killed.

    pipe: the name that the encoder opens; it is gone once `start` has returned.
    """

    def __init__(self, path: Path) -> None:
        """path: the file, made anew; the pipe's name has its suffix, which tells an encoder the format.

        OSError where the file cannot be made, or the system has no named pipes.
        """
        if not hasattr(os, "mkfifo"):
            raise OSError("this system has no named pipes")
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._carry, name=f"mien: {path.name}", daemon=True)
        self._folder = tempfile.TemporaryDirectory(prefix="mien-")
        self.pipe = Path(self._folder.name) / f"pipe{path.suffix}"
        try:
            os.mkfifo(self.pipe)
            self._file = path.open("wb")
        except OSError:
            self._folder.cleanup()
            raise
        # Else this would wait until the encoder has opened the other end.
        self._source = os.fdopen(os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)

    def start(self) -> None:
        """Carry on until the encoder, which has opened the pipe by now, closes it."""
        os.set_blocking(self._source.fileno(), True)
        self._folder.cleanup()
        self._thread.start()

    def check(self) -> None:
        """OSError if the file could not be written."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Wait until all is in the file; the encoder must have closed the pipe."""
        if self._thread.ident is not None:
            self._thread.join()
        self._folder.cleanup()
        self._source.close()
        self._file.close()

    def _carry(self) -> None:
        while data := self._source.read(_AT_ONCE):
            # After an error it reads on: an encoder that nobody listens to would wait for ever.
            if self._error is None:
                self._keep(data)

    def _keep(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._error = error
