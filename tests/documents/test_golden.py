"""Documents are made as they were looked at last: a change of layout or words shows as a diff of text files."""

import pytest

from tests.documents.golden import FOLDER, KINDS, structure

REWRITE = "nếu đúng ý: python -m tests.documents.golden, rồi đọc git diff"


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_is_made_as_it_was_looked_at(kind: str) -> None:
    assert structure(kind).splitlines() == (FOLDER / f"{kind}.txt").read_text("utf-8").splitlines(), REWRITE


def test_every_golden_document_is_compared() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == KINDS
