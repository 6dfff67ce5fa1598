"""What a rule is: data on top, one pure function below.

`check` reads an immutable farm and yields what it found. It never does I/O,
never reads a clock (the farm says what time it is) and keeps nothing. It may
raise `UnknownFactError` at any point: the engine then answers "cannot tell"
for the server or subject at hand. Whatever it neither yields nor raises does
not hold.
"""

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from farmsight_collector.model.view import Farm, Held, Server


class Severity(enum.IntEnum):
    """How bad it is; the order is the order of attention."""

    INFO = 1  # worth knowing
    WARNING = 2  # will fail, or degrades; also whatever stands on belief alone
    ERROR = 3  # fails for some path, server or user
    CRITICAL = 4  # sign-in by certificate fails now

    @property
    def word(self) -> str:
        """Return the severity as the output schemas spell it."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What to run, where. For printing, never for execution."""

    server: str
    shell: str  # powershell, cmd, sh, text
    command: str
    check: str = ""  # what to look at first, in the same shell or in words
    undo: str = ""  # what takes it back; empty where nothing needs to be


@dataclass(frozen=True, kw_only=True)
class Holds:
    """The condition holds for `subject` on `servers`.

    One subject reported by several servers becomes one finding that names
    them all. `servers` empty means the farm as a whole.
    """

    subject: str
    servers: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    title: str
    evidence: tuple[Held, ...] = ()
    remedy: tuple[Remedy, ...] = ()
    severity: Severity | None = None  # instead of the rule's own
    why: str = ""  # instead of the rule's own
    catalogue: tuple[str, ...] = ()  # those of the rule's entries that this is an instance of; empty: all
    limit_used: str = ""


@dataclass(frozen=True, kw_only=True)
class CannotTell:
    """Not known for this server (None: for the farm) and subject (None: for any but those `besides`)."""

    reason: str
    server: str | None = None
    subject: str | None = None
    besides: frozenset[str] = frozenset()  # subjects that are told from what is known
    probe: str = ""
    part: str = ""
    context: str | None = None

    def about(self, subject: str) -> bool:
        """Tell whether this leaves a subject open."""
        return subject not in self.besides if self.subject is None else subject == self.subject


Verdict: TypeAlias = Holds | CannotTell

ADFS: Final = frozenset({"adfs"})
WAP: Final = frozenset({"wap", "proxy"})
SIGN_IN: Final = ADFS | WAP
EVERY: Final = SIGN_IN | frozenset({"vantage"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A named condition.

    Exactly one of `on_server` (asked for each server of the roles) and
    `on_farm` (asked once, after the servers) is given.
    """

    code: str  # THEME.condition
    catalogue: tuple[str, ...]
    severity: Severity
    roles: frozenset[str]
    reads: tuple[str, ...]  # kinds of facts
    what: str
    why: str
    remedy: str  # in words; a finding carries exact commands
    source: str
    check: str = ""  # in words, what to look at before the remedy
    undo: str = ""  # in words, what takes the remedy back; empty where it changes nothing, or nothing takes it back
    explains: tuple[str, ...] = ()  # codes whose findings this one may be the cause of
    on_server: Callable[[Farm, Server], Iterable[Verdict]] | None = None
    on_farm: Callable[[Farm], Iterable[Verdict]] | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that breaks the form."""
        theme, _, condition = self.code.partition(".")
        if not theme or not condition or self.code != self.code.lower():
            raise ValueError(f"{self.code}: a code is THEME.condition in lower case")
        if (self.on_server is None) == (self.on_farm is None):
            raise ValueError(f"{self.code}: exactly one of on_server and on_farm")


def each(*verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Chain several checks of one rule."""
    for some in verdicts:
        yield from some
