"""docs/screens/README.md: names every picture, so that a person finds a screen and sees all its looks."""

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


def write(folder: Path, taken: list[tuple[str, str, str]]) -> None:
    """Chapters, and in each a row per screen with a link per look."""
    lines = [HEAD]
    chapter = None
    for title, name, words in taken:
        if title != chapter:
            chapter = title
            heads = [f"{w}×{h} {theme}{'' if text == '100' else f', {text} %'}" for (w, h), theme, text in SHOTS]
            lines += [f"\n## {title}\n", f"| screen | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
        links = []
        for size, theme, text in SHOTS:
            file = file_name(name, size, theme, text)
            links.append(f"![{words}]({file})" if (size, theme) == (PHONE, "light") else f"[see]({file})")
        lines.append(f"| **{name}**<br>{words} | {' | '.join(links)} |")
    (folder / "README.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
