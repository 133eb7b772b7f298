"""A model file that tells what it is and when it has been changed: its metadata, its SHA-256 among them.

The digest is that of the whole file with the digest's own 64 characters set to zeros, so that it can be part
of ONNX's metadata and needs no second file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def read_entry(
    entries: Mapping[str, str], key: str, where: str, *, forms: tuple[int, ...], otherwise: str
) -> tuple[int, dict[str, Any]]:
    """The metadata entry that describes a model, one JSON object: the number of its form, and the rest of it.

    ModelError names `where` if there is no such entry, with `otherwise` (what is missing, and what was
    expected), or if its form is none of `forms`.
    """
    try:
        said = json.loads(entries[key])
        form = said.pop("format")
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"{where}: {otherwise}") from error
    if form not in forms:
        known = " or ".join(str(number) for number in forms)
        raise ModelError(f"{where}: metadata form {form}: expected {known}, is this mien too old for it?")
    return form, said


def _with_digest(data: bytes, entry: re.Match[bytes], digest: bytes) -> bytes:
    start, end = entry.span(1)
    return data[:start] + digest + data[end:]
