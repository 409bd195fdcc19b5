"""What comes back to a restored server though something about it was lost, damaged or has changed meanwhile."""

from pathlib import Path

import pytest

from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.sync import archives
from tests.beginnings import Copy
from tests.features.sync.phones import Phone, Story, phone
from tests.features.sync.test_push import why
from tests.features.sync.test_refill import offer, piece
from tests.features.sync.test_repinning import publish, repin, values
from tests.features.sync.test_restoring import congvu, ops, rebuilt


def moved_after_the_backup(story: Story) -> tuple[Phone, Copy, str, dict[str, str]]:
    """A backup, then a corrected checklist, the move to it, and work under it."""
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-2", "yes")
    a.push()
    before = Copy.of(story.app)
    chk = publish(story)
    made = {"repin": repin(lead, chk)}
    made["carried"] = lead.mint("item/muc-2b", "no", chk=chk)
    made["new"] = lead.mint("item/muc-4", "Sổ theo dõi", chk=chk)
    assert why(lead.push()) == ["acc"] * 3
    lead.outbox.clear()
    lead.pull()
    return lead, before, chk, made


def version_in_force(story: Story) -> str:
    with story.app.app_context():
        return checklists.chk_of(campaigns.planned_visit(story.visit).checklist_version_id)


def test_an_archive_gives_back_the_checklist_too_that_a_visit_was_moved_to(story: Story, tmp_path: Path) -> None:
    _, before, chk, _ = moved_after_the_backup(story)
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    before.put_back(story.app)
    said = congvu(story, "restored", "--reason", "Ổ đĩa hỏng", "--archive", str(tmp_path))
    assert (said.exit_code, "thêm lại 3 mục" in said.output) == (0, True), said.output
    assert version_in_force(story) == chk
    assert values(story)["item/muc-4"] == ["Sổ theo dõi"]
    assert sorted(map(str, values(story)["item/muc-2b"])) == ["no", "yes"]
    rebuilt(story)


@pytest.mark.parametrize("lost", ["gone", "rotten", "number taken"])
def test_a_move_to_a_checklist_nobody_has_is_named_and_keeps_nothing_else_back(
    story: Story, tmp_path: Path, lost: str
) -> None:
    lead, before, chk, made = moved_after_the_backup(story)
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    kept = archives.checklist_path(tmp_path, chk)
    if lost == "gone":
        kept.unlink()
    if lost == "rotten":
        kept.write_bytes(b"{}")
    before.put_back(story.app)
    if lost == "number taken":
        publish(story, title="Bản khác")
    said = congvu(story, "restored", "--reason", "Ổ đĩa hỏng", "--archive", str(tmp_path))
    assert (said.exit_code, "thêm lại 2 mục" in said.output) == (1, True), said.output
    assert f"lần chuyển sang phiếu {chk[:12]}…" in said.output
    assert version_in_force(story) == story.chk
    assert made["repin"] not in ops(story)
    rebuilt(story)

    told = offer(lead, piece(lead))
    assert told == {"taken": 0, "known": 3, "refused": 1}, "a phone's request is answered too"
    if lost != "number taken":
        publish(story)
        assert offer(lead, piece(lead)) == {"taken": 1, "known": 3, "refused": 0}
        assert version_in_force(story) == chk
        assert values(story)["item/muc-4"] == ["Sổ theo dõi"]
        assert sorted(map(str, values(story)["item/muc-2b"])) == ["no", "yes"]
        rebuilt(story)


def test_a_returned_move_from_a_checklist_that_was_left_meanwhile_is_refused(story: Story) -> None:
    """Two moves from one checklist: the one that stands stays, or everything written since would be of a wrong one."""
    lead, before, _, made = moved_after_the_backup(story)
    before.put_back(story.app)
    publish(story)
    newest = publish(story, version=3, title="Bản 3")
    other = phone(story, story.lead)
    repin(other, newest)
    assert why(other.push()) == ["acc"]
    assert offer(lead, piece(lead)) == {"taken": 2, "known": 1, "refused": 1}
    assert version_in_force(story) == newest
    assert made["repin"] not in ops(story)
    other.mint("item/muc-1", "yes", chk=newest)
    assert why(other.push()[-1:]) == ["acc"]
    rebuilt(story)
