"""Photos nobody means well with, made here: each is refused with a code, or kept as it is and shown harmless."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

SECRET = b"bi-mat-trong-anh"
Case = tuple[str, str, Callable[[], bytes]]


def picture(kind: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, options.pop("colour", None) or 0).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *extra: bytes, depth: int = 8, colours: int = 2) -> bytes:
    """A PNG by hand: its head may promise what the rest does not hold."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    body = b"".join(extra) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + body


def frames(kind: str) -> bytes:
    file, pictures = io.BytesIO(), [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], duration=100)
    return file.getvalue()


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose head says that it is huge."""
    raw = bytearray(picture())
    at = raw.index(b"\xff\xc0")
    raw[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(raw)


def swelling_text() -> bytes:
    packed = zlib.compress(b"x" * 80_000_000)
    return png(1, 1, b"\0\0\0\0", chunk(b"zTXt", b"Comment\0\0" + packed))


def swelling_profile() -> bytes:
    return png(1, 1, b"\0\0\0\0", chunk(b"iCCP", b"icc\0\0" + zlib.compress(b"x" * 80_000_000)))


def wrong_sum() -> bytes:
    raw = bytearray(picture("PNG"))
    raw[raw.index(b"IDAT") + 6] ^= 255
    return bytes(raw)


def refused() -> Iterator[Case]:
    jpg = "image/jpeg"
    yield "a page that says it is a photo", jpg, lambda: b"<html><script>alert(1)</script></html>"
    yield "a drawing that can run", "image/png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    yield "a page behind the first bytes of a photo", jpg, lambda: b"\xff\xd8\xff\xe0<script>alert(1)</script>" * 9
    yield "a photo inside an archive", jpg, lambda: b"PK\x03\x04" + picture()
    yield "a truncated photo", jpg, lambda: picture(size=(640, 480), quality=95)[:-200]
    yield "only a head", jpg, lambda: picture()[:300]
    yield "a photo under another type", "image/png", picture
    yield "a format we do not take", jpg, lambda: picture("GIF")
    yield "a TIFF", jpg, lambda: picture("TIFF")
    yield "a sum that is wrong", "image/png", wrong_sum
    yield "no pixels", "image/png", lambda: png(0, 0, b"")
    yield "too many pixels in a PNG", "image/png", lambda: png(30_000, 30_000, bytes(3751), depth=1, colours=0)
    yield "too many pixels in a JPEG", jpg, lambda: jpeg_of_size(65_500, 65_500)
    yield "a text that swells", "image/png", swelling_text
    yield "a colour profile that swells", "image/png", swelling_profile
    yield "an animated PNG", "image/png", lambda: frames("PNG")
    yield "an animated WebP", "image/webp", lambda: frames("WEBP")


def told_everything() -> bytes:
    """Where it was taken, by which camera, upright only by its own word, a comment, XMP, a colour profile."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = 6, SECRET.decode(), SECRET.decode() * 3000
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"exif": exif, "comment": SECRET, "xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"}
    return picture(size=(300, 200), icc_profile=profile, colour="teal", **options)


def told_in_png() -> bytes:
    about = PngImagePlugin.PngInfo()
    about.add_text("Author", SECRET.decode(), zip=True)
    return picture("PNG", "RGBA", colour=(255, 0, 0, 128), pnginfo=about)


def second_picture() -> bytes:
    """As phones make them: a second picture for depth or brightness behind the first."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 15))])
    return file.getvalue()


def harmless() -> Iterator[Case]:
    jpg = "image/jpeg"
    yield (
        "an archive behind it",
        jpg,
        lambda: picture(colour="red") + b"PK\x03\x04" + SECRET + bytes(30),
    )
    yield "a page behind it", jpg, lambda: picture(colour="lime") + b"<html><script>" + SECRET + b"</script></html>"
    yield "a script in its comment", jpg, lambda: picture(comment=b"*/=1;alert('" + SECRET + b"')//")
    yield "everything about the owner", jpg, told_everything
    yield "hidden text in a PNG", "image/png", told_in_png
    yield "printer's colours", jpg, lambda: picture(mode="CMYK", colour=(0, 255, 255, 0))
    yield "sixteen bits of grey", "image/png", lambda: picture("PNG", "I;16", colour=0xC000)
    yield "sixteen bits of colour", "image/png", lambda: png(2, 1, b"\0" + b"\xc0\x00" * 6, depth=16)
    yield "a palette with a hole", "image/png", lambda: picture("PNG", "P", transparency=0)
    yield "one bit", "image/png", lambda: picture("PNG", "1", colour=1)
    yield "a strip of one row", "image/png", lambda: picture("PNG", "L", size=(12_000, 1))
    yield "a second picture behind the first", jpg, second_picture
    yield "a progressive JPEG", jpg, lambda: picture(size=(3000, 2000), progressive=True, colour="navy")
    yield "as many pixels as are allowed", "image/png", lambda: png(6300, 6300, bytes(25_201 * 6300), colours=6)
