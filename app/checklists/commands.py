"""`congvu checklists`: the linter and the publisher of the shipped files, which `published.lock` freezes."""

import os
from pathlib import Path

import click

from app.checklists import actions, library, loader, queries
from app.checklists.editing.yaml_text import authored, write
from app.checklists.xlsform import Fate, Imported, export_xlsform, import_xlsform
from app.documents.paper_forms import paper_form
from app.domain import cost
from app.domain.checklist import Checklist, Problem, canonical, chk
from app.domain.errors import DomainError, Invalid
from app.transactions import own_transaction
from app.web import clock
from app.web.labels import label
from app.web.workbooks import Refused
from config import PROJECT

FOLDER = PROJECT / "checklists"
LOCK = "published.lock"

Lock = dict[tuple[str, int], str]


@click.group("checklists")
def checklists() -> None:
    """Phiếu kiểm tra: kiểm lỗi và xuất bản."""


@checklists.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
def check(files: tuple[Path, ...]) -> None:
    """Liệt kê mọi lỗi của các tệp (mặc định: mọi tệp trong checklists/, cả thư viện), kèm đường dẫn, dòng, độ nặng."""
    everything = (*shipped(FOLDER), *library.files_of(library.FOLDER))
    chosen = files or tuple(Path(os.path.relpath(path)) for path in everything)
    wrong = 0
    for path in chosen:
        lines = problem_lines(path)
        wrong += len(lines)
        click.echo("\n".join(lines or [f"{path}: đạt", *([] if _is_of_library(path) else cost_lines(path))]))
    if wrong:
        click.echo(f"Có {wrong} lỗi.", err=True)
        raise SystemExit(1)


@checklists.command("publish")
@click.argument("slug")
@click.option("--version", "number", type=click.IntRange(min=1), help="Phiên bản; mặc định là mới nhất.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default="checklists/")
def publish(slug: str, number: int | None, folder: Path) -> None:
    """Đưa một phiên bản vào cơ sở dữ liệu và ghi mã băm vào published.lock. Làm lại không đổi gì."""
    path = file_of(folder, slug, number)
    lines = problem_lines(path)
    if lines:
        raise click.ClickException("phiếu còn lỗi, chưa xuất bản:\n" + "\n".join(lines))
    checklist = loader.load(path.read_bytes())
    for heavy in cost.warnings(checklist):
        click.echo(f"Cảnh báo: {heavy}", err=True)
    try:
        name = publish_shipped(checklist, folder)
    except DomainError as error:
        raise click.ClickException(_refusal(checklist, error)) from None
    click.echo(f"{slug} phiên bản {checklist.version}: đã xuất bản ({name}).")


@checklists.command("import-xlsform")
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Tệp YAML; mặc định in ra màn hình.")
@click.option("--all", "everything", is_flag=True, help="Báo cáo cả những ô giữ nguyên.")
def import_form(file: Path, out: Path | None, everything: bool) -> None:
    """Đổi một XLSForm (.xlsx) thành phiếu YAML; báo cáo từng ô bị đổi hoặc không nhập (ra luồng lỗi)."""
    try:
        imported = import_xlsform(file.read_bytes(), clock.today())
    except Refused as refused:
        place = f" ({refused.place})" if refused.place else ""
        raise click.ClickException(f"{label('error', refused.code)}{place}") from None
    except Invalid as invalid:
        raise click.ClickException(label("error", invalid.code)) from None
    for line in _report_lines(imported, everything):
        click.echo(line, err=True)
    if imported.problems:
        raise click.ClickException("chưa thành phiếu:\n" + "\n".join(str(each) for each in imported.problems))
    text = write(imported.document)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, "utf-8")


@checklists.command("export-xlsform")
@click.argument("slug")
@click.option("--version", "number", type=click.IntRange(min=1), help="Phiên bản; mặc định là mới nhất.")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def export_form(slug: str, number: int | None, out: Path) -> None:
    """Ghi một phiên bản đã xuất bản thành XLSForm (.xlsx); liệt kê những gì XLSForm không ghi được."""
    found = next((each for each in queries.versions_of(slug) if number in (None, each.version)), None)
    if found is None:
        wanted = slug if number is None else f"{slug} phiên bản {number}"
        raise click.ClickException(f"chưa xuất bản phiếu {wanted}")
    exported = export_xlsform(authored(queries.checklist_by_chk(found.chk)))
    out.write_bytes(exported.content)
    for each in exported.report:
        click.echo(f"{each.where or 'cả phiếu'}: {each.what}", err=True)
    click.echo(f"Đã ghi {out}.")


@checklists.command("paper")
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def paper(file: Path, out: Path) -> None:
    """Ghi phiếu giấy (PDF A4) của một tệp phiếu YAML, để ghi tay rồi nhập vào máy."""
    lines = problem_lines(file)
    if lines:
        raise click.ClickException("phiếu còn lỗi, chưa in được:\n" + "\n".join(lines))
    out.write_bytes(paper_form(loader.load(file.read_bytes())))
    click.echo(f"Đã ghi {out}.")


def _report_lines(imported: Imported, everything: bool) -> list[str]:
    lines = [
        f"{each.cell.sheet}!{each.cell.address} [{each.fate_words}] {each.cell.text[:60]!r}: {each.why or each.path}"
        for each in imported.report
        if everything or each.fate is not Fate.KEPT
    ]
    counts = (imported.count(fate) for fate in Fate)
    lines += [f"Ngoài các ô, không được nhập: {each}" for each in imported.beside]
    return [*lines, "{} ô giữ nguyên, {} ô đổi, {} ô không nhập.".format(*counts)]


def publish_shipped(checklist: Checklist, folder: Path = FOLDER) -> str:
    """Publish a shipped checklist and freeze it in the lock; returns its hash.

    Raises Invalid("lock_disagrees") when the lock names other bytes for this version, and what `publish` raises.
    """
    name = chk(canonical(checklist))
    frozen = read_lock(folder).get((checklist.slug, checklist.version))
    if frozen is not None and frozen != name:
        raise Invalid("lock_disagrees", slug=checklist.slug, version=checklist.version)
    with own_transaction():
        actions.publish(None, checklist)
    if frozen is None:
        with (folder / LOCK).open("a", encoding="utf-8") as file:
            file.write(f"{checklist.slug} {checklist.version} {name}\n")
    return name


def shipped(folder: Path) -> list[Path]:
    """Every checklist file of a folder, by slug and version."""
    found = (path for path in folder.glob("*/v*.yaml") if not _is_of_library(path))
    return sorted(found, key=lambda path: (path.parent.name, _number(path)))


def file_of(folder: Path, slug: str, number: int | None) -> Path:
    """The file of a slug's version, the newest if none is named."""
    found = [path for path in shipped(folder) if path.parent.name == slug and number in (None, _number(path))]
    if not found:
        wanted = slug if number is None else f"{slug} phiên bản {number}"
        raise click.ClickException(f"không có phiếu {wanted} trong {folder}")
    return found[-1]


def read_lock(folder: Path = FOLDER) -> Lock:
    """What was published: (slug, version) to hash. A line that cannot be read stops everything."""
    path = folder / LOCK
    lock: Lock = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for place, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split()
        key = (parts[0], int(parts[1])) if len(parts) == 3 and parts[1].isdigit() else None
        if key is None or key in lock or len(parts[2]) != 64:
            raise click.ClickException(f"{path.name}, dòng {place}: không đọc được hoặc bị lặp")
        lock[key] = parts[2]
    return lock


def problem_lines(path: Path) -> list[str]:
    """The problems of a file as lines for people, each with file and line; empty if it may be published.

    A file of a `checklists` folder must also stand where its slug and version say. A file of a `library` folder is one
    of the item library.
    """
    try:
        if _is_of_library(path):
            library.load_file(path)
            return []
        checklist = loader.load(path.read_bytes(), library.problems)
    except OSError as error:
        return [f"{path}: không mở được tệp ({error.strerror})"]
    except Invalid as invalid:
        found: tuple[Problem, ...] = invalid.details["problems"]
        return [f"{path}:{each.line or 1}: {each.path or 'phiếu'}: {each.message}" for each in found]
    return _misplaced(path, checklist) if path.resolve().parent.parent.name == FOLDER.name else []


def cost_lines(path: Path) -> list[str]:
    """What a good file will cost a phone, and what is heavy about it. Nothing here keeps it from being published."""
    checklist = loader.load(path.read_bytes())
    heavy = [f"  Cảnh báo: {problem}" for problem in cost.warnings(checklist)]
    return [f"  {cost.cost_text(cost.estimate(checklist))}", *heavy]


def _is_of_library(path: Path) -> bool:
    return path.resolve().parent.name == library.FOLDER.name


def _misplaced(path: Path, checklist: Checklist) -> list[str]:
    lines = []
    if path.resolve().parent.name != checklist.slug:
        lines.append(f"{path}:1: slug là {checklist.slug} nhưng thư mục tên {path.resolve().parent.name}")
    if path.stem != f"v{checklist.version}":
        lines.append(f"{path}:1: version là {checklist.version} nhưng tệp tên {path.name}")
    return lines


def _number(path: Path) -> int:
    digits = path.stem[1:]
    return int(digits) if digits.isdigit() else 0


def _refusal(checklist: Checklist, error: DomainError) -> str:
    what = f"{checklist.slug} phiên bản {checklist.version}"
    if error.code == "lock_disagrees":
        return f"{what} đã đóng băng trong {LOCK} với nội dung khác; hãy viết phiên bản mới"
    if error.code == "version_published":
        return f"{what} đã xuất bản trong cơ sở dữ liệu với nội dung khác; hãy viết phiên bản mới"
    return "\n".join(str(problem) for problem in error.details.get("problems", ())) or error.code
