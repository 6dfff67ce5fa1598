"""What must hold whatever the input: places are within the file, nothing but a reasoned error comes out."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.outcome import NotObservedError

_PLACE = re.compile(r"evidence:(?P<name>.+):(?P<line>\d+)")
_REASON = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class BrokenError(AssertionError):
    """A promise was not kept."""


def expect(kept: bool, what: str) -> None:
    """Raise BrokenError where something does not hold."""
    if not kept:
        raise BrokenError(what)


class _Ear(logging.Handler):
    """Hears what is logged of errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(logging.Formatter().format(record))


@contextmanager
def sound() -> Iterator[None]:
    """Raise BrokenError for a fault that the agent logged, and went on from."""
    log, ear = logging.getLogger("farmsight_agent"), _Ear()
    before, log.propagate = log.propagate, False
    log.addHandler(ear)
    try:
        yield
    finally:
        log.removeHandler(ear)
        log.propagate = before
    expect(not ear.heard, "\n".join(ear.heard))


def within(text: Text, source: str) -> None:
    """Expect a source that names a line to name one of this text."""
    place = _PLACE.fullmatch(source)
    if place is not None and place["name"] == text.name:
        line = int(place["line"])
        expect(text.first_line <= line <= text.last_line, f"{source} is outside of {text.first_line}-{text.last_line}")


def reasoned(error: NotObservedError, text: Text) -> None:
    """Expect a machine's word for a reason, and a place within the text."""
    expect(bool(_REASON.fullmatch(error.reason)), f"the reason {error.reason!r}")
    within(text, error.source)


@contextmanager
def reasoned_only() -> Iterator[None]:
    """Let a reasoned error end the block; any other goes on up."""
    try:
        yield
    except NotObservedError as error:
        expect(bool(_REASON.fullmatch(error.reason)), f"the reason {error.reason!r}")


def asked(text: Text, read: Callable[[Text], Any]) -> Any:
    """Return what a reader says of a text, None where it gives a reason why it can't; nothing else may come out."""
    try:
        seen = read(text)
    except NotObservedError as error:
        reasoned(error, text)
        return None
    for line in getattr(seen, "lines", ()):
        expect(line != "", "a fact without its line")
        within(text, line)
    if isinstance(seen, dict):
        for source in _sources(seen):
            within(text, source)
    for value in getattr(seen, "values", ()) if not isinstance(seen, dict) else ():
        for message in (value, getattr(value, "message", None)):
            if isinstance(message, Message):
                message.SerializeToString()  # what can't be sent is no fact
    return seen


def _sources(value: Any) -> Iterable[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield getattr(one, "source", "")
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
