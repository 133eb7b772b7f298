"""One picture from a stranger: checked, then decoded."""

from __future__ import annotations

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.pictures import decode_picture, kind_of
from mien.server.options import ServerOptions
from mien.server.refusal import Reason, RefusedError
from mien.types import Image

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WebP": "image/webp"}
"""What is taken, and its type on the web."""

_START_OF_SCAN = b"\xff\xda"


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
    # Within what is coded, JPEG writes another byte after each 0xFF, so that this is a marker wherever it is.
    scans = data.count(_START_OF_SCAN) if kind == "JPEG" else 0
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
