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


def minutes_file(phone: Phone) -> None:
    phone.page.get_by_role("button", name="Lập biên bản PDF").click()
    expect(phone.page.get_by_role("link", name="Lưu vào máy")).to_be_visible()


def close_again(phone: Phone) -> None:
    """Signed minutes are amended and closed once more: the unit has to read them."""
    phone.page.get_by_role("button", name="Sửa biên bản đã ký").click()
    phone.page.get_by_label("Lý do sửa biên bản đã ký").fill("Đơn vị đề nghị ghi rõ hơn.")
    phone.page.get_by_role("button", name="Mở lại", exact=True).click()
    phone.close_visit("Đã xem lại cùng đơn vị.")


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
    Place("minutes-file", "The minutes as a PDF, made on this phone", SON_LOC, "sign", minutes_file),
    Place("read-back", "Amended and closed again: the unit reads before it signs", SON_LOC, "sign", close_again),
    Place("read-aloud", "Read out on the whole screen, one at a time", SON_LOC, "sign", press("Đọc to toàn màn hình")),
    Place("sync", "What the server has, and the settings of this phone", "", "sync"),
    Place("settings", "Language, theme, size of text", "", "sync", show="#settings-title"),
]


# As a link inside the app does it: the app and axe are not loaded again, which takes longer than looking.
FOLLOW = "path => { history.pushState(null, '', '/field/' + path); dispatchEvent(new PopStateEvent('popstate')); }"


def go_to(phone: Phone, place: Place, addresses: dict[str, str]) -> None:
    """Show a place. `addresses` remembers where the units' visits are."""
    if place.unit and place.unit not in addresses:
        phone.page.evaluate(FOLLOW, "")
        phone.page.get_by_role("link").filter(has_text=place.unit).first.click()
        expect(phone.page.get_by_role("heading", name="Các phần")).to_be_visible()
        addresses[place.unit] = phone.page.url.split("/field/")[1]
    phone.page.evaluate(FOLLOW, "/".join(filter(None, (addresses.get(place.unit, ""), place.path))))
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
