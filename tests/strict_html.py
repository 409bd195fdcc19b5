"""Reads a page as strictly as a person could wish: closed tags, ids that exist once, labels that lead somewhere.

Browsers forgive all of this; a screen reader, a print-out and our Content-Security-Policy do not.
"""

import base64
import hashlib
import re
from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
BLOCK = frozenset(
    {"address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form", "h1",
     "h2", "h3", "h4", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul"}
)  # fmt: skip
NOT_INSIDE_ITSELF = frozenset({"a", "button", "form", "label"})
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "form", "list")
LABELLED = frozenset({"input", "select", "textarea"})
FOREIGN = frozenset({"svg", "math"})
TOKEN = re.compile(r'(name="csrf_token" value=")[\w.-]+')  # what differs between two sendings of a page


class _Reader(HTMLParser):
    def __init__(self, policy: str) -> None:
        super().__init__(convert_charrefs=True)
        self.policy = policy
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: Counter[str] = Counter()
        self.wanted: list[tuple[str, str]] = []
        self.unlabelled: list[str] = []
        self.labels: set[str] = set()

    def _wrong(self, text: str) -> None:
        self.problems.append(f"line {self.getpos()[0]}: {text}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self._wrong(f"<{tag}> names an attribute twice")
        if "p" in self.open and tag in BLOCK and not FOREIGN & set(self.open):
            self._wrong(f"<{tag}> inside <p>")
        if tag in NOT_INSIDE_ITSELF and tag in self.open:
            self._wrong(f"<{tag}> inside <{tag}>")
        self._policy(tag, given)
        self._names(tag, given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self._wrong(f"</{tag}> closes <{self.open[-1] if self.open else 'nothing'}>")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def _policy(self, tag: str, given: dict[str, str | None]) -> None:
        """What the Content-Security-Policy would silently not do."""
        if "style" in given or (tag == "script" and "src" not in given):
            self._wrong(f"<{tag}> carries style or script of its own")
        if any(name.startswith("on") for name in given):
            self._wrong(f"<{tag}> carries a handler of its own")
        if tag == "img" and "alt" not in given:
            self._wrong("<img> without alt")

    def handle_data(self, data: str) -> None:
        """A style of the page's own must be named by its hash in the reply's policy, as a frozen notice does."""
        if self.open and self.open[-1] == "style":
            digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
            if f"'sha256-{digest}'" not in self.policy:
                self._wrong("<style> carries style or script of its own")

    def _names(self, tag: str, given: dict[str, str | None]) -> None:
        if "id" in given:
            self.ids[given["id"] or ""] += 1
        for name in REFERENCES:
            self.wanted += [(name, each) for each in (given.get(name) or "").split()]
        if tag == "label" and given.get("for"):
            self.labels.add(given["for"] or "")
        quiet = given.get("type") in {"hidden", "submit", "button", "image", "reset"}
        named = given.get("aria-label") or given.get("aria-labelledby") or "label" in self.open
        if tag in LABELLED and not quiet and not named:
            self.unlabelled.append(given.get("id") or "")


def problems_of(html: str, policy: str = "") -> list[str]:
    """What is wrong with a page that came with this Content-Security-Policy; empty if nothing."""
    return _problems_of(TOKEN.sub(r"\1", html), policy)


@lru_cache(maxsize=512)
def _problems_of(html: str, policy: str) -> list[str]:
    reader = _Reader(policy)
    reader.feed(html)
    reader.close()
    found = list(reader.problems)
    found += [f"<{tag}> is never closed" for tag in reader.open]
    found += [f"id {name!r} stands {count} times" for name, count in reader.ids.items() if count > 1 or not name]
    found += [f"{kind}={name!r} leads nowhere" for kind, name in reader.wanted if name not in reader.ids]
    found += [f"field {name!r} has no label" for name in reader.unlabelled if name not in reader.labels]
    if not html.lstrip().lower().startswith("<!doctype html>"):
        found.append("no doctype")
    return found
