"""`congvu archive`, `check-logs`, `restored`, `recovery` and `sweep-uploads`: for the operator at the machine."""

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from app.accounts.queries.directory import names_of_people
from app.domain.errors import DomainError
from app.sync import queries
from app.sync.actions import archiving, checking, evidence, installation, recovery
from app.sync.archives import BeingWritten
from app.transactions import own_transaction
from app.web.labels import label

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("archive")
@click.argument("folder", type=FOLDER)
@with_appcontext
def archive(folder: Path) -> None:
    """Chép phần mới của mọi nhật ký và ảnh sang thư mục ngoài máy chủ, đọc lại, kiểm tra, rồi mới đánh dấu an toàn."""
    try:
        done = archiving.archive(folder, _epoch())
    except BeingWritten:
        raise click.ClickException(
            "Một lần “congvu archive” khác đang ghi vào thư mục này; lần này không làm gì."
        ) from None
    click.echo(f"Đã lưu {done.entries} mục và {done.photos} ảnh của {done.visits} cuộc kiểm tra.")
    _complain(done.problems)


@click.command("check-logs")
@with_appcontext
def check_logs() -> None:
    """Kiểm tra mọi nhật ký, bảng tính sẵn và ảnh: còn đúng như lúc được ký hay không. Không sửa gì."""
    done = checking.check_logs()
    click.echo(f"Đã kiểm tra {done.entries} mục và {done.photos} ảnh của {done.visits} cuộc kiểm tra.")
    _complain(done.problems)


@click.command("sweep-uploads")
@with_appcontext
def sweep_uploads() -> None:
    """Dọn các lần gửi ảnh dở đã quá hạn 30 ngày và tệp dở không còn thuộc lần gửi nào."""
    with own_transaction():
        expired = evidence.sweep()
        lost = evidence.sweep_orphans()
    click.echo(f"Đã dọn {expired} lần gửi quá hạn và {lost} tệp dở.")


def end_recovery_once() -> None:
    """A look whether a recovery still waits for anybody; without one it takes no writer's turn."""
    installed = queries.installation()
    if installed is not None and installed[1]:
        with own_transaction():
            recovery.end_if_the_last_was_given_up()


@click.command("restored")
@click.option("--reason", required=True, help="Vì sao khôi phục, bằng lời.")
@click.option(
    "--archive", "folder", type=FOLDER, help="Thư mục của “congvu archive”, để nhập lại phần bản sao lưu thiếu."
)
@with_appcontext
def restored(reason: str, folder: Path | None) -> None:
    """Chạy ngay sau khi khôi phục cơ sở dữ liệu từ bản sao lưu: các máy sẽ gửi lại những gì chúng giữ."""
    try:
        with own_transaction():
            epoch = recovery.begin(reason)
    except DomainError as error:
        raise click.ClickException(label("error", error.code)) from error
    click.echo(f"Kỷ nguyên mới: {epoch}. Chốt và ký tạm chờ.")
    if folder is not None:
        done = archiving.give_back(folder)
        click.echo(f"Từ kho lưu trữ: thêm lại {done.taken} mục và {done.photos} ảnh; {done.known} mục đã có.")
        _complain(done.problems)
    _list_unreported()


@click.group("recovery", cls=AppGroup, help="Việc khôi phục đang diễn ra.")
def recovering() -> None:
    """Look at a recovery, or end it."""


@recovering.command("status")
def status() -> None:
    """Liệt kê các máy chưa báo lại."""
    _list_unreported()


@recovering.command("end")
@click.option("--reason", required=True, help="Vì sao không chờ nữa, bằng lời.")
def end(reason: str) -> None:
    """Kết thúc khôi phục dù còn máy chưa báo lại."""
    try:
        with own_transaction():
            recovery.end(None, reason)
    except DomainError as error:
        raise click.ClickException(label("error", error.code)) from error
    click.echo("Đã kết thúc khôi phục. Có thể chốt và ký.")


def _epoch() -> str:
    if queries.installation() is None:
        with own_transaction():
            installation.begin_epoch()
    found = queries.installation()
    assert found is not None  # noqa: S101 - it was just made
    return found[0]


def _list_unreported() -> None:
    running = recovery.current()
    if running is None:
        click.echo("Không có khôi phục nào đang diễn ra.")
        return
    waited = recovery.unreported(running)
    names = names_of_people({each.user_id for each in waited}) if waited else {}
    click.echo(f"Khôi phục: {running.reason}. Còn {len(waited)} máy chưa báo lại:")
    for each in waited:
        when = each.last_contact_at.strftime("%Y-%m-%d %H:%M UTC") if each.last_contact_at else "–"
        click.echo(f"  {names.get(each.user_id, each.user_id)} · {each.name} · liên lạc cuối {when}")


def _complain(problems: list[str]) -> None:
    """What could not be done is said, and the command fails, so that a timer's mail tells somebody."""
    for problem in problems:
        click.echo(f"! {problem}", err=True)
    if problems:
        raise click.exceptions.Exit(1)
