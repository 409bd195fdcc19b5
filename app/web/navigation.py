"""The desk's menu: what a person sees depends on the roles held."""

from dataclasses import dataclass

from flask import Flask, g, request

from app.domain.permissions import Actor, Role


@dataclass(frozen=True)
class MenuEntry:
    endpoint: str
    text: str
    roles: frozenset[Role]  # empty: everybody signed in


ADMIN, CHAIR, INSPECTOR, OFFICE = Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR, Role.OFFICE
WARD = frozenset({Role.WARD_HEAD, Role.WARD_OFFICER})

MENU = (
    MenuEntry("overview.home", "Tổng quan", frozenset()),
    MenuEntry("campaigns.index", "Đợt kiểm tra", frozenset({ADMIN, CHAIR, INSPECTOR})),
    MenuEntry("matters.index", "Chờ quyết định", frozenset({ADMIN, CHAIR, INSPECTOR})),
    MenuEntry("conclusions.index", "Kết luận", frozenset({CHAIR, INSPECTOR, OFFICE}) | WARD),
    MenuEntry("remediation.index", "Khắc phục", frozenset({CHAIR, INSPECTOR}) | WARD),
    MenuEntry("self_checks.index", "Tự kiểm tra", WARD),
    MenuEntry("checklists.index", "Phiếu kiểm tra", frozenset({ADMIN, CHAIR, INSPECTOR})),
    MenuEntry("devices.index", "Thiết bị", frozenset({ADMIN, CHAIR, INSPECTOR})),
    MenuEntry("accounts.units", "Đơn vị", frozenset({ADMIN})),
    MenuEntry("accounts.people", "Tài khoản", frozenset({ADMIN})),
)


def register_navigation(app: Flask) -> None:
    """Give every template `menu`, `who` and the current blueprint."""

    @app.context_processor
    def _navigation() -> dict[str, object]:
        who: Actor | None = g.get("actor")
        shown = [
            entry
            for entry in MENU
            if who is not None and entry.endpoint in app.view_functions and (not entry.roles or entry.roles & who.roles)
        ]
        return {"menu": shown, "who": who, "here": request.blueprint or ""}
