"""Pictures of signatures and seals: what is taken, what is refused, where they show, and that issued files stay."""

import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app.domain.permissions import Role
from app.extensions import Clock, db
from app.findings.models import IssuedDocument, SigningPicture
from tests import factories
from tests.documents.certificates import BLUE, RED, handwriting, make_pkcs12, png, seal
from tests.factories import csrf_token
from tests.features.findings.steps import approved, revision_of
from tests.features.findings.test_correcting import letter_to
from tests.features.findings.wards import Ward, inspected

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def ward(app: Flask) -> Ward:
    return inspected(app)


def administrator(ward: Ward) -> FlaskClient:
    return ward.browser(factories.make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.town))


def give(browser: FlaskClient, ward: Ward, whose: str, content: bytes, width: str = "36") -> TestResponse:
    form = {"csrf_token": csrf_token(browser, "/profile"), "whose": whose, "file": (BytesIO(content), "x.png")}
    form |= {"width_mm": width} if whose == "seal" else {}
    return browser.post(f"/units/{ward.town.id}/pictures", data=form, content_type="multipart/form-data")


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (600, 300), "white").save(out, "JPEG")
    return out.getvalue()


def opaque() -> bytes:
    """A signature on white paper, with one clear pixel in a corner."""
    image = Image.open(BytesIO(handwriting()))
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    paper.putpixel((0, 0), (255, 255, 255, 0))
    return png(paper)


def test_what_the_decree_does_not_want_is_refused_with_advice(ward: Ward) -> None:
    admin, hand = administrator(ward), ward.chair.id
    for whose, content, told in (
        (hand, b"", "Hãy chọn tệp ảnh PNG"),
        (hand, b"<svg/>", "Không phải ảnh PNG"),
        (hand, jpeg(), "Không phải ảnh PNG"),
        (hand, png(Image.new("RGB", (600, 300), BLUE[:3])), "Không phải ảnh PNG"),
        (hand, handwriting()[:-400], "Không phải ảnh PNG"),
        (hand, opaque(), "Nền ảnh chưa trong suốt"),
        (hand, handwriting(width=200), "nhỏ quá"),
        (hand, handwriting(RED), "Chữ ký phải màu xanh"),
        (hand, b"\x89PNG\r\n\x1a\n" + b"x" * (2 * 1024 * 1024), "lớn hơn 2 MB"),
        ("seal", seal(BLUE), "Con dấu phải màu đỏ"),
    ):
        reply = give(admin, ward, whose, content)
        assert (reply.status_code, told in reply.get_data(as_text=True)) == (422, True), told
    with ward.app.app_context():
        assert db.session.query(SigningPicture).count() == 0


def test_a_picture_is_drawn_anew_kept_with_who_gave_it_and_taken_away_with_a_reason(ward: Ward) -> None:
    admin, url = administrator(ward), f"/units/{ward.town.id}/pictures"
    assert give(admin, ward, ward.chair.id, handwriting(comment="mật")).status_code == 303
    with ward.app.app_context():
        kept = db.session.query(SigningPicture).one()
    assert b"Comment" not in kept.png
    drawn = Image.open(BytesIO(kept.png))
    assert (drawn.mode, drawn.getbbox()) == ("RGBA", (0, 0, *drawn.size))  # the empty edge is cut away
    assert admin.get(f"{url}/{kept.id}.png").data == kept.png
    assert give(admin, ward, "seal", seal(), width="60").status_code == 422
    assert give(admin, ward, ward.member.id, handwriting()).status_code == 404  # who does not sign for the unit
    assert give(admin, ward, ward.chair.id, handwriting()).status_code == 303
    assert admin.get(f"{url}/{kept.id}.png").status_code == 404  # followed by another
    token = csrf_token(admin, "/profile")
    for reason, status in (("", 422), ("Đổi chữ ký", 303), ("Đổi chữ ký", 409)):
        form = {"csrf_token": token, "whose": ward.chair.id, "reason": reason}
        assert admin.post(f"{url}/remove", data=form).status_code == status
    page = admin.get(f"/units/{ward.town.id}").get_data(as_text=True)
    assert "Chữ ký của Lãnh đạo C: đặt ảnh" in page
    assert "Chữ ký của Lãnh đạo C: bỏ ảnh. Lý do: Đổi chữ ký" in page
    stranger = ward.browser(factories.make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.unit))
    assert give(stranger, ward, "seal", seal()).status_code == 404


def test_both_sign_with_their_pictures_and_a_later_picture_changes_nothing_issued(
    ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, chair, admin = approved(ward), ward.browser(ward.chair), administrator(ward)
    not_sealed = "Chưa khai báo chứng thư số của cơ quan"
    assert not_sealed in chair.get(f"{url}/issue").get_data(as_text=True)
    make_pkcs12(tmp_path / "agency.p12", "UBND thị xã Sơn Tây (thử)")
    (tmp_path / "pass").write_bytes(b"thu\n")
    more = {"agency_pkcs12": tmp_path / "agency.p12", "agency_passphrase_file": tmp_path / "pass"}
    monkeypatch.setitem(ward.app.config, "SETTINGS", ward.app.config["SETTINGS"].model_copy(update=more))
    assert not_sealed not in chair.get(f"{url}/issue").get_data(as_text=True)
    form: dict[str, Any] = {"revision": revision_of(ward, url), "number": 5, "on": "2026-11-22"}
    plain = signed(ward, factories.post(chair, f"{url}/issue", **form))
    assert told_by_pdfsig(plain, tmp_path).count("Signature is Valid.") == 2
    assert give(admin, ward, ward.chair.id, handwriting()).status_code == 303
    assert give(admin, ward, "seal", seal()).status_code == 303
    with ward.app.app_context():
        notice = db.session.query(IssuedDocument).one()
        assert (notice.pdf, notice.agency_certificate) == (plain, "UBND thị xã Sơn Tây (thử)")
    public = ward.app.test_client().get(f"/xac-minh/{notice.id}").get_data(as_text=True)
    assert "UBND thị xã Sơn Tây (thử)" in public
    letter = signed(ward, letter_to(chair, notice.id))
    assert told_by_pdfsig(letter, tmp_path).count("Signature is Valid.") == 2
    assert letter.count(b"/SMask") >= 2  # both pictures, transparent


def signed(ward: Ward, reply: TestResponse) -> bytes:
    """The document that was issued last."""
    assert reply.status_code == 303, reply.get_data(as_text=True)
    with ward.app.app_context():
        last = db.session.query(IssuedDocument.pdf).order_by(IssuedDocument.corrects_id.is_(None))
        return bytes(last.limit(1).scalar())


def told_by_pdfsig(pdf: bytes, folder: Path) -> str:
    (folder / "s.pdf").write_bytes(pdf)
    return subprocess.run(["pdfsig", folder / "s.pdf"], capture_output=True, check=False).stdout.decode()
