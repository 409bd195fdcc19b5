"""The largest forms in the field client, without a network: all items in one section, which is the hardest way to
write them and the one the peers' forms were measured in (200 items on one page).

Frames are counted while the form is scrolled from top to bottom at the speed of a fling; memory is the script heap
after a collection, before and after 300 answers and 100 photos.
"""

import base64
import io
import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from app.checklists.loader import load
from app.domain.checklist import Checklist
from tests.benchmarks import servers
from tests.benchmarks.phone_browser import phone_browser, probed_page, tap_times
from tests.benchmarks.report import spread
from tests.e2e.field import Phone
from tests.factories import PASSWORD

SLOWDOWNS = (4, 6)
STARTS, OPENINGS = 5, 5
ANSWERS, PHOTOS = 300, 100
UNIT = "Phường Đo Tải"


@dataclass(frozen=True)
class Form:
    """How large a form is."""

    name: str
    items: int
    rows: int


FORMS = (Form("200 items", 200, 0), Form("300 items, a roster of 50 rows", 300, 50))


def checklist(form: Form) -> Checklist:
    """One section: yes or no with guidance, every fifth a ratio; the roster, if any, comes last with three fields."""
    items: list[dict[str, Any]] = [
        {
            "key": f"i{n}",
            "text": {"vi": f"Nội dung {n}: công chức đeo thẻ và mặc đúng trang phục khi thi hành nhiệm vụ"},
            "guidance": {"vi": "Quan sát tại chỗ, hỏi người dân đang chờ nếu cần."},
            "answer": {"type": "yes_no"},
            "evidence": "optional",
            "points": "1",
        }
        for n in range(form.items - (1 if form.rows else 0))
    ]
    if form.rows:
        fields = [{"key": f"f{n}", "type": "yes_no", "text": {"vi": f"Câu hỏi {n}"}} for n in range(3)]
        roster = {"type": "roster", "row": {"label": {"vi": "Bàn"}}, "fields": fields}
        items.append({"key": "bang", "text": {"vi": "Từng bàn tiếp dân"}, "answer": roster})
    document = {
        "slug": "do-tai",
        "version": 1,
        "title": {"vi": "Phiếu đo tải"},
        "effective_from": "2020-08-01",
        "sections": [{"key": "tat-ca", "title": {"vi": "Tất cả"}, "items": items}],
    }
    return load(json.dumps(document, ensure_ascii=False).encode())


def measure() -> dict[str, list[dict[str, Any]]]:
    """A row per form, slowdown and figure."""
    times, frames, memory = [], [], []
    for form in FORMS:
        with ExitStack() as stack:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="cvbench", ignore_cleanup_errors=True))
            )
            database = f"sqlite:///{folder}/congvu.sqlite3"
            running = servers.running(database, users=1, visits=1, checklist=checklist(form))
            server, planned = stack.enter_context(running)
            context = phone_browser(stack, folder)
            phone = Phone(context, server.url)
            phone.sign_in(planned.users[0].login, PASSWORD)
            phone.ready_for(UNIT)
            _tell(f"{form.name}, set up")
            if form.rows:
                _rows(phone, form)
            phone.page.close()
            server.stop()
            context.new_page()  # the browser lives on while the others come and go
            for slowdown in SLOWDOWNS:
                who = {"form": form.name, "CPU": f"{slowdown}x"}
                _tell(f"{form.name}, {slowdown}x")
                times += [who | row for row in _times(context, server.url, slowdown)]
                frames.append(who | _scroll(context, server.url, slowdown))
                _tell(f"{times[-6:]} {frames[-1]}")
            _tell(f"{form.name}, memory")
            memory.append({"form": form.name, **_memory(context, server.url)})
            _tell(str(memory[-1]))
    return {
        "The largest forms without a network, ms": times,
        "Frames while the whole form is scrolled": frames,
        f"Script heap before and after {ANSWERS} answers and {PHOTOS} photos, MiB": memory,
    }


def _tell(where: str) -> None:
    """The whole takes minutes: where it is, and what an early end would lose."""
    print(f"• {where}", file=sys.stderr, flush=True)


def _rows(phone: Phone, form: Form) -> None:
    """Fill the roster, the last item, with rows, five at a time, and wait until the server has them."""
    phone.open_visit(UNIT)
    phone.page.get_by_role("link").filter(has_text="1. Tất cả").click()
    phone.jump(f"1.{form.items}", "bang")
    five = phone.page.locator("#item-bang").get_by_role("button", name="Thêm 5")
    for number in range(form.rows // 5):
        five.click()
        expect(phone.page.locator("#item-bang li.line")).to_have_count(5 * (number + 1))
        expect(five).to_be_enabled()
    phone.send_now()


def _open_form(page: Page, url: str) -> None:
    page.goto(f"{url}/field/")
    page.get_by_role("link").filter(has_text=UNIT).first.click()
    page.get_by_role("link").filter(has_text="1. Tất cả").first.click()
    expect(page.locator(".pair").first).to_be_visible()


def _times(context: BrowserContext, url: str, slowdown: float) -> list[dict[str, Any]]:
    starts, openings, drawn, cold = [], [], [], []
    address = ""
    for number in range(max(STARTS, OPENINGS)):
        page = probed_page(context, slowdown)
        page.goto(f"{url}/field/")
        starts.append(page.evaluate("unit => probe.shown(() => probe.link(unit))", UNIT))
        page.evaluate("() => probe.awaitAfterClick('open', () => probe.visitIsOpen())")
        page.get_by_role("link").filter(has_text=UNIT).first.click()
        openings.append(page.evaluate("() => probe.result('open')"))
        page.evaluate("() => probe.awaitAfterClick('form', () => document.querySelector('.pair'))")
        page.get_by_role("link").filter(has_text="1. Tất cả").first.click()
        drawn.append(page.evaluate("() => probe.result('form')"))
        address = page.url
        page.close()
        if number < STARTS:
            page = probed_page(context, slowdown)
            page.goto(address)
            cold.append(page.evaluate("() => probe.shown(() => document.querySelector('.pair'))"))
            page.close()
    page = probed_page(context, slowdown)
    _open_form(page, url)
    painted, saved = tap_times(page)
    page.close()
    return [
        {"what": "cold start to the list of visits", **spread(starts)},
        {"what": "cold start to the form", **spread(cold)},
        {"what": "visit opened", **spread(openings)},
        {"what": "form drawn", **spread(drawn)},
        {"what": "tap to painted", **spread(painted)},
        {"what": "tap to durable", **spread(saved)},
    ]


SCROLL = """() => new Promise(resolve => {
  const frames = [];
  let before = performance.now();
  const step = now => {
    frames.push(now - before);
    before = now;
    scrollBy(0, 120);
    if (scrollY + innerHeight < document.documentElement.scrollHeight - 2) requestAnimationFrame(step);
    else resolve({ frames: frames.slice(1), height: document.documentElement.scrollHeight });
  };
  requestAnimationFrame(step);
})"""


def _scroll(context: BrowserContext, url: str, slowdown: float) -> dict[str, Any]:
    page = probed_page(context, slowdown)
    _open_form(page, url)
    page.wait_for_timeout(1_000)
    said = page.evaluate(SCROLL)
    page.close()
    frames = said["frames"]
    return {
        "height px": said["height"],
        "frames": len(frames),
        "over 50 ms": sum(each > 50 for each in frames),
        "p95 ms": spread(frames)["p95"],
        "longest ms": round(max(frames), 1),
    }


# By the page itself: what the browser's driver has chosen a file in stays in its hands, and in memory.
PHOTOGRAPH = """async ([jpeg, count]) => {
  const bytes = Uint8Array.from(atob(jpeg), letter => letter.charCodeAt(0));
  const found = async look => { while (!look()) await new Promise(done => setTimeout(done, 20)); return look(); };
  for (let n = 0; n < count; n += 1) {
    const card = document.getElementById(`item-i${n}`);
    card.scrollIntoView({ block: 'center' });
    const input = await found(() => [...card.querySelectorAll('input[type=file]')].at(-1));
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes, `${n}`], 'anh.jpg', { type: 'image/jpeg' }));
    input.files = chosen.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    await found(() => card.querySelector('.thumb img'));
  }
}"""


def _memory(context: BrowserContext, url: str) -> dict[str, Any]:
    page = probed_page(context, 1)
    _open_form(page, url)
    before = _heap(page)
    answered = page.evaluate(
        """async count => {
          const cards = [...document.querySelectorAll('article.item')];
          const rest = ms => new Promise(done => setTimeout(done, ms));
          let answered = 0;
          for (let n = 0; answered < count; n += 1) {
            const card = cards[n % cards.length];
            card.scrollIntoView({ block: 'center' });
            while (!card.querySelector('.tools')) await rest(5);
            const button = card.querySelector('.pair button[aria-pressed=false]');
            if (!button) continue;
            button.click();
            answered += 1;
            await rest(30);
          }
          return answered;
        }""",
        ANSWERS,
    )
    noise = io.BytesIO()
    Image.effect_noise((1600, 1200), 40).convert("RGB").save(noise, "JPEG", quality=80)
    page.evaluate(PHOTOGRAPH, [base64.b64encode(noise.getvalue()).decode(), PHOTOS])
    after = _heap(page)
    page.close()
    return {"answers": answered, "photos": PHOTOS} | {
        f"{what} {when}": figures[what] for what in before for when, figures in (("before", before), ("after", after))
    }


def _heap(page: Page) -> dict[str, float]:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    counted = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {
        "heap": round(counted["JSHeapUsedSize"] / 2**20, 1),
        "nodes": int(counted["Nodes"]),
        "listeners": int(counted["JSEventListeners"]),
    }
