"""Dossiers drawn by lot: how many to look at, which ones, and what the ones looked at say about all of them.

Twin of offline_client/src/domain/sampling.ts; both are held to tests/vectors/sampling/. Whole numbers only: bounds are
compared by cross-multiplying and found by halving, never by a root, so both runtimes give the same basis points.

Sources: sample size with finite-population correction: Cochran, Sampling Techniques, 3rd ed. (1977), section 4.4.
Interval: Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212, with n (N - 1) / (N - n) in the place of n: less is left to
chance as the sample nears the frame (Cochran, theorem 3.2).
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from app.domain.answer_types import Sample

FRAME_LIMIT = 1_000_000
SIZE_LIMIT = 500
ORDER_DIGITS = 7  # of an ordinal in the `order` cell of its row

# Of the normal distribution, in thousandths, as every table prints it; by confidence in basis points.
Z = {9_000: 1_645, 9_500: 1_960, 9_900: 2_576}

_ONE = 10_000  # basis points
_TOO_WIDE = 4  # times the margin: an interval of twice the error planned, to both sides

Standing = Literal["compatible", "above", "below", "too_small"]


@dataclass(frozen=True)
class Estimate:
    """What a sample says about its frame; `low` and `high` in basis points, rounded away from the middle."""

    observed: int
    total: int
    frame: int
    size: int
    whole: bool  # everything in the frame was looked at: nothing is left to chance
    low: int
    high: int
    too_small: bool  # the interval is wider than four times the margin: nothing follows from it


def advised_size(plan: Sample, frame: int) -> int:
    """How many of `frame` to look at: what the plan's confidence and margin ask for, and at most what it allows."""
    return min(full_size(plan, frame), SIZE_LIMIT if plan.at_most is None else plan.at_most)


def full_size(plan: Sample, frame: int) -> int:
    """How many of `frame` the plan's confidence and margin ask for; one half is taken as the share, the worst case."""
    a, b = 25 * Z[plan.confidence] ** 2, plan.margin**2  # n0 = z^2 / (4 margin^2) = a / b
    return -(-a * frame // (b * frame + a - b))  # n0 N / (N + n0 - 1), rounded up


def draw(seed: str, frame: int, size: int) -> tuple[int, ...]:
    """Draw `size` different ordinals out of 1 to `frame`, in the order drawn; a larger size begins with the smaller.

    Turn k (0, 1, 2, …) takes the first 13 hex digits of SHA-256("congvu-mau-1|seed|k") as a number below 2^52. One at
    or above the largest multiple of `frame` is passed over, so that every ordinal is as likely as every other; so is
    an ordinal drawn before.
    """
    fair = 2**52 - 2**52 % frame
    drawn: dict[int, None] = {}
    turn = 0
    while len(drawn) < min(size, frame):
        number = int(_sha256(f"congvu-mau-1|{seed}|{turn}")[:13], 16)
        if number < fair:
            drawn.setdefault(number % frame + 1)
        turn += 1
    return tuple(drawn)


def row_uuid(seed: str, frame: int, ordinal: int) -> str:
    """Name the row of a drawn ordinal: two phones that draw alike write the same row (UUID version 8)."""
    digest = _sha256(f"congvu-mau-1|{seed}|{frame}|row|{ordinal}")
    variant = "89ab"[int(digest[16], 16) % 4]
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def order_of(ordinal: int) -> str:
    """What the `order` cell of a drawn row holds: rows stand as the frame is numbered."""
    return str(ordinal).zfill(ORDER_DIGITS)


def drawn_rows(value: Any) -> dict[str, int]:
    """The ordinal of each drawn row by its UUID, for the value of a `sample` cell."""
    return _drawn_rows(value["seed"], value["frame"], value["size"])


@lru_cache(maxsize=256)
def _drawn_rows(seed: str, frame: int, size: int) -> dict[str, int]:
    return {row_uuid(seed, frame, ordinal): ordinal for ordinal in sorted(draw(seed, frame, size))}


def estimate(plan: Sample, observed: int, total: int, frame: int, size: int, *, complete: bool) -> Estimate | None:
    """Say what `observed` of `total` rows of the sample mean for the frame; None when nothing was counted.

    `complete`: every drawn row has its answer. A row whose counted field is not asked is in neither number.
    """
    if total == 0:
        return None
    whole = size == frame and (complete or total == frame)
    if whole:
        low, high = _ONE * observed // total, -(-_ONE * observed // total)
    else:
        low = _low(observed, total, frame, plan.confidence)
        high = _ONE - _low(total - observed, total, frame, plan.confidence)
    too_small = not whole and high - low > _TOO_WIDE * plan.margin
    return Estimate(observed, total, frame, size, whole, low, high, too_small)


def standing_of(plan: Sample, found: Estimate, claimed: int, of: int) -> Standing | None:
    """Whether what the unit claims (`claimed` of `of`) may be true, given the sample; None when it claims nothing.

    A claim about the whole frame that leaves fewer breaches than were seen is refuted outright. Otherwise it fits when
    its rate lies in the interval, compared exactly, ends included.
    """
    if of == 0:
        return None
    missed = found.total - found.observed
    if of == found.frame and missed > of - claimed:
        return "above"
    if of == found.frame and found.observed > claimed:
        return "below"
    difference = claimed * found.total - found.observed * of
    if found.whole:
        apart = difference != 0
    else:
        apart = _is_apart(found.observed, found.total, found.frame, plan.confidence, claimed, of)
    if apart:
        return "above" if difference > 0 else "below"
    return "too_small" if found.too_small else "compatible"


def _is_apart(
    observed: int, total: int, frame: int, confidence: int, part: int, of: int, *, ends: bool = False
) -> bool:
    """Whether the rate q = part/of is outside the interval, or (`ends`) on its end: n* (p - q)^2 > z^2 q (1 - q)."""
    left = 1_000_000 * (frame - 1) * (observed * of - part * total) ** 2
    right = total * Z[confidence] ** 2 * (frame - total) * part * (of - part)
    return left > right or (ends and left == right)


def _low(observed: int, total: int, frame: int, confidence: int) -> int:
    """The largest whole number of basis points that does not pass the lower end."""
    low, high = 0, max(0, -(-_ONE * observed // total) - 1)  # below the share itself the test falls once
    while low < high:
        middle = (low + high + 1) // 2
        if _is_apart(observed, total, frame, confidence, middle, _ONE, ends=True):
            low = middle
        else:
            high = middle - 1
    return low


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
