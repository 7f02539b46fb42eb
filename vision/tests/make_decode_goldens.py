"""Writes the pictures in tests/data/decode, and decode_goldens.json: their grey levels as Pillow reads them.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install pillow==13.0.0 numpy==2.4.6
    /tmp/goldens/bin/python vision/tests/make_decode_goldens.py

Each file shows the same picture, made here, in another format, colour model, orientation or state. Where Pillow refuses a
file that browsers show, its golden is that of the same file whole. Photos of ../shared/cases, which may not be shipped,
are there as the mean grey of 8×8 fields; without ../shared those goldens are kept as they are.
"""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageFile, ImageOps

TESTS = Path(__file__).parent
DATA = TESTS / "data/decode"
GOLDENS = TESTS / "data/decode_goldens.json"
CASES = TESTS.parent.parent.parent / "shared/cases"
WIDTH, HEIGHT = 40, 28
# Fields on each side of a shared photo.
FIELDS = 8
ORIENTATION = 0x0112


def picture():
    """Smooth, so that chroma may be sampled anyhow; no two of its eight turns and mirrors are alike."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    red = 255 * x
    green = 255 * y * (1 - 0.5 * x)
    blue = 128 + 100 * np.sin(3 * x + 5 * y)
    return Image.fromarray(np.stack([red, green, blue], -1).round().astype(np.uint8))


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def grey(file):
    """Grey levels of the picture as a viewer shows it: upright, on white, 8 bits."""
    image = Image.open(io.BytesIO(file))
    image.seek(0)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB").convert("L"))


# --- EXIF

def exif(orientation, order="<", kind=3):
    """EXIF data with one tag."""
    value = struct.pack(order + "HH", orientation, 0) if kind == 3 else struct.pack(order + "I", orientation)
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HIHHHI", 42, 8, 1, ORIENTATION, kind, 1) + value + bytes(4)


def turned(image, orientation):
    """`image` as it lies in a file with that orientation."""
    turns = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}
    for turn in turns.get(orientation, []):
        image = image.transpose(turn)
    return image


# --- JPEG

def segment(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_segment(jpeg, marker, payload):
    return jpeg[:2] + segment(marker, payload) + jpeg[2:]


def segments(jpeg):
    """(marker, payload) of each segment up to the first scan, and the rest of the file from there."""
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        length = struct.unpack(">H", jpeg[at + 2:at + 4])[0]
        found.append((jpeg[at + 1], jpeg[at + 4:at + 2 + length]))
        at += 2 + length
    return found, jpeg[at:]


def joined(found, rest, between=b""):
    return b"\xff\xd8" + b"".join(segment(*one) + between for one in found) + rest


def cmyk(image):
    """Inks with a good part of black."""
    rgb = np.asarray(image).astype(float)
    black = 255 - rgb.max(-1)
    key = (black * 0.7).round()
    inks = 255 - np.clip(rgb * 255 / np.maximum(255 - key, 1)[..., None], 0, 255).round()
    return Image.fromarray(np.concatenate([inks, key[..., None]], -1).astype(np.uint8), "CMYK")


def ycck(image, **options):
    """Pillow writes no YCCK: its components are written as those of CMYK, then the file is called what it is."""
    stored = 255 - np.asarray(cmyk(image)).astype(np.uint8)
    ycc = np.asarray(Image.fromarray(255 - stored[..., :3]).convert("YCbCr"))
    components = np.concatenate([ycc, stored[..., 3:]], -1)
    jpeg = saved(Image.fromarray(255 - components, "CMYK"), "JPEG", quality=95, **options)
    note = jpeg.index(b"Adobe")
    return jpeg[:note + 11] + b"\x02" + jpeg[note + 12:]


def adobe_rgb(image):
    """RGB by Adobe's note alone, with components named 1, 2, 3."""
    jpeg = saved(image, "JPEG", quality=95, subsampling=0, keep_rgb=True)
    found, rest = segments(jpeg)
    names = {ord("R"): 1, ord("G"): 2, ord("B"): 3}

    def renamed(payload, start, step):
        payload = bytearray(payload)
        for at in range(start, start + 3 * step, step):
            payload[at] = names[payload[at]]
        return bytes(payload)

    found = [(marker, renamed(payload, 6, 3) if marker == 0xC0 else payload) for marker, payload in found]
    found = [one for one in found if one[0] not in (0xE0, 0xEE)]
    scan = renamed(rest[4:4 + 10], 1, 2)
    return joined([(0xEE, b"Adobe\0\x64\0\0\0\0\0")] + found, rest[:4] + scan + rest[14:])


def jpegs(image):
    plain = saved(image, "JPEG", quality=92)
    found, rest = segments(plain)
    progressive = saved(image, "JPEG", quality=92, progressive=True)
    yield "baseline_420.jpg", plain, plain
    for name, options in {
        "baseline_422": {"subsampling": 1},
        "baseline_444": {"subsampling": 0},
        "restarts": {"restart_marker_blocks": 1},
        "progressive_444": {"progressive": True, "subsampling": 0},
        "rgb": {"keep_rgb": True, "subsampling": 0},
    }.items():
        jpeg = saved(image, "JPEG", quality=92, **options)
        yield name + ".jpg", jpeg, jpeg
    for name, jpeg in {
        "grey": saved(image.convert("L"), "JPEG", quality=92),
        "grey_progressive": saved(image.convert("L"), "JPEG", quality=92, progressive=True),
        "cmyk": saved(cmyk(image), "JPEG", quality=95),
        "cmyk_progressive": saved(cmyk(image), "JPEG", quality=95, progressive=True),
        "ycck": ycck(image),
        "ycck_progressive": ycck(image, progressive=True),
        "adobe_rgb": adobe_rgb(image),
    }.items():
        yield name + ".jpg", jpeg, jpeg
    no_adobe = saved(cmyk(image), "JPEG", quality=95)
    parts, scan = segments(no_adobe)
    no_adobe = joined([one for one in parts if one[0] != 0xEE], scan)
    yield "cmyk_without_note.jpg", no_adobe, no_adobe
    # Notes that are wrong.
    yield "exif_cut_short.jpg", with_segment(plain, 0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12"), plain
    yield "exif_far_away.jpg", with_segment(plain, 0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"), plain
    yield "exif_no_tiff.jpg", with_segment(plain, 0xE1, b"Exif\0\0nothing here"), plain
    yield "adobe_short.jpg", with_segment(plain, 0xEE, b"Adobe\0\x64"), plain
    yield "adobe_unknown.jpg", with_segment(plain, 0xEE, b"Adobe\0\x64\0\0\0\0\x07"), plain
    yield "adobe_cmyk_but_jfif.jpg", joined([found[0], (0xEE, b"Adobe\0\x64\0\0\0\0\0")] + found[1:], rest), plain
    yield "xmp_extension_short.jpg", with_segment(plain, 0xE1, b"http://ns.adobe.com/xmp/extension/\0abc"), plain
    # Junk, fill bytes.
    yield "junk_between.jpg", joined(found, rest, b"\0\0junk\0"), plain
    yield "fill_bytes.jpg", joined(found, rest, b"\xff\xff"), plain
    # Ends.
    second = saved(turned(image, 2), "JPEG", quality=92)
    yield "no_end.jpg", plain[:-2], plain
    yield "no_end_progressive.jpg", progressive[:-2], progressive
    yield "no_end_zeroes.jpg", plain[:-2] + bytes(500), plain
    yield "no_end_movie.jpg", plain[:-2] + b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\xff\xc4\xff\xff\xff\xd9", plain
    yield "no_end_second.jpg", plain[:-2] + second, plain
    yield "movie_behind.jpg", plain + b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)), plain
    yield "second_behind.jpg", plain + second, plain
    mpo = saved(image, "MPO", quality=92, save_all=True, append_images=[turned(image, 2)])
    yield "two.mpo", mpo, mpo
    # Motion JPEG leaves out the usual Huffman tables (T.81, K.3), which libjpeg-turbo puts in.
    frame = joined([one for one in found if one[0] != 0xC4], rest)
    yield "no_huffman_tables.jpg", frame, plain
    for orientation in range(0, 10):
        jpeg = saved(turned(image, orientation), "JPEG", quality=95, subsampling=0)
        yield f"orientation_{orientation}.jpg", *[with_segment(jpeg, 0xE1, b"Exif\0\0" + exif(orientation))] * 2
    jpeg = saved(turned(image, 6), "JPEG", quality=95, subsampling=0)
    yield "orientation_6_big_endian.jpg", *[with_segment(jpeg, 0xE1, b"Exif\0\0" + exif(6, ">"))] * 2


# --- PNG

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png16(array):
    """A PNG of 16 bits; Pillow writes those of one channel alone."""
    height, width, channels = array.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, color, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def interlaced(image):
    """`image` in the seven passes of Adam7."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    pixels, rows = np.asarray(image), b""
    for x, y, step_x, step_y in passes:
        rows += b"".join(b"\0" + row.tobytes() for row in pixels[y::step_y, x::step_x])
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def fading(image):
    """`image` with an alpha that falls from left to right, to nothing."""
    faded = image.copy()
    alpha = np.tile(np.linspace(255, 0, WIDTH).round().astype(np.uint8), (HEIGHT, 1))
    faded.putalpha(Image.fromarray(alpha))
    return faded


def pngs(image):
    rgba, wide = fading(image), np.asarray(image).astype(np.uint32) * 257
    alpha = np.asarray(rgba)[..., 3:].astype(np.uint32) * 257
    level = wide.mean(-1, keepdims=True).astype(np.uint32)
    for name, png in {
        "rgb": saved(image, "PNG"),
        "interlaced": interlaced(image),
        "rgba": saved(rgba, "PNG"),
        "all_transparent": saved(Image.merge("RGBA", [*image.split(), Image.new("L", image.size)]), "PNG"),
        "grey": saved(image.convert("L"), "PNG"),
        "grey_1": saved(image.convert("1"), "PNG"),
        "grey_alpha": saved(rgba.convert("LA"), "PNG"),
        "grey_16": png16(level),
        "grey_alpha_16": png16(np.concatenate([level, alpha], -1)),
        "rgb_16": png16(wide),
        "rgba_16": png16(np.concatenate([wide, alpha], -1)),
        "palette": saved(image.quantize(200), "PNG"),
        "palette_2": saved(image.quantize(4), "PNG", bits=2),
        "palette_transparent": saved(image.quantize(32), "PNG", transparency=bytes(range(0, 256, 8))),
        "rgb_transparent": saved(image, "PNG", transparency=image.getpixel((3, 3))),
    }.items():
        yield name + ".png", png, png
    plain = saved(image, "PNG")
    end = len(plain) - 12
    turned_plain = saved(turned(image, 6), "PNG")
    eight = saved(turned(image, 8), "PNG")
    start = 8 + 25
    yield "exif_before.png", turned_plain[:start] + chunk(b"eXIf", exif(6)) + turned_plain[start:], plain
    turned_end = len(eight) - 12
    yield "exif_behind.png", eight[:turned_end] + chunk(b"eXIf", exif(8, ">")) + eight[turned_end:], plain
    yield "exif_broken.png", plain[:start] + chunk(b"eXIf", b"II*\0\xff") + plain[start:], plain
    yield "profile_broken.png", plain[:start] + chunk(b"iCCP", b"a\0\0not packed") + plain[start:], plain
    yield "no_end.png", plain[:end], plain
    yield "data_behind.png", plain + b"PK\x03\x04 and so on", plain
    yield "pixels_behind_end.png", plain + plain[start:end], plain


# --- WebP

def riff(chunks):
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webps(image):
    lossless = saved(image, "WEBP", lossless=True)
    for name, webp in {
        "lossy": saved(image, "WEBP", quality=90),
        "lossless": lossless,
        "lossy_alpha": saved(fading(image), "WEBP", quality=90),
        "lossless_alpha": saved(fading(image), "WEBP", lossless=True),
        "animated": saved(image, "WEBP", lossless=True, save_all=True, append_images=[turned(image, 2)]),
    }.items():
        yield name + ".webp", webp, webp
    for orientation in range(2, 9):
        turned_lossless = saved(turned(image, orientation), "WEBP", lossless=True, exif=exif(orientation))
        yield f"orientation_{orientation}.webp", turned_lossless, turned_lossless
    lie = turned(image, 6)
    pixels = saved(lie, "WEBP", lossless=True)[20:]
    head = struct.pack("<I", 8) + struct.pack("<I", lie.width - 1)[:3] + struct.pack("<I", lie.height - 1)[:3]
    yield "exif_marked.webp", riff([(b"VP8X", head), (b"VP8L", pixels), (b"EXIF", b"Exif\0\0" + exif(6))]), lossless
    head = struct.pack("<I", 0x2C) + struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    parts = [(b"VP8X", head), (b"VP8L", lossless[20:])]
    yield "notes_missing.webp", riff(parts), lossless
    yield "exif_cut_short.webp", riff([*parts, (b"EXIF", exif(6))])[:-20], lossless
    long = riff([*parts, (b"EXIF", exif(1))])
    at = long.rindex(b"EXIF") + 4
    yield "exif_of_4_gb.webp", long[:at] + b"\xf0\xff\xff\xff" + long[at + 4:], lossless
    yield "data_behind.webp", lossless + b"and so on", lossless


# --- GIF, BMP, TIFF, ICO

def gifs(image):
    plain = saved(image.quantize(200), "GIF")
    yield "palette.gif", plain, plain
    yield "no_end.gif", plain[:-1], plain
    yield "data_behind.gif", plain + b"and so on", plain
    for name, options in {
        "transparent": {"transparency": image.quantize(200).getpixel((3, 3))},
        "interlaced": {"interlace": 1},
        "animated": {"save_all": True, "append_images": [turned(image, 2).quantize(200)]},
    }.items():
        gif = saved(image.quantize(200), "GIF", **options)
        yield name + ".gif", gif, gif


def more(image):
    for mode in ["1", "L", "P", "RGB"]:
        bmp = saved(image.quantize(200) if mode == "P" else image.convert(mode), "BMP")
        yield f"{mode.lower()}.bmp", bmp, bmp
    plain = bytearray(saved(image, "BMP"))
    rows = [plain[54 + y * 3 * WIDTH:][:3 * WIDTH] for y in range(HEIGHT)]  # WIDTH is a multiple of 4
    plain[22:26] = struct.pack("<i", -HEIGHT)
    yield "top_down.bmp", *[bytes(plain[:54]) + b"".join(reversed(rows))] * 2
    for compression in ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
        tiff = saved(image, "TIFF", compression=compression)
        yield f"rgb_{compression}.tif", tiff, tiff
    for name, tiff in {
        "grey": saved(image.convert("L"), "TIFF"),
        "grey_1": saved(image.convert("1"), "TIFF"),
        "rgba": saved(fading(image), "TIFF"),
        "cmyk": saved(cmyk(image), "TIFF"),
        "pages": saved(image, "TIFF", save_all=True, append_images=[turned(image, 2)]),
        "orientation_6": saved(turned(image, 6), "TIFF", tiffinfo={ORIENTATION: 6}),
        "orientation_9": saved(image, "TIFF", tiffinfo={ORIENTATION: 9}),
    }.items():
        yield name + ".tif", tiff, tiff
    square = fading(image).resize((32, 32))
    for form in ["png", "bmp"]:
        ico = saved(square, "ICO", sizes=[(16, 16), (32, 32)], bitmap_format=form)
        yield f"two_sizes_{form}.ico", ico, ico
    png = saved(image.resize((32, 32)), "PNG")
    ico = b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 24, len(png), 22) + png
    yield "png_without_alpha.ico", ico, png


# --- Photos that may not be shipped

def fields(file):
    """Size upright, and the mean grey of each field, row by row."""
    levels = grey(file)
    height, width = levels.shape
    parts = [np.array_split(rows, FIELDS, 1) for rows in np.array_split(levels, FIELDS, 0)]
    return {"width": width, "height": height, "fields": [round(float(part.mean()), 2) for row in parts for part in row]}


def shared(old):
    if not CASES.is_dir():
        return old
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    suffixes = {".jpg", ".mpo", ".png", ".webp", ".gif", ".ico"}
    # Too large, cut short, or with pixels that are damaged: the tests say what becomes of them.
    others = {"sharp_65536-uint32-limit.png", "sharp_giant-image.jpg", "zune_incomplete_image.jpg", "ultrahdr.jpg"}
    others.add("hopper_bad_exif.jpg")
    names = sorted(path.name for path in CASES.iterdir() if path.suffix in suffixes and path.name not in others)
    return {name: fields((CASES / name).read_bytes()) for name in names}


def main():
    image = picture()
    DATA.mkdir(exist_ok=True)
    old = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {"shared": {}}
    files, pictures = {}, {}
    for make in [jpegs, pngs, webps, gifs, more]:
        for name, file, whole in make(image):
            assert name not in files, name
            (DATA / name).write_bytes(file)
            levels = grey(whole)
            golden = {"width": levels.shape[1], "height": levels.shape[0], "grey": levels.tobytes().hex()}
            same = [known for known, picture in pictures.items() if picture == golden]
            files[name] = same[0] if same else name
            pictures.setdefault(files[name], golden)
    goldens = {"pillow": PIL.__version__, "files": files, "pictures": pictures, "shared": shared(old["shared"])}
    text = json.dumps(goldens).replace('}, "', '},\n"').replace('{"', '{\n"', 3)
    GOLDENS.write_text(text + "\n")


if __name__ == "__main__":
    main()
