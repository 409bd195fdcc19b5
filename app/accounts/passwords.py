"""Passwords: argon2id, at most two hashes at once, and rules that stop only what is really weak."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, current_app

from app.domain.vietnamese import search_key
from config import Settings

SHORTEST, LONGEST = 12, 128
AT_ONCE = 2
PATIENCE_SECONDS = 10.0
COMMONEST = Path(__file__).parent / "seed" / "commonest-passwords.txt"


class Busy(Exception):
    """Too many people sign in at this moment; nobody waits longer than `PATIENCE_SECONDS`."""


def _bytes(password: str) -> bytes:
    """One spelling of each password: keyboards differ in whether they compose Vietnamese letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


class Hasher:
    """argon2id with the operator's parameters. Each hash takes memory, so only a few run at once."""

    def __init__(self, *, time_cost: int, memory_kib: int) -> None:
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._argon2.hash("an account that does not exist")

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=PATIENCE_SECONDS):
            raise Busy
        try:
            yield
        finally:
            self._places.release()

    def hash(self, password: str) -> str:
        """The hash to store."""
        with self._place():
            return self._argon2.hash(_bytes(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits. Without a stored hash the same work is done and the answer is no."""
        with self._place():
            try:
                self._argon2.verify(stored or self._nobody, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False
            return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)


def prepare(app: Flask) -> None:
    """Give the app its hasher."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["accounts.hasher"] = Hasher(
        time_cost=settings.argon2_time_cost, memory_kib=settings.argon2_memory_kib
    )


def hasher() -> Hasher:
    """The app's hasher."""
    found: Hasher = current_app.extensions["accounts.hasher"]
    return found


@cache
def _commonest() -> frozenset[str]:
    lines = COMMONEST.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _skeleton(password: str) -> str:
    """What is left of a password without case, diacritics, spaces and signs."""
    return "".join(char for char in search_key(password) if char.isalnum())


def problem(password: str, login: str) -> str | None:
    """The code of what is wrong with a new password, None if it will do."""
    if len(password) < SHORTEST:
        return "password_short"
    if len(password) > LONGEST:
        return "password_long"
    skeleton = _skeleton(password)
    if login.casefold() in password.casefold() or (len(_skeleton(login)) >= 4 and _skeleton(login) in skeleton):
        return "password_contains_login"
    if len(set(password)) < 5 or _is_common(skeleton):
        return "password_common"
    return None


def _is_common(skeleton: str) -> bool:
    """A common password, alone, repeated, or with digits put before or after it."""
    core = skeleton.strip("0123456789")
    for candidate in (skeleton, core):
        for length in range(1, len(candidate) + 1):
            if len(candidate) % length == 0 and candidate[:length] * (len(candidate) // length) == candidate:
                if candidate[:length] in _commonest():
                    return True
                break
        if candidate in _commonest():
            return True
    return skeleton.isdigit() and any(run in skeleton for run in ("123456", "654321"))
