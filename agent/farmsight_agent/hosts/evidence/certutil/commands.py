"""The certutil command line, where a transcript echoes it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence import selection
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.normalise.spelling import store_name
from farmsight_wire.v1 import facts_pb2

_COMMAND: Final = re.compile(r"(?:^|[\s\\/>\"'&])certutil(?:\.exe)?[\"']?(?=\s)(?P<rest>.*)", re.IGNORECASE)
_WORD: Final = re.compile(r'"([^"]*)"|\'([^\']*)\'|(\S+)')
_DASHES: Final = "-/\u2013\u2014"  # word processors make long ones of the short one
_REDIRECTION: Final = re.compile(r"\d?>.*|<.*|\|.*|&.*", re.DOTALL)
_LONGEST: Final = 2000
_LOCATIONS: Final = {
    "user": facts_pb2.STORE_LOCATION_USER,
    "enterprise": facts_pb2.STORE_LOCATION_ENTERPRISE,
    "service": facts_pb2.STORE_LOCATION_SERVICE,
}
_WITH_VALUE: Final = frozenset({"t", "p", "config", "csp", "dc", "sid", "f"}) - {"f"}
_PARTS: Final = frozenset({"grouppolicy", "enterprise", "service"})
_OF_THE_DIRECTORY: Final = frozenset({"ntauth"})  # that store has no other part
_DEFAULT_STORE: Final = "CA"  # what certutil lists when it is not told which


@dataclass(frozen=True, kw_only=True)
class StoreCommand:
    """`certutil -store NAME [CERTIFICATE]` taken apart; `filtered`: only a part of the machine's store is listed."""

    store: str
    location: facts_pb2.StoreLocation.ValueType
    filtered: bool


def store_command(line: str) -> StoreCommand | None:
    """Return what a line lists when it is a command that lists a store."""
    words, options = _words(line)
    if not options & {"store", "verifystore"}:
        return None
    # The article's own command has two asterisks behind the name.
    name = store_name(words[0].rstrip("*").strip()) if words else _DEFAULT_STORE
    location = next((_LOCATIONS[one] for one in sorted(options) if one in _LOCATIONS), None)
    return StoreCommand(
        store=name,
        location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE if location is None else location,
        filtered=len(words) > 1 or _is_a_part(name, options) or selection.is_filtered(line),
    )


def _is_a_part(store: str, options: set[str]) -> bool:
    """Tell whether these options list a part of the machine's store: what group policy or the directory put there."""
    return bool(options & _PARTS) and store.lower() not in _OF_THE_DIRECTORY


def store_of_command(line: str) -> str:
    """Return the store that an echoed command lists, in one spelling; "" where it lists none as a whole."""
    found = store_command(line)
    return "" if found is None or found.filtered else found.store


def command_in(printed: Iterable[Line]) -> StoreCommand | None:
    """Return the command that is echoed before an output, if one is."""
    for line in list(printed)[:10]:
        if line.text.startswith("===="):
            break
        found = store_command(line.text)
        if found is not None:
            return found
    return None


def _words(line: str) -> tuple[list[str], set[str]]:
    """Return the operands of a certutil command and its options in lower case."""
    found = _COMMAND.search(line[:_LONGEST])
    if found is None:
        return [], set()
    words: list[str] = []
    options: set[str] = set()
    skip = False
    for word in _WORD.finditer(found["rest"]):
        plain = next(one for one in word.groups() if one is not None)
        if word[3] is not None and _REDIRECTION.fullmatch(plain):
            break
        if skip:
            skip = False
        elif word[3] is not None and plain[0] in _DASHES and len(plain) > 1:
            option = plain[1:].lower()
            options.add(option)
            skip = option in _WITH_VALUE
        else:
            words.append(plain)
    return words, options
