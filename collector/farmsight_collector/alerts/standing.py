"""One finding as alerts know it: what is so, and what people think is so. A frozen value that lies in the store."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from farmsight_collector.clock import micros, moment


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is so of one finding, what was told of it, and when to look again."""

    finding: str
    code: str
    # what is so
    open: bool = False
    cause: bool = True  # not folded under another finding
    severity: int = 0
    servers: tuple[str, ...] = ()
    opened: datetime
    begun: datetime  # since when it is open and a cause: holding begins here
    closed: datetime | None = None
    content: Mapping[str, Any] = field(default_factory=dict)  # title, subject, since and the like, for messages
    # what people think is so
    told: bool = False  # that it is open
    known_severity: int = 0  # by a message, or because they acknowledged it
    known_servers: tuple[str, ...] = ()
    worse: datetime | None = None  # since when it is worse than what people know
    told_at: datetime | None = None
    acknowledged: datetime | None = None  # until when
    # openings of late, and what came of them
    turns: tuple[datetime, ...] = ()
    turned: datetime | None = None  # the last time that it opened or closed
    flapping: datetime | None = None  # since when
    flaps: int = 0  # openings while it flapped
    held: bool = False  # something was held back by maintenance
    late: bool = False  # something waits until a storm of messages is over
    due: datetime | None = None  # when time alone may change what is to be told

    def to_json(self) -> str:
        """Return the value as the store keeps it."""
        given = asdict(self)
        return json.dumps({name: _plain(value) for name, value in given.items()}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Standing":
        """Return the value that `to_json` wrote."""
        given = json.loads(text)
        known = {each.name for each in fields(cls)}
        return cls(**{name: _typed(name, value) for name, value in given.items() if name in known})


_INSTANTS = frozenset({"opened", "begun", "closed", "worse", "told_at", "acknowledged", "turned", "flapping", "due"})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return micros(value)
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if name in _INSTANTS:
        return None if value is None else moment(value)
    if name == "turns":
        return tuple(moment(each) for each in value)
    return tuple(value) if isinstance(value, list) else value
