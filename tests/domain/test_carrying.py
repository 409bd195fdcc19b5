"""Two notices compared: what goes on, what changes, what ends."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.carrying import Comparison, Ordered, compare

OLD = [
    Ordered("f1", "bien", "Bổ sung biển", 5),
    Ordered("f2", "dung-han", "Rà soát 30 hồ sơ", 10),
    Ordered("f3", "noi-quy", "Treo nội quy", 5),
    Ordered("i1", "", "Họp rút kinh nghiệm", 10),
    Ordered("i2", "", "Báo cáo", 3),
]


def test_the_same_goes_on_the_changed_gets_a_successor_and_the_rest_ends() -> None:
    new = [
        Ordered("g1", "bien", "Bổ sung  biển.", 5),  # only the layout of the words differs
        Ordered("g2", "dung-han", "Rà soát 15 hồ sơ", 10),
        Ordered("g4", "the", "Đeo thẻ", 5),
        Ordered("j1", "", "Họp rút kinh nghiệm", 7),
        Ordered("j2", "", "Báo cáo", 3),
    ]
    assert compare(OLD, new) == Comparison({"g1": "f1", "j2": "i2"}, {"g2": "f2", "j1": "i1"}, ("f3",))


def test_another_limit_is_a_change_and_the_same_words_elsewhere_are_not_the_same_work() -> None:
    assert compare(OLD[:1], [Ordered("g", "bien", "Bổ sung biển", 6)]).changed == {"g": "f1"}
    assert compare(OLD[:1], [Ordered("g", "", "Bổ sung biển", 5)]) == Comparison({}, {}, ("f1",))


WORK = st.lists(
    st.builds(
        Ordered, st.uuids().map(str), st.sampled_from(["", "a", "b"]), st.sampled_from(["x", "y"]), st.integers(1, 2)
    ),
    max_size=6,
)


@given(WORK, WORK)
def test_every_old_piece_is_accounted_for_once(old: list[Ordered], new: list[Ordered]) -> None:
    found = compare(old, new)
    used = [*found.kept.values(), *found.changed.values(), *found.vanished]
    assert sorted(used) == sorted(each.key for each in old)
    assert not set(found.kept) & set(found.changed)


@given(WORK)
def test_an_unchanged_notice_orders_nothing_anew(old: list[Ordered]) -> None:
    again = [Ordered(f"new {each.key}", each.item, each.remedy, each.due_working_days) for each in old]
    assert compare(old, again) == Comparison({f"new {each.key}": each.key for each in old}, {}, ()) or len(
        {each.what for each in old}
    ) < len(old)
