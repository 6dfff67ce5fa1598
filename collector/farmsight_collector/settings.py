"""How a table of `collector.toml` is read: a frozen dataclass says by its fields what may stand there.

    @dataclass(frozen=True, kw_only=True)
    class Web:
        session_hours: int = 12                      # a whole number above 0
        url: str = setting("", web_address)          # what `web_address` finds no fault with

Without a check of its own a field takes what its default is: yes or no, a
whole number above 0, a text, or a list of texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any, Final, TypeVar

Check = Callable[[object], str]  # returns what is wrong, "" when nothing is
T = TypeVar("T")
_CHECK: Final = "check"


def setting(default: T, check: Check) -> T:
    """Return a field of a settings table with this default, and with a check of its own."""
    made: T = field(default=default, metadata={_CHECK: check})
    return made


def table(name: str, kind: type[T], written: object, problems: list[str]) -> T:
    """Return a table as written over its defaults; adds what is wrong to `problems`, by name."""
    if not isinstance(written, Mapping):
        problems.append(f"{name}: a table, written as [{name}]")
        return kind()
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    given: dict[str, Any] = {}
    for key, value in written.items():
        if key not in known:
            problems.append(f"{name}.{key}: there is no such setting")
        elif problem := known[key].metadata.get(_CHECK, _like(known[key].default))(value):
            problems.append(f"{name}.{key}: {problem}")
        else:
            given[key] = tuple(value) if isinstance(value, list) else value
    return kind(**given)


def _like(default: object) -> Check:
    if isinstance(default, bool):
        return flag
    if isinstance(default, int):
        return number
    return texts if isinstance(default, tuple) else text


def flag(value: object) -> str:
    """Find fault with what is neither true nor false."""
    return "" if isinstance(value, bool) else "true or false"


def number(value: object) -> str:
    """Find fault with what is no whole number above 0."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if fits else "a whole number above 0"


def text(value: object) -> str:
    """Find fault with what is no text."""
    return "" if isinstance(value, str) else "a text in quotes"


def texts(value: object) -> str:
    """Find fault with what is no list of texts."""
    return "" if isinstance(value, list) and all(isinstance(each, str) for each in value) else "a list of texts"


def address(value: object) -> str:
    """Find fault with what is no "address:port"."""
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    fits = bool(host and colon) and port.isascii() and port.isdigit() and int(port) <= 65535
    return "" if fits else 'written as "address:port", e.g. "0.0.0.0:7443"'


def address_or_off(value: object) -> str:
    """Find fault with what is neither "address:port" nor "off"."""
    problem = "" if value == OFF else address(value)
    return f'{problem}, or "off"' if problem else ""


OFF: Final = "off"
