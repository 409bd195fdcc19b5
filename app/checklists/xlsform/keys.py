"""XLSForm names as keys of a checklist: lower case, no diacritics, hyphens, unique."""

import re
from collections.abc import Collection
from itertools import chain, count

from app.domain.vietnamese import search_key

LONGEST = 64


def item_key(name: str, taken: Collection[str], fallback: str = "noi-dung") -> str:
    """A key as like the name as can be: `bien_de_ban` is `bien-de-ban`; a number is added to one that is taken."""
    return _free(_plain_key(name) or fallback, taken)


def option_key(name: str, taken: Collection[str]) -> str:
    """A choice's key; names that already are keys (underscores too) stay as they are."""
    kept = name if re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)*", name) and len(name) <= LONGEST else _plain_key(name)
    return _free(kept or "lua-chon", taken)


def _plain_key(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", search_key(name))
    return words.strip("-")[:LONGEST].strip("-")


def _free(key: str, taken: Collection[str]) -> str:
    if key not in taken:
        return key
    base = key[: LONGEST - 6].rstrip("-")
    near = (f"{base}-{number}" for number in range(2, 20))
    far = (f"{base}-{number}" for number in count(len(taken) + 1))  # found at once, however many are taken
    return next(other for other in chain(near, far) if other not in taken)
