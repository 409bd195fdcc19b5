"""The document itself: numbers without floats, one canonical form, problems that name their place."""

import copy
import json
from typing import Any

import pytest

from app.domain.checklist import Checklist, canonical, chk, parse
from app.domain.errors import Invalid

DOCUMENT: dict[str, Any] = {
    "slug": "nho",
    "version": "1",
    "title": {"vi": "Phiếu nhỏ"},
    "effective_from": "2020-08-01",
    "sections": [
        {
            "key": "s",
            "title": {"vi": "Phần"},
            "items": [
                {
                    "key": "a",
                    "text": {"vi": "Có biển"},
                    "answer": {"type": "ratio", "observed": {"vi": "Có"}, "total": {"vi": "Tổng"}},
                    "zero_total": "none",
                    "points": "7.5",
                    "score": {"bands": [{"at_least": "98", "points": "7.5"}, {"at_least": "0.05", "points": "1"}]},
                }
            ],
        }
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The document with one part replaced; `path` like `sections.0.items.0.points`."""
    document = copy.deepcopy(DOCUMENT)
    *parents, last = path.split(".")
    part: Any = document
    for step in parents:
        part = part[int(step)] if isinstance(part, list) else part[step]
    part[last] = value
    return document


def problems_of(document: object) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse(document)
    return [(problem.path, problem.code) for problem in caught.value.details["problems"]]


def points(value: object) -> int | None:
    return parse(changed("sections.0.items.0.points", value)).items()[0].points


@pytest.mark.parametrize(("written", "read"), [("7.5", 750), ("10", 1000), ("0.01", 1), ("7.05", 705), (750, 750)])
def test_decimals_are_kept_as_hundredths(written: object, read: int) -> None:
    assert points(written) == read


@pytest.mark.parametrize("written", ["7.555", "1e3", "", " 7", "7,5", ".5", "7.", "+7", "٧", "-1", 7.5, True, []])
def test_anything_but_a_plain_decimal_is_refused(written: object) -> None:
    ((path, _),) = problems_of(changed("sections.0.items.0.points", written))
    assert path == "sections[0].items[0].points"


def test_the_canonical_form_is_sorted_short_and_without_defaults() -> None:
    assert canonical(parse(DOCUMENT)).decode() == (
        '{"effective_from":"2020-08-01","sections":[{"items":[{"answer":{"observed":{"vi":"Có"},"total":{"vi":"Tổng"},'
        '"type":"ratio"},"key":"a","points":750,"score":{"bands":[{"at_least":9800,"points":750},{"at_least":5,'
        '"points":100}]},"text":{"vi":"Có biển"},"zero_total":"none"}],"key":"s","title":{"vi":"Phần"}}],'
        '"slug":"nho","title":{"vi":"Phiếu nhỏ"},"version":1}'
    )


def test_the_canonical_form_reads_back_as_the_same_document() -> None:
    published = canonical(parse(DOCUMENT))
    assert canonical(parse(json.loads(published))) == published


def test_what_is_written_out_as_a_default_does_not_change_the_name_of_the_version() -> None:
    spelled = changed("sections.0.items.0.evidence", "optional") | {"scale": "100", "mode": "inspection"}
    assert chk(canonical(parse(spelled))) == chk(canonical(parse(DOCUMENT)))


def test_accents_are_stored_one_way() -> None:
    decomposed = changed("title", {"vi": "Phie\u0302\u0301u nho\u0309"})
    assert canonical(parse(decomposed)) == canonical(parse(DOCUMENT))


def test_the_name_of_a_version_is_its_sha256() -> None:
    assert chk(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_a_published_document_cannot_be_changed() -> None:
    checklist: Any = parse(DOCUMENT)
    with pytest.raises(ValueError, match="frozen"):
        checklist.version = 2
    assert isinstance(checklist, Checklist)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], [("", "not_a_table")]),
        (changed("scale", "0"), [("scale", "greater_than_equal")]),
        (changed("effective_from", "2020-02-30"), [("effective_from", "iso_date")]),
        (changed("effective_from", "01/08/2020"), [("effective_from", "iso_date")]),
        (changed("mode", "audit"), [("mode", "literal_error")]),
        (changed("slug", "Một Cửa"), [("slug", "string_pattern_mismatch")]),
        (changed("titel", {"vi": "x"}), [("titel", "extra_forbidden")]),
        (changed("title", "Phiếu"), [("title", "model_type")]),
        (changed("title", {"en": "x"}), [("title.vi", "missing")]),
        (changed("title", {"vi": ""}), [("title.vi", "string_too_short")]),
        (changed("title", {"vi": "a\0b"}), [("title.vi", "text_unclean")]),
        (changed("sections", []), [("sections", "too_short")]),
        (changed("sections.0.items.0.key", "co_bien"), [("sections[0].items[0].key", "string_pattern_mismatch")]),
        (
            changed("sections.0.items.0.answer", {"type": "signature"}),
            [("sections[0].items[0].answer", "union_tag_invalid")],
        ),
        (changed("sections.0.items.0.answer", {}), [("sections[0].items[0].answer", "union_tag_not_found")]),
        (
            changed("sections.0.items.0.answer", {"type": "choice", "choices": [{"key": "a", "text": {"en": "A"}}]}),
            [("sections[0].items[0].answer.choices[0].text.vi", "missing")],
        ),
        (
            changed("sections.0.items.0.score", {"bands": [{"points": "1", "at_lest": "5"}]}),
            [("sections[0].items[0].score.bands[0].at_lest", "extra_forbidden")],
        ),
        (
            changed("sections.0.items.0.when", {"item": "b", "field": "c", "is": "yes"}),
            [("sections[0].items[0].when", "one_source")],
        ),
        (
            changed("sections.0.items.0.when", {"all": [{"item": "b", "is": "yes", "in": ["no"]}]}),
            [("sections[0].items[0].when.all[0]", "one_operator")],
        ),
        (
            changed("sections.0.items.0.critical", {"below": "80", "when_fails": True, "grade_at_most": "yeu"}),
            [("sections[0].items[0].critical", "one_trigger")],
        ),
    ],
)
def test_problems_name_their_place(document: object, expected: list[tuple[str, str]]) -> None:
    assert problems_of(document) == expected


def test_endless_nesting_is_refused_before_it_is_followed() -> None:
    condition: dict[str, Any] = {"item": "b", "is": "yes"}
    for _ in range(5000):
        condition = {"not": condition}
    ((path, code),) = problems_of(changed("sections.0.items.0.when", condition))
    assert code == "too_deep"
    assert path.startswith("sections[0].items[0].when.not")
