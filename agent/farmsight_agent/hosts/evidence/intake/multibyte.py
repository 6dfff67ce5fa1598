"""How much a text looks like Japanese, Chinese or Korean in a code page of theirs."""

# ruff: noqa: RUF001 - signs that look like others are what this is about

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

# The most frequent characters, from the first on.
_JAPANESE: Final = (
    "人時分日本大出見一中言思事年行間気生自上方会子今前者的入月手来作合何女全最無場用動目後発名学話家同定当理高新"
    "通力地部画使下明実体私物知持意内長関変数開代金度業多要外社以取法結心表現設性書面回小世化不電問連報情検索番号"
    "証有効失確認接続現在直接読込利属更版式保存"
)
_SIMPLIFIED: Final = (
    "的是一在不人有了我国这为中个大会们他来和年上以要到时对么能你就发可地生家出也说于学后成与过行用日多自现都没作下"
    "得开经还法动好方而公子事分之民主里政看本月所天新业同全定部最其进如前机美当工关实小被但因长样理等道去些面心间区"
    "内电然力起体只着从并者高加想文问种员重及点将意合产三外由市无已制网第情名应代表真此位题相明资计建利系期特性度次"
    "给让通任比该世提使物数认结更总务话统目设安别信受军司回保常向见变报接界组件权选议它运车记原式验证书序列号服器"
)
_TRADITIONAL: Final = (
    "的是一在不人有了我國這為中個大會們他來和年上以要到時對麼能你就發可地生家出也說於學後成與過行用日多自現都沒作下"
    "得開經還法動好方而公子事分之民主裡政看本月所天新業同全定部最其進如前機美當工關實小被但因長樣理等道去些面心間區"
    "內電然力起體只著從並者高加想文問種員重及點將意合產三外由市無已制網第情名應代表真此位題相明資計建利系期特性度次"
    "給讓通任比該世提使物數認結更總務話統目設安別信受軍司回保常向見變報接界組件權選議它運車記原式驗證書序列號服器"
)
_KOREAN: Final = (
    "이다는에하고가을지의로서은아한어도기사니있를나해리시그요인들자일게대라으스수만보제면정주전부여거과장했상안마구었데"
    "오야내원우신적것성국되세위와무할동생소트드모미진문중말화공까러비습간없분조저입개터유계치월같경회선년때연실바음관용"
    "더명학네영교당작좋방려않합래발건된단재며각운금람행남물알차등통번르던두타후프겠체크랑식히너산역버임호포예결반잘님함"
)
_FREQUENT: Final = 8  # bits that each costs
_COMMON: Final = 12.5
_RARE: Final = 18.5
_KANA: Final = 6.5
_PUNCTUATION: Final = 8
_HALF_WIDTH: Final = 14  # kana of one byte: what Western letters look like
_SYMBOL: Final = 20
_BROKEN: Final = 28
_ASCII_LETTER: Final = 4.5  # about what one costs in a Western language
_PUNCTUATIONS: Final = frozenset("、。・「」『』，．：；（）！？“”‘’《》【】〈〉…—～　")
_ASCII_BESIDE: Final = re.compile(r"[A-Za-z]+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[A-Za-z]+")
_TOUCHED: Final = re.compile(r"[a-z](?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[a-z]")
_TOUCHING: Final = 5  # a small ASCII letter in one word with a character


class _Script(NamedTuple):
    """What the characters of a page cost: the frequent ones, and by their code in another, older page the common."""

    frequent: str
    older: str
    is_common: Callable[[bytes, str], bool]


MULTIBYTE: Final = {
    "cp932": _Script(_JAPANESE, "shift_jis", lambda code, _: b"\x88\x9f" <= code <= b"\x98\x72"),
    "gbk": _Script(_SIMPLIFIED, "gb2312", lambda code, _: b"\xb0" <= code < b"\xd8"),
    "cp949": _Script(_KOREAN, "euc_kr", lambda _, one: "\uac00" <= one <= "\ud7a3"),
    "cp950": _Script(_TRADITIONAL, "big5", lambda code, _: b"\xa4\x40" <= code < b"\xc7"),
}


def multibyte_score(tokens: tuple[bytes, ...], page: str) -> float:
    """Return in bits how likely the words of a sample are in this page."""
    text = "\n".join(_read(token, page) for token in tokens)
    counts = Counter(one for one in text if one > "\x7f")
    against = sum(number * _cost(one, page) for one, number in counts.items())
    against += _ASCII_LETTER * sum(len(letters) for letters in _ASCII_BESIDE.findall(text))
    return -against - _TOUCHING * len(_TOUCHED.findall(text))


def _read(token: bytes, page: str) -> str:
    text = token.decode(page, "replace")
    # A sample's word may be cut in the middle of its last character.
    return text[:-1] if text.endswith("\ufffd") and len(text) > 20 else text


@lru_cache(maxsize=4096)
def _cost(character: str, page: str) -> float:
    script = MULTIBYTE[page]
    if character == "\ufffd":
        return _BROKEN
    if character in _PUNCTUATIONS:
        return _PUNCTUATION
    if "\u3041" <= character <= "\u30fe":
        return _KANA if page == "cp932" else _SYMBOL
    if "\uff61" <= character <= "\uff9f":
        return _HALF_WIDTH
    if character in script.frequent:
        return _FREQUENT
    if not ("\u4e00" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"):
        return _SYMBOL
    try:
        code = character.encode(script.older)
    except UnicodeEncodeError:
        return _RARE
    return _COMMON if script.is_common(code, character) else _RARE
