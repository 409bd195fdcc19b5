"""E-mail: one letter composed and handed to a real SMTP server.

The letter is built by `email.message`, which refuses line ends in headers; what comes from people is also stripped of
control characters, so that a strange title costs no letter.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime

from markupsafe import Markup, escape

from config import Settings

TIMEOUT = 20.0  # seconds for each step of the conversation


@dataclass(frozen=True)
class Outcome:
    """`state`: sent, again (a later attempt may succeed), failed, gone (the target is no more), uncertain."""

    state: str
    problem: str = ""


@dataclass(frozen=True)
class Part:
    """One thing told in a letter."""

    title: str
    text: str
    url: str
    why: str


@dataclass(frozen=True)
class Letter:
    """A letter to one person: what it tells, and an address of the desk without a slash at the end ("" if unknown)."""

    id: str
    to: str
    name: str
    parts: Sequence[Part]
    desk: str
    at: datetime


def compose(letter: Letter, sender: str) -> bytes:
    """The letter in Vietnamese, as plain text and simple HTML, with the same Message-ID at every attempt."""
    message = EmailMessage(policy=policy.SMTP)
    first, more = letter.parts[0], len(letter.parts)
    subject = first.title if more == 1 else f"{more} việc cần ông/bà xem"
    message["From"] = sender
    message["To"] = letter.to
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].strip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    settings = f"{letter.desk}/notices/settings" if letter.desk else ""
    if settings:
        message["List-Unsubscribe"] = f"<{settings}>"
    message.set_content(_text(letter, settings), cte="base64")
    message.add_alternative(_html(letter, settings), subtype="html", cte="base64")
    # The policy's own folding loses spaces between words with and without diacritics (Python 3.11).
    titled = Header(f"[CôngVụ] {one_line(subject)}", "utf-8", header_name="Subject").encode(linesep="\r\n")
    return b"Subject: " + titled.encode() + b"\r\n" + message.as_bytes()


def one_line(text: str) -> str:
    """A title without anything that could end a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:180]


def _greeting(name: str) -> str:
    return f"Kính gửi ông/bà {one_line(name)},"


_GOODBYE = "Thư này do phần mềm CôngVụ gửi tự động, xin không trả lời thư."


def _leave(settings: str) -> str:
    if settings:
        return f"Chọn cách nhận thông báo hoặc thôi nhận thư: {settings}"
    return "Chọn cách nhận thông báo hoặc thôi nhận thư: mở CôngVụ › Thông báo › Cách nhận."


def _text(letter: Letter, settings: str) -> str:
    lines = [_greeting(letter.name), ""]
    for part in letter.parts:
        lines += [f"* {one_line(part.title)}", *part.text.splitlines()]
        lines += [f"Xem: {letter.desk}{part.url}"] if letter.desk and part.url else []
        lines += [f"Ông/bà nhận thư này vì: {part.why}"] if part.why else []
        lines.append("")
    return "\n".join([*lines, "--", _GOODBYE, _leave(settings), ""])


def _html(letter: Letter, settings: str) -> str:
    body = Markup()
    for part in letter.parts:
        body += Markup("<h3>{}</h3>").format(one_line(part.title))
        body += Markup("").join(Markup("<p>{}</p>").format(line) for line in part.text.splitlines() if line)
        if letter.desk and part.url:
            body += Markup('<p><a href="{}">Xem trong CôngVụ</a></p>').format(f"{letter.desk}{part.url}")
        if part.why:
            body += Markup("<p><small>Ông/bà nhận thư này vì: {}</small></p>").format(part.why)
    leave = escape(_leave(settings))
    return str(
        Markup(
            '<!doctype html><html lang="vi"><body><p>{}</p>{}<hr><p><small>{}<br>{}</small></p></body></html>'
        ).format(_greeting(letter.name), body, _GOODBYE, leave)
    )


@contextmanager
def conversation(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the office's server, encrypted and signed in as the settings say.

    Raises OSError and smtplib.SMTPException.
    """
    trusted = ssl.create_default_context(cafile=settings.smtp_ca_file)
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=TIMEOUT, context=trusted
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=trusted)
        if settings.smtp_user:
            password = settings.smtp_password_file.read_text("utf-8").strip() if settings.smtp_password_file else ""
            if not password.isascii():  # the library sends nothing else
                raise smtplib.SMTPException("Mật khẩu máy chủ thư phải là chữ không dấu")
            server.login(settings.smtp_user, password)
        yield server
    finally:
        server.close()


def hand_over(server: smtplib.SMTP, sender: str, to: str, letter: bytes, before: Callable[[], None]) -> Outcome:
    """Give the server one letter; `before` is called when nothing but the letter itself is left to send.

    From there on a broken line means that nobody knows whether the server took it. Raises OSError and
    smtplib.SMTPException for what happened before.
    """
    server.ehlo_or_helo_if_needed()
    server.rset()
    code, said = server.mail(sender)
    if code == 250:
        code, said = server.rcpt(to)
    if code not in (250, 251):
        return _refused(code, said)
    before()
    try:
        code, said = server.data(letter)
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("uncertain", f"Đứt kết nối khi đang gửi: {error}")
    return Outcome("sent") if code == 250 else _refused(code, said)


def _refused(code: int, said: bytes | str) -> Outcome:
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Outcome("again" if 400 <= code < 500 else "failed", f"{code} {told}"[:300])
