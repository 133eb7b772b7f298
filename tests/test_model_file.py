"""A model file that has been changed by so much as a byte is not used."""

import pytest

from mien.errors import ModelError
from mien.model_file import BLANK, KEY, read_sealed, seal


def blank_file(body=b"graph " * 20):
    entry = KEY.encode() + b"\x12\x40" + BLANK.encode()
    return body + b"\x0a\x0b" + entry + b" rest"


def test_a_sealed_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(seal(blank_file()))
    assert read_sealed(path) == path.read_bytes()
    assert BLANK.encode() not in path.read_bytes()


@pytest.mark.parametrize("place", [0, 50, 140, -1])
def test_one_changed_byte_is_found_wherever_it_is(tmp_path, place):
    data = bytearray(seal(blank_file()))
    data[place] ^= 1
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"model\.onnx: (has been changed|not one of mien's)"):
        read_sealed(path)


def test_a_truncated_file_is_found(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(seal(blank_file())[:-3])
    with pytest.raises(ModelError, match="has been changed"):
        read_sealed(path)


def test_somebody_elses_file_and_no_file_are_named(tmp_path):
    path = tmp_path / "other.onnx"
    path.write_bytes(b"\x08\x07some other network")
    with pytest.raises(ModelError, match=r"other\.onnx: not one of mien's: expected"):
        read_sealed(path)
    with pytest.raises(ModelError, match=r"none\.onnx: cannot be read"):
        read_sealed(tmp_path / "none.onnx")


def test_what_has_no_blank_digest_cannot_be_sealed():
    with pytest.raises(ValueError, match="64 zeros"):
        seal(b"no entry")
    with pytest.raises(ValueError, match="64 zeros"):
        seal(seal(blank_file()))
