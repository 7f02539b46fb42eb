"""Writes the picture files in tests/data that the `image` crate cannot write.

    python3 -m venv /tmp/data && /tmp/data/bin/pip install pillow==13.0.0
    /tmp/data/bin/python vision/tests/make_data.py

Each shows the left half red and the right half blue, 32×16, unless its name says otherwise.
"""

import struct
import zlib
from pathlib import Path

from PIL import Image

DATA = Path(__file__).parent / "data"


def halves(left=(255, 0, 0), right=(0, 0, 255)):
    picture = Image.new("RGB", (32, 16), left)
    picture.paste(right, (16, 0, 32, 16))
    return picture


def cmyk():
    """Pillow writes CMYK JPEG the way Photoshop does: inverted, with an Adobe segment."""
    picture = Image.new("CMYK", (32, 16), (0, 255, 255, 0))
    picture.paste((255, 255, 0, 0), (16, 0, 32, 16))
    return picture


def huge_png():
    """A PNG whose header declares 20000×20000 pixels, and then has none."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def main():
    other = halves((0, 255, 0), (0, 255, 0))
    frames = {"save_all": True, "append_images": [other], "duration": 100}
    halves().save(DATA / "animated.webp", lossless=True, **frames)
    halves().save(DATA / "animated.png", **frames)
    halves().save(DATA / "lossy.webp", quality=90)
    halves().save(DATA / "progressive.jpg", quality=90, progressive=True)
    cmyk().save(DATA / "cmyk.jpg", quality=95)
    halves().quantize(2).save(DATA / "palette.png")
    (DATA / "20000x20000.png").write_bytes(huge_png())


if __name__ == "__main__":
    main()
