"""People's words beside computed ones: what is kept when the computed text changes, and how two texts differ.

A sentence nobody touched is simply composed anew. One that a person worded stays, and is *stale* once what it was
worded for is no longer what was computed: then somebody keeps it with a reason, or takes the computed one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Composed:
    """What is computed of a finding; `photos` are the ids of its evidence.

    `basis` stands for the answers it was computed from: another one says that they changed, even if no word did.
    Empty where it was not kept.
    """

    text: str
    remedy: str
    due_working_days: int
    photos: frozenset[str] = frozenset()
    basis: str = ""


@dataclass(frozen=True)
class Words:
    """What stands in the notice. `stale_from` is the computed text these words were written for, if it changed."""

    text: str
    remedy: str
    due_working_days: int
    excluded_reason: str | None = None
    stale_from: str | None = None

    def are_own(self, composed: Composed) -> bool:
        """Whether a person made something else of what was computed, or left it out."""
        written = (self.text, self.remedy, self.due_working_days)
        return self.excluded_reason is not None or written != (
            composed.text, composed.remedy, composed.due_working_days,
        )  # fmt: skip


def fresh(composed: Composed) -> Words:
    """The computed words, as nobody has touched them."""
    return Words(composed.text, composed.remedy, composed.due_working_days)


def carry(words: Words, before: Composed, after: Composed) -> Words:
    """The words after a new computation. Stale words stay stale, whatever is computed: a person has to decide."""
    if not words.are_own(before) and words.stale_from is None:
        return fresh(after)
    after = after if before.basis else replace(after, basis="")
    since = words.stale_from if words.stale_from is not None or before == after else before.text
    return Words(words.text, words.remedy, words.due_working_days, words.excluded_reason, since)


def stale_blocks(texts: Mapping[str, str], stale: tuple[str, ...], *, changed: bool) -> tuple[str, ...]:
    """Which of people's own blocks are stale after a new computation: all that are written, if the outcome changed."""
    written = [key for key in texts if texts[key].strip()]
    return tuple(key for key in written if changed or key in stale)


def word_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """The runs of two texts in reading order, each `same`, `gone` or `new`; whole words, never parts of one."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    runs: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(("same", "".join(old[i1:i2])))
            continue
        runs += [("gone", "".join(old[i1:i2]))] if i2 > i1 else []
        runs += [("new", "".join(new[j1:j2]))] if j2 > j1 else []
    return tuple(runs)
