"""Reading: the log page by page, the manifest, the checklist's bytes; and what a reply always says."""

import base64
import hashlib

from tests import factories
from tests.features.sync.phones import CHECKLIST, URL, Story, phone, remove


def test_the_log_comes_in_pages_and_the_chain_holds(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    for n in range(1, 6):
        a.mint(f"item/muc-{n}", "yes")
    a.push()
    page = b.client.get(f"{URL}/visits/{story.visit}/log?limit=2").get_json()
    assert (len(page["news"]["entries"]), page["news"]["more"], page["head"]["n"]) == (2, True, 5)
    assert [each["n"] for each in b.read(page["news"], [])] == [1, 2]  # signed though no push ended there
    assert len(b.pull()) == 5
    nothing = b.client.get(f"{URL}/visits/{story.visit}/log?after=5&h={b.log[-1]['h']}").get_json()["news"]
    assert nothing == {"after": 5, "entries": [], "more": False}


def test_another_history_is_told_with_the_head(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    a.pull()
    for cursor in (f"after=1&h={'0' * 64}", f"after=9&h={a.log[0]['h']}", "after=1"):
        reply = a.client.get(f"{URL}/visits/{story.visit}/log?{cursor}")
        assert (reply.status_code, reply.get_json()["code"]) == (409, "HISTORY_DIVERGED")
        assert reply.get_json()["details"]["head"] == {"n": 1, "h": a.log[0]["h"]}


def test_the_manifest_lists_my_visits_and_is_short_when_nothing_changed(story: Story) -> None:
    a = phone(story, story.a)
    told = a.client.get(f"{URL}/manifest").get_json()
    [visit] = told["visits"]
    assert (visit["id"], visit["role"], visit["state"], visit["chk"]) == (story.visit, "member", "planned", story.chk)
    assert [each["name"] for each in visit["members"] if each["lead"]] == [story.lead.name]
    assert told["heads"] == {story.visit: [0, "0" * 16]}
    again = a.client.get(f"{URL}/manifest?known={told['digest']}.{told['heads_digest']}").get_json()
    assert again["unchanged"] is True
    assert "visits" not in again
    a.mint("item/muc-1", "yes")
    a.push()
    opened = a.client.get(f"{URL}/manifest?known={told['digest']}.{told['heads_digest']}").get_json()
    assert opened["visits"][0]["state"] == "open"
    a.mint("item/muc-2", "yes")
    a.push()
    grown = a.client.get(f"{URL}/manifest?known={opened['digest']}.{opened['heads_digest']}").get_json()
    assert (grown["digest"], "visits" in grown) == (opened["digest"], False)
    assert grown["heads"] == {story.visit: [2, a.head()["h"][:16]]}
    remove(story, story.a)
    told = a.client.get(f"{URL}/manifest").get_json()
    assert (told["visits"], told["gone"]) == ([], [story.visit])
    assert phone(story, story.stranger).client.get(f"{URL}/manifest").get_json()["visits"] == []


def test_the_checklist_comes_as_the_bytes_its_hash_names(story: Story) -> None:
    a = phone(story, story.a)
    reply = a.client.get(f"{URL}/checklists/{story.chk}")
    assert hashlib.sha256(reply.data).hexdigest() == story.chk
    assert "immutable" in reply.headers["Cache-Control"]
    assert reply.get_json()["slug"] == CHECKLIST["slug"]
    stranger = phone(story, story.stranger)
    assert a.client.get(f"{URL}/checklists/{'0' * 64}").status_code == 404
    assert stranger.client.get(f"{URL}/checklists/{story.chk}").status_code == 404


def test_hello_needs_no_session_and_one_epoch_answers_for_ever(story: Story) -> None:
    nobody = story.app.test_client()
    first, second = (nobody.get(f"{URL}/hello").get_json() for _ in range(2))
    assert first["epoch"] == second["epoch"]
    assert len(first["epoch"]) == 22
    assert nobody.get(f"{URL}/manifest").get_json()["epoch"] == first["epoch"]  # a 401 says it too
    assert len(first["public_key"]) == 43


def test_the_signing_key_is_private_and_outside_the_database(story: Story) -> None:
    story.app.test_client().get(f"{URL}/hello")
    key = story.app.config["SETTINGS"].data_dir / "keys" / "log-signing.pem"
    assert key.stat().st_mode & 0o777 == 0o600


def test_what_a_device_still_owes_is_noted(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    assert a.send(pending={"ops": 37, "blobs": 12}).status_code == 200
    with story.app.app_context():
        from app.accounts.queries.sessions import devices_of
        from app.sync import queries

        [device] = devices_of(story.a.id)
        assert (device.pending_ops, device.pending_blobs) == (37, 12)
        [contact] = queries.contacts_of(story.visit)
        assert (contact.user_id, contact.device_id, contact.n) == (story.a.id, device.id, 0)


def test_a_sync_with_nothing_new_writes_nothing(story: Story) -> None:
    """Decision 11: at most one coarse last contact per device in five minutes."""
    from tests.features.sync.statements import counted

    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.send(pending={"ops": 0, "blobs": 0})
    with counted(story.app) as statements:
        assert a.send(pending={"ops": 0, "blobs": 0}).get_json()["except"][0]["r"] == "dup"
        a.pull()
        a.client.get(f"{URL}/manifest")
    writes = [each for each in statements if each.split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert [each for each in writes if not each.startswith("INSERT INTO visit_contacts")] == []
    assert len(writes) == 1  # asks whether the contact is old enough; it is not, so no row changes


def test_one_edit_and_its_confirmation_are_small(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    reply = a.send(after=0, h="")
    assert len(reply.data) < 500
    told = reply.get_json()
    assert told["news"]["entries"] == [{"mine": 1, "recv": told["news"]["entries"][0]["recv"]}]
    assert factories.API["X-VSP"] == "1"


def test_only_the_last_entry_of_a_push_is_stored_with_a_signature(story: Story) -> None:
    a = phone(story, story.a)
    for n in range(1, 4):
        a.mint(f"item/muc-{n}", "yes")
    a.push()
    with story.app.app_context():
        from app.sync import queries
        from app.sync.signing import signer

        log = queries.whole_log(story.visit)
        assert [len(entry.signature) for entry in log] == [0, 0, 64]
        assert signer().has_signed(log[-1].hash, log[-1].signature)
        assert not signer().has_signed(log[0].hash, log[-1].signature)


def test_a_cursor_that_no_database_can_hold_is_refused(story: Story) -> None:
    a = phone(story, story.a)
    for after, status in ((2**31 - 1, 409), (2**31, 400), (2**53, 400)):
        reply = a.client.get(f"{URL}/visits/{story.visit}/log?after={after}&h={'a' * 64}")
        assert reply.status_code == status, after


def test_a_page_behind_an_older_cursor_shows_others_and_own(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    b.mint("item/muc-1", "yes")
    b.push()
    a.mint("item/muc-2", "no")
    news = a.send(after=0, h="").get_json()["news"]
    assert [list(each) for each in news["entries"]][1] == ["mine", "recv"]
    assert [each["actor"] for each in a.read(news, a.outbox)] == [story.b.id, story.a.id]
    lost = a.send([], after=2, h="0" * 64).get_json()
    assert lost["news"] == {"diverged": True}


def test_a_former_members_own_view_comes_in_pages_each_entry_proven(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    for n in range(1, 4):
        a.mint(f"item/muc-{n}", "yes")
    a.push()
    b.mint("item/muc-1", "no")
    b.push()
    remove(story, story.a)
    first = a.client.get(f"{URL}/visits/{story.visit}/log?limit=2").get_json()
    assert (len(first["own"]), first["more"], first["last"]) == (2, True, 2)
    rest = a.client.get(f"{URL}/visits/{story.visit}/log?limit=2&after={first['last']}").get_json()
    assert ([each["n"] for each in rest["own"]], rest["more"]) == ([3], False)
    for entry in first["own"] + rest["own"]:
        a.key().verify(base64.urlsafe_b64decode(entry["sig"] + "=="), bytes.fromhex(entry["h"]))
    a.mint("item/muc-4", "yes")
    told = a.send(after=0, h="").get_json()["news"]
    assert told["not_member"] is True
    assert {each["actor"] for each in told["own"]} == {story.a.id}


def test_a_former_members_own_bytes_that_are_no_text_come_as_they_were(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("x", "", raw="{\ud800")
    a.push()
    remove(story, story.a)
    [own] = a.client.get(f"{URL}/visits/{story.visit}/log").get_json()["own"]
    assert (own["body"], base64.b64decode(own["body_b64"])) == (None, "{\ud800".encode("utf-8", "surrogatepass"))
