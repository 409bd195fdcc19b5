"""`congvu accounts` and `congvu units`: for the operator at the machine."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.accounts import imports
from app.accounts.actions import people as people_actions
from app.accounts.actions import units as unit_actions
from app.accounts.queries import unit_plans
from app.accounts.queries import units as unit_queries
from app.domain.errors import DomainError
from app.domain.permissions import Role
from app.transactions import own_transaction
from app.web.labels import label

SEED = Path(__file__).parent / "seed"
SEED_UNITS = ("units-provinces.csv", "units-ha-noi.csv", "units-son-tay-2020.csv")


accounts = AppGroup("accounts", help="Tài khoản.")


@accounts.command("create")
@click.argument("login")
@click.option("--name", required=True, help="Họ và tên.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="Vai trò.")
@click.option("--unit", "unit_key", required=True, help="Đơn vị, dạng scheme/code, ví dụ gso-2025/01.")
@click.option("--title", default="", help="Chức danh như in trên văn bản.")
@click.password_option(prompt="Mật khẩu", confirmation_prompt="Nhập lại mật khẩu")
def create(login: str, name: str, role: str, unit_key: str, title: str, password: str) -> None:
    """Tạo tài khoản có một vai trò tại một đơn vị."""
    scheme, _, code = unit_key.partition("/")
    try:
        with own_transaction():
            unit = unit_queries.unit_by_key(scheme, code)
            if unit is None:
                raise click.ClickException(f"Không có đơn vị {unit_key}. Hãy chạy “congvu units seed” trước.")
            user_id = people_actions.create_person(None, login, name, password, temporary=False)
            people_actions.appoint(None, user_id, unit.id, Role(role), title=title)
            where = unit.name
    except DomainError as error:
        raise click.ClickException(label("error", error.code)) from error
    click.echo(f"Đã tạo tài khoản {login.strip().casefold()} ({label('role', role)}, {where}).")


units = AppGroup("units", help="Đơn vị hành chính.")


@units.command("seed")
def seed() -> None:
    """Nạp các đơn vị có sẵn; chạy lại không tạo thêm gì."""
    with own_transaction():
        counts = seed_units()
    click.echo(f"Đơn vị: thêm {counts[0]}, sửa {counts[1]}; quan hệ kế thừa: thêm {counts[2]}.")


def seed_units() -> tuple[int, int, int]:
    """Load the seed files inside the caller's transaction: (units added, corrected, successions added)."""
    added = corrected = 0
    for name in SEED_UNITS:
        plan = unit_plans.plan(imports.read_unit_csv(SEED / name), None)
        if plan.refused:
            first = plan.refused[0]
            raise click.ClickException(f"{name}, dòng {first.line}: {' '.join(first.reasons)}")
        unit_actions.apply_plan(None, plan, source=f"danh mục {name}")
        added, corrected = added + len(plan.new), corrected + len(plan.changed)
    return added, corrected, unit_actions.add_successions(imports.read_csv(SEED / "successions.csv"))
