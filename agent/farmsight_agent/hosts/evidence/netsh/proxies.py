"""Proxies and bypass lists as WinHTTP writes them."""

import re
from typing import Final

_NONE: Final = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")
_PROXY: Final = re.compile(
    r"(?:[a-z]+=)?(?:[a-z][a-z0-9]*://)?(?:[\w.\-]+|\[[0-9a-f:.%]+\])(?::[0-9]{1,5})?/?", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"(?:[a-z]+=)?(?:[a-z][a-z0-9]*://)?", re.IGNORECASE)
_MARKS: Final = frozenset("=:.")  # of which each of several proxies has one, and words have none
_PARTED: Final = re.compile(r"([;,\s]+)")


def without_secrets(text: str) -> str:
    """Return proxies or a URL without the user and password that some write in front of the host."""
    return "".join(one if "@" not in one else _bare(one) for one in _PARTED.split(text))


def _bare(one: str) -> str:
    scheme = _SCHEME.match(one)
    return (scheme[0] if scheme else "") + one.rpartition("@")[2]


def is_proxy(text: str) -> bool:
    """Tell whether a text, freed of secrets, is a list of proxies: names or addresses, each with a port or without."""
    found = [one for one in _PARTED.split(text)[::2] if one]
    prose = len(found) > 1 and not all(set(one) & _MARKS for one in found)
    return bool(found) and not prose and all(map(_PROXY.fullmatch, found))


def says_none(text: str) -> bool:
    """Tell whether a value is a word in brackets, which is how netsh says that there is none."""
    return _NONE.fullmatch(text) is not None


def bypasses(text: str) -> list[str]:
    """Return the entries of a bypass list, which blanks or semicolons part."""
    return [] if says_none(text) else [one for one in re.split(r"[;\s]+", text) if one]
