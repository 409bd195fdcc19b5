"""Who has everything but the server's key rebuilds every hash, answer and score of a record: both witnesses see it."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.domain.checklist import canonical_json
from app.exports import verification
from tests.features.exports.records import (
    Files,
    Line,
    about_of,
    agreed,
    forged,
    listed,
    log_of,
    read,
    sha,
    with_about,
    with_log,
    witness,
    witness_here,
    written,
)


def said(line: Line) -> Any:
    return json.loads(line["body"])


def plain_yes(log: list[Line]) -> Line:
    """An answer "yes" that stands, in a cell nobody else wrote to."""
    paths = [said(line)["path"] for line in log]
    return next(line for line in log if said(line)["val"] == "yes" and paths.count(said(line)["path"]) == 1)


def lose_body(files: Files) -> Files:
    """An accepted answer as if its body were hidden."""
    log = log_of(files)
    plain_yes(log)["body"] = None
    return forged(with_log(files, log))


def two_bodies(files: Files) -> Files:
    """The true bytes of an answer, which the hash is of, beside a body that says the opposite."""
    log = log_of(files)
    line = plain_yes(log)
    line["body_b64"] = base64.b64encode(line["body"].encode()).decode()
    line["body"] = json.dumps(said(line) | {"val": "no"}, ensure_ascii=False, separators=(",", ":"))
    return agreed(with_log(files, log))


def other_checklist(files: Files) -> Files:
    """Other points and texts, under the hash that they have."""
    name = f"checklists/{about_of(files)['chk']}.json"
    document = json.loads(files[name])
    for item in (item for section in document["sections"] for item in section["items"]):
        item["text"]["vi"] += " (đã khác)"
        item["points"] = item.get("points", 0) * 2
    content = canonical_json(document)
    rest = {each: files[each] for each in files if each != name}
    return agreed(with_about(rest | {f"checklists/{sha(content)}.json": content}, chk=sha(content)))


def other_names(files: Files) -> Files:
    about = about_of(files)
    people = dict(zip(about["people"], reversed(about["people"].values()), strict=True))
    return agreed(with_about(files, people=people, unit=about["unit"] | {"name": "Phường Khác"}))


def cut_at_a_push(files: Files) -> Files:
    """The log up to the end of an earlier push, which the server signed; the visit is told to be still open."""
    log = log_of(files)
    closed = next(n for n, line in enumerate(log) if said(line)["kind"] == "close")
    last = max(n for n in range(closed) if "sig" in log[n])
    head = about_of(files)["head"] | {"sig": log[last]["sig"]}
    return agreed(with_about(with_log(files, log[: last + 1]), head=head, state="open"))


def hide_photo(files: Files) -> Files:
    """A photo is taken out and told to have been missing all along."""
    name = next(name for name in files if name.startswith("photos/"))
    rest = {each: files[each] for each in files if each != name}
    return agreed(with_about(rest, photos_missing=[name.removeprefix("photos/")]))


def rebuilt(files: Files) -> Files:
    """A moment changed, and every link behind it made anew."""
    log = log_of(files)
    log[40]["recv"] += 1
    return forged(with_log(files, log))


def earlier_form(files: Files) -> Files:
    """The package as it was written before visit.json was signed: its facts may be anybody's."""
    files = agreed(other_names(files))
    about = {name: each for name, each in about_of(files).items() if name != "files"} | {"version": 1}
    return {name: files[name] for name in files if name != "visit.sig"} | {"visit.json": canonical_json(about)}


SIGNATURE = "Chữ ký của máy chủ không đúng"
FORGERIES: dict[str, tuple[str, Callable[[Files], Files], str]] = {
    "body lost": ("open_record", lose_body, "không có nội dung đọc được"),
    "two bodies": ("open_record", two_bodies, "Có hai nội dung"),
    "checklist": ("record", other_checklist, "Phiếu kiểm tra không phải phiếu"),
    "names": ("record", other_names, SIGNATURE),
    "cut": ("record", cut_at_a_push, SIGNATURE),
    "photo": ("record", hide_photo, SIGNATURE),
    "rebuilt": ("record", rebuilt, SIGNATURE),
    "earlier form": ("record", earlier_form, "không được máy chủ ký"),
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_forgery_that_agrees_with_itself_is_told(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    which, forge, told = FORGERIES[name]
    files = read(request.getfixturevalue(which))
    key = about_of(files)["public_key"]
    path = written(forge(files), tmp_path / "forged.zip")
    text = verification.as_text(verification.verify(path, verification.key_of(key)))
    assert told in text
    assert "Nguyên vẹn" not in text
    code, script = witness(path, key)
    assert code == 1, script


def test_the_forger_changes_nothing_that_he_does_not_mean_to(record: Path, open_record: Path) -> None:
    """Else what the tests above find would be his own mistakes."""
    for files in map(read, (record, open_record)):
        assert forged(files) == files


# --- any member of the JSON files, with every hash made anew ---------------------------------------------------------


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return ("1" if value[:1] != "1" else "2") + value[1:]
    return type(value)()


def members(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every member, however deep."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*way, key)
        yield from members(value[key], (*way, key))


def without_or_other(document: Any, way: tuple[Any, ...]) -> Iterator[Any]:
    """The document without a member, and with another value in its place."""
    for removed in (True, False):
        copy = json.loads(json.dumps(document))
        inside = copy
        for key in way[:-1]:
            inside = inside[key]
        if removed:
            del inside[way[-1]]
        else:
            inside[way[-1]] = changed(inside[way[-1]])
        if copy != document:
            yield copy


def as_well_as_he_can(files: Files, mend: Callable[[Files], Files]) -> Files:
    """What cannot be made to agree is left as it is: some changes leave nothing to fold or to hash."""
    try:
        return mend(files)
    except Exception:
        return files


def assert_told(files: Files, path: Path, what: str) -> None:
    written(files, path)
    assert verification.verify(path).faults, f"congvu verify saw nothing: {what}"
    assert witness_here(path) != 0, f"the stand-alone script saw nothing: {what}"


def test_no_member_of_visit_json_may_change(record: Path, tmp_path: Path) -> None:
    files, about = read(record), about_of(read(record))
    alike = {(name, each) for name in ("people", "files") for each in list(about[name])[1:]}
    for way in (way for way in members(about) if way not in alike):
        for other in without_or_other(about, way):
            assert_told(files | {"visit.json": canonical_json(other)}, tmp_path / "x.zip", str(way))


@pytest.mark.parametrize("which", ["record", "open_record"])
def test_no_member_of_a_line_of_the_log_may_change(request: pytest.FixtureRequest, tmp_path: Path, which: str) -> None:
    files = read(request.getfixturevalue(which))
    log = log_of(files)
    line = Random(7).choice(log)
    coded = base64.b64encode(line["body"].encode()).decode()
    bodies = [{**line, "body": None}, {**line, "body_b64": coded}, {**line, "body": None, "body_b64": coded}]
    for other in [*bodies, *(other for way in members(line) for other in without_or_other(line, way))]:
        lines = with_log(files, [other if each is line else each for each in log])
        mended = as_well_as_he_can(lines, forged)
        if mended != files:  # what is rebuilt may have been made right again
            assert_told(mended, tmp_path / "x.zip", str(other))


def test_no_file_may_be_left_out_added_or_replaced(record: Path, tmp_path: Path) -> None:
    files = read(record)
    photos = [name for name in files if name.startswith("photos/")]
    for name in files.keys() - set(photos[1:]):
        without = {each: files[each] for each in files if each != name}
        for other in (without, without | {name: files[name] + b"\n"}, files | {name + "x": files[name]}):
            mended = as_well_as_he_can(other, listed)
            if mended != files:  # visit.json is written anew
                assert_told(mended, tmp_path / "x.zip", name)
