"""One picture from a stranger: checked, then decoded."""

from __future__ import annotations

import re

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.pictures import decode_picture, kind_of
from mien.server.options import ServerOptions
from mien.server.refusal import Reason, RefusedError
from mien.types import Image

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WebP": "image/webp"}
"""What is taken, and its type on the web."""

_MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
"""A JPEG marker that a length follows, or the end; not a restart, nor a 0xFF within what is coded."""

_FIRST_IN_USE = 0xC0
_SCAN, _END = 0xDA, 0xD9


def decode_photo(data: bytes, options: ServerOptions) -> Image:
    """HxWx3 uint8 BGR of a JPEG, PNG or WebP file's bytes.

    Raises RefusedError for another kind of file, too many pixels or scans (both known before anything is
    decoded), and for a file that is cut short or damaged.
    """
    kind = kind_of(data[:16])
    if kind not in KINDS:
        raise RefusedError(
            415, Reason.TYPE, f"the picture is {kind or 'of no known kind'}: expected {', '.join(KINDS)}"
        )
    scans = _count_scans(data) if kind == "JPEG" else 0
    if scans > options.max_jpeg_scans:
        raise RefusedError(
            422,
            Reason.PICTURE,
            f"the picture is painted in {scans} scans: expected at most {options.max_jpeg_scans}",
        )
    try:
        return decode_picture(data, SourceOptions(max_megapixels=options.max_megapixels))
    except SourceError as error:
        raise RefusedError(422, Reason.PICTURE, str(error)) from error


def _count_scans(jpeg: bytes) -> int:
    """How often the picture is painted over; what phones write behind its end, such as a clip, is not it.

    RefusedError for a marker that nobody writes: in a scan OpenCV does not skip what would be its segment.
    """
    scans, at = 0, 2
    while (marker := _MARKER.search(jpeg, at)) and marker[1][0] != _END:
        if marker[1][0] < _FIRST_IN_USE:
            raise RefusedError(422, Reason.PICTURE, f"the picture has a JPEG marker {marker[1].hex()}")
        scans += marker[1][0] == _SCAN
        at = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
    return scans
