"""docs/screens/README.md: names every picture, so that a person finds a screen and sees all its looks."""

from collections.abc import Iterable
from pathlib import Path

from tests.screens.camera import PHONE, SHOTS, file_name

HEAD = """# Every screen and every state

Written by `make screens` (`tests/screens/`): the demo on a real server, headless Chromium, troubles brought about for
real, unless a title says that a reply came in the server's place: the network cut, the disk filled, the session
ended, the device revoked on the server. The command also measures each screen and fails when it finds something: axe
in all three themes, targets under 44 px, anything that leaves the screen, is cut off or broken inside a word at 320
px and at 360 px with text of twice the size, bars that cover the screen, anything that moves though the person asked
for none.

Kept are 390×844 in all themes, 360×740 with text at 200 %, and 768×1024; more would make the repository heavy. A new
screen is one line in `tests/screens/places.py`, a new trouble one call of `take` in a chapter beside it.
"""


def write(folder: Path, chapters: Iterable[str], taken: list[tuple[str, str, str]]) -> None:
    """Chapters in this order, and in each a row per screen with a link per look. One that was not taken now stays."""
    page = folder / "README.md"
    written = page.read_text(encoding="utf-8").split("\n## ")[1:] if page.exists() else []
    found = {part.split("\n", 1)[0]: f"\n## {part.rstrip()}" for part in written}
    found |= {chapter: _part(chapter, taken) for chapter, _, _ in taken}
    order = dict.fromkeys([*chapters, *found])  # what was written by hand comes last
    page.write_text("\n".join([HEAD, *(found[each] for each in order if each in found)]) + "\n", encoding="utf-8")


def _part(chapter: str, taken: list[tuple[str, str, str]]) -> str:
    lines: list[str] = []
    for title, name, words in taken:
        if title != chapter:
            continue
        if not lines:
            heads = [f"{w}×{h} {theme}{'' if text == '100' else f', {text} %'}" for (w, h), theme, text in SHOTS]
            lines += [f"\n## {title}\n", f"| screen | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
        links = []
        for size, theme, text in SHOTS:
            file = file_name(name, size, theme, text)
            links.append(f"![{words}]({file})" if (size, theme) == (PHONE, "light") else f"[see]({file})")
        lines.append(f"| **{name}**<br>{words} | {' | '.join(links)} |")
    return "\n".join(lines)
