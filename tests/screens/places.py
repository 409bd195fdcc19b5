"""The screens an inspector walks through. **Adding one is one line in PLACES.**"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.screens.stage import Stage

XUAN_KHANH, SON_LOC, LE_LOI = "Phường Xuân Khanh", "Phường Sơn Lộc", "Phường Lê Lợi"


@dataclass(frozen=True)
class Place:
    """An address of the field client as the delegation's lead sees it in the demo."""

    name: str
    title: str
    unit: str = ""
    """Inside this unit's visit; '' outside of visits."""
    path: str = ""
    do: Callable[[Phone], None] | None = None
    """What is tapped there first."""
    show: str = ""
    """A selector that must be in sight."""


def press(name: str) -> Callable[[Phone], None]:
    return lambda phone: phone.page.get_by_role("main").get_by_role("button", name=name).first.click()


def look_for(words: str) -> Callable[[Phone], None]:
    return lambda phone: phone.page.get_by_role("main").get_by_role("searchbox").fill(words)


PLACES = [
    Place("visits", "Today's and this week's visits, each with what the server has"),
    Place("visit", "A visit: sections, progress, live score, team", XUAN_KHANH),
    Place("section", "Answering: yes or no, counts, notes, photos", XUAN_KHANH, "sections/bien-the"),
    Place("roster", "A roster and its rows", XUAN_KHANH, "sections/bien-the", show="li.line"),
    Place("sample", "Dossiers drawn by lot", XUAN_KHANH, "sections/ho-so"),
    Place("find", "Search that ignores diacritics", XUAN_KHANH, "find", look_for("bien de ban")),
    Place("find-nothing", "Nothing was found", XUAN_KHANH, "find", look_for("khong co gi nhu vay")),
    Place("contested", "Two members answered differently: both are shown", XUAN_KHANH, "contested"),
    Place("history", "Everything ever written about an item", XUAN_KHANH, "history/noi-quy-niem-yet"),
    Place("score", "Where every point comes from", XUAN_KHANH, "score"),
    Place("team", "Who has which section, who answered how much and where last", XUAN_KHANH, "team"),
    Place("comments", "Nobody has commented yet", XUAN_KHANH, "comments"),
    Place("summary", "Before closing: what failed, what is missing", XUAN_KHANH, "summary"),
    Place("previous", "What the last inspection found there", XUAN_KHANH, "previous"),
    Place("held", "What the server stored without effect, for the lead to decide", SON_LOC, "held"),
    Place("signed", "Signed by both parties", SON_LOC, "sign"),
    Place("visit-signed", "A signed visit is locked, and says so", SON_LOC),
    Place("sync", "What the server has, and the settings of this phone", "", "sync"),
    Place("settings", "Language, theme, size of text", "", "sync", show="#settings-title"),
]


def go_to(phone: Phone, place: Place, addresses: dict[str, str]) -> None:
    """Show a place. `addresses` remembers where the units' visits are."""
    if place.unit and place.unit not in addresses:
        phone.open_visit(place.unit)
        addresses[place.unit] = phone.page.url.split("/field/")[1]
    phone.open("/".join(filter(None, (addresses.get(place.unit, ""), place.path))))
    expect(phone.page.get_by_role("heading", level=1)).to_be_visible()
    expect(phone.page.get_by_text("Đang mở cuộc kiểm tra")).to_have_count(0)
    if place.do:
        place.do(phone)


def walk(stage: Stage) -> None:
    """All places on one phone."""
    phone = stage.phone("lead")
    phone.sign_in("truongdoan", PASSWORD)
    phone.ready_for(XUAN_KHANH)
    addresses: dict[str, str] = {}
    for place in PLACES:
        go_to(phone, place, addresses)
        stage.take(place.name, place.title, phone, show=place.show)
