"""Evidence is written once: sealed under its hash, never rewritten, kept through a full disk and a rotten file."""

import errno
import stat
from pathlib import Path
from typing import Any

import pytest

from app.sync import blobs
from tests.features.sync.phones import Story, phone, sha
from tests.features.sync.test_evidence import TUS, begin, jpeg, send, upload


def stored(story: Story, photo: bytes) -> Path:
    folder: Path = story.app.config["SETTINGS"].data_dir / "blobs" / story.visit
    return folder / sha(photo)


def written(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def test_an_original_is_sealed(story: Story) -> None:
    upload(phone(story, story.a), jpeg())
    assert stat.S_IMODE(stored(story, jpeg()).stat().st_mode) == 0o400


def test_a_second_phone_that_finishes_the_same_photo_leaves_the_first_ones_file_alone(story: Story) -> None:
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg("blue")
    places = [begin(who, photo).headers["Location"] for who in (a, b)]
    assert send(a, places[0], photo).status_code == 204
    first = written(stored(story, photo))
    assert send(b, places[1], photo).status_code == 204
    assert written(stored(story, photo)) == first
    assert not list(stored(story, photo).parent.glob("*.part"))


def test_a_file_that_rotted_is_set_aside_for_the_right_bytes(story: Story, tmp_path: Path) -> None:
    """A database restored without its blobs asks for the photo again, and must not trust what lies under its name."""
    rotten, source = tmp_path / sha(jpeg()), tmp_path / "arrived"
    rotten.write_bytes(b"rotten")
    source.write_bytes(jpeg())
    blobs.seal(source, rotten)
    assert rotten.read_bytes() == jpeg()
    assert [each.read_bytes() for each in tmp_path.glob("*.damaged*")] == [b"rotten"]


@pytest.mark.parametrize("point", ["seal", "append"])
def test_a_full_disk_is_503_and_the_phone_goes_on_where_it_was(
    story: Story, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    a, photo = phone(story, story.a), jpeg()
    place = begin(a, photo).headers["Location"]
    send(a, place, photo[:1000])

    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as trouble:
        trouble.setattr(blobs, point, full)
        assert send(a, place, photo[1000:], at=1000).status_code == 503
    offset = int(a.client.head(place, headers=TUS).headers["Upload-Offset"])
    assert offset == (len(photo) - 1 if point == "seal" else 1000)
    assert send(a, place, photo[offset:], at=offset).status_code == 204
    assert stored(story, photo).read_bytes() == photo
