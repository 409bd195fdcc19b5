"""Keys of a checklist as names of a form: XML names, each used once."""

from collections.abc import Iterator

from app.checklists.xlsform.keys import item_key

_SUFFIXES = (
    *("", "_label", "_photo", "_claimed", "_observed", "_total", "_period_from", "_period_to", "_source"),
    *("_claimed_observed", "_claimed_total", "_shown", "_number", "_issued_on", "_signer", "_kind", "_count"),
)
_RESERVED = frozenset({"meta", "instanceid", "data"})


class Names:
    """Gives out names; those of the rows beside a question are kept for it."""

    def __init__(self) -> None:
        self.used: set[str] = set(_RESERVED)

    def take(self, key: str, owner: str = "") -> str:
        """A name for a key, as like it as can be; a field's may get its roster's name before it."""
        name = next(each for each in _candidates(key, owner) if not any(each + end in self.used for end in _SUFFIXES))
        self.used |= {name + end for end in _SUFFIXES}
        return name


def _candidates(key: str, owner: str) -> Iterator[str]:
    plain = key.replace("-", "_")
    base = plain if plain[0].isalpha() else f"n{plain}"
    yield base
    if owner:
        base = f"{owner}_{base}"
        yield base
    number = 2
    while True:
        yield f"{base}_{number}"
        number += 1


def tells(name: str, key: str) -> bool:
    """Whether the key can be made from the name alone."""
    return item_key(name, set()) == key
