"""A push in the short form: the same operations byte for byte in fewer bytes, asked for whole where it does not fit."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.sync import queries
from tests import factories
from tests.features.sync.phones import URL, Phone, Story, phone, random_id

CLOCK = {"wall": "2026-11-30T17:06:19.232+07:00", "mono": 7848, "off": 2, "unc": 5}


def device_of(who: Phone) -> str:
    found: str = who.client.get("/api/session").get_json()["device"]["id"]
    return found


def minted(who: Phone, path: str, value: Any, *parents: str) -> dict[str, Any]:
    """An operation as the field client mints it."""
    op = who.mint(path, value, *parents, t=CLOCK, dev=device_of(who), app="0.1.0")
    body = json.dumps(json.loads(who.outbox[-1]["body"]), ensure_ascii=False, separators=(",", ":"))
    who.outbox[-1]["body"] = body
    return {"op": op, "path": path, "value": json.dumps(value, ensure_ascii=False), "parents": ",".join(parents)}


def short_push(who: Phone, minted_ops: list[dict[str, Any]], **envelope: Any) -> dict[str, Any]:
    lines = [
        f"2 5 {CLOCK['wall']} {each['op']} 7848 set {each['path']} {each['parents']} {each['value']}"
        for each in minted_ops
    ]
    told = f"{who.user.id[:8]} {device_of(who)[:8]} {who.story.chk[:16]} 0.1.0 1"
    return {"proto": 1, "writer": who.writer, "after": 0, "h": "", "for": told, "short": lines} | envelope


def send(who: Phone, body: dict[str, Any]) -> TestResponse:
    return who.client.post(f"{URL}/visits/{who.story.visit}/push", json=body, headers=factories.API)


def stored(story: Story) -> list[str]:
    with story.app.app_context():
        return [entry.body.decode() for entry in queries.whole_log(story.visit)]


def test_the_bytes_the_device_made_are_stored_and_hashed(story: Story) -> None:
    a = phone(story, story.a)
    first = minted(a, "item/muc-1", "yes")
    second = minted(a, "item/muc-1/note", 'nói "không"\n  có', random_id(), random_id())
    reply = send(a, short_push(a, [first, second]))
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert stored(story) == [each["body"] for each in a.outbox]
    assert [each["st"] for each in a.pull()] == ["acc", "acc"]
    assert a.outbox == []


def test_the_reply_says_no_more_than_the_phone_reads(story: Story) -> None:
    a = phone(story, story.a)
    told = send(a, short_push(a, [minted(a, "item/muc-1", "yes")])).get_json()
    assert sorted(told) == ["epoch", "news", "proto", "server_now", "taken"]
    assert sorted(told["news"]) == ["after", "entries", "h", "sig"]
    [entry] = a.pull()
    assert told["news"]["h"] == entry["h"][:16]
    assert told["taken"] == 1


def test_repeated_it_is_a_duplicate_like_the_same_push_whole(story: Story) -> None:
    a = phone(story, story.a)
    body = short_push(a, [minted(a, "item/muc-1", "yes")])
    send(a, body)
    [again] = send(a, body).get_json()["except"]
    assert again["r"] == "dup"
    assert [each["r"] for each in a.push()] == ["dup"]


def test_a_cursor_may_be_told_by_its_first_64_bits(story: Story) -> None:
    a = phone(story, story.a)
    send(a, short_push(a, [minted(a, "item/muc-1", "yes")]))
    [entry] = a.pull()
    at_the_end = {"ops": [], "writer": "", "proto": 1, "after": 1}
    assert send(a, at_the_end | {"h": entry["h"][:16]}).get_json()["news"]["entries"] == []
    other = "0" * 16 if entry["h"][:16] != "0" * 16 else "1" * 16
    for wrong in (other, ""):
        assert send(a, at_the_end | {"h": wrong}).get_json()["news"] == {"diverged": True}
    assert send(a, at_the_end | {"h": entry["h"][:15]}).status_code == 400


def test_in_another_persons_session_nothing_is_stored(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    body = short_push(a, [minted(a, "item/muc-1", "yes")])
    refused = send(b, body)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "OTHER_USER")
    assert stored(story) == []


UNFIT = {
    "another device": (1, "AAAAAAAA"),
    "a checklist this server does not know": (2, "0123456789abcdef"),
    "a number that is none": (4, "0"),
    "a short person": (0, "AAAA"),
}


@pytest.mark.parametrize("kind", sorted(UNFIT))
def test_what_does_not_fit_this_server_must_come_whole(story: Story, kind: str) -> None:
    a = phone(story, story.a)
    body = short_push(a, [minted(a, "item/muc-1", "yes")])
    at, word = UNFIT[kind]
    told = body["for"].split(" ")
    told[at] = word
    refused = send(a, body | {"for": " ".join(told)})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "BAD_ENVELOPE")
    assert stored(story) == []


@pytest.mark.parametrize("short", [None, "x", [1], ["too few parts"], ["2 5 w not-an-id 1 set item/muc-1  null"]])
def test_a_broken_short_form_is_refused_and_changes_nothing(story: Story, short: Any) -> None:
    a = phone(story, story.a)
    refused = send(a, short_push(a, []) | {"short": short})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "BAD_ENVELOPE")
    assert stored(story) == []


def test_what_no_phone_shortens_is_held_and_not_lost(story: Story) -> None:
    a = phone(story, story.a)
    line = f"2 5 {CLOCK['wall']} {random_id()} 7848 set item/muc-1  no-json"
    assert send(a, short_push(a, []) | {"short": [line]}).status_code == 200
    assert [(each["st"], each["why"]) for each in a.pull()] == [("held", "BAD_TEXT")]


def test_more_than_a_push_takes_is_told_as_ever(story: Story) -> None:
    a = phone(story, story.a)
    line = f"2 5 {CLOCK['wall']} {random_id()} 7848 set item/muc-1  null"
    refused = send(a, short_push(a, []) | {"short": [line] * 201})
    assert (refused.status_code, refused.get_json()["code"]) == (413, "TOO_BIG")


def test_only_what_a_page_could_show_says_how_it_may_be_shown(story: Story) -> None:
    client = phone(story, story.a).client
    ours = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    lean = client.get(f"{URL}/manifest", headers=ours).headers
    assert (lean["X-Content-Type-Options"], lean["Cache-Control"], lean["Vary"]) == ("nosniff", "no-store", "Cookie")
    assert "Content-Security-Policy" not in lean
    for other in ({}, ours | {"Sec-Fetch-Site": "cross-site"}, ours | {"Sec-Fetch-Dest": "document"}):
        told = client.get(f"{URL}/manifest", headers=other).headers
        assert told["Content-Security-Policy"] == "default-src 'none'"
        assert told["Cross-Origin-Resource-Policy"] == "same-origin"
