"""Photos: in pieces, resumable, verified, seen by those who may see the visit and by nobody else."""

import base64
import fcntl
import io
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.extensions import db
from app.sync import blobs, queries
from app.sync.actions import evidence
from app.sync.images import PRINT
from app.sync.models import Upload
from tests import factories
from tests.conftest import make_app
from tests.features.sync.phones import URL, Phone, Story, begin_story, phone, remove, sha

TUS = factories.API | {"Tus-Resumable": "1.0.0"}
PHOTO = "photo/00000000-0000-4000-8000-000000000001"
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


def jpeg(colour: str = "teal", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", **options)
    return file.getvalue()


def metadata(sha256: str, mime: str = "image/jpeg") -> str:
    fields = {"sha256": sha256, "filename": "ảnh.jpg", "filetype": mime}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


def begin(who: Phone, photo: bytes, *, mime: str = "image/jpeg", sha256: str = "", size: int = 0) -> TestResponse:
    headers = TUS | {"Upload-Length": str(size or len(photo)), "Upload-Metadata": metadata(sha256 or sha(photo), mime)}
    return who.client.post(f"{URL}/visits/{who.story.visit}/blobs", headers=headers)


def send(who: Phone, place: str, piece: bytes, at: int = 0) -> TestResponse:
    return who.client.patch(place, data=piece, headers=PIECE | {"Upload-Offset": str(at)})


def upload(who: Phone, photo: bytes, **said: Any) -> TestResponse:
    begun = begin(who, photo, **said)
    assert begun.status_code == 201, begun.get_data(as_text=True)
    return send(who, begun.headers["Location"], photo)


def taken(photo: bytes) -> dict[str, Any]:
    """What an operation says of a photo."""
    about = {"of": "item/muc-1", "sha256": sha(photo), "size": len(photo), "mime": "image/jpeg"}
    return about | {"taken_at": None}


def attach(who: Phone, photo: bytes, **changes: Any) -> str:
    return who.mint(PHOTO, taken(photo), kind="attach", **changes)


def files(story: Story) -> list[str]:
    folder = story.app.config["SETTINGS"].data_dir / "blobs" / story.visit
    return sorted(each.name for each in folder.glob("*"))


def drawn(photo: bytes) -> list[str]:
    """The files people are shown: the view, the one for print, the thumbnail."""
    return [f"{sha(photo)}-{edge}.jpg" for edge in (1600, 800, 320)]


def test_too_many_uploads_under_way_cost_the_oldest_and_refuse_no_photo(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "TOTAL_OPEN", 2)
    a, colours = phone(story, story.a), ("red", "green", "blue")
    places = [begin(a, jpeg(colour)).headers["Location"] for colour in colours]
    assert send(a, places[0], jpeg("red")).status_code == 404
    assert [send(a, place, jpeg(colour)).status_code for place, colour in zip(places, colours, strict=True)][1:] == [
        204,
        204,
    ]
    assert upload(a, jpeg("red")).status_code == 204


def test_nothing_is_written_to_what_was_sealed_between_opening_and_locking_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, sealed = tmp_path / "u.part", tmp_path / "sealed"
    monkeypatch.setattr(blobs, "partial", lambda *_: part)
    part.write_bytes(b"whole")

    def sealing(handle: int, how: int, lock: Any = fcntl.flock) -> None:
        part.rename(sealed)
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", sealing)
    with pytest.raises(blobs.Busy), blobs.writing("v", "u") as handle:
        blobs.cut(handle, 0)
    assert sealed.read_bytes() == b"whole"


def test_metadata_that_is_no_ascii_is_refused(story: Story) -> None:
    a = phone(story, story.a)
    reply = a.client.post(
        f"{URL}/visits/{story.visit}/blobs",
        headers=TUS | {"Upload-Length": "3"},
        environ_overrides={"HTTP_UPLOAD_METADATA": "sha256 \u00e1"},
    )
    assert (reply.status_code, reply.get_json()["code"]) == (400, "BAD_ENVELOPE")


def test_a_photo_goes_up_in_pieces_and_on_where_it_broke_off(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    begun = begin(a, photo)
    place = begun.headers["Location"]
    assert (begun.status_code, begun.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert send(a, place, photo[:1000]).headers["Upload-Offset"] == "1000"
    asked = a.client.head(place, headers=TUS)
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("1000", str(len(photo)))
    wrong = send(a, place, photo[999:], at=999)
    assert (wrong.status_code, wrong.get_json()["code"]) == (409, "OFFSET")
    done = send(a, place, photo[1000:], at=1000)
    assert (done.status_code, done.headers["Upload-Offset"]) == (204, str(len(photo)))
    with story.app.app_context():
        blob = queries.blob(story.visit, sha(photo))
        assert blob is not None
        assert (blob.size, blob.mime, blob.width, blob.height) == (len(photo), "image/jpeg", 640, 480)
        assert db.session.scalars(select(Upload)).all() == []
    assert files(story) == sorted([sha(photo), *drawn(photo)])


def test_what_the_server_says_it_can(story: Story) -> None:
    reply = phone(story, story.a).client.options(f"{URL}/visits/{story.visit}/blobs")
    assert (reply.status_code, reply.headers["Tus-Extension"], reply.headers["Tus-Max-Size"]) == (
        204,
        "creation,creation-with-upload,checksum,expiration,termination",
        "12582912",
    )
    a = phone(story, story.a)
    old = a.client.post(f"{URL}/visits/{story.visit}/blobs", headers=factories.API | {"Tus-Resumable": "0.2.0"})
    assert (old.status_code, old.headers["Tus-Version"]) == (412, "1.0.0")


def test_the_same_photo_is_kept_once_per_visit(story: Story) -> None:
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg("red")
    assert upload(a, photo).status_code == 204
    again = begin(b, photo)
    assert (again.status_code, again.get_json()["present"]) == (200, True)
    place = again.headers["Location"]
    assert b.client.head(place, headers=TUS).headers["Upload-Offset"] == str(len(photo))
    assert send(b, place, photo).headers["Upload-Offset"] == str(len(photo))  # a client that sends it all the same
    assert files(story) == sorted([sha(photo), *drawn(photo)])


def test_two_phones_may_send_one_photo_at_once(story: Story) -> None:
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg("blue")
    places = [begin(who, photo).headers["Location"] for who in (a, b)]
    assert [send(who, place, photo).status_code for who, place in zip((a, b), places, strict=True)] == [204, 204]


def test_people_see_the_photo_without_its_metadata_and_upright(story: Story) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Máy ảnh bí mật"
    a, photo = phone(story, story.a), jpeg("green", (300, 200), exif=exif)
    attach(a, photo)
    a.push()
    upload(a, photo)
    shown = phone(story, story.b).client.get(f"{URL}/visits/{story.visit}/blobs/{sha(photo)}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    image = Image.open(io.BytesIO(shown.data))
    assert (image.size, dict(image.getexif())) == ((200, 300), {})
    assert "bí mật".encode() not in shown.data


def test_what_was_drawn_is_drawn_again_when_it_is_gone(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg("green", (2000, 1000))
    upload(a, photo)
    folder = story.app.config["SETTINGS"].data_dir / "blobs" / story.visit
    for each in folder.glob("*.jpg"):
        each.unlink()
    for path, size in (("", (1600, 800)), ("/thumbnail", (320, 160))):
        shown = a.client.get(f"{URL}/visits/{story.visit}/blobs/{sha(photo)}{path}")
        assert Image.open(io.BytesIO(shown.data)).size == size
    with story.app.app_context():
        assert Image.open(evidence.drawn(story.visit, sha(photo), PRINT)).size == (800, 400)
    assert files(story) == sorted([sha(photo), *drawn(photo)])


def test_strangers_see_no_photo_and_send_none(story: Story) -> None:
    a, stranger, photo = phone(story, story.a), phone(story, story.stranger), jpeg()
    upload(a, photo)
    seen = stranger.client.get(f"{URL}/visits/{story.visit}/blobs/{sha(photo)}")
    sent = begin(stranger, jpeg("black"))
    missing = a.client.get(f"{URL}/visits/{story.visit}/blobs/{'0' * 64}")
    assert [seen.status_code, sent.status_code, missing.status_code] == [404, 404, 404]
    assert story.app.test_client().get(f"{URL}/visits/{story.visit}/blobs/{sha(photo)}").status_code == 401


def test_nobody_continues_another_persons_upload(story: Story) -> None:
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg()
    place = begin(a, photo).headers["Location"]
    assert send(b, place, photo).status_code == 404
    assert b.client.head(place, headers=TUS).status_code == 404


def test_a_removed_member_may_still_send_what_his_ops_refer_to(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    remove(story, story.a)
    assert upload(a, photo).status_code == 204
    assert a.client.get(f"{URL}/visits/{story.visit}/blobs/{sha(photo)}").status_code == 404


def test_another_file_than_promised_is_dropped_and_starts_again(story: Story) -> None:
    a, photo, other = phone(story, story.a), jpeg("red"), jpeg("pink")
    other = other + b"\0" * max(0, len(photo) - len(other))
    place = begin(a, photo, size=len(other)).headers["Location"]
    wrong = send(a, place, other)
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "BLOB_HASH")
    assert a.client.head(place, headers=TUS).headers["Upload-Offset"] == "0"
    assert files(story) == []


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_we_take(story: Story, kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (64, 64), "orange").save(file, kind)
    assert upload(phone(story, story.a), file.getvalue(), mime=f"image/{kind.lower()}").status_code == 204


def test_uploads_that_cannot_be_are_refused_before_a_byte_is_sent(story: Story) -> None:
    a = phone(story, story.a)
    large = begin(a, b"x", size=12 * 1024 * 1024 + 1)
    assert (large.status_code, large.get_json()["code"]) == (413, "TOO_BIG")
    assert begin(a, b"x", mime="image/svg+xml").get_json()["code"] == "IMAGE_REFUSED"
    assert begin(a, b"x", sha256="../../etc/passwd").status_code == 400
    place = begin(a, jpeg()).headers["Location"]
    plain = a.client.patch(place, data=b"x", headers=TUS | {"Upload-Offset": "0"})
    assert plain.status_code == 415
    too_much = send(a, place, jpeg() + b"more")
    assert (too_much.status_code, too_much.get_json()["code"]) == (413, "TOO_BIG")


def test_what_came_too_much_is_taken_away_again(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    place = begin(a, photo).headers["Location"]
    send(a, place, photo[:100])
    assert send(a, place, photo[100:] + b"more", at=100).status_code == 413
    assert a.client.head(place, headers=TUS).headers["Upload-Offset"] == "100"
    assert send(a, place, photo[100:], at=100).status_code == 204


def test_an_upload_whose_verification_was_interrupted_asks_for_its_last_byte(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    place = begin(a, photo).headers["Location"]
    send(a, place, photo[:-1])
    folder = story.app.config["SETTINGS"].data_dir / "blobs" / story.visit
    [part] = folder.glob("*.part")
    part.write_bytes(photo)  # the server died here
    assert a.client.head(place, headers=TUS).headers["Upload-Offset"] == str(len(photo) - 1)
    assert send(a, place, photo[-1:], at=len(photo) - 1).status_code == 204
    assert files(story) == sorted([sha(photo), *drawn(photo)])


def test_an_upload_that_names_another_person_is_refused_and_changes_nothing(story: Story) -> None:
    """Somebody signs in at the desk in another tab of the browser in which a phone's photos are being sent."""
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg()
    of_a = {"X-VSP-User": story.a.id}
    said = TUS | of_a | {"Upload-Length": str(len(photo)), "Upload-Metadata": metadata(sha(photo))}
    blobs_url = f"{URL}/visits/{story.visit}/blobs"
    assert refused(b.client.post(blobs_url, headers=said))
    with_bytes = said | PIECE
    assert refused(b.client.post(blobs_url, headers=with_bytes, data=photo))
    with story.app.app_context():
        assert db.session.query(Upload).count() == 0
    place = a.client.post(blobs_url, headers=said).headers["Location"]
    piece = PIECE | of_a | {"Upload-Offset": "0"}
    assert refused(b.client.patch(place, headers=piece, data=photo))
    assert b.client.head(place, headers=TUS | of_a).status_code == 401
    assert refused(b.client.delete(place, headers=TUS | of_a))
    assert a.client.head(place, headers=TUS | of_a).headers["Upload-Offset"] == "0"
    assert a.client.patch(place, headers=piece, data=photo).status_code == 204
    assert files(story) == sorted([sha(photo), *drawn(photo)])
    assert refused(b.client.post(blobs_url, headers=said)), "also of what is there already"


def refused(reply: TestResponse) -> bool:
    return (reply.status_code, reply.get_json()["code"]) == (401, "OTHER_USER")


def test_a_photos_op_and_its_bytes_meet_in_the_queries(story: Story) -> None:
    a, photo = phone(story, story.a), jpeg()
    attach(a, photo)
    a.push()
    with story.app.app_context():
        [shown] = queries.photos_of(story.visit, queries.cells_of(story.visit), "item/muc-1")
        assert (shown.sha256, shown.present) == (sha(photo), False)
    upload(a, photo)
    with story.app.app_context():
        [shown] = queries.photos_of(story.visit, queries.cells_of(story.visit))
        assert shown.present
        assert queries.photos_of(story.visit, queries.cells_of(story.visit), "item/muc-2") == ()
        blobs.stored(story.visit, sha(photo)).unlink()
        [gone] = queries.photos_of(story.visit, queries.cells_of(story.visit))
        assert not gone.present, "a row of it is no photo"


def sees(who: Phone, photo: bytes) -> tuple[int, bool]:
    """What the server says to who asks for a photo, and whether it tells him that it has it."""
    place = f"{URL}/visits/{who.story.visit}/blobs"
    receipts = who.client.get(place).get_json()["blobs"]
    status = {who.client.get(f"{place}/{sha(photo)}{size}").status_code for size in ("", "/thumbnail")}
    return status.pop() if len(status) == 1 else 0, sha(photo) in [each["sha256"] for each in receipts]


def test_a_photo_of_a_held_operation_is_for_its_author_its_sender_and_the_lead_until_it_is_adopted(
    story: Story,
) -> None:
    a, b, lead, photo = phone(story, story.a), phone(story, story.b), phone(story, story.lead), jpeg()
    assert upload(a, photo).status_code == 204
    assert [sees(who, photo) for who in (a, lead, b)] == [(200, True), (200, True), (404, False)], (
        "before its operation"
    )
    held = attach(a, photo, user=story.b.id)
    assert [each["entry"]["st"] for each in a.push()] == ["held"]
    assert [sees(who, photo) for who in (a, lead, b)] == [(200, True), (200, True), (404, False)]
    adoption = {"of": held, "author": story.a.id, "value": taken(photo), "reason": "Đúng là ảnh của cán bộ A"}
    lead.mint(PHOTO, adoption, kind="adopt")
    assert [each["entry"]["st"] for each in lead.push()] == ["acc"]
    assert sees(b, photo) == (200, True)
    lead.mint(PHOTO, None, lead.outbox[-1]["op"], kind="detach")
    assert [each["entry"]["st"] for each in lead.push()[-1:]] == ["acc"]
    assert sees(b, photo) == (200, True), "what stood in the log is no secret"


def test_the_author_of_a_held_operation_sees_its_photo_whoever_sent_the_bytes(story: Story) -> None:
    a, b, photo = phone(story, story.a), phone(story, story.b), jpeg()
    attach(a, photo, user=story.b.id)
    a.push()
    assert upload(phone(story, story.lead), photo).status_code == 204
    assert (sees(a, photo), sees(b, photo)) == ((200, True), (404, False))


@pytest.mark.postgresql
def test_a_database_that_sorts_by_a_language_shows_the_same_photos(postgresql_url: str, tmp_path: Path) -> None:
    """Photos are found as a range of paths: "photo/…" stands before "photo0" by the rules of a language, too."""
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        locale = "LOCALE_PROVIDER icu ICU_LOCALE 'vi-VN' TEMPLATE template0"
        connection.execute(f"CREATE DATABASE vietnamese {locale}")
        try:
            app = make_app(tmp_path, postgresql_url.replace("@/postgres?", "@/vietnamese?"))
            story, photo = begin_story(app), jpeg()
            a, b = phone(story, story.a), phone(story, story.b)
            attach(a, photo)
            a.push()
            assert upload(a, photo).status_code == 204
            assert sees(b, photo) == (200, True)
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        finally:
            connection.execute("DROP DATABASE vietnamese WITH (FORCE)")
