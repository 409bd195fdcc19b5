"""The rest of tus 1.0.0, spoken with strangers: tuspy and tus-js-client, unmodified, over a real socket."""

import base64
import contextlib
import hashlib
import json
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from werkzeug.serving import make_server

from app.domain import wire
from app.extensions import db, now
from app.sync import queries
from app.sync.actions import evidence
from app.sync.models import Blob, Upload
from tests import factories
from tests.features.sync.phones import URL, Phone, Story, phone, remove, sha
from tests.features.sync.test_evidence import TUS, begin, files, jpeg, metadata, send, taken, upload

CLIENT = Path(__file__).parents[3] / "offline_client" / "tests" / "tus" / "upload.mjs"


@dataclass(frozen=True)
class Live:
    """A server on a socket, and the headers by which a foreign program is this person."""

    root: str
    who: Phone
    headers: dict[str, str]

    @property
    def blobs(self) -> str:
        return f"{self.root}{URL}/visits/{self.who.story.visit}/blobs"


@pytest.fixture
def live(story: Story) -> Iterator[Live]:
    server = make_server("127.0.0.1", 0, story.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    who = phone(story, story.a)
    cookies = "; ".join(f"{each.key}={each.value}" for each in (who.client._cookies or {}).values())
    root = f"http://127.0.0.1:{server.server_port}"
    yield Live(root, who, {"X-VSP": "1", "Origin": root, "Cookie": cookies})
    server.shutdown()
    thread.join()


def has(story: Story, photo: bytes) -> bool:
    with story.app.app_context():
        return queries.blob(story.visit, sha(photo)) is not None


def big(seed: int = 1) -> bytes:
    """A photo of some 60 kB that does not compress."""
    pixels = random.Random(seed).randbytes(160 * 120 * 3)
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.frombytes("RGB", (160, 120), pixels).save(out, "JPEG", quality=95)
    return out.getvalue()


# --- strangers ---------------------------------------------------------------------------------------------------


def test_tuspy_stops_goes_on_and_checks_every_chunk(story: Story, live: Live, tmp_path: Path) -> None:
    photo = big()
    (tmp_path / "a.jpg").write_bytes(photo)
    client = TusClient(live.blobs, headers=live.headers)
    said = {"sha256": sha(photo), "filetype": "image/jpeg", "filename": "ảnh.jpg"}
    first = client.uploader(str(tmp_path / "a.jpg"), chunk_size=20_000, metadata=said, upload_checksum=True)
    first.upload_chunk()  # type: ignore[no-untyped-call]
    again = client.uploader(str(tmp_path / "a.jpg"), chunk_size=20_000, metadata=said, upload_checksum=True)
    again.set_url(str(first.url))
    again.offset = again.get_offset()
    assert again.offset == 20_000
    again.upload()
    assert has(story, photo)


def test_tuspy_is_told_of_an_upload_that_is_gone(live: Live, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    uploader = TusClient(live.blobs, headers=live.headers).uploader(str(tmp_path / "a.jpg"), chunk_size=100)
    uploader.set_url(f"{live.blobs}/uploads/{'A' * 22}")
    with pytest.raises(TusCommunicationError):
        uploader.get_offset()


@pytest.mark.parametrize("mode", ["whole", "resume", "creation", "terminate"])
def test_tus_js_client(story: Story, live: Live, tmp_path: Path, mode: str) -> None:
    photo = big()
    (tmp_path / "a.jpg").write_bytes(photo)
    said = {"sha256": sha(photo), "filetype": "image/jpeg"}
    done = subprocess.run(
        ["node", CLIENT, live.blobs, tmp_path / "a.jpg", json.dumps(live.headers), json.dumps(said), mode],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    asked = json.loads(done.stdout)
    assert has(story, photo) == (mode != "terminate")
    if mode == "creation":
        assert asked == [["POST", 201]]
    if mode == "resume":
        assert ["HEAD", 200] in asked
    if mode == "terminate":
        assert asked[-1] == ["DELETE", 204]
        assert files(story) == []


# --- cuts --------------------------------------------------------------------------------------------------------


def patch_and_cut(live: Live, place: str, piece: bytes, at: int, cut: int) -> None:
    """Promise a whole chunk, send `cut` bytes of it, and hang up."""
    host, port = live.root.removeprefix("http://").split(":")
    lines = [f"PATCH {place} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(piece)}", f"Upload-Offset: {at}"]
    lines += ["Content-Type: application/offset+octet-stream", "Tus-Resumable: 1.0.0"]
    lines += [f"{name}: {value}" for name, value in live.headers.items()]
    with socket.create_connection((host, int(port))) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + piece[:cut])
        line.shutdown(socket.SHUT_WR)
        line.settimeout(10)
        with contextlib.suppress(OSError):
            line.recv(1)


@pytest.mark.parametrize("seed", range(5))
def test_a_line_that_is_cut_anywhere_costs_no_byte_twice_and_no_photo(story: Story, live: Live, seed: int) -> None:
    chance, photo = random.Random(seed), big(seed)
    place = begin(live.who, photo).headers["Location"]
    for _ in range(4):
        offset = int(live.who.client.head(place, headers=TUS).headers["Upload-Offset"])
        rest = photo[offset:]
        if len(rest) > 1:
            patch_and_cut(live, place, rest, offset, chance.randrange(1, len(rest)))
    offset = int(live.who.client.head(place, headers=TUS).headers["Upload-Offset"])
    assert send(live.who, place, photo[offset:], at=offset).status_code == 204
    assert has(story, photo)


# --- checksum, expiration, termination, receipts --------------------------------------------------------------------


def checked(piece: bytes, algorithm: str = "sha256", of: bytes | None = None) -> dict[str, str]:
    digest = hashlib.new(algorithm, piece if of is None else of).digest()
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(digest).decode()}"}


def chunk(who: Phone, place: str, piece: bytes, at: int, headers: dict[str, str]) -> Any:
    kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
    return who.client.patch(place, data=piece, headers=TUS | kind | headers)


def test_a_chunk_with_a_wrong_checksum_leaves_nothing(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    place = begin(a, photo).headers["Location"]
    wrong = chunk(a, place, photo[:500], 0, checked(b"other"))
    assert (wrong.status_code, wrong.get_json()["code"]) == (460, "CHECKSUM")
    assert a.client.head(place, headers=TUS).headers["Upload-Offset"] == "0"
    assert chunk(a, place, photo[:500], 0, checked(photo[:500], "sha1")).status_code == 204
    whole = chunk(a, place, photo[500:], 500, checked(b"other"))
    assert whole.status_code == 460
    assert not has(story, photo)
    assert chunk(a, place, photo[500:], 500, checked(photo[500:])).status_code == 204
    assert has(story, photo)


@pytest.mark.parametrize("header", ["md5 AAAA", "sha256", "sha256 *", ""])
def test_a_checksum_nobody_understands_is_refused(story: Story, header: str) -> None:
    a, photo = phone(story, story.a), jpeg()
    place = begin(a, photo).headers["Location"]
    assert chunk(a, place, photo, 0, {"Upload-Checksum": header}).status_code == 400
    assert a.client.head(place, headers=TUS).headers["Upload-Offset"] == "0"


def test_what_the_server_can_is_told(story: Story) -> None:
    told = phone(story, story.a).client.options(f"{URL}/visits/{story.visit}/blobs", headers=factories.API)
    assert told.headers["Tus-Extension"].split(",") == [
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    ]  # fmt: skip
    assert told.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_an_upload_expires_and_is_swept_with_its_bytes(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    begun = begin(a, photo)
    place = begun.headers["Location"]
    assert "GMT" in begun.headers["Upload-Expires"]
    send(a, place, photo[:500])
    with factories.writing(story.app):
        for each in db.session.query(Upload).all():
            each.expires_at = now() - timedelta(seconds=1)
    assert a.client.head(place, headers=TUS).status_code == 404
    assert len(files(story)) == 1
    with factories.writing(story.app):
        assert evidence.sweep() == 1
    assert files(story) == []
    assert upload(a, photo).status_code == 204


def test_partial_files_without_an_upload_are_swept_when_they_are_old(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    send(a, begin(a, photo).headers["Location"], photo[:500])
    folder = story.app.config["SETTINGS"].data_dir / "blobs" / story.visit
    lost, fresh = folder / f"{'B' * 22}.part", folder / f"{'C' * 22}.part"
    lost.write_bytes(b"x"), fresh.write_bytes(b"x")
    import os

    os.utime(lost, (1, 1))
    with story.app.app_context():
        assert evidence.sweep_orphans() == 1
    assert not lost.exists()
    assert fresh.exists()


def test_an_upload_is_given_up_by_its_owner_only(story: Story) -> None:
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg()
    place = begin(a, photo).headers["Location"]
    send(a, place, photo[:500])
    assert b.client.delete(place, headers=TUS).status_code == 404
    assert a.client.delete(place, headers=TUS).status_code == 204
    assert a.client.head(place, headers=TUS).status_code == 404
    assert files(story) == []
    upload(a, photo)
    assert a.client.delete(f"{place.rsplit('/', 1)[0]}/{sha(photo)}", headers=TUS).status_code == 404
    assert has(story, photo)


def test_who_has_left_is_told_of_photos_only_that_are_his_own(story: Story) -> None:
    """Sent by him, or named by him although another phone sent the same bytes."""
    a, b = phone(story, story.a), phone(story, story.b)
    assert upload(a, jpeg("red")).status_code == 204
    for n, colour in enumerate(("green", "blue")):
        assert upload(b, jpeg(colour)).status_code == 204
        b.mint(f"photo/0123abcd-0000-4000-8000-00000000000{n}", taken(jpeg(colour)), kind="attach")
    b.push()
    a.mint("photo/0123abcd-0000-4000-8000-00000000000f", taken(jpeg("green")), kind="attach")

    def told() -> set[str]:
        reply = a.client.get(f"{URL}/visits/{story.visit}/blobs").get_json()
        return {each["sha256"] for each in reply["blobs"]}

    assert told() == {sha(jpeg(colour)) for colour in ("red", "green", "blue")}
    remove(story, story.a)
    assert told() == {sha(jpeg("red"))}
    a.push()  # held, for he has left: it names the photo all the same
    assert told() == {sha(jpeg(colour)) for colour in ("red", "green")}


def test_receipts_are_signed_and_say_what_is_safe(story: Story) -> None:
    a, one, two = phone(story, story.a), jpeg("teal"), jpeg("red")
    upload(a, one), upload(a, two)
    with factories.writing(story.app):
        db.session.get_one(Blob, (story.visit, sha(one))).safe = True
    told = {each["sha256"]: each for each in a.client.get(f"{URL}/visits/{story.visit}/blobs").get_json()["blobs"]}
    assert {key: each["safe"] for key, each in told.items()} == {sha(one): True, sha(two): False}
    for photo in (one, two):
        each = told[sha(photo)]
        digest = wire.receipt_hash(story.visit, bytes.fromhex(each["sha256"]), len(photo), safe=each["safe"])
        a.key().verify(base64.urlsafe_b64decode(each["sig"] + "=="), digest)
    assert phone(story, story.stranger).client.get(f"{URL}/visits/{story.visit}/blobs").status_code == 404


def test_knowing_a_hash_tells_a_stranger_nothing(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    upload(a, photo)
    stranger = phone(story, story.stranger)
    headers = TUS | {"Upload-Length": str(len(photo)), "Upload-Metadata": metadata(sha(photo))}
    there = stranger.client.post(f"{URL}/visits/{story.visit}/blobs", headers=headers)
    nowhere = stranger.client.post(f"{URL}/visits/{'A' * 22}/blobs", headers=headers)
    assert there.status_code == nowhere.status_code == 404
    b = phone(story, story.b)
    assert begin(b, photo).get_json()["present"] is True  # another member's identical photo needs no upload
