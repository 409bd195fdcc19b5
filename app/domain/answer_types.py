"""The parts a checklist is written with: numbers, texts, conditions and the types of answer.

Frozen pydantic, extra keys forbidden. Numbers are plain decimals in YAML (read as text) and whole hundredths in
canonical JSON, never floats. The typed part of an answer is shared by items and by the fields of a roster's rows.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    StrictBool,
    StringConstraints,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

# What no text may hold: control characters (but tab and line ends), lone surrogates, non-characters. They break
# databases, spreadsheets or UTF-8, and are never typed on purpose.
UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_DECIMAL = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_LARGEST = 10**11  # hundredths; keeps every product of the score far inside a double's whole numbers


def _hundredths(value: object) -> int:
    """Read "7.5" as 750; a whole number is hundredths already (canonical JSON)."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("hundredths", "phải là số thập phân viết thường, tối đa hai chữ số sau dấu chấm")
    sign, whole, decimals = match.groups()
    number = int(whole) * 100 + int((decimals or "").ljust(2, "0"))
    return -number if sign else number


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    raise PydanticCustomError("count", "phải là số nguyên không âm")


def _iso_date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date):
        return value
    raise PydanticCustomError("iso_date", "phải là ngày có thật, viết dạng 2020-08-31")


def _threshold(value: object) -> int | str:
    """A bound in a `when` table: hundredths, or a date or time kept as ISO text."""
    if isinstance(value, str) and (_DATE.fullmatch(value) or _TIME.fullmatch(value)):
        return value
    return _hundredths(value)


_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,2})?$"}]}
_COUNT_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,9}$"}]}
_THRESHOLD_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string"}]}

Hundredths = Annotated[int, BeforeValidator(_hundredths), WithJsonSchema(_NUMBER_SCHEMA)]
Points = Annotated[Hundredths, Field(ge=0)]
Percent = Annotated[Hundredths, Field(ge=0, le=10_000)]  # hundredths of a percent are basis points
Count = Annotated[int, BeforeValidator(_count), WithJsonSchema(_COUNT_SCHEMA)]
Threshold = Annotated[int | str, BeforeValidator(_threshold), WithJsonSchema(_THRESHOLD_SCHEMA)]
IsoDate = Annotated[
    date,
    BeforeValidator(_iso_date),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=64)]
ItemKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Evidence = Literal["none", "optional", "required", "required_on_fail"]


class Part(BaseModel):
    """Base of everything in the document: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_alias=True)


class Text(Part):
    """One text, Vietnamese first."""

    vi: Words
    en: str = Field(default="", max_length=4000)


class Criterion(Text):
    """The rule an item checks and where it is written."""

    source: str = Field(default="", max_length=1000)


# --- conditions: a table, not a language -----------------------------------------------------------------


class Comparison(Part):
    """One comparison of an earlier item, or of a field of the same row, with a value."""

    item: Key | None = None
    field: Key | None = None
    is_: str | None = Field(default=None, alias="is")
    is_not: str | None = None
    in_: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)
    at_least: Threshold | None = None
    at_most: Threshold | None = None

    @model_validator(mode="after")
    def _one_source_one_operator(self) -> "Comparison":
        if (self.item is None) == (self.field is None):
            raise PydanticCustomError("one_source", "phải nêu đúng một nguồn: item hoặc field")
        operators = (self.is_, self.is_not, self.in_, self.at_least, self.at_most)
        if sum(value is not None for value in operators) != 1:
            raise PydanticCustomError("one_operator", "phải có đúng một phép so: is, is_not, in, at_least hoặc at_most")
        return self


class AllOf(Part):
    all_: tuple["Condition", ...] = Field(alias="all", min_length=1)


class AnyOf(Part):
    any_: tuple["Condition", ...] = Field(alias="any", min_length=1)


class Negation(Part):
    not_: "Condition" = Field(alias="not")


def _condition_tag(value: object) -> str:
    if isinstance(value, Mapping):
        return next((f"<{word}>" for word in ("all", "any", "not") if word in value), "<comparison>")
    tags: dict[type, str] = {AllOf: "<all>", AnyOf: "<any>", Negation: "<not>"}
    return tags.get(type(value), "<comparison>")


Condition = Annotated[
    Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Negation, Tag("<not>")]
    | Annotated[Comparison, Tag("<comparison>")],
    Discriminator(_condition_tag),
]


# --- answers: the typed part is shared by items and roster fields -------------------------------------------


def _type_tag(value: object) -> str | None:
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    return f"<{kind}>" if isinstance(kind, str) else None


class Option(Part):
    """One permitted choice: worth points, or marked a fail."""

    key: Key
    text: Text
    points: Points | None = None
    fail: StrictBool = False


class Options(Part):
    choices: tuple[Option, ...] = Field(min_length=1, max_length=100)


class Bounds(Part):
    unit: Text
    min: Hundredths | None = None
    max: Hundredths | None = None
    whole: StrictBool = False


class Length(Part):
    max_length: Count = Field(default=2000, ge=1, le=4000)


class _Answer(Part):
    claimed: StrictBool = False  # ask what the unit itself reports, beside what was found


class YesNo(_Answer):
    type: Literal["yes_no"]
    inverted: StrictBool = False  # "no" earns the points


class Choice(_Answer, Options):
    type: Literal["choice"]


class Choices(_Answer, Options):
    type: Literal["choices"]


class Ratio(_Answer):
    """Observed out of total; a rate is never typed as a percentage."""

    type: Literal["ratio"]
    observed: Text
    total: Text
    period: StrictBool = False
    source: StrictBool = False


class Number(_Answer, Bounds):
    type: Literal["number"]


class FreeText(_Answer, Length):
    type: Literal["text"]


class Date(_Answer):
    type: Literal["date"]


class Time(_Answer):
    type: Literal["time"]


class Document(_Answer):
    type: Literal["document"]


class _Field(Part):
    """A field of a roster row."""

    key: Key
    text: Text
    when: Condition | None = None
    evidence: Evidence = "optional"


class YesNoField(_Field):
    type: Literal["yes_no"]


class ChoiceField(_Field, Options):
    type: Literal["choice"]


class ChoicesField(_Field, Options):
    type: Literal["choices"]


class NumberField(_Field, Bounds):
    type: Literal["number"]


class TextField(_Field, Length):
    type: Literal["text"]


class DateField(_Field):
    type: Literal["date"]


class TimeField(_Field):
    type: Literal["time"]


class DocumentField(_Field):
    type: Literal["document"]


RosterField = Annotated[
    Annotated[YesNoField, Tag("<yes_no>")]
    | Annotated[ChoiceField, Tag("<choice>")]
    | Annotated[ChoicesField, Tag("<choices>")]
    | Annotated[NumberField, Tag("<number>")]
    | Annotated[TextField, Tag("<text>")]
    | Annotated[DateField, Tag("<date>")]
    | Annotated[TimeField, Tag("<time>")]
    | Annotated[DocumentField, Tag("<document>")],
    Discriminator(_type_tag),
]


class Row(Part):
    label: Text


class Counts(Part):
    """Which rows are observed: the field has this value, or its date is not after another field's date."""

    field: Key
    is_: str | None = Field(default=None, alias="is")
    not_after: Key | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Counts":
        if (self.is_ is None) == (self.not_after is None):
            raise PydanticCustomError("one_way_to_count", "phải có đúng một cách đếm: is hoặc not_after")
        return self


class DerivedRatio(Part):
    counts: Counts


class Sample(Part):
    """Rows drawn by lot out of a numbered frame: what is in the frame, and how sure the result must be."""

    frame: Text
    confidence: Percent = 9_500
    margin: Percent = 1_000
    at_most: Count | None = Field(default=None, ge=1, le=500)
    period: StrictBool = False
    source: StrictBool = False

    @field_validator("confidence")
    @classmethod
    def _tabled(cls, confidence: int) -> int:
        if confidence not in (9_000, 9_500, 9_900):
            raise PydanticCustomError("sample_confidence", "độ tin cậy chỉ nhận 90, 95 hoặc 99")
        return confidence

    @field_validator("margin")
    @classmethod
    def _sensible(cls, margin: int) -> int:
        if not 100 <= margin <= 5_000:
            raise PydanticCustomError("sample_margin", "sai số phải từ 1 đến 50 (điểm phần trăm)")
        return margin


class Roster(_Answer):
    """Rows with typed fields; may yield a ratio counted from them. The rows of a sample are drawn, not added."""

    type: Literal["roster"]
    row: Row
    sample: Sample | None = None
    fields: tuple[RosterField, ...] = Field(max_length=40)
    ratio: DerivedRatio | None = None


Answer = Annotated[
    Annotated[YesNo, Tag("<yes_no>")]
    | Annotated[Choice, Tag("<choice>")]
    | Annotated[Choices, Tag("<choices>")]
    | Annotated[Ratio, Tag("<ratio>")]
    | Annotated[Number, Tag("<number>")]
    | Annotated[FreeText, Tag("<text>")]
    | Annotated[Date, Tag("<date>")]
    | Annotated[Time, Tag("<time>")]
    | Annotated[Document, Tag("<document>")]
    | Annotated[Roster, Tag("<roster>")],
    Discriminator(_type_tag),
]
