"""The checklist document: what is asked, how it is answered, what it scores, what a failure becomes.

Frozen pydantic, extra keys forbidden: the one authored document of the domain. `parse` reads a document (from YAML,
where every number is still the string the author wrote, or from canonical JSON, where hundredths are whole numbers);
`canonical` writes the bytes that are published and hashed. What makes a well-formed document unpublishable is in
`publishing.py`. The phone reads the canonical JSON; its twin file holds the same shapes as TypeScript types.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, StrictBool, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from app.domain.answer_types import (
    UNCLEAN,
    Answer,
    Condition,
    Count,
    Criterion,
    Evidence,
    Hundredths,
    IsoDate,
    ItemKey,
    Key,
    Part,
    Percent,
    Points,
    Text,
)
from app.domain.errors import Invalid

DEPTH_LIMIT = 20
Document = TypeVar("Document", bound=Part)

# --- what an answer is worth --------------------------------------------------------------------------------


class Share(Part):
    floor: Percent = 0


class Band(Part):
    at_least: Hundredths | None = None
    at_most: Hundredths | None = None
    points: Points


class Deduction(Part):
    each: Points


class Proportional(Part):
    """Points times observed over total; nothing below the floor."""

    proportional: Share


class Bands(Part):
    """Points of the first band reached."""

    bands: tuple[Band, ...] = Field(min_length=1, max_length=50)


class Deduct(Part):
    """Points less so much for each one found."""

    deduct: Deduction


def _rule_tag(value: object) -> str:
    if isinstance(value, Mapping):
        return next((f"<{word}>" for word in ("bands", "deduct") if word in value), "<proportional>")
    tags: dict[type, str] = {Proportional: "<proportional>", Bands: "<bands>", Deduct: "<deduct>"}
    return tags.get(type(value), "<word>")


Rule = Annotated[
    Annotated[Literal["choice", "proportional", "document"], Tag("<word>")]
    | Annotated[Proportional, Tag("<proportional>")]
    | Annotated[Bands, Tag("<bands>")]
    | Annotated[Deduct, Tag("<deduct>")],
    Discriminator(_rule_tag),
]


class Critical(Part):
    """What lowers the grade to at most `grade_at_most`, whatever the total."""

    below: Hundredths | None = None
    when_fails: StrictBool = False
    grade_at_most: Key

    @model_validator(mode="after")
    def _one_trigger(self) -> "Critical":
        if (self.below is None) == (not self.when_fails):
            raise PydanticCustomError("one_trigger", "phải có đúng một điều kiện: below hoặc when_fails: true")
        return self


class FindingTemplate(Part):
    """What a failure becomes; `{placeholders}` are filled from the answer."""

    severity: Literal["minor", "major", "critical"]
    text: Text
    remedy: Text | None = None
    due_working_days: Count | None = Field(default=None, ge=1, le=1000)


class Item(Part):
    """One thing to check. Its key is never reused with another meaning; `code` names the library's entry, if any."""

    key: ItemKey
    code: ItemKey | None = None
    text: Text
    criterion: Criterion | None = None
    guidance: Text | None = None
    when: Condition | None = None
    answer: Answer
    evidence: Evidence = "optional"
    not_applicable: StrictBool = False
    points: Points | None = None
    score: Rule | None = None
    zero_total: Literal["full", "none", "not_applicable"] | None = None
    pass_at: Percent | None = None
    fails_when: Condition | None = None
    critical: Critical | None = None
    finding: FindingTemplate | None = None


class Section(Part):
    key: ItemKey
    title: Text
    guidance: Text | None = None
    weight: Points | None = None
    items: tuple[Item, ...] = Field(min_length=1, max_length=500)


class Grade(Part):
    key: Key
    at_least: Percent
    label: Text


class Checklist(Part):
    """One version of one checklist, as published."""

    slug: ItemKey
    version: Count = Field(ge=1)
    title: Text
    authority: Criterion | None = None
    effective_from: IsoDate
    mode: Literal["inspection", "self_check", "self_assessment", "survey"] = "inspection"
    scale: Count = Field(default=100, ge=1, le=100_000)
    grades: tuple[Grade, ...] = Field(default=(), max_length=20)
    sections: tuple[Section, ...] = Field(min_length=1, max_length=100)

    def items(self) -> tuple[Item, ...]:
        """All items in document order."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def by_key(self) -> Mapping[str, Item]:
        """Every item under its key."""
        return {item.key: item for item in self.items()}


# --- reading and writing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """What is wrong and where; `path` is like `sections[2].items[0].points`, empty for the whole document."""

    path: str
    code: str
    message: str
    line: int | None = None  # of the authored file, where there is one

    def __str__(self) -> str:
        place = self.path or "phiếu"
        return f"{place}: {self.message}" if self.line is None else f"{place} (line {self.line}): {self.message}"


def parse(document: object) -> Checklist:
    """Read a document (authored or canonical); raises `Invalid("checklist_invalid", problems=...)`."""
    return read_document(Checklist, document)


def read_document(model: type[Document], document: object) -> Document:
    """Read a document of any kind that people author, with the same judgement; raises as `parse` does."""
    if not isinstance(document, Mapping):
        problem = Problem("", "not_a_table", "tài liệu phải là một bảng khóa: giá trị")
        raise Invalid("checklist_invalid", problems=(problem,))
    unclean = tuple(_unclean(document))
    if unclean:
        raise Invalid("checklist_invalid", problems=unclean)
    try:
        return model.model_validate(_normal(document))
    except ValidationError as error:
        raise Invalid("checklist_invalid", problems=_problems(error)) from None


def canonical(checklist: Checklist) -> bytes:
    """Write the canonical JSON: sorted keys, NFC, no spaces, nothing that equals its default."""
    return canonical_json(checklist.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def canonical_json(value: Any) -> bytes:
    """Write any JSON value with sorted keys, NFC and no spaces."""
    text = json.dumps(_normal(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def chk(published: bytes) -> str:
    """Name a published version: the SHA-256 of its canonical bytes, in hex."""
    return hashlib.sha256(published).hexdigest()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document, for editors."""
    return Checklist.model_json_schema()


def _unclean(value: Any, path: str = "", depth: int = 0) -> Iterator[Problem]:
    """Find what must not reach the model: forbidden characters, keys that are no text, endless nesting."""
    if depth > DEPTH_LIMIT:
        yield Problem(path, "too_deep", f"lồng nhau quá {DEPTH_LIMIT} tầng")
    elif isinstance(value, str):
        if UNCLEAN.search(value):
            yield Problem(path, "text_unclean", "có ký tự điều khiển không được phép (ví dụ NUL)")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str) or UNCLEAN.search(key):
                yield Problem(path, "key_not_text", "khóa phải là chữ")
            else:
                yield from _unclean(each, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _unclean(each, f"{path}[{index}]", depth + 1)


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {_normal(key): _normal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(each) for each in value]
    return value


_MESSAGES = {
    "missing": "thiếu khóa bắt buộc này",
    "extra_forbidden": "không có khóa nào tên như vậy ở đây",
    "string_type": "phải là một chuỗi chữ",
    "bool_type": "chỉ nhận true hoặc false",
    "model_type": "phải là một bảng khóa: giá trị",
    "model_attributes_type": "phải là một bảng khóa: giá trị",
    "tuple_type": "phải là một danh sách",
    "string_too_short": "không được để trống",
    "string_pattern_mismatch": "chỉ gồm chữ thường không dấu, chữ số, nối bằng gạch ngang",
    "union_tag_not_found": "thiếu khóa type",
}


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    found = [_problem(each) for each in error.errors()]
    # A list that lost its broken members is then called too short: say only what the author did.
    return tuple(
        each
        for each in found
        if each.code != "too_short" or not any(other.path.startswith(f"{each.path}[") for other in found)
    )


def _problem(error: ErrorDetails) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    limits = {
        "greater_than_equal": "phải từ {ge} trở lên (tính theo phần trăm đơn vị nếu là điểm hoặc tỷ lệ)",
        "less_than_equal": "phải không quá {le} (tính theo phần trăm đơn vị nếu là điểm hoặc tỷ lệ)",
        "string_too_long": "dài quá {max_length} ký tự",
        "too_long": "có quá nhiều mục, tối đa {max_length}",
        "too_short": "phải có ít nhất {min_length} mục",
        "literal_error": "chỉ nhận một trong: {expected}",
        "union_tag_invalid": "không nhận loại {tag}",
    }
    if kind in limits:
        message = limits[kind].format(**context).replace("<", "").replace(">", "")
    else:
        message = _MESSAGES.get(kind, error["msg"])
    return Problem(_path(error["loc"]), kind, message)


def _path(location: tuple[int | str, ...]) -> str:
    """Write pydantic's location as the author sees it, without the tags of unions."""
    path = ""
    for part in location:
        if isinstance(part, str) and part.startswith("<"):
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
