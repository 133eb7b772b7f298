"""Whatever lies on disk becomes upright BGR, or one clear line."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.pictures import as_bgr, is_still, list_pictures, read_picture

RAMP = np.dstack([np.tile(np.arange(40, dtype=np.uint8) * k, (30, 1)) for k in (1, 3, 6)])
EXIF_QUARTER_TURN = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"


def saved(path: Path, image: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    every = ((b"IHDR", header), *chunks, (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in every)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff"])
def test_lossless_formats_come_back_as_they_were(tmp_path, suffix):
    assert np.array_equal(read_picture(saved(tmp_path / f"a{suffix}", RAMP)), RAMP)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".gif"])
def test_other_formats_come_back_nearly_so(tmp_path, suffix):
    image = read_picture(saved(tmp_path / f"a{suffix}", RAMP))
    assert image.shape == RAMP.shape
    assert image.dtype == np.uint8
    # A GIF of few colours is dithered.
    assert np.abs(image.astype(int) - RAMP).mean() < 20


def test_grey_becomes_three_equal_channels(tmp_path):
    image = read_picture(saved(tmp_path / "grey.png", RAMP[..., 0]))
    assert np.array_equal(image, np.dstack([RAMP[..., 0]] * 3))


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    wide = RAMP.astype(np.uint16) * 257
    assert np.array_equal(read_picture(saved(tmp_path / "wide.png", wide)), RAMP)


def test_alpha_is_laid_over_white(tmp_path):
    alpha = np.zeros((30, 40, 1), dtype=np.uint8)
    alpha[:, :10] = 255
    alpha[:, 10:20] = 128
    image = read_picture(saved(tmp_path / "rgba.png", np.concatenate([RAMP, alpha], axis=2)))
    assert np.array_equal(image[:, :10], RAMP[:, :10])
    assert (image[:, 20:] == 255).all()
    half = 255 + (RAMP[:, 10:20].astype(float) - 255) * 128 / 255
    assert np.abs(image[:, 10:20] - half).max() <= 1


def test_a_palette_with_a_clear_colour_is_resolved(tmp_path):
    path = tmp_path / "palette.png"
    rows = zlib.compress(b"\0\0\1" * 2)
    path.write_bytes(
        png(2, 2, (b"PLTE", bytes([255, 0, 0, 0, 0, 9])), (b"tRNS", b"\xff\0"), (b"IDAT", rows), colour=3)
    )
    assert read_picture(path).tolist() == [[[0, 0, 255], [255, 255, 255]]] * 2


def test_jpeg_is_turned_upright_as_its_exif_says(tmp_path):
    path = saved(tmp_path / "turned.jpg", RAMP)
    plain = path.read_bytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(EXIF_QUARTER_TURN) + 2) + EXIF_QUARTER_TURN
    path.write_bytes(plain[:2] + segment + plain[2:])
    assert read_picture(path).shape == (40, 30, 3)


def test_png_is_turned_upright_as_its_exif_says(tmp_path):
    path = tmp_path / "turned.png"
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in RAMP[..., ::-1]))
    path.write_bytes(png(40, 30, (b"eXIf", EXIF_QUARTER_TURN[6:]), (b"IDAT", rows)))
    assert np.array_equal(read_picture(path), np.rot90(RAMP, -1))


def test_one_pixel_is_a_picture(tmp_path):
    assert read_picture(saved(tmp_path / "dot.png", RAMP[:1, :1])).shape == (1, 1, 3)


def test_a_huge_picture_is_refused_from_its_header(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(png(20_000, 20_000, (b"IDAT", zlib.compress(b"\0" * 100))))
    with pytest.raises(
        SourceError, match=r"huge.png: the picture has 20000 x 20000 pixels: expected at most 100 "
    ):
        read_picture(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif"])
def test_the_size_is_known_in_every_format(tmp_path, suffix):
    path = saved(tmp_path / f"a{suffix}", np.tile(RAMP, (5, 4, 1)))
    with pytest.raises(SourceError, match="160 x 150 pixels: expected at most"):
        read_picture(path, SourceOptions(max_megapixels=0.02))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif"])
@pytest.mark.parametrize("share", [0.04, 0.5, 0.95])
def test_a_picture_cut_short_is_named_and_nothing_else_is_printed(tmp_path, capfd, suffix, share):
    path = saved(tmp_path / f"a{suffix}", np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SourceError, match=re.escape(f"{path}: cannot be decoded")):
        read_picture(path)
    assert capfd.readouterr().err == ""


def test_a_png_changed_by_a_byte_is_refused_quietly(tmp_path, capfd):
    path = saved(tmp_path / "a.png", RAMP)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="cut short or damaged"):
        read_picture(path)
    assert capfd.readouterr().err == ""


def test_what_is_no_picture_is_named(tmp_path):
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.jpg"
    empty.touch()
    text.write_text("not a picture")
    for path, words in (
        (tmp_path / "none.jpg", "no such file"),
        (tmp_path, "no such file"),
        (empty, "the file is empty"),
        (text, "not a picture: expected a JPEG"),
    ):
        with pytest.raises(SourceError, match=re.escape(f"{path}: {words}")):
            read_picture(path)


def test_a_picture_of_floats_is_refused(tmp_path):
    with pytest.raises(
        SourceError, match=r"a.tiff: the values are float32: expected an array of uint8 or uint16"
    ):
        read_picture(saved(tmp_path / "a.tiff", RAMP[..., 0].astype(np.float32)))


def test_an_array_of_bgr_is_not_copied():
    image = np.ascontiguousarray(RAMP)
    assert as_bgr(image) is image or np.shares_memory(as_bgr(image), image)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (RAMP.astype(np.float64), "float64"),
        (RAMP.tolist(), "list"),
        (RAMP[..., :2], r"shape \(30, 40, 2\)"),
        (RAMP[:0], r"shape \(0, 40, 3\)"),
        (RAMP[0, 0], r"shape \(3,\)"),
    ],
)
def test_an_array_that_is_no_picture_says_what_it_is(array, words):
    with pytest.raises(SourceError, match=words):
        as_bgr(array)


def test_pictures_of_a_folder_come_in_natural_order(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("shot10.jpg", "shot2.JPG", "notes.txt", ".thumb.png", "more/a.webp", ".hidden/b.png"):
        (tmp_path / name).touch()
    assert [path.name for path in list_pictures(tmp_path)] == ["a.webp", "shot2.JPG", "shot10.jpg"]


def test_a_folder_that_cannot_be_read_is_told_or_refused(tmp_path, closed_folder):
    (tmp_path / "open.png").touch()
    told = []
    assert list_pictures(tmp_path, told.append) == [tmp_path / "open.png"]
    assert [error.filename for error in told] == [str(closed_folder)]
    with pytest.raises(SourceError, match=f"{closed_folder}: cannot be read: Permission denied"):
        list_pictures(tmp_path)


def test_a_file_is_known_by_its_content_not_its_name(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(saved(tmp_path / "a.png", RAMP).read_bytes())
    assert is_still(path)
    assert not is_still(saved(tmp_path / "moves.gif", RAMP))
