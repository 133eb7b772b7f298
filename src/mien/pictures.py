"""Reading one picture file safely: from disk or network, it becomes HxWx3 uint8 BGR, or one clear line.

The size is read from the header of the file before anything is decoded, so that 20,000 x 20,000 pixels are
refused at the cost of a few bytes. Only formats whose header is understood here are read.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.types import Image

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""File names that count as pictures within a folder; a file named outright is known by its content."""

_EXPECTED = "expected a JPEG, PNG, WebP, BMP, TIFF or GIF picture"

_Size: TypeAlias = tuple[int, int]
_Bytes: TypeAlias = bytes | mmap.mmap


def read_picture(path: Path, options: SourceOptions | None = None) -> Image:
    """A picture file as HxWx3 uint8 BGR in [0, 255].

    Grey becomes BGR, alpha is laid over white, 16 bits are scaled to 8, a palette is resolved, and EXIF
    orientation is followed (not in a picture with alpha, where cameras write none).
    Raises SourceError naming the path: no such file, empty, not a picture, cut short or damaged, or larger
    than `options.max_megapixels`.
    """
    kind, size = _look(path)
    _check_size(str(path), size, options)
    return _to_bgr(str(path), np.fromfile(path, dtype=np.uint8), kind)


def decode_picture(data: bytes, options: SourceOptions | None = None, name: str = "picture") -> Image:
    """The same of a picture file's bytes, such as a network brings; SourceError begins with `name`."""
    kind, size = _measure(name, data)
    _check_size(name, size, options)
    return _to_bgr(name, np.frombuffer(data, dtype=np.uint8), kind)


def is_still(path: Path) -> bool:
    """Whether the file begins like a format of `read_picture`; a GIF may move and does not count."""
    with path.open("rb") as file:
        return kind_of(file.read(16)) not in (None, "GIF")


def kind_of(start: bytes) -> str | None:
    """Format of a picture file, such as "JPEG", by its first 16 bytes; None for what is no picture."""
    if start[:4] == b"RIFF":
        return "WebP" if start[8:12] == b"WEBP" else None
    magics = {
        b"\xff\xd8\xff": "JPEG",
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"BM": "BMP",
        b"II*\0": "TIFF",
        b"MM\0*": "TIFF",
        b"GIF8": "GIF",
    }
    return next((kind for magic, kind in magics.items() if start.startswith(magic)), None)


def is_folder(path: Path) -> bool:
    """Whether the path is a folder that can be seen; never raises."""
    try:
        return path.is_dir()
    except OSError:
        return False


def list_pictures(folder: Path, on_unreadable: Callable[[OSError], None] | None = None) -> list[Path]:
    """The pictures in a folder and the folders below it, by `PICTURE_SUFFIXES`, hidden ones left out.

    In natural order: `shot2.jpg` comes before `shot10.jpg`. on_unreadable: is told of each folder that cannot
    be read, which is the error's `filename`; without it that raises SourceError.
    """
    found = []
    for root, folders, names in os.walk(folder, onerror=on_unreadable or _refuse_folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root) / name for name in names if not name.startswith(".")]
    return sorted((path for path in found if path.suffix.lower() in PICTURE_SUFFIXES), key=_natural)


def unreadable(error: OSError) -> str:
    """Why a folder is left out, in one line."""
    return f"{error.filename}: cannot be read: {error.strerror}"


def _refuse_folder(error: OSError) -> NoReturn:
    raise SourceError(unreadable(error)) from error


def as_bgr(image: NDArray[Any], name: str = "picture") -> Image:
    """Any usual picture array as HxWx3 uint8 BGR in [0, 255].

    image: HxW or HxWx1 grey, HxWx3 BGR or HxWx4 BGRA; uint8, or uint16 whose full range is 0 to 65535.
    A uint8 BGR array comes back as it is, not copied. All else raises SourceError that begins with `name`.
    """
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.uint16):
        what = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise SourceError(f"{name}: the values are {what}: expected an array of uint8 or uint16")
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise SourceError(f"{name}: the array has shape {image.shape}: expected HxW, HxWx1, HxWx3 or HxWx4")
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=255 / 65535)
    if image.ndim == 2 or image.shape[2] == 1:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    elif image.shape[2] == 4:
        image = _over_white(image)
    return np.ascontiguousarray(image, dtype=np.uint8)


def _over_white(bgra: NDArray[Any]) -> NDArray[Any]:
    alpha = cv2.merge([bgra[..., 3]] * 3)
    colour = cv2.multiply(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), alpha, scale=1 / 255)
    return cv2.add(colour, cv2.bitwise_not(alpha))


def _check_size(name: str, size: _Size, options: SourceOptions | None) -> None:
    width, height = size
    limit = (options or SourceOptions()).max_megapixels
    if width * height > limit * 1e6:
        raise SourceError(
            f"{name}: the picture has {width} x {height} pixels: expected at most {limit:g} megapixels, "
            "scale it down first"
        )


def _to_bgr(name: str, data: NDArray[np.uint8], kind: str) -> Image:
    image = _decode(data, kind)
    if image is None:
        raise SourceError(f"{name}: cannot be decoded: the {kind} file is cut short or damaged")
    return as_bgr(image, name)


def _decode(data: NDArray[np.uint8], kind: str) -> NDArray[Any] | None:
    """The pixels as OpenCV has them, or None where it cannot decode the file."""
    try:
        if kind == "JPEG":
            return cv2.imdecode(data, cv2.IMREAD_COLOR)
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        opaque = image is not None and (image.ndim == 2 or image.shape[2] < 4)
        if opaque and any(chunk in data.tobytes() for chunk in (b"eXIf", b"EXIF")):
            # IMREAD_UNCHANGED alone shows alpha and depth, but only the other modes turn the picture upright.
            return cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error:
        return None
    return image


def _look(path: Path) -> tuple[str, _Size]:
    """Format, width and height of a picture file, from its header alone."""
    try:
        if not path.is_file():
            raise SourceError(f"{path}: no such file: {_EXPECTED}")
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise SourceError(f"{path}: the file is empty: {_EXPECTED}")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _measure(str(path), data)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error


def _measure(name: str, data: _Bytes) -> tuple[str, _Size]:
    kind = kind_of(data[:16])
    if kind is None:
        raise SourceError(f"{name}: not a picture: {_EXPECTED}")
    try:
        width, height = _SIZE_OF[kind](data)
    except (struct.error, IndexError, ValueError, KeyError):
        width, height = 0, 0
    if width < 1 or height < 1:
        raise SourceError(f"{name}: cannot be decoded: the {kind} file is cut short or damaged")
    return kind, (width, height)


_WITHOUT_LENGTH = (0x00, 0x01, *range(0xD0, 0xDA))
"""No camera writes these JPEG markers before the size. OpenCV steps over them: to read a length behind one
would be to look for the size elsewhere than it does."""


def _jpeg_size(data: _Bytes) -> _Size:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker in _WITHOUT_LENGTH:
            raise ValueError("a marker out of place")
        # A segment may be preceded by any number of fill bytes of 0xFF.
        at += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", data, at + 2)[0]
    raise ValueError("no frame header")


def _png_size(data: _Bytes) -> _Size:
    """Walks and sums all chunks, because libpng would print its own line on a damaged one."""
    at, kind = 8, b""
    while kind != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(data[at + 4 : at + 8 + length]) != checksum:
            raise ValueError("damaged chunk")
        at += 12 + length
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _webp_size(data: _Bytes) -> _Size:
    chunk = data[12:16]
    if chunk == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _bmp_size(data: _Bytes) -> _Size:
    (header_size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header_size == 12 else "<ii", data, 18)
    return width, abs(height)


def _gif_size(data: _Bytes) -> _Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _tiff_size(data: _Bytes) -> _Size:
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    tags = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        (tags[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)
    return tags[256], tags[257]


_SIZE_OF: dict[str, Callable[[_Bytes], _Size]] = {
    "JPEG": _jpeg_size,
    "PNG": _png_size,
    "WebP": _webp_size,
    "BMP": _bmp_size,
    "TIFF": _tiff_size,
    "GIF": _gif_size,
}


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key in which numbers within a name count as numbers."""
    pieces = re.findall(r"\d+|\D+", str(path).lower())
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]


def quiet_opencv() -> None:
    """Keep OpenCV and FFmpeg from printing lines beside ours; their variables bring those back.

    For the whole process, so it is the command's to ask for, not the package's.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
