"""A model file that tells when it has been changed: its own SHA-256 stands inside it.

The digest is that of the whole file with the digest's own 64 characters set to zeros, so that it can be part
of ONNX's metadata and needs no second file.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mien.errors import ModelError

KEY = "mien.sha256"
BLANK = "0" * 64
# In protobuf a metadata entry is its key, then field 2 (0x12), a length of 64 (0x40) and the text.
_ENTRY = re.compile(re.escape(KEY.encode()) + rb"\x12\x40([0-9a-f]{64})")


def seal(data: bytes) -> bytes:
    """The file with its digest filled in. data: an ONNX file whose metadata has KEY = BLANK, once."""
    entries = list(_ENTRY.finditer(data))
    if len(entries) != 1 or entries[0].group(1) != BLANK.encode():
        raise ValueError(f"expected one metadata entry {KEY} of 64 zeros")
    return _with_digest(data, entries[0], hashlib.sha256(data).hexdigest().encode())


def read_sealed(path: Path) -> bytes:
    """The bytes of a model file; ModelError if it is missing, not ours, or changed by so much as a byte."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"model {path}: cannot be read: {error.strerror or error}") from error
    entries = list(_ENTRY.finditer(data))
    if len(entries) != 1:
        raise ModelError(f"model {path}: not one of mien's: expected an ONNX file that `mien export` wrote")
    digest = entries[0].group(1).decode()
    found = hashlib.sha256(_with_digest(data, entries[0], BLANK.encode())).hexdigest()
    if found != digest:
        raise ModelError(f"model {path}: has been changed: SHA-256 {found[:12]}…, expected {digest[:12]}…")
    return data


def _with_digest(data: bytes, entry: re.Match[bytes], digest: bytes) -> bytes:
    start, end = entry.span(1)
    return data[:start] + digest + data[end:]
