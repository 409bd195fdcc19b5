"""The operator's commands."""

from flask import Flask

from tests.factories import PASSWORD, make_unit, sign_in


def test_an_account_is_made_at_the_command_line_and_can_sign_in(app: Flask) -> None:
    unit = make_unit(app, scheme="s", code="01")
    run = app.test_cli_runner()
    arguments = ["accounts", "create", "Quan.Tri", "--name", "Cán bộ Q", "--role", "administrator", "--unit", "s/01"]
    done = run.invoke(args=arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert f"Đã tạo tài khoản quan.tri (Quản trị viên, {unit.name})." in done.output
    assert PASSWORD not in done.output
    client = app.test_client()
    sign_in(client, "quan.tri")
    assert client.get("/people").status_code == 200
    again = run.invoke(args=arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert again.exit_code == 1
    assert "Tên đăng nhập này đã có người dùng." in again.output


def test_a_weak_password_or_an_unknown_unit_makes_no_account(app: Flask) -> None:
    make_unit(app, scheme="s", code="01")
    run = app.test_cli_runner()
    base = ["accounts", "create", "an", "--name", "An", "--role", "administrator"]
    weak = run.invoke(args=[*base, "--unit", "s/01"], input="matkhau123456\nmatkhau123456\n")
    assert weak.exit_code == 1
    assert "quá dễ đoán" in weak.output
    nowhere = run.invoke(args=[*base, "--unit", "s/99"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert nowhere.exit_code == 1
    assert "Không có đơn vị s/99" in nowhere.output


def test_the_seed_says_what_it_did(app: Flask) -> None:
    run = app.test_cli_runner()
    assert "thêm 167, sửa 0" in run.invoke(args=["units", "seed"]).output
    assert "thêm 0, sửa 0; quan hệ kế thừa: thêm 0" in run.invoke(args=["units", "seed"]).output
