"""Files of ward reports: judged, then kept by task and SHA-256 under the data folder, never under a user's name.

`<sha256>` are the bytes as handed in; `<sha256>.jpg` is the view made of a photo, drawn anew without its metadata by
the same limited process that judges the evidence of visits.
"""

import hashlib
import tempfile
from pathlib import Path

from app.domain.errors import Invalid
from app.sync import images
from app.sync.blobs import keep, seal

PDF = "application/pdf"
_PICTURES = (("image/jpeg", b"\xff\xd8\xff"), ("image/png", b"\x89PNG\r\n\x1a\n"), ("image/webp", b"RIFF"))


def kind_of(content: bytes) -> str:
    """Say what the bytes claim to be by how they begin. Raises `Invalid("file_type")`."""
    if content.startswith(b"%PDF-"):
        return PDF
    for mime, magic in _PICTURES:
        if content.startswith(magic):
            return mime
    raise Invalid("file_type")


def put(data_dir: Path, task_id: str, content: bytes, mime: str) -> str:
    """Store the bytes durably and return their SHA-256; the same bytes of a task are stored once.

    A photo is decoded first. Raises `Invalid("file_type")` for one that is damaged, too large or not what it says.
    """
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(data_dir, task_id, digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".incoming-") as folder:
        source, view = Path(folder) / "source", Path(folder) / "view.jpg"
        source.write_bytes(content)
        if mime != PDF:
            try:
                images.examine(source, mime, {images.VIEW: view})
            except images.RefusedImage:
                raise Invalid("file_type") from None
            keep(view, view_of(data_dir, task_id, digest))
        seal(source, target)
    return digest


def path_of(data_dir: Path, task_id: str, sha256: str) -> Path:
    """Where a task's file stands; both parts are ids of our own, so no path can be smuggled in."""
    return data_dir / "task_evidence" / task_id / sha256


def view_of(data_dir: Path, task_id: str, sha256: str) -> Path:
    """Where the view of a photo stands."""
    return data_dir / "task_evidence" / task_id / f"{sha256}.jpg"
