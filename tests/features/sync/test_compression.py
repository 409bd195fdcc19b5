"""gzip both ways: small on the line, bounded when it is expanded."""

import gzip
import json
import zlib
from typing import Any

import pytest

from tests import factories
from tests.features.sync.phones import URL, Story, phone


def test_a_push_may_come_compressed_and_the_reply_goes_so(story: Story) -> None:
    a = phone(story, story.a)
    for n in range(40):
        a.mint("item/muc-1/note", f"lần {n}")
    body = json.dumps({"proto": 1, "writer": a.writer, "ops": a.outbox, "after": 0, "h": ""}).encode()
    packed = gzip.compress(body)
    assert len(packed) < len(body) / 3
    headers = factories.API | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    reply = a.client.post(f"{URL}/visits/{story.visit}/push", data=packed, headers=headers)
    assert reply.get_json()["taken"] == 40
    page = a.client.get(f"{URL}/visits/{story.visit}/log", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert (page.headers["Cache-Control"], page.headers["Vary"]) == ("no-store", "Cookie")
    assert len(json.loads(gzip.decompress(page.data))["news"]["entries"]) == 40
    plain = a.client.get(f"{URL}/visits/{story.visit}/log")
    assert "Content-Encoding" not in plain.headers


def test_a_reply_that_may_be_kept_says_that_it_comes_in_two_forms(story: Story) -> None:
    kept = phone(story, story.a).client.get(f"{URL}/checklists/{story.chk}")
    assert "Accept-Encoding" in kept.headers["Vary"]


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(bytes(64 * 1024 * 1024)) + packer.flush()


BAD: dict[str, tuple[Any, int]] = {
    "bomb": (bomb(), 413),
    "cut": (gzip.compress(b'{"proto": 1}' * 50)[:-9], 400),
    "no gzip": (b"{}", 400),
    "something behind": (gzip.compress(b"{}") + b"x", 400),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_bad_gzip_is_refused_and_changes_nothing(story: Story, kind: str) -> None:
    a = phone(story, story.a)
    raw, status = BAD[kind]
    headers = factories.API | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    reply = a.client.post(f"{URL}/visits/{story.visit}/push", data=raw, headers=headers)
    assert reply.status_code == status
    assert a.head()["n"] == 0
