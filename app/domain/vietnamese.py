"""Vietnamese text in order and in search, independent of a database's collation.

A sort key is a string of digits: it compares alike in Python, SQLite and PostgreSQL whatever their locale.
"""

import unicodedata

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền hỏi ngã sắc nặng
_SHAPES = {"\u0302", "\u0306", "\u031b"}  # circumflex, breve, horn: other letters, not tones
_SPACE, _DIGIT, _LETTER, _OTHER = 10, 11, 21, 99
_LONGEST = 90

UNIT_PREFIXES = ("thành phố ", "thị xã ", "thị trấn ", "đặc khu ", "phường ", "huyện ", "quận ", "tỉnh ", "xã ")


def search_key(text: str) -> str:
    """Lower case without diacritics, single spaces: `Phường Sơn Lộc` → `phuong son loc`."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def sort_key(text: str) -> str:
    """A key in the order of the Vietnamese alphabet: letters first, tones decide between equal letters."""
    letters: list[int] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFC", " ".join(text.casefold().split()))[:_LONGEST]:
        parts = unicodedata.normalize("NFD", char)
        base = unicodedata.normalize("NFC", parts[0] + "".join(mark for mark in parts[1:] if mark in _SHAPES))
        letters.append(_rank(base))
        tones.append(next((_TONES[mark] for mark in parts[1:] if mark in _TONES), 0))
    return "".join(f"{rank:02d}" for rank in letters) + "00" + "".join(map(str, tones))


def _rank(char: str) -> int:
    if char == " ":
        return _SPACE
    if char in "0123456789":
        return _DIGIT + int(char)
    found = _LETTERS.find(char)
    return _LETTER + found if found >= 0 else _OTHER


def unit_sort_key(name: str) -> str:
    """Units sort by their own name, not by the word for their kind: `Xã Ba Vì` before `Phường Hà Đông`."""
    lowered = " ".join(name.casefold().split())
    for prefix in UNIT_PREFIXES:
        if lowered.startswith(prefix):
            return sort_key(lowered[len(prefix) :])
    return sort_key(lowered)


def person_sort_key(name: str) -> str:
    """People sort by their given name, which stands last: `Nguyễn Văn An` before `Lê Thị Bình`."""
    words = name.split()
    return sort_key(" ".join([*words[-1:], *words[:-1]]))
