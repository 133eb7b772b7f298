"""An output file is whole or not there, and an error names it."""

from __future__ import annotations

import os

import pytest

from mien.errors import SinkError
from mien.files import beside_of, file_sha256, write_bytes, write_text, write_whole


def test_folders_on_the_way_are_made(tmp_path):
    write_text(tmp_path / "a" / "b" / "said.txt", "größer")
    assert (tmp_path / "a" / "b" / "said.txt").read_bytes() == "größer".encode()


def test_an_interrupted_write_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "scores.json"
    write_text(path, "before")

    def half(beside):
        beside.write_text("aft")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, half)
    assert [each.name for each in tmp_path.iterdir()] == ["scores.json"]
    assert path.read_text() == "before"


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "model.onnx"

    def write(beside):
        beside.write_bytes(b"half")
        assert not path.exists()

    write_whole(path, write)
    assert path.read_bytes() == b"half"


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    with pytest.raises(SinkError, match=f"cannot write {tmp_path}: it is a folder"):
        write_bytes(tmp_path, b"")


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SinkError, match=r"cannot write .*scores\.json: "):
        write_text(tmp_path / "file" / "scores.json", "")


def test_what_the_system_says_becomes_one_line(tmp_path):
    def refuse(beside):
        raise OSError(28, "No space left on device")

    with pytest.raises(SinkError, match=r"cannot write .*out\.csv: No space left on device"):
        write_whole(tmp_path / "out.csv", refuse)


def test_a_hash_is_that_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_what_is_no_ordinary_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    if not hasattr(os, "mkfifo"):
        pytest.skip("named pipes are not for Windows")
    os.mkfifo(pipe)
    with pytest.raises(SinkError, match=r"pipe: it is no ordinary file"):
        write_text(pipe, "page")
    assert pipe.is_fifo()


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "real.txt").write_text("before")
    link = tmp_path / "link.txt"
    try:
        link.symlink_to("real.txt")
    except OSError:
        pytest.skip("no right to make links here")
    write_text(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"


def test_a_link_that_leads_in_a_circle_is_no_crash(tmp_path):
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    try:
        one.symlink_to(other)
        other.symlink_to(one)
    except OSError:
        pytest.skip("no right to make links here")
    write_text(one, "said")
    assert one.read_text() == "said"


def test_two_long_names_that_begin_alike_do_not_meet(tmp_path):
    one, other = (tmp_path / ("n" * 240 + end) for end in (".txt", ".json"))
    assert beside_of(one) != beside_of(other)


def test_a_name_as_long_as_a_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".txt")
    write_text(path, "said")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
