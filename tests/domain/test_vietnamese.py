"""Order and search of Vietnamese text."""

import random

from app.domain.vietnamese import person_sort_key, search_key, sort_key, unit_sort_key


def test_search_ignores_case_diacritics_and_spaces() -> None:
    assert search_key("  Phường  ĐỐNG Đa ") == "phuong dong da"
    assert search_key("Xuân Khanh") == search_key("XUAN KHANH")


def test_letters_come_in_the_order_of_the_alphabet() -> None:
    words = [
        "an",
        "ăn",
        "ân",
        "bo",
        "ca",
        "da",
        "đa",
        "em",
        "êm",
        "ga",
        "oi",
        "ôi",
        "ơi",
        "ta",
        "ui",
        "ưi",
        "vi",
        "xa",
        "ya",
    ]
    shuffled = random.Random(1).sample(words, len(words))
    assert sorted(shuffled, key=sort_key) == words


def test_tones_decide_only_between_equal_letters() -> None:
    assert sorted(["mạ", "mã", "má", "mả", "mà", "ma"], key=sort_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(["bà con", "ba lô"], key=sort_key) == ["bà con", "ba lô"]


def test_composed_and_decomposed_letters_sort_alike() -> None:
    assert sort_key("Sơn Lộc") == sort_key("So\u031bn Lo\u0323\u0302c")


def test_keys_are_digits_so_that_no_collation_reorders_them_and_fit_their_column() -> None:
    for text in ("", "Phường 12", "Łódź ★", "x" * 500):
        assert sort_key(text).isdigit()
        assert len(sort_key(text)) <= 300


def test_units_sort_by_their_own_name_and_people_by_their_given_name() -> None:
    names = ["Phường Hà Đông", "Xã Ba Vì", "Thành phố Hà Nội", "Thị xã Sơn Tây"]
    assert sorted(names, key=unit_sort_key) == ["Xã Ba Vì", "Phường Hà Đông", "Thành phố Hà Nội", "Thị xã Sơn Tây"]
    people = ["Nguyễn Văn Đức", "Lê Thị An", "Trần Văn An"]
    assert sorted(people, key=person_sort_key) == ["Lê Thị An", "Trần Văn An", "Nguyễn Văn Đức"]
