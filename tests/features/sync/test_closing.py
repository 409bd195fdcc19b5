"""Closing and signing: what both parties signed never changes, whatever arrives in whatever order (decision 1, I12)."""

import json

import pytest

from app.campaigns import queries as campaigns
from app.domain import visits
from app.domain.teamwork import comments
from app.sync import queries
from tests.features.sync.phones import Phone, Story, phone
from tests.features.sync.test_push import why


def state_of(story: Story) -> str:
    with story.app.app_context():
        return campaigns.planned_visit(story.visit).state


def values(story: Story, path: str) -> list[object]:
    with story.app.app_context():
        return [head.value for head in queries.cells_of(story.visit).get(path, ())]


def sign_both(lead: Phone, close: str) -> None:
    lead.sign("unit", close)
    lead.sign("lead", close)


def test_a_visit_opens_closes_and_is_signed_on_one_phone_offline(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    assert state_of(story) == "planned"
    a.mint("item/muc-1", "yes")
    a.push()
    assert state_of(story) == "open"
    lead.pull()
    lead.mint("item/muc-2", "no")  # the lead's own, never sent before the closing
    sign_both(lead, lead.close())
    assert why(lead.push()) == ["acc"] * 4
    with story.app.app_context():
        visit = campaigns.planned_visit(story.visit)
        last = queries.whole_log(story.visit)[-1]
        assert (visit.state, visit.signed_n, visit.signed_hash) == ("signed", 5, last.hash.hex())
        assert visit.signed_at is not None


def test_an_inspection_is_not_closed_by_one_party_alone(story: Story) -> None:
    lead = phone(story, story.lead)
    lead.mint("item/muc-1", "yes")
    lead.sign("lead", lead.close(alone=True))
    assert why(lead.push()) == ["acc", "BAD_VALUE", "DIGEST_MISMATCH"]
    assert state_of(story) == "open"


def test_a_comment_that_comes_after_signing_is_told_and_changes_nothing(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    sign_both(lead, lead.close())
    lead.push()
    path = "comment/0123abcd-0000-4000-8000-000000000001"
    said = a.mint(path, {"of": "item/muc-1", "text": "Đã xem lại"}, kind="comment")
    a.mint(path, None, said, kind="clear")
    assert why(a.push()[1:]) == ["acc", "LATE_AFTER_SIGN"]
    with story.app.app_context():
        log = queries.visit_log(story.visit)
        assert (log.state.state, log.state.late, log.confirmed) == ("signed", (), True)
        assert [each.head.op for each in comments(log.entries)] == [said]


def test_what_arrives_after_signing_is_held_and_changes_nothing(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    sign_both(lead, lead.close())
    lead.push()
    a.mint("item/muc-1", "no", first)
    assert why(a.push()[1:]) == ["LATE_AFTER_SIGN"]
    assert (state_of(story), values(story, "item/muc-1")) == ("signed", ["yes"])
    with story.app.app_context():
        assert queries.log_head(story.visit).held == 1


def test_an_op_that_reached_the_server_before_the_signatures_is_late_too(story: Story) -> None:
    """The other order of the race: signed offline, but another phone's answer was quicker to the server."""
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    sign_both(lead, lead.close())
    late = a.mint("item/muc-1", "no", first)
    assert why(a.push()[1:]) == ["acc"]
    assert values(story, "item/muc-1") == ["no"]
    assert why(lead.push()) == ["acc"] * 3
    assert (state_of(story), values(story, "item/muc-1")) == ("signed", ["yes"])
    with story.app.app_context():
        assert queries.visit_log(story.visit).state.late == (late,)


def test_only_late_answers_let_the_lead_reopen_what_was_signed(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    close = lead.close()
    sign_both(lead, close)
    lead.push()
    lead.mint("visit/closing", {"reason": "Sót một bàn"}, close, kind="reopen")
    assert why(lead.push()[-1:]) == ["LATE_AFTER_SIGN"]
    assert state_of(story) == "signed"
    assert values(story, "item/muc-1") == ["yes"]
    assert first


def test_after_late_answers_the_lead_reopens_and_signs_again(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    close = lead.close()
    sign_both(lead, close)
    a.mint("item/muc-1", "no", first)
    a.push()
    lead.push()
    reopen = lead.mint("visit/closing", {"reason": "Thành viên A sửa trước khi ký"}, close, kind="reopen")
    assert why(lead.push()[-1:]) == ["acc"]
    assert (state_of(story), values(story, "item/muc-1")) == ("open", ["no"])
    lead.pull()
    sign_both(lead, lead.close(reopen))
    assert why(lead.push()) == ["acc"] * 3
    assert (state_of(story), values(story, "item/muc-1")) == ("signed", ["no"])


def test_the_lead_amends_what_was_signed_and_the_signed_set_stays(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    close = lead.close()
    sign_both(lead, close)
    lead.push()
    late = a.mint("item/muc-1", "no", first)
    assert why(a.push()[1:]) == ["LATE_AFTER_SIGN"]
    amend = lead.mint("visit/closing", {"reason": "Nhận câu trả lời đến muộn"}, close, kind="amend")
    adoption = {"of": late, "author": story.a.id, "value": "no", "reason": "Ghi trước khi ký, đến sau"}
    lead.mint("item/muc-1", adoption, first, kind="adopt")
    assert why(lead.push()[-2:]) == ["acc", "acc"]
    assert (state_of(story), values(story, "item/muc-1")) == ("open", ["no"])
    lead.pull()
    again = lead.close(amend)
    sign_both(lead, again)
    assert why(lead.push()) == ["acc"] * 3
    with story.app.app_context():
        log = queries.visit_log(story.visit)
        sets = log.state.signed_sets
        assert [each.closing.op for each in sets] == [close, again]
        answers = [visits.frozen_cells(log.entries, each) for each in sets]
        assert [cells["item/muc-1"][0].value for cells in answers] == ["yes", "no"]
        assert (log.state.state, log.confirmed) == ("signed", True)
        assert campaigns.planned_visit(story.visit).signed_n == sets[1].n


def test_what_is_amended_and_signed_anew_offline_and_comes_in_one_push_is_what_the_visit_shows(story: Story) -> None:
    lead = phone(story, story.lead)
    lead.mint("item/muc-1", "yes")
    lead.push()
    lead.pull()
    close = lead.close()
    sign_both(lead, close)
    lead.push()
    lead.pull()
    with story.app.app_context():
        before = campaigns.planned_visit(story.visit)
    sign_both(lead, lead.close(lead.mint("visit/closing", {"reason": "Sót chữ ký"}, close, kind="amend")))
    assert why(lead.push()) == ["acc"] * 4
    with story.app.app_context():
        last, visit = queries.whole_log(story.visit)[-1], campaigns.planned_visit(story.visit)
    assert (visit.state, visit.signed_n, visit.signed_hash) == ("signed", last.n, last.hash.hex())
    assert visit.signed_n != before.signed_n


@pytest.mark.parametrize("change", ["digest", "h", "own", "n", "upto"])
def test_a_close_that_is_not_what_the_log_says_is_held_and_so_are_its_signatures(story: Story, change: str) -> None:
    lead = phone(story, story.lead)
    lead.mint("item/muc-1", "yes")
    lead.push()
    lead.pull()
    wrong = {"digest": "0" * 64, "h": "0" * 64, "own": ["A" * 22], "n": 7, "upto": {"x": 1}}
    with_close = lead.close()
    told = json.loads(lead.outbox[-1]["body"])
    told["val"][change] = wrong[change]
    lead.outbox[-1]["body"] = json.dumps(told)
    sign_both(lead, with_close)
    assert why(lead.push()) == ["DIGEST_MISMATCH"] * 3
    assert state_of(story) == "open"


def test_a_contested_answer_cannot_be_frozen(story: Story) -> None:
    a, b, lead = phone(story, story.a), phone(story, story.b), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    b.mint("item/muc-1", "no")
    a.push()
    b.push()
    lead.pull()
    sign_both(lead, lead.close())
    assert why(lead.push()) == ["CONTESTED", "DIGEST_MISMATCH", "DIGEST_MISMATCH"]
    assert state_of(story) == "open"


def test_a_member_can_neither_close_nor_sign(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    sign_both(a, a.close())
    assert why(a.push()) == ["acc", "ROLE", "ROLE", "ROLE"]
    assert state_of(story) == "open"


def test_an_answer_later_in_the_very_push_that_signs_is_late(story: Story) -> None:
    lead = phone(story, story.lead)
    lead.mint("item/muc-1", "yes")
    sign_both(lead, lead.close())
    lead.mint("item/muc-2", "yes")
    assert why(lead.push()) == ["acc"] * 4 + ["LATE_AFTER_SIGN"]
    assert state_of(story) == "signed"
