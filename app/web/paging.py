"""One page of a long list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of page `number` (from 1) of a list of `total` rows."""

    rows: Sequence[Row]
    number: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 for an empty list."""
        return max(1, -(-self.total // SIZE))
