"""A training that is told to end, and does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import lightning as L


class SuddenEnd(L.Callback):
    """Makes SIGTERM what Ctrl-C is while a fit trains.

    Lightning's own way is to tell the other processes first, and to wait for them, who may wait for this one.
    """

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """By now Lightning has set its handler, and will set back at the end what was before."""
        del trainer, pl_module
        if _can_be_told():
            signal.signal(signal.SIGTERM, _interrupt)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """The same for what is done within, such as starting other processes, which would be left behind."""
    if not _can_be_told():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _can_be_told() -> bool:
    """Python tells the main thread alone."""
    return threading.current_thread() is threading.main_thread()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
