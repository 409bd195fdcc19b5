"""Lists in pages: which page was asked for, and the addresses of its neighbours with every filter kept."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request, url_for


@dataclass(frozen=True)
class Page:
    """One page of a list: `number` counts from 1."""

    number: int
    size: int
    total: int

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def url(self, number: int) -> str:
        """The address of another page of the same list."""
        here = url_for(request.endpoint or "", **(request.view_args or {}))
        return f"{here}?{urlencode({**request.args.to_dict(), 'page': number})}"


def asked_text(name: str, longest: int = 100) -> str:
    """Words that the address asks for, without what no database can hold."""
    return "".join(char for char in request.args.get(name, "") if char.isprintable()).strip()[:longest]


def asked_page(total: int, size: int = 50) -> Page:
    """The page that the address asks for, drawn into what exists."""
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 7 else 1
    last = max(1, -(-total // size))
    return Page(min(max(number, 1), last), size, total)
