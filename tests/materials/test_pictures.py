"""Every kind of pixel that Pillow opens is read at its own depth, or refused by name."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from learning_geometry.materials.pictures import read_picture

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (4, 5), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (4, 5, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65_536, (4, 5), dtype=np.uint16)


def saved(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(depth, colour, raw):
    """A PNG of one pixel as the standard writes it; Pillow itself writes no colours of 16 bits."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" + raw)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_alpha(alpha, base):
    image = Image.fromarray(base)
    image.putalpha(Image.fromarray(np.full(base.shape[:2], alpha, dtype=np.uint8)))
    return image


PALETTE = Image.fromarray(GREY % 4).convert("P")
PALETTE.putpalette([9, 8, 7, 200, 100, 50, 1, 2, 3, 250, 251, 252])


@pytest.mark.parametrize(
    ("data", "expected", "white"),
    [
        (saved(Image.fromarray(GREY)), GREY, 255),
        (saved(Image.fromarray(GREY), "GIF"), np.stack([GREY] * 3, axis=-1), 255),
        (saved(Image.fromarray(GREY > 99)), (GREY > 99) * 255, 255),
        (saved(Image.fromarray(COLOUR)), COLOUR, 255),
        (saved(Image.fromarray(COLOUR), "BMP"), COLOUR, 255),
        (saved(Image.fromarray(DEEP)), DEEP, 65_535),
        (saved(Image.fromarray(DEEP), "TIFF"), DEEP, 65_535),
        (b"P5 5 4 65535\n" + DEEP.astype(">u2").tobytes(), DEEP, 65_535),
        (b"P5 1 1 4095\n\x0f\xff", [[65_535]], 65_535),
        (saved(PALETTE), np.array(PALETTE.convert("RGB")), 255),
        (saved(with_alpha(255, GREY)), GREY, 255),
        (saved(with_alpha(255, COLOUR)), COLOUR, 255),
    ],
)
def test_pixels_come_at_their_own_depth(data, expected, white):
    read = read_picture(data, "it")
    np.testing.assert_array_equal(read.pixels, expected)
    assert read.white == white
    assert read.channels == (1 if np.ndim(expected) == 2 else 3)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (saved(with_alpha(200, GREY)), "it is transparent in places (mode LA)"),
        (saved(with_alpha(0, COLOUR)), "it is transparent in places (mode RGBA)"),
        (saved(PALETTE, transparency=0), "it is transparent in places (mode P)"),
        (saved(Image.new("CMYK", (2, 2)), "TIFF"), "mode CMYK, which is neither grey nor RGB"),
        (saved(Image.new("YCbCr", (2, 2)), "TIFF"), "mode YCbCr"),
        (saved(Image.new("LAB", (2, 2)), "TIFF"), "mode LAB"),
        (saved(Image.new("I", (2, 2)), "TIFF"), "mode I, 32-bit integers, whose white is not known"),
        (saved(Image.new("F", (2, 2)), "TIFF"), "mode F, floating-point numbers"),
        (png(16, 2, bytes(6)), "it has 16 bits a channel, of which only 8 can be read; save it with 8"),
        (png(16, 4, bytes(4)), "it has 16 bits a channel"),
        (png(16, 6, bytes(8)), "it has 16 bits a channel"),
        (b"P6 1 1 65535\n" + bytes(6), "it has 16 bits a channel"),
        (saved(Image.fromarray(GREY), "GIF", save_all=True, append_images=[Image.fromarray(255 - GREY)]), "2 frames"),
        (saved(Image.fromarray(GREY), "TIFF", save_all=True, append_images=[Image.fromarray(GREY)]), "holds 2 frames"),
        (saved(Image.fromarray(COLOUR))[:-40], "cannot be read as an image"),
        (b"no image", "cannot be read as an image; repair or remove it"),
        (b"", "cannot be read as an image; repair or remove it (it is empty)"),
    ],
)
def test_what_would_lose_something_is_refused_by_name(data, said):
    with pytest.raises(ValueError, match=r"^it ") as refusal:
        read_picture(data, "it")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_what_is_meant_for_print_is_converted_on_request():
    data = saved(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "TIFF")
    assert read_picture(data, "it", convert_print=True).pixels[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_stands_as_its_camera_was_held(orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(COLOUR), exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(read_picture(data, "it").pixels, np.asarray(expected))
    assert read_picture(data, "it").size == ("5 x 4" if orientation < 5 else "4 x 5")
