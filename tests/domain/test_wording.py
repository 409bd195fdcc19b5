"""Words that people wrote are never lost and never slip through when what they were written for has changed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.wording import Composed, Words, carry, fresh, stale_blocks, word_diff

texts = st.text("ab 1/3,.", max_size=12)
composed = st.builds(
    Composed, texts, texts, st.integers(1, 9), st.frozensets(st.sampled_from(["p", "q"])), st.sampled_from("ab")
)
words = st.builds(Words, texts, texts, st.integers(1, 9), st.none() | texts)


@given(composed, composed)
def test_what_nobody_touched_is_composed_anew(before: Composed, after: Composed) -> None:
    assert carry(fresh(before), before, after) == fresh(after)


@given(words, composed, composed)
def test_own_words_stay_and_are_stale_exactly_if_what_was_computed_changed(
    written: Words, before: Composed, after: Composed
) -> None:
    kept = carry(written, before, after)
    if written.are_own(before):
        assert (kept.text, kept.remedy, kept.excluded_reason) == (
            written.text, written.remedy, written.excluded_reason,
        )  # fmt: skip
        assert (kept.stale_from is not None) == (before != after)


@given(words, composed, composed, composed)
def test_stale_words_stay_stale_until_a_person_decides(
    written: Words, first: Composed, second: Composed, third: Composed
) -> None:
    once = carry(written, first, second)
    if once.stale_from is not None:
        assert carry(once, second, third).stale_from == first.text
        assert carry(once, second, first).stale_from == first.text  # not even if it comes back


def test_answers_that_changed_make_own_words_stale_though_no_word_did() -> None:
    written, before = Words("Lời riêng", "", 5), Composed("Thiếu 1/9", "", 5, basis="a")
    assert carry(written, before, replace(before, basis="b")).stale_from == "Thiếu 1/9"
    assert carry(written, before, before).stale_from is None
    unknown = replace(before, basis="")  # stored before the basis was kept: nothing can be said of it
    assert carry(written, unknown, before).stale_from is None
    assert carry(written, unknown, replace(before, text="Thiếu 2/9")).stale_from == "Thiếu 1/9"


def test_own_blocks_are_stale_when_the_outcome_changed() -> None:
    written = {"causes": "Do thiếu kinh phí", "assessment": "  ", "follow_up": ""}
    assert stale_blocks(written, (), changed=True) == ("causes",)
    assert stale_blocks(written, (), changed=False) == ()
    assert stale_blocks(written, ("causes",), changed=False) == ("causes",)


@given(texts, texts)
def test_a_difference_gives_both_texts_back(before: str, after: str) -> None:
    runs = word_diff(before, after)
    assert "".join(text for kind, text in runs if kind != "new") == before
    assert "".join(text for kind, text in runs if kind != "gone") == after


def test_a_difference_names_whole_words() -> None:
    assert word_diff("Còn 1/3 bàn", "Còn 2/3 bàn chưa có biển") == (
        ("same", "Còn "), ("gone", "1"), ("new", "2"), ("same", "/3 bàn"), ("new", " chưa có biển"),
    )  # fmt: skip
