"""What an encoder writes is in the file at once, whether or not it ever comes to an end."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from test_live import wait_until

from mien.sinks.piped import PipedFile

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")


def carriers():
    return [thread for thread in threading.enumerate() if thread.name == "mien: out.bin"]


def test_each_byte_is_in_the_file_before_the_writer_closes(tmp_path):
    path = tmp_path / "out.bin"
    with PipedFile(path) as piped:
        with piped.pipe.open("wb", buffering=0) as encoder:
            piped.start()
            for written in (b"one", b"onetwo"):
                encoder.write(written[-3:])
                wait_until(lambda expected=written: path.read_bytes() == expected)
        assert not piped.pipe.exists()
        assert not piped.pipe.parent.exists()
    piped.check()
    assert path.read_bytes() == b"onetwo"
    assert carriers() == []


def test_the_pipe_has_the_suffix_of_the_file(tmp_path):
    with PipedFile(tmp_path / "out.bin") as piped:
        assert piped.pipe.suffix == ".bin"


def test_an_encoder_that_never_came_leaves_nothing_behind(tmp_path):
    with PipedFile(tmp_path / "out.bin") as piped:
        folder = piped.pipe.parent
        assert folder.is_dir()
    assert not folder.exists()
    assert carriers() == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told_and_holds_nobody_up():
    with PipedFile(Path("/dev/full")) as piped:
        with piped.pipe.open("wb", buffering=0) as encoder:
            piped.start()
            encoder.write(bytes(1 << 20))
        wait_until(lambda: piped._error is not None)
        with pytest.raises(OSError, match="No space left"):
            piped.check()


def test_a_file_that_cannot_be_made_is_told_at_once(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        PipedFile(tmp_path / "nowhere" / "out.bin")
