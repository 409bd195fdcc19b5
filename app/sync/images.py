"""Judge an image and draw from it what people are shown, in a process of its own with little to spend.

A picture is the most dangerous thing a stranger can send: its decoder runs apart, with limits on memory, time and
file size, knows three formats only, and counts pixels before it decodes (docs/sync.md 7). What is drawn is a new JPEG,
upright, that has nothing of the original but its pixels. Run as a script:
`python -I images.py SOURCE FORMAT [EDGE TARGET]...` prints `width height`; `python -I images.py SOURCE CUTOUT TARGET`
draws a transparent picture anew and prints what `Cutout` holds.
"""

import errno
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

PIXELS = 40_000_000
SECONDS = 20
MEMORY = 1024 * 1024 * 1024
AT_ONCE = 2  # decoders per server process; who comes later waits, and memory stays bounded
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
CUTOUT = 1000  # pixels of the longer edge of a transparent picture: over 500 an inch where it is printed
VIEW, PRINT, THUMBNAIL = 1600, 800, 320  # pixels of the longer edge; for print some 290 an inch, two photos in a row


class RefusedImage(Exception):
    """Not an image we take: another format, damaged, animated, or too many pixels."""


_TRY_AGAIN = 75  # the process's word for: this machine could not, the image may be good (EX_TEMPFAIL)
_free = threading.BoundedSemaphore(AT_ONCE)


def examine(source: Path, mime: str, drawn: Mapping[int, Path]) -> tuple[int, int]:
    """Decode `source` as exactly what it says it is and draw it at these sizes. Returns its width and height.

    `drawn` is the longer edge in pixels → the file to write. Raises RefusedImage; OSError if this machine could not do
    it now (no space, no time): a good photo must never be refused for that, since its phone would not send it again.
    """
    if mime not in FORMATS or not _begins_like(source, mime):
        raise RefusedImage(mime)
    targets = [text for edge, target in drawn.items() for text in (str(edge), str(target))]
    width, height = _decoded(source, FORMATS[mime], *targets)
    return width, height


@dataclass(frozen=True)
class Cutout:
    """A transparent picture without its empty edges: its size in pixels, how much of it is clear (per cent), and the
    mean colour of what is not (0 to 255)."""

    width: int
    height: int
    clear: int
    red: int
    green: int
    blue: int


def cut_out(source: Path, target: Path) -> Cutout:
    """Decode a transparent PNG and draw it anew as a PNG of at most `CUTOUT` pixels, cut to what is drawn in it.

    Raises RefusedImage for anything else, one without a transparent pixel or without any other; OSError as `examine`.
    """
    if not _begins_like(source, "image/png"):
        raise RefusedImage("image/png")
    return Cutout(*_decoded(source, "CUTOUT", str(target)))


def _decoded(source: Path, *wanted: str) -> tuple[int, ...]:
    """Run the decoder apart; the numbers it prints."""
    command = [sys.executable, "-I", __file__, str(source), *wanted]
    try:
        with _free:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS + 10, check=True, text=True)  # noqa: S603
    except subprocess.TimeoutExpired:  # its processor time is limited, so the machine is overloaded
        raise OSError(errno.EAGAIN, "the image could not be examined in time") from None
    except subprocess.CalledProcessError as failed:
        if failed.returncode == _TRY_AGAIN:
            raise OSError(errno.ENOSPC, "the view could not be written") from None
        if failed.returncode in (-signal.SIGKILL, -signal.SIGTERM):  # memory ran out, or the server stops
            raise OSError(errno.EAGAIN, "the image could not be examined now") from None
        raise RefusedImage(wanted[0]) from None
    return tuple(int(each) for each in done.stdout.split())


def _begins_like(source: Path, mime: str) -> bool:
    with source.open("rb") as file:
        head = file.read(12)
    if mime == "image/jpeg":
        return head.startswith(b"\xff\xd8\xff")
    if mime == "image/png":
        return head.startswith(b"\x89PNG\r\n\x1a\n")
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _main(source: str, kind: str, *drawn: str) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))  # ends in SIGXCPU: too dear now and always
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 * 1024 * 1024, 32 * 1024 * 1024))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS
    if kind == "CUTOUT":
        _cut_out(source, *drawn)
        return
    edges = [int(each) for each in drawn[::2]]
    with Image.open(source, formats=[kind]) as opened:
        width, height = opened.size
        # A JPEG may carry a second picture behind the first (depth, HDR), as phones make them: the first is meant.
        if width * height > PIXELS or (kind != "JPEG" and getattr(opened, "n_frames", 1) != 1):
            raise SystemExit("too many pixels or frames")
        opened.draft("RGB", (max(edges), max(edges)))
        opened.load()
        ImageOps.exif_transpose(opened, in_place=True)
        picture = _plain(opened)
    for edge, target in sorted(zip(edges, drawn[1::2], strict=True), reverse=True):
        picture.thumbnail((edge, edge))
        try:
            picture.save(target, "JPEG", quality=85)
        except OSError:  # what is wrong with the image was found above
            raise SystemExit(_TRY_AGAIN) from None
    print(width, height)


def _cut_out(source: str, target: str) -> None:
    from PIL import Image, ImageStat

    with Image.open(source, formats=["PNG"]) as opened:
        if opened.width * opened.height > PIXELS or getattr(opened, "n_frames", 1) != 1:
            raise SystemExit("too many pixels or frames")
        opened.load()
        if not opened.has_transparency_data:
            raise SystemExit("nothing is transparent")
        picture = opened.convert("RGBA")
    seen = picture.getchannel("A").point(lambda value: 255 if value > 24 else 0)
    drawn = seen.getbbox()
    if drawn is None:
        raise SystemExit("nothing is drawn")
    clean = Image.new("RGBA", (drawn[2] - drawn[0], drawn[3] - drawn[1]))
    clean.paste(picture.crop(drawn))
    seen = seen.crop(drawn)
    clear = 100 - round(100 * ImageStat.Stat(seen).mean[0] / 255)
    colour = [round(each) for each in ImageStat.Stat(clean.convert("RGB"), mask=seen).mean]
    clean.thumbnail((CUTOUT, CUTOUT))
    try:
        clean.save(target, "PNG")
    except OSError:
        raise SystemExit(_TRY_AGAIN) from None
    print(*clean.size, clear, *colour)


def _plain(opened: "Image.Image") -> "Image.Image":
    """The pixels alone, as eight bits of red, green and blue on white paper: a new image without anything else."""
    from PIL import Image

    if opened.mode.startswith("I"):  # sixteen bits of grey
        opened = opened.convert("I").point(lambda value: value / 256).convert("L")
    if opened.has_transparency_data:
        opened = opened.convert("RGBA")
        clean = Image.new("RGB", opened.size, "white")
        clean.paste(opened, mask=opened.getchannel("A"))
    else:
        clean = Image.new("RGB", opened.size)
        clean.paste(opened.convert("RGB"))
    return clean


if __name__ == "__main__":
    _main(*sys.argv[1:])
