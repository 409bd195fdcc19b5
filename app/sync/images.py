"""Judge an image and make the view of it that people are shown, in a process of its own with little to spend.

A picture is the most dangerous thing a stranger can send: its decoder runs apart, with limits on memory, time and
file size, knows three formats only, and counts pixels before it decodes (docs/sync.md 7). Run as a script:
`python -I images.py SOURCE VIEW FORMAT` prints `width height`.
"""

import errno
import subprocess
import sys
from pathlib import Path

PIXELS = 40_000_000
VIEW_EDGE = 2560
SECONDS = 20
MEMORY = 1536 * 1024 * 1024
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class RefusedImage(Exception):
    """Not an image we take: another format, damaged, or too many pixels."""


_TRY_AGAIN = 75  # the process's word for: this machine could not, the image may be good (EX_TEMPFAIL)


def examine(source: Path, view: Path, mime: str) -> tuple[int, int]:
    """Decode `source` as exactly what it says it is and write its view (JPEG, no metadata). Returns width and height.

    Raises RefusedImage; OSError if this machine could not do it now (no space, no time): a good photo must never be
    refused for that, since its phone would not send it again.
    """
    if mime not in FORMATS or not _begins_like(source, mime):
        raise RefusedImage(mime)
    command = [sys.executable, "-I", __file__, str(source), str(view), FORMATS[mime]]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS + 10, check=True, text=True)  # noqa: S603
    except subprocess.TimeoutExpired:  # its processor time is limited, so the machine is overloaded
        raise OSError(errno.EAGAIN, "the image could not be examined in time") from None
    except subprocess.CalledProcessError as failed:
        if failed.returncode == _TRY_AGAIN:
            raise OSError(errno.ENOSPC, "the view could not be written") from None
        raise RefusedImage(mime) from None
    width, height = done.stdout.split()
    return int(width), int(height)


def _begins_like(source: Path, mime: str) -> bool:
    with source.open("rb") as file:
        head = file.read(12)
    if mime == "image/jpeg":
        return head.startswith(b"\xff\xd8\xff")
    if mime == "image/png":
        return head.startswith(b"\x89PNG\r\n\x1a\n")
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _main(source: str, view: str, kind: str) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 * 1024 * 1024, 32 * 1024 * 1024))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS
    with Image.open(source, formats=[kind]) as opened:
        width, height = opened.size
        if width * height > PIXELS or getattr(opened, "n_frames", 1) != 1:
            raise SystemExit("too many pixels or frames")
        opened.load()
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((VIEW_EDGE, VIEW_EDGE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    try:
        clean.save(view, "JPEG", quality=85)
    except OSError:  # what is wrong with the image was found above
        raise SystemExit(_TRY_AGAIN) from None
    print(width, height)


if __name__ == "__main__":
    _main(*sys.argv[1:4])
