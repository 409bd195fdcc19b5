"""Checks an exported visit with nothing but the file: what was changed, and where (`congvu verify`).

Every check goes on after the first fault, from what the file itself says next, so that one changed word is told as
one changed word and not as a broken log.
"""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.answers import read
from app.domain.checklist import Checklist, canonical_json, parse
from app.domain.conclusions import conclude
from app.domain.errors import DomainError
from app.domain.operations import ACCEPTED, Entry, cell_value, entry_of, fold
from app.domain.repinning import Repins
from app.domain.visits import NO_HASH, VisitState, answer_cells, answers_digest, frozen_entries, visit_state
from app.domain.wire import BodyError, HashedFields, decode, entry_hash, from_base64url, record_hash
from app.exports.packages import FORMAT, VERSION, answers_value

_MEMBER = re.compile(
    r"README\.txt|visit\.sig|(visit|answers|score)\.json|log\.jsonl|checklists/[0-9a-f]{64}\.json|photos/[0-9a-f]{64}"
)
_UNREADABLE = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    zlib.error,
)
_TEXT_LIMIT = 512 * 1024 * 1024
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was: where (`Mục 17`, `photos/…`), and a sentence for people."""

    where: str
    told: str


# Nobody could tell a genuine one from one whose names, checklist, end or missing photos were changed.
EARLIER_FORM = Fault(
    "visit.json",
    "Hồ sơ dạng cũ: tên người và đơn vị, phiếu kiểm tra, chỗ nhật ký kết thúc và ảnh còn thiếu không được máy chủ ký. "
    "Hãy xuất lại hồ sơ.",
)


@dataclass
class Report:
    """What the file says of itself, and every fault that was found."""

    about: Mapping[str, Any] = field(default_factory=dict)
    entries: int = 0
    photos: int = 0
    photos_missing: int = 0
    photos_withheld: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, where: str, told: str) -> None:
        self.faults.append(Fault(where, told))


def verify(path: Path, trusted_key: bytes | None = None) -> Report:
    """Check a package. `trusted_key` is the server's public key from elsewhere (32 bytes). Raises OSError only."""
    report = Report()
    try:
        with ZipFile(path) as package:
            _check(package, report, trusted_key)
    except _UNREADABLE as problem:
        report.add("tệp", f"Không đọc được như một hồ sơ kiểm tra: {problem}")
    return report


def _check(package: ZipFile, report: Report, trusted_key: bytes | None) -> None:
    names = [each.filename for each in package.infolist()]
    for name in sorted(set(names)):
        if not _MEMBER.fullmatch(name):
            report.add(name, "Tệp lạ, không thuộc hồ sơ.")
        if names.count(name) > 1:
            report.add(name, "Có hai bản cùng tên trong hồ sơ.")
    damaged = package.testzip()
    if damaged is not None:
        report.add(damaged, "Nội dung nén bị hỏng.")
    raw = _text(package, "visit.json")
    about = json.loads(raw)
    report.about = about
    key = from_base64url(about["public_key"])
    if trusted_key not in (None, key):
        report.add("visit.json", "Khóa công khai trong hồ sơ không phải khóa bạn tin.")
    _check_about(package, raw, trusted_key or key, report)
    lines = [json.loads(line) for line in _text(package, "log.jsonl").splitlines() if line.strip()]
    report.entries = len(lines)
    _check_chain(about, lines, trusted_key or key, report)
    entries = [entry for line in lines if (entry := _entry(line)) is not None]
    _check_photos(package, entries, report)
    checklist = _checklist(package, about["chk"], entries, report)
    state = visit_state(entries)
    _check_closing(entries, state, lines, report)
    _check_answers(package, entries, checklist, report)


def _text(package: ZipFile, name: str) -> bytes:
    if package.getinfo(name).file_size > _TEXT_LIMIT:
        raise ValueError(f"{name}: quá lớn")
    return package.read(name)


# --- what the server signed of the package ----------------------------------------------------------------------------


def _check_about(package: ZipFile, raw: bytes, key: bytes, report: Report) -> None:
    about = report.about
    if (about["format"], about["version"]) == (FORMAT, 1):
        report.faults.append(EARLIER_FORM)
        return
    if (about["format"], about["version"]) != (FORMAT, VERSION):
        report.add("visit.json", f"Không phải hồ sơ kiểm tra phiên bản {VERSION}.")
    names = set(package.namelist())
    sig = package.read("visit.sig").decode("utf-8", "replace") if "visit.sig" in names else ""
    if not _is_signed(key, record_hash(raw), sig):
        report.add("visit.json", "Chữ ký của máy chủ không đúng: nội dung đã bị sửa, hoặc hồ sơ đã bị dựng lại.")
    files = about["files"]
    for name in sorted(names - {"visit.json", "visit.sig"}):
        if _digest(package, name)[0] != files.get(name):
            report.add(name, "Khác với mã băm nêu trong visit.json.")
    for name in sorted(files.keys() - names):
        report.add(name, "Thiếu tệp mà visit.json nêu.")


# --- the log --------------------------------------------------------------------------------------------------------


def _check_chain(about: Mapping[str, Any], lines: list[dict[str, Any]], key: bytes, report: Report) -> None:
    prev, seen = NO_HASH, set()
    for number, line in enumerate(lines, start=1):
        where = _where(line, number)
        if line["n"] != number:
            report.add(where, f"Số thứ tự là {line['n']}, lẽ ra là {number}: có mục bị xóa, chèn hoặc đảo chỗ.")
        if line["op"] in seen:
            report.add(where, "Mã thao tác đã có ở một mục trước.")
        seen.add(line["op"])
        _check_body(line, where, report)
        if line["prev"] != prev:
            report.add(where, "Không nối vào mục trước: có mục bị xóa, chèn, đảo chỗ hoặc sửa.")
        if _hash(about["visit"], line) != line["h"]:
            report.add(where, "Thông tin kèm theo (người ghi, máy, giờ nhận, trạng thái, mã băm…) đã bị sửa.")
        if "sig" in line and not _is_signed(key, bytes.fromhex(line["h"]), line["sig"]):
            report.add(where, "Chữ ký của máy chủ không đúng: chuỗi đã bị dựng lại hoặc sửa.")
        prev = line["h"]
    head = about["head"]
    if (head["n"], head["h"]) != (len(lines), prev):
        report.add(
            "cuối nhật ký", f"visit.json nói có {head['n']} mục, nhật ký có {len(lines)}: bị cắt đuôi hoặc thêm."
        )


def _check_body(line: Mapping[str, Any], where: str, report: Report) -> None:
    """Only what is held may be hidden, and nothing is told in two ways."""
    body = _body(line)
    if line.get("body") is not None and "body_b64" in line:
        report.add(where, "Có hai nội dung.")
    if body is not None and hashlib.sha256(body).hexdigest() != line["bh"]:
        report.add(where, "Nội dung đã bị sửa: mã băm của nội dung không khớp.")
    if line["st"] == ACCEPTED and _entry(line) is None:
        report.add(where, "Mục đã nhận mà không có nội dung đọc được.")


def _where(line: Mapping[str, Any], number: int) -> str:
    try:
        path = decode(_body(line) or b"").path
    except BodyError:
        path = ""
    return f"Mục {number}" + (f" ({path})" if path else "")


def _body(line: Mapping[str, Any]) -> bytes | None:
    if isinstance(line.get("body"), str):
        return str(line["body"]).encode("utf-8", "surrogatepass")
    coded = line.get("body_b64")
    try:
        return base64.b64decode(coded, validate=True) if isinstance(coded, str) else None
    except binascii.Error:
        return b""


def _hash(visit: str, line: Mapping[str, Any]) -> str:
    try:
        fields = HashedFields(
            visit=visit,
            n=line["n"],
            prev=bytes.fromhex(line["prev"]),
            op=line["op"],
            body_hash=bytes.fromhex(line["bh"]),
            actor=line["actor"],
            writer=line["writer"],
            ws=line["ws"],
            received_at=line["recv"],
            status=line["st"],
            why=line["why"],
            parents=tuple(line["epar"]),
        )
        return entry_hash(fields).hex()
    except Exception:  # whatever stands there cannot be hashed: so it is not what was signed
        return ""


def _is_signed(key: bytes, digest: bytes, sig: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(from_base64url(sig), digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _entry(line: Mapping[str, Any]) -> Entry | None:
    try:
        operation = decode(_body(line) or b"")
    except BodyError:
        return None
    return entry_of(
        operation,
        actor=line["actor"],
        parents=tuple(line["epar"]),
        n=line["n"],
        received_at=line["recv"],
        status=line["st"],
        why=line["why"],
        writer=line["writer"],
        ws=line["ws"],
    )


# --- what stands on the log -----------------------------------------------------------------------------------------


def _check_photos(package: ZipFile, entries: list[Entry], report: Report) -> None:
    promised = {
        value["sha256"]: (value["size"], entry.path)
        for entry in entries
        if entry.status == ACCEPTED and entry.path.startswith("photo/")
        if isinstance(value := cell_value(entry.kind, entry.value), Mapping)
    }
    there = {name.removeprefix("photos/") for name in package.namelist() if name.startswith("photos/")}
    report.photos = len(there)
    for sha256 in sorted(there):
        digest, size = _digest(package, f"photos/{sha256}")
        if digest != sha256:
            report.add(f"photos/{sha256}", f"Ảnh đã bị thay đổi ({promised.get(sha256, (0, 'không rõ'))[1]}).")
        elif sha256 not in promised:
            report.add(f"photos/{sha256}", "Ảnh không có trong nhật ký.")
        elif size != promised[sha256][0]:
            report.add(f"photos/{sha256}", "Kích thước ảnh khác với nhật ký.")
    standing = {
        head.value["sha256"]
        for path, heads in answer_cells(entries).items()
        if path.startswith("photo/")
        for head in heads
        if isinstance(head.value, Mapping)
    }
    missing, withheld = (set(report.about.get(f"photos_{why}", ())) for why in ("missing", "withheld"))
    report.photos_missing, report.photos_withheld = len(missing), len(withheld)
    for sha256 in sorted(standing - there - missing - withheld):
        report.add(f"photos/{sha256}", f"Thiếu ảnh mà nhật ký nêu ({promised[sha256][1]}).")


def _digest(package: ZipFile, name: str) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    with package.open(name) as file:
        while block := file.read(_BLOCK):
            found.update(block)
            size += len(block)
    return found.hexdigest(), size


def _checklist(package: ZipFile, chk: str, entries: list[Entry], report: Report) -> Checklist | None:
    """The checklist in force: that of the entries, carried through the re-pins, in the bytes that have its hash."""
    accepted = [entry for entry in entries if entry.status == ACCEPTED]
    repins = Repins(accepted)
    if accepted and chk not in {repins.carried(entry).chk for entry in accepted}:
        report.add("visit.json", "Phiếu kiểm tra không phải phiếu mà các mục trong nhật ký nêu.")
    for each in sorted({chk, *repins.checklists}):
        if _digest(package, f"checklists/{each}.json")[0] != each:
            report.add(f"checklists/{each}.json", "Phiếu kiểm tra đã bị sửa: mã băm không khớp.")
    name = f"checklists/{chk}.json"
    try:
        return parse(json.loads(_text(package, name)))
    except (DomainError, ValueError) as problem:
        report.add(name, f"Phiếu kiểm tra không đọc được: {str(problem)[:200]}")
        return None


def _check_closing(entries: list[Entry], state: VisitState, lines: list[dict[str, Any]], report: Report) -> None:
    """Every accepted close froze what the log says, and what both parties signed is that."""
    hashes = {line["n"]: line["h"] for line in lines}
    for close in entries:
        if close.kind != "close" or close.status != ACCEPTED:
            continue
        value = close.value
        told = f"Mục {close.n} (chốt biên bản)"
        if value["h"] != (hashes.get(value["n"]) if value["n"] else NO_HASH):
            report.add(told, "Vị trí nhật ký mà lần chốt này nêu không khớp.")
        earlier = [entry for entry in entries if (entry.n or 0) < (close.n or 0)]
        if answers_digest(fold(frozen_entries(earlier, value))) != value["digest"]:
            report.add(told, "Câu trả lời đã chốt không cho ra mã băm mà hai bên đã ký.")
    for party, head in (state.signatures or {}).items():
        if state.closing is not None and head.value["digest"] != state.closing.value["digest"]:
            report.add(f"chữ ký ({party})", "Chữ ký không phải của lần chốt này.")


def _check_answers(package: ZipFile, entries: list[Entry], checklist: Checklist | None, report: Report) -> None:
    cells = answer_cells(entries)
    for where in _differences(json.loads(_text(package, "answers.json")), answers_value(cells), "answers.json"):
        report.add(where, "Khác với câu trả lời tính từ nhật ký.")
    if checklist is None:
        return
    computed = json.loads(canonical_json(conclude(checklist, read(checklist, cells)).to_json()))
    for where in _differences(json.loads(_text(package, "score.json")), computed, "score.json"):
        report.add(where, "Khác với điểm, tồn tại tính lại từ câu trả lời.")


def _differences(found: Any, computed: Any, where: str) -> Iterator[str]:
    """The places where two JSON values differ, as deep as they can be named; at most twenty of a kind."""
    if isinstance(found, dict) and isinstance(computed, dict):
        for key in sorted(found.keys() | computed.keys()):
            if key not in found or key not in computed:
                yield f"{where}: {key}"
            else:
                yield from _differences(found[key], computed[key], f"{where}: {key}")
    elif isinstance(found, list) and isinstance(computed, list) and len(found) == len(computed):
        for index, (one, other) in enumerate(zip(found, computed, strict=True)):
            name = one.get("key", index) if isinstance(one, dict) else index
            yield from _differences(one, other, f"{where}: {name}")
    elif json.dumps(found, sort_keys=True) != json.dumps(computed, sort_keys=True):
        yield where


# --- for people -----------------------------------------------------------------------------------------------------


def key_of(text: str) -> bytes:
    """A public key as it is published: base64url of 32 bytes. Raises ValueError."""
    key = from_base64url(text.strip())
    if len(key) != 32:
        raise ValueError("khóa công khai phải là 32 byte")
    return key


def as_json(report: Report) -> str:
    """The report for programs."""
    faults = [{"where": each.where, "told": each.told} for each in report.faults]
    told = {
        "visit": report.about.get("visit"),
        "entries": report.entries,
        "photos": report.photos,
        "photos_missing": report.photos_missing,
        "photos_withheld": report.photos_withheld,
        "faults": faults,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def as_text(report: Report) -> str:
    """The report for people."""
    unit = report.about.get("unit", {}).get("name", "?") if report.about else "?"
    missing = f", còn thiếu {report.photos_missing}" if report.photos_missing else ""
    withheld = f", không kèm theo {report.photos_withheld}" if report.photos_withheld else ""
    counted = f"{report.entries} mục nhật ký, {report.photos} ảnh{missing}{withheld}"
    lines = [f"{unit}, {report.about.get('planned_on', '?')}: {counted}."]
    if not report.faults:
        lines.append("Nguyên vẹn: chuỗi băm, chữ ký, ảnh, câu trả lời và điểm đều khớp.")
        lines.append(f"Khóa công khai: {report.about.get('public_key', '')} (hãy so với khóa cơ quan công bố).")
        return "\n".join(lines)
    unsure = report.faults == [EARLIER_FORM]
    lines.append("KHÔNG xác nhận được:" if unsure else f"KHÔNG nguyên vẹn, {len(report.faults)} chỗ:")
    return "\n".join([*lines, *(f"  {each.where}: {each.told}" for each in report.faults)])
