"""A model file as ONNX Runtime runs it: unchanged since it was sealed, on the CPU."""

from __future__ import annotations

import os
from pathlib import Path

# Else ONNX Runtime, from 1.29 on, tells its maker about its use; asked later than this it has begun.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort

from mien.errors import ModelError
from mien.model_file import read_sealed

# For a program that imported it before us.
ort.disable_telemetry_events()

SPINNING = "session.intra_op.allow_spinning"
"""ONNX Runtime's name for waiting in a loop."""


def open_session(path: Path, threads: int) -> ort.InferenceSession:
    """The session of a sealed model file; threads: cores for a call.

    Raises ModelError for a file that is missing, is not one of ours, has been changed, or is no network.
    """
    data = read_sealed(path)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for work in a loop take the cores from the other model, from decoding and drawing.
    options.add_session_config_entry(SPINNING, "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own that share no base
        raise ModelError(
            f"model {path}: ONNX Runtime cannot load it: {str(error).splitlines()[0]}"
        ) from error
