"""What a push does to the log: accepted or held, never lost, never doubled, never blocking what follows."""

import json
from typing import Any

import pytest

from app.sync import queries
from tests import factories
from tests.features.sync.phones import URL, Phone, Story, phone, random_id, remove


def why(results: list[dict[str, Any]]) -> list[str]:
    return [each["entry"]["why"] or each["entry"]["st"] for each in results]


def test_an_answer_reaches_the_log_and_every_phone(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    op = a.mint("item/muc-1", "yes")
    [result] = a.push()
    assert (result["r"], result["entry"]["n"], result["entry"]["st"]) == ("ok", 1, "acc")
    assert [each["op"] for each in b.pull()] == [op]
    assert json.loads(b.log[0]["body"])["val"] == "yes"
    assert b.log[0]["actor"] == story.a.id


def test_a_lost_reply_costs_nothing(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "no")
    a.push()  # the reply is lost: the phone knows nothing of it and sends all again
    assert [each["r"] for each in a.push()] == ["dup", "dup"]
    a.pull()
    assert (len(a.log), a.outbox) == (2, [])


def test_replaying_a_push_leaves_the_log_byte_identical(story: Story) -> None:
    a = phone(story, story.a)
    for n in range(1, 4):
        a.mint(f"item/muc-{n}", "yes")
    a.push()
    with story.app.app_context():
        before = queries.whole_log(story.visit)
    for _ in range(3):
        a.push()
    with story.app.app_context():
        assert queries.whole_log(story.visit) == before


def test_two_who_have_not_seen_each_other_contest_a_cell_and_the_lead_settles_it(story: Story) -> None:
    a, b, lead = phone(story, story.a), phone(story, story.b), phone(story, story.lead)
    one, other = a.mint("item/muc-1", "yes"), b.mint("item/muc-1", "no")
    a.push()
    b.push()
    with story.app.app_context():
        assert queries.log_head(story.visit).contested == 1
        assert list(queries.visit_log(story.visit).contested) == ["item/muc-1"]
    assert why(b.push([_resolve(b, one, other)])) == ["ROLE"]
    lead.mint("item/muc-1", {"value": "no", "reason": "Đã xem tại chỗ"}, one, other, kind="resolve")
    assert why(lead.push()) == ["acc"]
    with story.app.app_context():
        assert queries.log_head(story.visit).contested == 0
        assert [head.value for head in queries.cells_of(story.visit)["item/muc-1"]] == ["no"]


def _resolve(who: Phone, *parents: str) -> dict[str, Any]:
    who.mint("item/muc-1", {"value": "no", "reason": "r"}, *parents, kind="resolve")
    return who.outbox.pop()


POISON = {
    "a raw lone surrogate": ("\ud800", "BAD_TEXT"),
    "NUL": ("\0", "BAD_TEXT"),
    "no JSON": ("xin chào", "BAD_TEXT"),
    "a list": ("[]", "BAD_VALUE"),
    "17 KiB": ('{"pad": "' + "x" * 17_000 + '"}', "BAD_VALUE"),
}


@pytest.mark.parametrize("poison", POISON)
def test_poison_is_kept_and_held_and_blocks_nothing(story: Story, poison: str) -> None:
    raw, reason = POISON[poison]
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    bad = a.mint("", None, raw=raw)
    a.mint("item/muc-2", "yes")
    assert why(a.push()) == ["acc", reason, "acc"]
    assert [each["r"] for each in a.push()] == ["dup"] * 3
    with story.app.app_context():
        stored = queries.log_of_ops(story.visit, [bad])[bad]
        assert stored.body == raw.encode("utf-8", "surrogatepass")
        assert [entry.op for entry in queries.visit_log(story.visit).held] == [bad]
    assert len(lead.pull()) == 3
    lead.mint(f"held/{bad}", {"reason": "Đã hỏi người ghi, đã ghi lại"}, kind="dismiss")
    assert why(lead.push()) == ["acc"]
    with story.app.app_context():
        assert (queries.log_head(story.visit).held, queries.visit_log(story.visit).held) == (0, ())


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
def test_escaped_poison_inside_a_value_is_held(story: Story, text: str) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1/note", "@")
    a.outbox[0]["body"] = a.outbox[0]["body"].replace("@", text)
    assert why(a.push()) == ["BAD_TEXT"]


def test_what_does_not_fit_is_held_with_its_reason(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/khong-co", "yes")
    a.mint("item/muc-1", "maybe")
    a.mint("item/muc-1", "yes", kind="merge")
    a.mint("item/muc-1", "yes", user=story.b.id)
    a.mint("item/muc-1", "yes", chk="0" * 64)
    a.mint("item/muc-1", "yes", visit=random_id())
    a.mint("item/muc-1", "yes", op=random_id())
    reasons = [
        "UNKNOWN_ITEM",
        "BAD_VALUE",
        "UNKNOWN_KIND",
        "ACTOR_MISMATCH",
        "CHECKLIST_MISMATCH",
        "BAD_VALUE",
        "BAD_VALUE",
    ]
    assert why(a.push()) == reasons
    with story.app.app_context():
        assert queries.cells_of(story.visit) == {}
        assert queries.log_head(story.visit).held == 7


def test_one_id_with_other_bytes_is_kept_aside(story: Story) -> None:
    a = phone(story, story.a)
    op = a.mint("item/muc-1", "yes")
    a.push()
    a.ws += 1
    again = {"op": op, "ws": a.ws, "body": a.outbox[0]["body"].replace('"yes"', '"no"')}
    assert [each["r"] for each in a.push([again])] == ["idreuse"]
    a.outbox.clear()
    a.mint("item/muc-2", "yes")
    assert [each["r"] for each in a.push()] == ["ok"]
    with story.app.app_context():
        from app.extensions import db
        from app.sync.models import ReusedOperation

        assert [bytes(each.body).decode() for each in db.session.query(ReusedOperation)] == [again["body"]]
        assert [head.value for head in queries.cells_of(story.visit)["item/muc-1"]] == ["yes"]


def test_a_twin_is_noticed_and_its_ops_survive_under_a_new_writer(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    twin = Phone(story, story.a, a.client, writer=a.writer, ws=a.ws, outbox=list(a.outbox))
    a.mint("item/muc-2", "yes")
    a.push()
    mine = twin.mint("item/muc-3", "no")
    assert [each["r"] for each in twin.push()] == ["dup", "forked"]
    twin.writer = random_id()
    twin.outbox = [each | {"ws": ws} for ws, each in enumerate(twin.outbox, 1)]
    assert [each["r"] for each in twin.push()] == ["dup", "ok"]
    with story.app.app_context():
        assert mine in {head.op for heads in queries.cells_of(story.visit).values() for head in heads}


def test_a_gap_stops_the_push_and_says_what_is_missing(story: Story) -> None:
    a = phone(story, story.a)
    for n in range(1, 5):
        a.mint(f"item/muc-{n}", "yes")
    results = a.push([a.outbox[0], a.outbox[2], a.outbox[3]])
    assert [(each["r"], each.get("expect")) for each in results] == [("ok", None), ("gap", 2)]
    assert [each["r"] for each in a.push(a.outbox[1:])] == ["ok"] * 3


def test_a_writer_belongs_to_one_person(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.push()
    b.writer, b.ws = a.writer, 1
    b.mint("item/muc-2", "yes")
    assert [each["r"] for each in b.push()] == ["forked"]


def test_a_removed_member_is_held_and_can_prove_delivery(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    remove(story, story.a)
    late = a.mint("item/muc-2", "no")
    assert why(a.push([a.outbox[1]])) == ["NOT_MEMBER"]
    view = a.client.get(f"{URL}/visits/{story.visit}/log").get_json()
    assert (view["not_member"], [each["op"] for each in view["own"]]) == (True, [first, late])
    adopted = {"of": late, "author": story.a.id, "value": "no", "reason": "Đúng thực tế"}
    lead.mint("item/muc-2", adopted, kind="adopt")
    assert why(lead.push()) == ["acc"]
    with story.app.app_context():
        [head] = queries.cells_of(story.visit)["item/muc-2"]
        assert (head.value, head.actor, head.adopted_by) == ("no", story.a.id, story.lead.id)
        assert queries.log_head(story.visit).held == 0


def test_a_former_member_is_told_when_his_cursor_stands_in_another_log(story: Story) -> None:
    a = phone(story, story.a)
    for item in ("item/muc-1", "item/muc-2"):
        a.mint(item, "yes")
    a.push()
    a.pull()
    n, h = len(a.log), a.log[-1]["h"]
    remove(story, story.a)
    nothing = "0" * 64
    for after, told, elsewhere in [
        (n, h, False), (n, h[:16], False), (n, nothing, False), (n, "", False), (0, "", False),
        (n, "f" * 64, True), (n, "f" * 16, True), (n + 1, h, True), (n - 1, h, True),
    ]:  # fmt: skip
        view = a.client.get(f"{URL}/visits/{story.visit}/log", query_string={"after": after, "h": told}).get_json()
        assert (view["not_member"], view.get("diverged", False)) == (True, elsewhere), (after, told)
        news = a.send([], after=after, h=told).get_json()["news"]
        assert (news["not_member"], news.get("diverged", False)) == (True, elsewhere), (after, told)


def test_a_held_op_is_closed_once_with_a_reason(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    held = a.mint("item/muc-1", "maybe")
    a.push()
    for _ in range(2):
        lead.mint(f"held/{held}", {"reason": "Nhập nhầm"}, kind="dismiss")
        lead.push()
    with story.app.app_context():
        assert queries.log_head(story.visit).held == 0
        assert queries.visit_log(story.visit).held == ()


def test_a_held_body_is_for_its_author_and_the_lead_only(story: Story) -> None:
    a, b, lead = phone(story, story.a), phone(story, story.b), phone(story, story.lead)
    a.mint("item/muc-1", "maybe")
    a.push()
    assert [each["body"] is None for who in (a, lead, b) for each in who.pull()] == [False, False, True]


def test_strangers_and_missing_visits_look_alike(story: Story) -> None:
    stranger = phone(story, story.stranger)
    stranger.mint("item/muc-1", "yes")
    here = stranger.send()
    story.visit = random_id()
    nowhere = stranger.send()
    assert here.status_code == nowhere.status_code == 404
    assert here.get_json()["code"] == nowhere.get_json()["code"] == "NO_SUCH_VISIT"


def test_two_ops_that_name_each_other_do_not_make_an_answer_disappear(story: Story) -> None:
    a = phone(story, story.a)
    second = random_id()[:21] + "A"
    first = a.mint("item/muc-1", "yes", second)
    a.push()
    a.ws += 1
    body = json.loads(a.outbox[0]["body"]) | {"op": second, "val": "no", "par": [first]}
    a.push([{"op": second, "ws": a.ws, "body": json.dumps(body)}])
    with story.app.app_context():
        assert [head.op for head in queries.cells_of(story.visit)["item/muc-1"]] == [first]


def test_sixty_four_heads_are_the_most_a_cell_has(story: Story) -> None:
    a = phone(story, story.a)
    for _ in range(65):
        a.mint("item/muc-1", "yes")
    assert why(a.push()) == ["acc"] * 64 + ["TOO_MANY_HEADS"]


ENVELOPES: dict[str, Any] = {
    "no JSON": b"{",
    "a list": b"[]",
    "nested without end": b"[" * 100_000,
    "no writer": {"proto": 1, "ops": []},
    "a writer that is no id": {"proto": 1, "writer": "x", "ops": []},
    "an op without ws": {"proto": 1, "writer": "A" * 22, "ops": [{"op": "A" * 22, "body": ""}]},
    "an op without id": {"proto": 1, "writer": "A" * 22, "ops": [{"op": "x", "ws": 1, "body": ""}]},
}


@pytest.mark.parametrize("kind", ENVELOPES)
def test_a_malformed_envelope_is_refused_and_stores_nothing(story: Story, kind: str) -> None:
    a, envelope = phone(story, story.a), ENVELOPES[kind]
    raw = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    reply = a.client.post(f"{URL}/visits/{story.visit}/push", data=raw, headers=factories.API)
    assert (reply.status_code, reply.get_json()["code"]) == (400, "BAD_ENVELOPE")
    assert {"proto", "epoch", "server_now", "message"} <= reply.get_json().keys()
    with story.app.app_context():
        assert queries.log_head(story.visit).n == 0


def test_too_much_at_once_is_told_how_much_would_fit(story: Story) -> None:
    a = phone(story, story.a)
    for _ in range(201):
        a.mint("item/muc-1/note", "x")
    reply = a.send()
    assert (reply.status_code, reply.get_json()["details"]) == (413, {"max_ops": 200})
    a.outbox = a.outbox[:2]
    a.outbox[1]["body"] = "x" * 600_000
    reply = a.send()
    assert (reply.status_code, reply.get_json()["details"]) == (413, {"max": 524_288})


def test_nobody_sends_another_persons_ops(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    reply = a.send(user=story.b.id)
    assert (reply.status_code, reply.get_json()["code"]) == (401, "OTHER_USER")
    assert a.send(user=story.a.id).status_code == 200


def test_sync_needs_a_session_and_our_own_page(story: Story) -> None:
    nobody = story.app.test_client()
    body: dict[str, Any] = {"proto": 1, "writer": "A" * 22, "ops": []}
    url = f"{URL}/visits/{story.visit}/push"
    reply = nobody.post(url, json=body, headers=factories.API)
    assert (reply.status_code, reply.get_json()["code"]) == (401, "LOGIN")
    a = phone(story, story.a)
    foreign = {"X-VSP": "1", "Sec-Fetch-Site": "cross-site"}
    for headers in ({}, {"X-VSP": "1"}, {"Sec-Fetch-Site": "same-origin"}, foreign):
        reply = a.client.post(url, json=body, headers=headers)
        assert (reply.status_code, reply.get_json()["code"]) == (403, "CSRF")
