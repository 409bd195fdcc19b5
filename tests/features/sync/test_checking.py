"""`congvu check-logs`: silent about what is sound, and told where it is not."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update

from app.extensions import db
from app.sync import blobs
from app.sync.models import Head, VisitHead
from tests.features.sync.phones import Story, phone, random_id, sha
from tests.features.sync.test_evidence import jpeg, upload
from tests.features.sync.test_restoring import change_in_database, congvu


def written(story: Story) -> None:
    """Answers of two people that differ, one that is held, and a photo."""
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "yes")
    a.mint("item/khong-co", "yes")
    a.push()
    b.mint("item/muc-1", "no")
    b.push()
    assert upload(a, jpeg()).status_code == 204


def test_a_sound_installation_is_said_to_be_one(story: Story) -> None:
    written(story)
    said = congvu(story, "check-logs")
    assert (said.exit_code, said.output) == (0, "Đã kiểm tra 4 mục và 1 ảnh của 1 cuộc kiểm tra.\n")


def test_an_answer_that_goes_on_from_one_that_has_not_come_is_sound(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes", random_id())
    a.push()
    said = congvu(story, "check-logs")
    assert (said.exit_code, said.output) == (0, "Đã kiểm tra 1 mục và 0 ảnh của 1 cuộc kiểm tra.\n")


def change_entry(story: Story) -> None:
    change_in_database(story)


def cut_tail(story: Story) -> None:
    with story.app.app_context(), db.engine.begin() as connection:
        connection.execute(update(VisitHead).values(n=5))


def forget_head(story: Story) -> None:
    with story.app.app_context(), db.engine.begin() as connection:
        connection.execute(delete(Head).where(Head.path == "item/muc-2"))


def miscount(story: Story) -> None:
    with story.app.app_context(), db.engine.begin() as connection:
        connection.execute(update(VisitHead).values(contested=0))


def lose_photo(story: Story) -> None:
    with story.app.app_context():
        blobs.stored(story.visit, sha(jpeg())).unlink()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (change_entry, "chuỗi băm hỏng từ mục 2"),
        (cut_tail, "bị cắt đuôi hoặc ghi thêm"),
        (forget_head, "không khớp với nhật ký"),
        (miscount, "khác nhau là (1, 1), bảng ghi (1, 0)"),
        (lose_photo, "thiếu hoặc đã bị sửa"),
    ],
)
def test_what_was_changed_is_named(story: Story, damage: Callable[[Story], None], told: str) -> None:
    written(story)
    story.damaged = True
    damage(story)
    said = congvu(story, "check-logs")
    assert said.exit_code == 1
    assert told in said.output
