"""An exported visit is intact for two witnesses that share no code, and a change anywhere is found by both."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from app.cli import main
from app.exports import verification
from tests.features.exports.records import (
    SCRIPT,
    Files,
    log_of,
    read,
    with_log,
    witness,
    witness_here,
    written,
)


def test_the_untouched_record_is_intact_for_both(record: Path) -> None:
    report = verification.verify(record)
    assert report.faults == []
    assert report.entries > 100
    assert report.photos == 4
    assert witness(record)[0] == 0
    assert len(SCRIPT.read_text().splitlines()) < 200


def test_the_command_says_so_in_words_and_as_json(record: Path) -> None:
    told = CliRunner().invoke(main, ["verify", str(record)])
    assert (told.exit_code, "Nguyên vẹn" in told.output) == (0, True)
    told = CliRunner().invoke(main, ["verify", "--json", str(record)])
    assert json.loads(told.output)["faults"] == []
    wrong = base64.urlsafe_b64encode(bytes(32)).decode()
    assert CliRunner().invoke(main, ["verify", "--key", wrong, str(record)]).exit_code == 1
    assert witness(record, wrong)[0] == 1


# --- changes, each told where it is -------------------------------------------------------------------------------


def change_answer(files: Files) -> Files:
    log = log_of(files)
    line = next(each for each in log if '"item/bien-de-ban' in each["body"])
    line["body"] = line["body"].replace('"val":', '"val" :', 1)
    return with_log(files, log)


def change_author(files: Files) -> Files:
    log = log_of(files)
    log[5]["actor"] = log[0]["actor"] + "x"
    return with_log(files, log)


def cut_tail(files: Files) -> Files:
    return with_log(files, log_of(files)[:-3])


def remove_one(files: Files) -> Files:
    log = log_of(files)
    return with_log(files, log[:20] + log[21:])


def swap_two(files: Files) -> Files:
    log = log_of(files)
    log[30], log[31] = log[31], log[30]
    return with_log(files, log)


def change_shown_answer(files: Files) -> Files:
    return files | {"answers.json": files["answers.json"].replace(b'"yes"', b'"no"', 1)}


def change_score(files: Files) -> Files:
    score = json.loads(files["score.json"])
    score["score"]["basis_points"], score["score"]["total"] = 10_000, "1"
    return files | {"score.json": json.dumps(score, ensure_ascii=False).encode()}


def change_photo(files: Files) -> Files:
    name = next(name for name in files if name.startswith("photos/"))
    return files | {name: files[name][:-1] + bytes([files[name][-1] ^ 1])}


def lose_photo(files: Files) -> Files:
    name = next(name for name in files if name.startswith("photos/"))
    return {key: value for key, value in files.items() if key != name}


def change_checklist(files: Files) -> Files:
    name = next(name for name in files if name.startswith("checklists/"))
    return files | {name: files[name].replace(b'"points":', b'"points": ', 1)}


CHANGES: dict[str, tuple[Callable[[Files], Files], str]] = {
    "answer": (change_answer, "Nội dung đã bị sửa"),
    "author": (change_author, "Mục 6"),
    "tail": (cut_tail, "cuối nhật ký"),
    "removed": (remove_one, "bị xóa"),
    "swapped": (swap_two, "Mục 31"),
    "answers.json": (change_shown_answer, "answers.json"),
    "score": (change_score, "score.json: score: total"),
    "photo": (change_photo, "Ảnh đã bị thay đổi"),
    "photo lost": (lose_photo, "Thiếu ảnh"),
    "checklist": (change_checklist, "Phiếu kiểm tra đã bị sửa"),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_change_is_told_where_it_is(record: Path, tmp_path: Path, name: str) -> None:
    change, told = CHANGES[name]
    changed = written(change(read(record)), tmp_path / "changed.zip")
    assert told in verification.as_text(verification.verify(changed))
    assert witness(changed)[0] == 1


# --- random changes --------------------------------------------------------------------------------------------------


def random_changes(files: Files, random: Random) -> Iterator[Files]:
    """Flip, delete, double or swap something somewhere in the log or in a file beside it."""
    log = log_of(files)
    n = random.randrange(len(log))
    line = dict(log[n])
    field = random.choice([*sorted(set(line) - {"body"}), "body"])
    old = line[field]
    if isinstance(old, int):
        line[field] = old + random.choice([-1, 1, 1000])
    elif isinstance(old, list):
        line[field] = old[1:] if old else ["A" * 21 + "A"]
    elif isinstance(old, str):
        at = random.randrange(len(old) + 1)
        line[field] = old[:at] + ("x" if old[at : at + 1] != "x" else "y") + old[at + 1 :]
    yield with_log(files, [*log[:n], line, *log[n + 1 :]])
    yield with_log(files, log[:n] + log[n + 1 :])
    yield with_log(files, [*log[: n + 1], log[n], *log[n + 1 :]])
    other = random.randrange(len(log))
    if other != n:
        swapped = list(log)
        swapped[n], swapped[other] = swapped[other], swapped[n]
        yield with_log(files, swapped)
    name = random.choice([name for name in files if name.startswith(("photos/", "checklists/"))])
    at = random.randrange(len(files[name]))
    yield files | {
        name: files[name][:at] + bytes([files[name][at] ^ (1 << random.randrange(8))]) + files[name][at + 1 :]
    }


@pytest.mark.parametrize("seed", range(3))
def test_no_random_change_escapes_either_witness(record: Path, tmp_path: Path, seed: int) -> None:
    random, files = Random(seed), read(record)
    for _ in range(4):
        for number, changed in enumerate(random_changes(files, random)):
            path = written(changed, tmp_path / f"{number}.zip")
            assert verification.verify(path).faults, f"seed {seed}: congvu verify saw nothing"
            assert witness_here(path) != 0, f"seed {seed}: the stand-alone script saw nothing"


@pytest.mark.parametrize("raw", [b"", b"PK", b"{}"])
def test_what_is_no_record_is_told_so(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(raw)
    assert "Không đọc được" in verification.as_text(verification.verify(path))
    assert witness(path)[0] == 2


def test_a_flipped_bit_of_what_is_packed_is_told_in_the_report(record: Path, tmp_path: Path) -> None:
    raw = bytearray(record.read_bytes())
    with ZipFile(record) as package:
        log = package.getinfo("log.jsonl")
    packed = log.header_offset + 30 + len(log.filename)
    raw[packed] |= 0b110  # a kind of block that deflate does not have
    path = tmp_path / "x.zip"
    path.write_bytes(raw)
    assert "Không đọc được như một hồ sơ kiểm tra" in verification.as_text(verification.verify(path))
    assert witness(path)[0] == 2
