"""Every model file is opened in one way."""

import pytest

from mien.classifier import SHIPPED_MODEL
from mien.errors import ModelError
from mien.model_file import BLANK, KEY, seal
from mien.model_session import SPINNING, open_session


@pytest.mark.parametrize("threads", [1, 2])
def test_a_session_computes_on_as_many_cores_as_were_asked_for(threads):
    session = open_session(SHIPPED_MODEL, threads)
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert session.get_session_options().intra_op_num_threads == threads
    assert session.get_session_options().inter_op_num_threads == 1


def test_threads_that_wait_leave_their_core_to_others():
    session = open_session(SHIPPED_MODEL, 2)
    assert session.get_session_options().get_session_config_entry(SPINNING) == "0"


def test_a_changed_file_is_not_opened(tmp_path):
    path = tmp_path / "changed.onnx"
    data = bytearray(SHIPPED_MODEL.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"changed\.onnx: has been changed"):
        open_session(path, 1)


def test_a_sealed_file_that_is_no_network_is_named(tmp_path):
    path = tmp_path / "odd.onnx"
    path.write_bytes(seal(b"odd" + KEY.encode() + b"\x12\x40" + BLANK.encode()))
    with pytest.raises(ModelError, match=r"odd\.onnx: ONNX Runtime cannot load it"):
        open_session(path, 1)
