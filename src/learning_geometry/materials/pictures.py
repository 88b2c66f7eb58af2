"""Image files of any kind that Pillow opens, each read at its own depth or refused by name."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

_GREY, _COLOUR = ("1", "L"), ("P", "RGB", "RGBX")
_ALPHA = {"LA": "L", "La": "L", "PA": "RGB", "RGBA": "RGB", "RGBa": "RGB"}
_GREY_16 = {"I;16", "I;16L", "I;16B", "I;16N"}
_OF_PRINT = ("CMYK", "YCbCr")
_WHITE_8, _WHITE_12, _WHITE_16 = 255, 4095, 65535


@dataclass(frozen=True)
class Picture:
    """The pixels of one image, whole numbers from 0, black, to `white`: `(height, width)` or `(height, width, 3)`."""

    pixels: NDArray[Any]
    white: int

    @property
    def channels(self) -> int:
        """1 if it is grey, 3 in colour."""
        return 1 if self.pixels.ndim == 2 else 3

    @property
    def size(self) -> str:
        """Width and height in pixels, in words."""
        height, width = self.pixels.shape[:2]
        return f"{width} x {height}"


def read_picture(data: bytes, where: str, *, convert_print: bool = False) -> Picture:
    """The pixels of an encoded image, turned as its EXIF orientation says.

    Grey comes with 1, 8, 12 or 16 bits, colours with 8 a channel, or from a palette. An alpha channel is dropped where
    nothing is transparent. `convert_print` takes CMYK and YCbCr as well, whose conversion to RGB rounds.
    `where` is what the image is called in errors.

    Raises:
        ValueError: it is no image, several images, transparent, of a kind whose white is not known, or one of which only
            8 of its bits could be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                return _read(image, data, where, convert_print)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, EOFError) as error:
        said = " ".join(str(error).replace(repr(data), "").split())
        empty = " (it is empty)" if not data else f" ({said.split(' <_io')[0]})"
        raise ValueError(f"{where} cannot be read as an image; repair or remove it{empty}") from error


def _read(image: Any, data: bytes, where: str, convert_print: bool) -> Picture:
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise ValueError(f"{where} holds {image.n_frames} frames or layers; save one image, or each as its own")
    raw, kind = _raw_mode(image), image.mode
    lost = _lost_depth(image, raw, data)
    if lost:
        raise ValueError(f"{where} has {lost} bits a channel, of which only 8 can be read; save it with 8")
    image.load()
    format_ = image.format
    image = ImageOps.exif_transpose(image)
    if kind in _GREY_16:
        if raw.endswith("S"):
            raise ValueError(_refusal(where, f"{kind}, signed", "whose black is not known; save it as 16-bit grey PNG"))
        return Picture(np.asarray(image).astype(np.uint16), _WHITE_12 if raw == "I;12" else _WHITE_16)
    if kind == "I" and format_ == "PPM":  # Pillow stretches what such files call white to 65,535
        return Picture(np.asarray(image).astype(np.uint16), _WHITE_16)
    if kind in _OF_PRINT and convert_print:
        image, kind = image.convert("RGB"), "RGB"
    if kind in _ALPHA or "transparency" in image.info:
        return Picture(_opaque(image, where, _ALPHA.get(kind, "L" if kind in _GREY else "RGB")), _WHITE_8)
    if kind in _GREY:
        return Picture(np.asarray(image.convert("L")), _WHITE_8)
    if kind in _COLOUR:
        return Picture(np.asarray(image.convert("RGB")), _WHITE_8)
    if kind in ("I", "F"):
        numbers = "32-bit integers" if kind == "I" else "floating-point numbers"
        raise ValueError(_refusal(where, f"{kind}, {numbers}", "whose white is not known; save it as 16-bit grey PNG"))
    raise ValueError(_refusal(where, kind, "which is neither grey nor RGB; convert it to RGB"))


def _refusal(where: str, kind: str, why: str) -> str:
    return f"{where} has pixels of Pillow's mode {kind}, {why}"


def _opaque(image: Any, where: str, mode: str) -> NDArray[Any]:
    whole = image.convert("RGBA")
    least = int(np.asarray(whole.getchannel("A")).min())
    if least < _WHITE_8:
        raise ValueError(f"{where} is transparent in places (mode {image.mode}); put it on a background first")
    return np.asarray(whole.convert(mode))


def _raw_mode(image: Any) -> str:
    """How the file holds its pixels, as far as Pillow says so before it reads them."""
    arguments = image.tile[0].args if image.tile else ""
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def _lost_depth(image: Any, raw: str, data: bytes) -> int:
    """The bits of a channel, where these are more than the eight that Pillow keeps of them; otherwise 0."""
    if image.mode in _GREY_16 or image.mode in ("I", "F"):
        return 0
    if ";16" in raw:
        return 16
    if image.format == "PPM" and isinstance(image.tile[0].args, tuple) and image.tile[0].args[1] > _WHITE_8:
        return int(image.tile[0].args[1]).bit_length()
    if image.format == "JPEG2000":
        depth = (data[data.index(b"\xff\x51") + 40] & 0x7F) + 1  # Ssiz of the first component
        return depth if depth > 8 else 0
    if image.format == "AVIF" and b"av1C" in data:
        return 10 if data[data.index(b"av1C") + 6] & 0x40 else 0
    return 0
