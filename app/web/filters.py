"""How values look on the desk: Vietnamese dates, numbers and percent; labels from the shared catalogue."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

from app.web.labels import label


def percent(basis_points: int | None) -> str:
    """9650 → `96,5%`; at most two decimals, comma, no trailing zeros."""
    if basis_points is None:
        return "–"
    return hundredths(basis_points) + "%"


def hundredths(value: int | None) -> str:
    """750 → `7,5`: a whole number of hundredths in Vietnamese notation."""
    if value is None:
        return "–"
    whole, rest = divmod(abs(value), 100)
    sign = "-" if value < 0 else ""
    grouped = f"{whole:,}".replace(",", ".")
    decimals = f"{rest:02d}".rstrip("0")
    return f"{sign}{grouped},{decimals}" if decimals else f"{sign}{grouped}"


def vn_date(value: date | datetime | str | None) -> str:
    """`24/08/2020`; an ISO text is accepted too."""
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return value.strftime("%d/%m/%Y")


def vn_ago(moment: datetime | None, at: datetime) -> str:
    """How long ago, in one round figure: `5 phút trước`, `2 giờ trước`, `3 ngày trước`."""
    if moment is None:
        return "chưa lần nào"
    minutes = int((at - moment).total_seconds()) // 60
    if minutes < 1:
        return "vừa xong"
    if minutes < 60:
        return f"{minutes} phút trước"
    if minutes < 48 * 60:
        return f"{minutes // 60} giờ trước"
    return f"{minutes // (24 * 60)} ngày trước"


def register_filters(app: Flask, zone: str) -> None:
    """Make the filters known to the templates."""
    local = ZoneInfo(zone)

    def vn_time(value: datetime | None) -> str:
        return value.astimezone(local).strftime("%H:%M %d/%m/%Y") if value else "–"

    app.jinja_env.filters.update(
        percent=percent,
        hundredths=hundredths,
        vn_date=vn_date,
        vn_time=vn_time,
        vn_ago=vn_ago,
        label=lambda key, topic: label(topic, str(key)),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
