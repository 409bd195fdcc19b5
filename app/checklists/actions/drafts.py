"""Writing checklists on the desk: drafts, their saves, and the version they become."""

import zlib

from sqlalchemy import update

from app.checklists import drafts, linting, loader
from app.checklists.actions.versions import LONGEST_TITLE, publish
from app.checklists.models import ChecklistDraft, DraftSave
from app.checklists.queries import Version
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, Subject, may
from app.extensions import db, new_id, now

LONGEST_WHAT = 300


def start(actor: Actor, text: str, *, what: str, based_on: str | None = None) -> str:
    """Begin a draft with a text; returns its id. Raises NotAllowed, Invalid for a text that cannot be kept."""
    _allowed(actor)
    kept = _kept(text)
    at = now()
    slug, title = _named(kept)
    draft_id = new_id()
    db.session.add(
        ChecklistDraft(
            id=draft_id,
            slug=slug,
            title=title,
            text=kept,
            revision=1,
            based_on=based_on,
            created_at=at,
            created_by=actor.user_id,
            saved_at=at,
            saved_by=actor.user_id,
        )
    )
    db.session.flush()
    _keep_save(actor, draft_id, 1, kept, what)
    return draft_id


def save(actor: Actor, draft_id: str, revision: int, text: str, *, what: str) -> int:
    """Save a draft over the revision the author saw; returns the new one, or the same if nothing changed.

    Raises NotFound, NotAllowed, Invalid for a text that cannot be kept, and `OutOfDate("draft_changed")` when
    somebody has saved since: nothing is changed then.
    """
    _allowed(actor)
    standing = drafts.draft(draft_id)
    kept = _kept(text)
    if standing.revision != revision:
        raise OutOfDate("draft_changed", saver=standing.saver)
    if kept == standing.text:
        return revision
    slug, title = _named(kept)
    changed = db.session.execute(
        update(ChecklistDraft)
        .where(ChecklistDraft.id == draft_id, ChecklistDraft.revision == revision)
        .values(
            text=kept,
            slug=slug or standing.slug,
            title=title or standing.title,
            revision=revision + 1,
            saved_at=now(),
            saved_by=actor.user_id,
        )
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise OutOfDate("draft_changed", saver="")
    _keep_save(actor, draft_id, revision + 1, kept, what)
    return revision + 1


def publish_draft(actor: Actor, draft_id: str, revision: int, note: str) -> Version:
    """Freeze what the draft says as a version, with a sentence on what changed.

    Raises NotFound, NotAllowed, Invalid("note_missing"), Invalid("checklist_invalid") while the linter finds
    anything, and `OutOfDate("draft_changed")` when the draft is not the one that was looked at.
    """
    _allowed(actor)
    standing = drafts.draft(draft_id)
    if standing.revision != revision:
        raise OutOfDate("draft_changed", saver=standing.saver)
    linted = linting.lint(standing.text)
    if linted.problems or linted.checklist is None:
        raise Invalid("checklist_invalid", problems=linted.problems)
    if not note.strip():
        raise Invalid("note_missing")
    version = publish(actor, linted.checklist, note=note.strip(), source=standing.text)
    _end(draft_id, revision, published_as=version.id)
    return version


def discard(actor: Actor, draft_id: str, revision: int) -> None:
    """Put a draft away. Raises NotFound, NotAllowed, and `OutOfDate("draft_changed")` when somebody has saved since."""
    _allowed(actor)
    standing = drafts.draft(draft_id)
    if standing.revision != revision:
        raise OutOfDate("draft_changed", saver=standing.saver)
    _end(draft_id, revision, discarded_at=now())


def _end(draft_id: str, revision: int, **how: object) -> None:
    ended = db.session.execute(
        update(ChecklistDraft).where(ChecklistDraft.id == draft_id, ChecklistDraft.revision == revision).values(**how)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise OutOfDate("draft_changed", saver="")


def _allowed(actor: Actor) -> None:
    if not may(actor, "checklist.publish", Subject()):
        raise NotAllowed("not_allowed")


def _kept(text: str) -> str:
    """The text as it is stored: clean, with the line ends of Unix and one at the end."""
    return loader.clean(text.replace("\r\n", "\n").rstrip("\n") + "\n")


def _named(text: str) -> tuple[str, str]:
    """Slug and title, as far as the text says them."""
    try:
        document, _ = loader.read_yaml(text)
    except Invalid:
        return "", ""
    if not isinstance(document, dict):
        return "", ""
    title = document.get("title")
    vi = title.get("vi") if isinstance(title, dict) else title
    return str(document.get("slug", ""))[:80], str(vi or "")[:LONGEST_TITLE]


def _keep_save(actor: Actor, draft_id: str, revision: int, text: str, what: str) -> None:
    db.session.add(
        DraftSave(
            draft_id=draft_id,
            revision=revision,
            packed=zlib.compress(text.encode(), 9),
            what=what[:LONGEST_WHAT],
            saved_at=now(),
            saved_by=actor.user_id,
        )
    )
    db.session.flush()
