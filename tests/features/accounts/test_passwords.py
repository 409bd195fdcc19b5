"""How passwords are kept and which ones are refused."""

import threading
import time
import unicodedata

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.models import User
from app.extensions import db
from tests.factories import API, PASSWORD, body, make_user, post, signed_in, writing

GOOD = "con cò bay lả bay la"


def stored_hash(app: Flask, login: str) -> str:
    with app.app_context():
        return db.session.scalars(select(User.password_hash).where(User.login == login)).one()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("mười một ký", "password_short"),
        ("x y " * 33, "password_long"),
        ("abcabcabcabc", "password_common"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("123456789012", "password_common"),
        ("Password123456", "password_common"),
        ("matkhau123456", "password_common"),
        ("Mật Khẩu 2026!", "password_common"),
        ("qwertyuiop[]", "password_common"),
        ("anh yêu em nhiều 1", "password_common"),
        ("UBND phường 2026", "password_common"),
        ("matkhaumatkhau", "password_common"),
        ("toi la le.loi day", "password_contains_login"),
        ("Lê Lợi muôn năm", "password_contains_login"),
        (GOOD, None),
        ("bốn con trâu qua cầu", None),
        ("tr0ub4dor&3-horse", None),
        ("🐃 qua cầu 🐃🐃 12", None),
        ("x1Yz" * 32, "password_common"),
        ("x1Y z2k " * 16, None),
    ],
)
def test_only_weak_passwords_are_refused(password: str, code: str | None) -> None:
    assert passwords.problem(password, "le.loi") == code


def test_a_short_login_does_not_forbid_half_the_language() -> None:
    assert passwords.problem("bốn người bạn thân", "an2") is None


def test_passwords_are_kept_as_argon2id(app: Flask) -> None:
    make_user(app, "an")
    assert stored_hash(app, "an").startswith("$argon2id$v=19$m=1024,t=1,p=1$")


def test_letters_composed_by_another_keyboard_are_the_same_letters(app: Flask) -> None:
    make_user(app, "an")
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert decomposed != PASSWORD
    sent = {"login": "an", "password": decomposed}
    assert app.test_client().post("/api/session", json=sent, headers=API).status_code == 200


def test_a_hash_made_with_other_parameters_is_renewed_at_sign_in(app: Flask) -> None:
    user = make_user(app, "an")
    old = passwords.Hasher(time_cost=2, memory_kib=64).hash(PASSWORD)
    with writing(app):
        db.session.get_one(User, user.id).password_hash = old
    signed_in(app, user)
    renewed = stored_hash(app, "an")
    assert renewed.startswith("$argon2id$v=19$m=1024,t=1,p=1$")
    signed_in(app, user)
    assert stored_hash(app, "an") == renewed


def test_at_most_two_hashes_run_at_once() -> None:
    hasher = passwords.Hasher(time_cost=1, memory_kib=1024)
    running, most = 0, 0
    lock = threading.Lock()

    class Slow:
        def hash(self, _password: bytes) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1
            return ""

    hasher._argon2 = Slow()  # type: ignore[assignment]
    threads = [threading.Thread(target=hasher.hash, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == passwords.AT_ONCE


def test_when_too_many_wait_the_server_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(app, "an")
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    hasher: passwords.Hasher = app.extensions["accounts.hasher"]
    with hasher._place(), hasher._place():
        sent = {"login": "an", "password": PASSWORD}
        reply = app.test_client().post("/api/session", json=sent, headers=API)
        assert (reply.status_code, body(reply)["code"]) == (503, "unavailable")
    assert app.test_client().post("/api/session", json=sent, headers=API).status_code == 200


def test_an_unknown_login_costs_the_same_work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is counted instead of time: a clock on a busy machine proves nothing."""
    make_user(app, "an")
    verified: list[str] = []
    hasher: passwords.Hasher = app.extensions["accounts.hasher"]
    real = hasher._argon2

    class Counting:
        def verify(self, stored: str, password: bytes) -> bool:
            verified.append(stored.rsplit("$", 2)[0])
            return real.verify(stored, password)

        def check_needs_rehash(self, stored: str) -> bool:
            return real.check_needs_rehash(stored)

    monkeypatch.setattr(hasher, "_argon2", Counting())
    for login in ("an", "khongco"):
        sent = {"login": login, "password": "sai mật khẩu rồi"}
        assert app.test_client().post("/api/session", json=sent, headers=API).status_code == 401
    assert len(verified) == 2
    assert verified[0] == verified[1], "the same parameters"


@pytest.mark.parametrize("where", ["sign-in", "change", "reset"])
def test_no_transaction_is_open_while_a_hash_is_computed(
    app_on_each: Flask, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    from app.domain.permissions import Role
    from tests.factories import make_unit

    unit = make_unit(app_on_each)
    admin = make_user(app_on_each, "quan.tri", Role.ADMINISTRATOR, unit)
    user = make_user(app_on_each, "an", Role.WARD_OFFICER, unit)
    client = signed_in(app_on_each, admin)
    hasher: passwords.Hasher = app_on_each.extensions["accounts.hasher"]
    open_transactions: list[bool] = []
    real = hasher._place

    def watched():  # type: ignore[no-untyped-def]
        open_transactions.append(db.session().in_transaction())
        return real()

    monkeypatch.setattr(hasher, "_place", watched)
    if where == "sign-in":
        signed_in(app_on_each, user)
    elif where == "change":
        post(client, "/profile/password", current=PASSWORD, chosen=GOOD, again=GOOD)
    else:
        assert post(client, f"/people/{user.id}/password").status_code == 200
    assert open_transactions
    assert not any(open_transactions)


def test_changing_the_password_ends_the_other_sessions(app_on_each: Flask) -> None:
    user = make_user(app_on_each, "an")
    here, elsewhere = signed_in(app_on_each, user), signed_in(app_on_each, user)
    assert post(here, "/profile/password", current=PASSWORD, chosen=GOOD, again=GOOD).status_code == 303
    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302
    sent = {"login": "an", "password": PASSWORD}
    assert app_on_each.test_client().post("/api/session", json=sent, headers=API).status_code == 401


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"current": "sai mật khẩu rồi", "chosen": GOOD, "again": GOOD}, "Mật khẩu hiện tại không đúng."),
        ({"current": PASSWORD, "chosen": GOOD, "again": GOOD + "x"}, "Hai lần nhập mật khẩu mới không giống nhau."),
        ({"current": PASSWORD, "chosen": PASSWORD, "again": PASSWORD}, "Mật khẩu mới phải khác mật khẩu hiện tại."),
        ({"current": PASSWORD, "chosen": "ngắn", "again": "ngắn"}, "Mật khẩu cần ít nhất 12 ký tự."),
    ],
)
def test_a_bad_change_says_why_and_changes_nothing(app: Flask, fields: dict[str, str], sentence: str) -> None:
    user = make_user(app, "an")
    client = signed_in(app, user)
    before = stored_hash(app, "an")
    reply = post(client, "/profile/password", **fields)
    assert reply.status_code == 422
    assert sentence in reply.get_data(as_text=True)
    assert stored_hash(app, "an") == before
