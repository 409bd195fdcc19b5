"""Every shipped checklist may be published, keeps the meaning of its keys, is what was published, and is well written.

What may not be in one, because nobody verified it, is listed under (GK) in the notes on the domain.
"""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from app.checklists import library, loader
from app.checklists.actions import reused_keys
from app.checklists.commands import FOLDER, problem_lines, read_lock, shipped
from app.domain.checklist import Checklist, canonical, chk
from app.domain.publishing import can_fail
from tests.features.checklists.test_loader import SMALL

SENTENCE = 8  # words of a guidance that says where to stand and what to count
FILES = shipped(FOLDER)


@cache
def by_slug() -> dict[str, list[Checklist]]:
    found: dict[str, list[Checklist]] = defaultdict(list)
    for path in FILES:
        checklist = loader.load(path.read_bytes())
        found[checklist.slug].append(checklist)
    return found


PLAN = re.compile(r"Kế hoạch [^()]+ năm \d{4}( \(ngưỡng của kế hoạch\))?")
LAW = re.compile(
    r"(Luật|Nghị định|Quyết định|Thông tư) (\d{1,4}/\d{4}/[\wĐ-]+|[A-ZĐ]\w+ .*\(Luật số .*\)|.* số \d.*)"
    r"|Quyết định \d+/QĐ-TTg ngày .*|Luật Thực hiện dân chủ ở cơ sở"
)
# Laws, forms and figures that the notes mark as not verified; none may be told to a ward as a rule.
UNVERIFIED = re.compile(
    r"06/2008/QĐ-BNV|05/2008/TT-BNV|19/2014/QĐ-TTg|14/2010/QĐ-TTg|64/2014|43/2011|61/2018/NĐ-CP, Điều (13|19|31)"
    r"|118/2025/NĐ-CP, Điều (13|17|19)|129/2007/QĐ-TTg, Điều|40 ?m²|Quyết định 766/QĐ-TTg.{0,40}\d+ điểm"
)
LEAST, MOST = 25, 80
SHIPPED = (
    "mot-cua-cap-xa", "cong-vu-dot-xuat", "niem-yet-tthc", "ho-so-tthc", "phan-anh-kien-nghi", "dieu-hanh-cchc",
)  # fmt: skip


def newest() -> list[Checklist]:
    return [versions[-1] for versions in by_slug().values()]


def badly_written(checklist: Checklist) -> list[str]:
    """What breaks the rules of checklists/README.md in a way a machine can see."""
    wrong = [] if LEAST <= len(checklist.items()) <= MOST else [f"{len(checklist.items())} items"]
    titles = [("title", checklist.title.en), *((each.key, each.title.en) for each in checklist.sections)]
    wrong += [f"{name}: no English" for name, english in titles if not english]
    for item in checklist.items():
        source = item.criterion.source if item.criterion else ""
        is_plan = PLAN.fullmatch(source) is not None
        checks = {
            "no source": is_plan or LAW.match(source) is not None,
            "a plan's rule that does not say so": not is_plan
            or (item.criterion is not None and item.criterion.vi.startswith("Kế hoạch kiểm tra quy định")),
            "no English": item.text.en != "",
            "no guidance": item.guidance is not None and len(item.guidance.vi.split()) >= SENTENCE,
            "fails without a finding": item.finding is not None or not can_fail(item),
            "a finding without remedy or days": item.finding is None
            or (item.finding.remedy is not None and item.finding.due_working_days is not None),
            "unverified": UNVERIFIED.search(json.dumps(item.model_dump(mode="json"), ensure_ascii=False)) is None,
        }
        wrong += [f"{item.key}: {what}" for what, holds in checks.items() if not holds]
    if any(each.weight is not None for each in checklist.sections):
        wrong += [
            f"{each.key}: points are not the weight"
            for each in checklist.sections
            if each.weight != sum(item.points or 0 for item in each.items)
        ]
    return wrong


def test_there_are_the_six_checklists() -> None:
    assert set(by_slug()) == set(SHIPPED)


@pytest.mark.parametrize("checklist", newest(), ids=lambda checklist: checklist.slug)
def test_a_checklist_is_well_written(checklist: Checklist) -> None:
    assert badly_written(checklist) == []


def test_what_is_badly_written_would_be_seen() -> None:
    small = loader.load(SMALL.replace('vi: "Có biển"', 'vi: "Phòng rộng ít nhất 40 m²"'))
    (first, *_) = small.items()
    wrong = badly_written(small)
    assert f"{len(small.items())} items" in wrong
    assert {"title: no English", f"{first.key}: no source", f"{first.key}: unverified"} <= set(wrong)
    assert f"{first.key}: fails without a finding" in wrong
    assert f"{first.key}: no guidance" in wrong


def test_what_several_checklists_ask_alike_has_a_code() -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    coded: dict[str, set[str | None]] = defaultdict(set)
    for checklist in newest():
        for item in checklist.items():
            asked[item.text.vi].add(checklist.slug)
            coded[item.text.vi].add(library.shipped().code_of(checklist.slug, item))
    shared = {text for text, slugs in asked.items() if len(slugs) > 1}
    assert len(shared) >= 20
    assert {text: coded[text] for text in shared if None in coded[text] or len(coded[text]) > 1} == {}


def test_frozen_items_are_what_the_library_takes_them_for() -> None:
    known = library.shipped()
    for (slug, key), code in known.former.items():
        (item,) = {each.by_key[key] for each in by_slug()[slug] if each.by_key[key].code is None}
        assert item.answer.type == known.entries[code].answer, key


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_may_be_published(path: Path) -> None:
    assert problem_lines(path) == []


def test_no_key_comes_to_mean_something_else() -> None:
    for versions in by_slug().values():
        for place, checklist in enumerate(versions):
            assert reused_keys(checklist, versions[:place]) == ()


def test_a_reused_key_would_be_seen() -> None:
    first = loader.load(SMALL)
    second = loader.load(
        SMALL.replace("version: 1", "version: 2").replace("type: yes_no}\n        points: 10", "type: date}")
    )
    assert [problem.code for problem in reused_keys(second, [first])] == ["key_reused"]


def test_what_was_published_has_not_changed() -> None:
    lock = read_lock(FOLDER)
    shipped_now = {
        (checklist.slug, checklist.version): chk(canonical(checklist))
        for versions in by_slug().values()
        for checklist in versions
    }
    assert lock, "nothing is locked"
    assert {key: shipped_now.get(key) for key in lock} == lock
