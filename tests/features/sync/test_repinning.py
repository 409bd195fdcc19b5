"""Moving a visit to a corrected checklist: nothing written is lost, whenever it arrives (docs/sync.md 4)."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.campaigns import queries as campaigns
from app.checklists.models import ChecklistVersion
from app.domain import checklist
from app.exports import packages, verification
from app.extensions import db, new_id, now
from app.sync import queries
from app.sync.actions.returning import take_back
from tests import factories
from tests.beginnings import Copy
from tests.features.sync.phones import AT, CHECKLIST, URL, Phone, Story, phone
from tests.features.sync.test_push import why
from tests.features.sync.test_restoring import as_proven, rebuilt

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_visit.py"
MAP = {"muc-1": "muc-1", "muc-2": "muc-2b", "muc-5": "muc-5"}


def publish(story: Story, slug: str = "vi-du", version: int = 2, title: str = "Ví dụ") -> str:
    """A corrected version: muc-2 has a better key, muc-3 is gone, muc-4 asks for something else."""
    document: dict[str, Any] = copy.deepcopy(CHECKLIST) | {"slug": slug, "version": version, "title": {"vi": title}}
    items = document["sections"][0]["items"]
    items[1]["key"] = "muc-2b"
    items[3] = {"key": "muc-4", "text": {"vi": "Mục 4"}, "answer": {"type": "text"}}
    del items[2]
    body = checklist.canonical(checklist.parse(document))
    facts: dict[str, Any] = {"slug": slug, "version": version, "title": "Ví dụ", "body": body}
    with factories.writing(story.app):
        row = ChecklistVersion(
            id=new_id(), chk=checklist.chk(body), published_at=AT, published_by=story.lead.id, **facts
        )
        db.session.add(row)
    return checklist.chk(body)


def repin(lead: Phone, chk: str, **changes: Any) -> str:
    """The lead moves the visit; what this phone writes from here on is made with the new version."""
    value = {"from": lead.story.chk, "chk": chk, "map": MAP, "reason": "Mục 4 hỏi sai căn cứ"} | changes
    return lead.mint("visit/checklist", value, kind="repin")


def values(story: Story) -> dict[str, list[object]]:
    with story.app.app_context():
        cells = queries.cells_of(story.visit)
        return {path: [head.value for head in heads] for path, heads in cells.items() if path != "visit/checklist"}


def test_answers_move_with_their_items_and_what_is_asked_anew_stays_readable(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = [a.mint(f"item/muc-{n}", "yes") for n in (1, 2, 3, 4)]
    a.push()
    chk = publish(story)
    manifest = lead.client.get(f"{URL}/manifest").get_json()
    assert [(each["chk"], each["newer"]) for each in manifest["visits"]] == [(story.chk, chk)]
    repin(lead, chk)
    lead.mint("item/muc-2b", "no", first[1], chk=chk)
    lead.mint("item/muc-4", "Sổ theo dõi", chk=chk)
    assert why(lead.push()) == ["acc"] * 3
    assert values(story) == {
        "item/muc-1": ["yes"],
        "item/muc-2b": ["no"],
        "item/muc-4": ["Sổ theo dõi"],
        f"retired/{chk}/item/muc-3": ["yes"],
        f"retired/{chk}/item/muc-4": ["yes"],
    }
    rebuilt(story)
    manifest = a.client.get(f"{URL}/manifest").get_json()
    assert [(each["chk"], each["newer"]) for each in manifest["visits"]] == [(chk, None)]
    for each in (story.chk, chk):
        assert a.client.get(f"{URL}/checklists/{each}").status_code == 200
    other = publish(story, slug="khac")
    assert a.client.get(f"{URL}/checklists/{other}").status_code == 404
    with story.app.app_context():
        history = queries.history_of(story.visit, "item/muc-2b")
        assert [(each.value, each.path) for each in history] == [("yes", "item/muc-2b"), ("no", "item/muc-2b")]


def test_what_an_old_phone_writes_afterwards_is_carried_or_held(story: Story) -> None:
    a, b, lead = phone(story, story.a), phone(story, story.b), phone(story, story.lead)
    first = a.mint("item/muc-2", "yes")
    a.push()
    chk = publish(story)
    repin(lead, chk)
    lead.mint("item/muc-2b", "yes", chk=chk)
    lead.push()
    b.mint("item/muc-2", "no", first)
    b.mint("item/muc-3", "no")
    b.mint("item/muc-4", "no")
    assert why(b.push()) == ["acc", "UNKNOWN_ITEM", "UNKNOWN_ITEM"]
    assert {path: {*standing} for path, standing in values(story).items()} == {"item/muc-2b": {"yes", "no"}}
    with story.app.app_context():
        assert queries.log_head(story.visit).contested == 1
    rebuilt(story)


def test_what_was_contested_and_is_put_aside_is_contested_no_more(story: Story) -> None:
    a, b, lead = phone(story, story.a), phone(story, story.b), phone(story, story.lead)
    for each, value in ((a, "yes"), (b, "no")):
        each.mint("item/muc-3", value)
        each.push()
    with story.app.app_context():
        assert queries.log_head(story.visit).contested == 1
    repin(lead, publish(story))
    assert why(lead.push()) == ["acc"]
    with story.app.app_context():
        assert queries.log_head(story.visit).contested == 0
    rebuilt(story)


def test_a_held_answer_is_adopted_where_its_item_went(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    held = a.mint("item/muc-2", "yes", user=story.b.id)
    assert why(a.push()) == ["ACTOR_MISMATCH"]
    chk = publish(story)
    repin(lead, chk)
    adoption = {"of": held, "author": story.a.id, "value": "yes", "reason": "Đúng là của cán bộ A"}
    lead.mint("item/muc-2b", adoption, kind="adopt", chk=chk)
    assert why(lead.push()) == ["acc", "acc"]
    assert values(story) == {"item/muc-2b": ["yes"]}
    with story.app.app_context():
        assert queries.log_head(story.visit).held == 0


def test_only_the_lead_moves_it_from_the_version_in_force_to_another_of_the_same_checklist(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    chk, other = publish(story), publish(story, slug="khac")
    repin(a, chk)
    assert why(a.push()) == ["ROLE"]
    repin(lead, other)
    repin(lead, "0" * 64)
    repin(lead, chk, map={"muc-4": "muc-4"})
    repin(lead, chk)
    repin(lead, chk)
    reasons = ["CHECKLIST_MISMATCH", "CHECKLIST_MISMATCH", "BAD_VALUE", "acc", "CHECKLIST_MISMATCH"]
    assert why(lead.push()) == reasons
    back = {"from": chk, "chk": story.chk, "map": {}, "reason": "Quay lại"}
    lead.mint("visit/checklist", back, kind="repin", chk=chk)
    assert why(lead.push()[-1:]) == ["CHECKLIST_MISMATCH"], "back to a version the visit had"


def test_it_is_closed_signed_exported_and_verified_as_it_stands(story: Story, tmp_path: Path) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-2", "yes")
    a.mint("item/muc-3", "no")
    a.push()
    chk = publish(story)
    repin(lead, chk)
    lead.push()
    lead.pull()
    story.chk = chk
    close = lead.close()
    lead.sign("unit", close)
    lead.sign("lead", close)
    assert why(lead.push()) == ["acc"] * 3
    with story.app.app_context():
        visit = campaigns.planned_visit(story.visit)
        assert queries.visit_log(story.visit).confirmed
        with (tmp_path / "visit.zip").open("wb") as out:
            packages.write(visit, out, sees_held=None, originals=True, by="Cán bộ A", at=now())
    assert verification.verify(tmp_path / "visit.zip").faults == []
    told = subprocess.run([sys.executable, SCRIPT, tmp_path / "visit.zip"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout


def test_a_restored_server_is_moved_again_by_what_comes_back(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-2", "yes")
    a.push()
    before = Copy.of(story.app)
    chk = publish(story)
    repin(lead, chk)
    lead.mint("item/muc-2b", "no", chk=chk)
    lead.push()
    with story.app.app_context():
        forgotten = queries.whole_log(story.visit)[1:]
        version = db.session.execute(select(ChecklistVersion).where(ChecklistVersion.chk == chk)).scalar_one()
        facts = {name: getattr(version, name) for name in ("id", "slug", "version", "title", "chk", "body")}
    before.put_back(story.app)
    with factories.writing(story.app):
        db.session.add(ChecklistVersion(published_at=AT, published_by=story.lead.id, **facts))
    with story.app.app_context():
        take_back(story.visit, [as_proven(each) for each in forgotten])
        db.session.commit()
        assert campaigns.planned_visit(story.visit).checklist_version_id == facts["id"]
    assert sorted(map(str, values(story)["item/muc-2b"])) == ["no", "yes"]
    rebuilt(story)


def test_a_closing_and_a_repin_that_do_not_know_of_each_other_never_mix(story: Story) -> None:
    """What is signed is judged by the checklist it was frozen under: the later of the two is held."""
    lead, other = phone(story, story.lead), phone(story, story.lead)
    lead.mint("item/muc-2", "yes")
    lead.push()
    lead.pull()
    chk = publish(story)
    close = lead.close()
    repin(other, chk)
    assert why(other.push()) == ["acc"]
    lead.sign("unit", close)
    assert why(lead.push()[-2:]) == ["DIGEST_MISMATCH", "DIGEST_MISMATCH"]
    lead.pull()
    story.chk = chk
    lead.close()
    assert why(lead.push()[-1:]) == ["acc"]
    newest = publish(story, version=3)
    repin(other, newest, map={"muc-1": "muc-1"})
    assert why(other.push()[-1:]) == ["CHECKLIST_MISMATCH"], "it is closed: reopened first"
