"""Takes a screen's pictures in every size and theme, and measures it: axe, targets, text at 200 %, motion."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.e2e.server import PROJECT

AXE = (PROJECT / "offline_client" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8").rstrip().removesuffix(";")
THEMES = ("light", "dark", "sunlight")
PHONE = (390, 844)
SMALL = (360, 740)
TABLET = (768, 1024)
NARROW = 320
"""What a browser's own zoom leaves of a window: 1,280 px at 400 % (WCAG 1.4.10)."""
SHOTS = [(PHONE, theme, "100") for theme in THEMES] + [(SMALL, "light", "200"), (TABLET, "light", "100")]
"""What is kept of each screen: size in CSS pixels, theme, size of text in percent."""


def dress(page: Page, theme: str, text: str = "100") -> None:
    """As the settings do it (screens/looks.svelte.ts), without asking the phone to remember it."""
    page.evaluate(
        "([theme, text]) => Object.assign(document.documentElement.dataset, {theme, text})",
        [theme, text],
    )


def axe(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong on the page as it stands; with rules, by these alone."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(document, options).then(r => JSON.stringify(r.violations))", options)
    return [f"{each['id']}: {node['html'][:160]}" for each in json.loads(found) for node in each["nodes"][:3]]


def uncomfortable(page: Page) -> list[str]:
    """Everything that makes the page hard to use, in all themes and with text of twice the size on a small phone."""
    before = page.viewport_size
    found = []
    for theme in THEMES:
        dress(page, theme)
        found += [f"{theme}: {each}" for each in axe(page, *(() if theme == "light" else ("color-contrast",)))]
    found += page.evaluate(f"() => {{ const m = {MEASURES}; return [...m.targets(), ...m.moving()]; }}")
    for width, text in ((NARROW, "100"), (SMALL[0], "200")):
        page.set_viewport_size({"width": width, "height": SMALL[1]})
        dress(page, "light", text)
        wide = page.evaluate(f"() => {{ const m = {MEASURES}; return m.wide(); }}")
        found += [f"{width} px, {text} %: {each}" for each in dict.fromkeys(wide)]
    dress(page, "light")
    if before:
        page.set_viewport_size(before)
    return found


@dataclass
class Camera:
    """Where the pictures go, and what was found wrong on the way."""

    folder: Path
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    """Chapter, name and title of each screen, in the order of the walk."""
    wrong: list[str] = field(default_factory=list)
    chapter: str = ""
    only_measure: bool = False
    only_pictures: bool = False

    def take(self, name: str, title: str, page: Page, *, at: str = "") -> None:
        """Keep this screen. `at` is what must be in sight: it is scrolled to in every size."""
        page.wait_for_timeout(150)
        for each in () if self.only_pictures else uncomfortable(page):
            self.complain(f"{name}: {each}")
        for (width, height), theme, text in () if self.only_measure else SHOTS:
            page.set_viewport_size({"width": width, "height": height})
            dress(page, theme, text)
            if at:
                page.locator(at).first.evaluate("element => element.scrollIntoView({block: 'center'})")
            page.wait_for_timeout(50)
            self._keep(page.screenshot(), file_name(name, (width, height), theme, text))
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        dress(page, "light")
        self.taken.append((self.chapter, name, title))
        print(f"  {name}", flush=True)

    def complain(self, words: str) -> None:
        self.wrong.append(words)
        print(f"  ! {words}", flush=True)

    def _keep(self, png: bytes, file: str) -> None:
        with Image.open(io.BytesIO(png)) as picture:
            picture.convert("RGB").save(self.folder / file, quality=45, method=6)


def file_name(name: str, size: tuple[int, int], theme: str, text: str) -> str:
    """`section-390x844-dark.webp`; twice the size of text is told too."""
    return f"{name}-{size[0]}x{size[1]}-{theme}{'' if text == '100' else '-' + text}.webp"
