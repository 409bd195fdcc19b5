"""Files the desk hands out: named, typed, and never run by a browser."""

from flask import Response

_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(content: bytes, name: str, *, inline: bool = False) -> Response:
    """A PDF, Word or Excel file under a plain ASCII name; `inline` lets the browser show it."""
    response = Response(content, mimetype=_TYPES[name[name.rindex(".") :]])
    response.headers["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    return response
